"""Requests and answers as TF Serving's REST has them, in rows: one instance, one prediction a picture.

The form is that of https://www.tensorflow.org/tfx/serving/api_rest: where a signature has one output, a prediction is
its value, else an object of all outputs; binary values are `{"b64": …}`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkeras.serving.requests import Request
from cnnkeras.tasks.digits import shortest


def request_to(request: Request) -> dict[str, Any]:
    """Give the body of a request."""
    if request.value.dtype == object:
        instances: list[Any] = [{"b64": base64.b64encode(file).decode()} for file in request.value]
    else:
        # Pictures are whole numbers nearly always, and "7" is shorter than "7.0".
        whole = request.value.astype(np.int64)
        instances = (whole if np.array_equal(whole, request.value) else request.value).tolist()
    return {"signature_name": request.signature, "instances": instances}


def request_from(body: Mapping[str, Any], name: str) -> Request:
    """Give the request of a body, `name` being the signature's input. Raises ValueError, KeyError or TypeError."""
    instances = body["instances"]
    if instances and isinstance(instances[0], dict):
        value = np.array([base64.b64decode(each["b64"], validate=True) for each in instances], object)
    else:
        value = np.array(instances, np.float32)
    return Request(body["signature_name"], name, value)


def answers_to(answers: Mapping[str, np.ndarray], alone: bool) -> dict[str, Any]:
    """Give the body of an answer; `alone` where the signature has one output only."""
    columns = {name: _plain(value) for name, value in answers.items()}
    if alone:
        return {"predictions": next(iter(columns.values()), [])}
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def answers_from(body: Mapping[str, Any], types: Mapping[str, str], alone: bool) -> dict[str, np.ndarray]:
    """Give the outputs that `types` names, as arrays of those types; strings as bytes.

    Raises ValueError, KeyError or TypeError where the answer is of another form.
    """
    rows = body["predictions"]
    return {name: _array([row if alone else row[name] for row in rows], kind) for name, kind in types.items()}


def _plain(value: np.ndarray) -> list[Any]:
    if value.dtype == object:
        return np.vectorize(bytes.decode, otypes=[object])(value).tolist() if value.size else value.tolist()  # type: ignore[no-any-return]
    plain = value.tolist()
    return _shortened(plain) if value.dtype == np.float32 else plain  # type: ignore[no-any-return]


def _shortened(value: Any) -> Any:
    return [_shortened(each) for each in value] if isinstance(value, list) else shortest(value)


def _array(rows: list[Any], kind: str) -> np.ndarray:
    if kind != "string":
        return np.array(rows, kind)
    texts = np.array(rows, object)
    return np.vectorize(str.encode, otypes=[object])(texts) if texts.size else texts
