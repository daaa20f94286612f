"""What can be done with a finished run, as commands to copy."""

from __future__ import annotations

import shlex

from cnnkeras.training.run_directory import RunDirectory


def directions(run: RunDirectory, name: str) -> dict[str, str]:
    """Give the commands by what they do."""
    path = shlex.quote(str(run.path))
    compose = shlex.quote(str(run.export / "compose.yaml"))
    url = f"http://localhost:8501/v1/models/{name}:predict"
    # Through a pipe: a picture is longer than a shell lets an argument be.
    head, tail = '{"signature_name": "serve_encoded", "instances": [{"b64": "', '"}]}'
    return {
        "report": shlex.quote(str(run.report)),
        "figures": shlex.quote(str(run.figures)),
        "tensorboard": f"tensorboard --logdir {shlex.quote(str(run.tensorboard))}",
        "predict": f"python run.py predict {path} PICTURE",
        "serve": f"docker compose -f {compose} up -d",
        "check": f"python run.py serve-check http://localhost:8501 {path}",
        "ask": f"(printf '{head}'; base64 PICTURE | tr -d '\\n'; printf '{tail}') | curl -s -d @- {url}",
    }
