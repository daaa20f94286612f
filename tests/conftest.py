"""What holds for all tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before TensorFlow, as on the command line: it decides by whose kernels TensorFlow computes.
import cnnkeras  # noqa: F401

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Folders whose tests need no TensorFlow, as the stages they test don't.
FAST = ("analysis", "architectures", "layers", "spec")
# They compare the format's fields with Keras's own signatures.
WITH_KERAS = ("test_losses.py", "test_optimizers.py")


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what libraries, and processes that are killed, leave behind out of the user's folder for it."""
    folder = tmp_path_factory.mktemp("temporary")
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    yield
    os.environ.pop("TMPDIR")
    if before is not None:
        os.environ["TMPDIR"] = before
    tempfile.tempdir = None
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tests by their folder."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in FAST and item.path.name not in WITH_KERAS:
            item.add_marker(pytest.mark.fast)
