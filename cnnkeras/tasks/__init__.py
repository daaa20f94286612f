"""The tasks, one file each. `TASKS` maps the `task` in a file to it; nothing else registers.

Importing this imports no TensorFlow: `check` asks the tasks too.
"""

from __future__ import annotations

from cnnkeras.tasks.classification import Classification
from cnnkeras.tasks.detection.task import Detection
from cnnkeras.tasks.segmentation import Segmentation
from cnnkeras.tasks.task import TrainableTask

TASKS: dict[str, TrainableTask] = {task.name: task for task in (Classification(), Segmentation(), Detection())}
