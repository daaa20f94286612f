"""The direction of imports, and what `check` may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnnkeras

PACKAGE = Path(cnnkeras.__file__).parent
# A file imports only from stages before its own; stages in one entry don't import each other.
ORDER: list[set[str]] = [
    {"errors", "kernels", "streams"},
    {"console", "stopping"},
    {"layers"},
    {"spec"},
    {"analysis"},
    {"model", "datasets"},
    {"tasks"},
    {"training"},
    {"inspection", "serving"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
HEAVY = {"tensorflow", "keras", "keras_cv", "tensorflow_datasets", "pandas", "matplotlib", "tensorboard"}
WITHOUT_TENSORFLOW = ["console", "errors", "kernels", "stopping", "streams", "layers", "spec", "analysis"]


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def stage(module: str) -> str:
    return module.split(".")[1]


def rank(name: str) -> int:
    ranks = [index for index, stages in enumerate(ORDER) if name in stages]
    assert ranks, f"cnnkeras/{name} has no place in ORDER"
    return ranks[0]


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found.add(node.module or "")
    return found


def own_stage(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.fast
@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_only_from_the_left(file: Path) -> None:
    """A change in a late stage would break an early one."""
    if own_stage(file) == "__init__":
        return
    for module in imports(file):
        if module.startswith("cnnkeras."):
            target = stage(module)
            assert target == own_stage(file) or rank(target) < rank(own_stage(file)), f"{file} imports {module}"


@pytest.mark.fast
@pytest.mark.parametrize("file", [file for file in files() if own_stage(file) in WITHOUT_TENSORFLOW])
def test_early_stages_import_nothing_heavy(file: Path) -> None:
    """`check` would take seconds instead of milliseconds."""
    assert not {module.split(".")[0] for module in imports(file)} & HEAVY


@pytest.mark.fast
@pytest.mark.parametrize("verb", ["check", "explain"])
def test_a_check_never_loads_tensorflow(verb: str) -> None:
    """`check` and `explain` would wait for TensorFlow."""
    program = (
        f"import sys; from cnnkeras.cli import main; status = main(['{verb}', 'architectures/lenet5.json']);"
        f"loaded = {sorted(HEAVY)!r}; print([name for name in loaded if name in sys.modules], status, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert result.stderr.splitlines()[-1] == "[] 0"
