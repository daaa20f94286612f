"""What the tests of the pages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkeras.inspection.page.record import Record
from tests.inspection.page.runs import record, write_run


@pytest.fixture
def lenet5(tmp_path: Path) -> Record:
    """Give a run of lenet5 in which everything went well."""
    return record(write_run(tmp_path / "run"))
