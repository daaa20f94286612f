"""What REST and gRPC have in common, and the sentences that are said where a server is not as it should be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnkeras.errors import RunError
from cnnkeras.serving.golden import Answers
from cnnkeras.serving.requests import Request

# A request that has no answer by then gets none.
PATIENCE_SECONDS = 60.0
# A SavedModel's own, beside its signatures.
INITIALIZER = "__saved_model_init_op"
# The types that signatures have, by TensorFlow's protocol.
TYPES = {"DT_FLOAT": "float32", "DT_INT64": "int64", "DT_INT32": "int32", "DT_STRING": "string"}
# What an input or output is called, and its TensorFlow type, as in {"images": "float32"}.
Names = Mapping[str, str]


@dataclass(frozen=True)
class Target:
    """The model that is asked: where, by which name, which version; and the export that it should be."""

    address: str
    model: str
    version: int
    export: Path

    def not_there(self, reason: str) -> RunError:
        """Say that no server answers."""
        compose = self.export.parent / "compose.yaml"
        hint = f"start it: docker compose -f {compose} up -d, and give it a moment; or name the address it has"
        return RunError(f"no TF Serving answers at {self.address}: {reason}", hint)

    def no_model(self) -> RunError:
        """Say that the server does not know the model."""
        hint = "name the model that it has with --model, or start it with the run's models.config"
        return RunError(f"the server at {self.address} has no model {self.model}", hint)

    def no_version(self, versions: Sequence[int]) -> RunError:
        """Say that the server has others than the version to be checked."""
        has = ", ".join(map(str, sorted(versions)))
        hint = (
            f"wait until it has loaded {self.export}; or check the version that it has, by its folder in "
            f"{self.export.parent} or, if it has another number there, with --version"
        )
        return RunError(f"the server has {self.model} in version {has}, and not in version {self.version}", hint)

    def not_ready(self, state: str, reason: str) -> RunError:
        """Say that the version is there, but does not answer."""
        said = f": {reason}" if reason else ""
        hint = "wait a moment; if it stays so, the server's log says why"
        return RunError(f"version {self.version} of {self.model} is in state {state}{said}", hint)

    def another(self, difference: str) -> RunError:
        """Say that what answers is not the run's network."""
        hint = f"start the server with {self.export.parent} as its folder, or name the run that it serves"
        return RunError(f"another network answers as {self.model} at {self.address}: {difference}", hint)

    def refused(self, request: str, reason: str) -> RunError:
        """Say that the server gave an error for an answer."""
        hint = "the server's log says more; the export itself is proved by: python run.py export RUN --verify"
        return RunError(f"the server at {self.address} refused {request}: {reason}", hint)


class Client(ABC):
    """A connection to a server; one thread's own."""

    protocol: str

    @abstractmethod
    def signatures(self) -> dict[str, tuple[Names, Names]]:
        """Give the inputs and outputs of each signature. Raises RunError where the model is not there."""

    @abstractmethod
    def answer(self, request: Request, outputs: Names) -> Answers:
        """Give the outputs that are named. Raises RunError where the server does not."""

    @abstractmethod
    def close(self) -> None:
        """Let the connection go."""
