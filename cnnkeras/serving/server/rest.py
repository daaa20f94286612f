"""TF Serving's REST: https://www.tensorflow.org/tfx/serving/api_rest."""

from __future__ import annotations

import json
from typing import Any

import requests

from cnnkeras.errors import first_line
from cnnkeras.serving.golden import Answers
from cnnkeras.serving.requests import Request
from cnnkeras.serving.rest_format import answers_from, request_to
from cnnkeras.serving.server.client import INITIALIZER, PATIENCE_SECONDS, TYPES, Client, Names, Target


class RestClient(Client):
    """One connection, kept open between requests."""

    protocol = "REST"

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = requests.Session()
        self._model = f"{target.address}/v1/models/{target.model}"
        self._version = f"{self._model}/versions/{target.version}"

    def signatures(self) -> dict[str, tuple[Names, Names]]:
        """Give the inputs and outputs of each signature. Raises RunError where the model is not there."""
        self._check_version()
        status, metadata = self._get(f"{self._version}/metadata")
        if status != requests.codes.ok:
            raise self._target.refused("the request for its signatures", _said(metadata))
        try:
            found = metadata["metadata"]["signature_def"]["signature_def"]
            return {
                name: (_names(each.get("inputs", {})), _names(each.get("outputs", {})))
                for name, each in found.items()
                if name != INITIALIZER
            }
        except (KeyError, TypeError, AttributeError) as failure:
            raise self._target.not_there("what it says of the model is not TF Serving's") from failure

    def answer(self, request: Request, outputs: Names) -> Answers:
        """Give the outputs that are named. Raises RunError where the server does not."""
        return answers_from(self._post(request), outputs, alone=len(outputs) == 1)

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def _post(self, request: Request) -> Any:
        body = json.dumps(request_to(request), separators=(",", ":"))
        status, content = self._ask("POST", f"{self._version}:predict", body)
        if status != requests.codes.ok:
            raise self._target.refused(f"a request to {request.signature}", _said(content))
        return content

    def _check_version(self) -> None:
        status, content = self._get(self._model)
        if status == requests.codes.not_found:
            raise self._target.no_model()
        try:
            states = {int(each["version"]): each for each in content["model_version_status"]}
            state = states.get(self._target.version)
            if state is None or state["state"] == "END":
                raise self._target.no_version([version for version, each in states.items() if each["state"] != "END"])
            if state["state"] != "AVAILABLE":
                raise self._target.not_ready(state["state"], state.get("status", {}).get("error_message", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as failure:
            raise self._target.not_there("what it says of the model is not TF Serving's") from failure

    def _get(self, url: str) -> tuple[int, Any]:
        return self._ask("GET", url, None)

    def _ask(self, method: str, url: str, body: str | None) -> tuple[int, Any]:
        try:
            answer = self._session.request(method, url, data=body, timeout=PATIENCE_SECONDS)
            return answer.status_code, answer.json()
        except requests.exceptions.JSONDecodeError as failure:
            said = f"it says {answer.status_code} {answer.reason}, and not in JSON"
            raise self._target.not_there(said) from failure
        except requests.exceptions.RequestException as failure:
            raise self._target.not_there(_reason(failure)) from failure


def _reason(failure: requests.exceptions.RequestException) -> str:
    """Give the cause in some words: the library nests it several exceptions deep."""
    if isinstance(failure, requests.exceptions.Timeout):
        return f"it had not answered after {PATIENCE_SECONDS:.0f} seconds"
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return first_line(failure)


def _said(content: Any) -> str:
    return str(content.get("error", content)) if isinstance(content, dict) else str(content)


def _names(tensors: Any) -> Names:
    return {name: TYPES.get(each["dtype"], each["dtype"]) for name, each in tensors.items()}
