"""What TF Serving's own image needs to serve a run: written beside the versions, so that they stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from cnnkeras.training.atomic import write_text

MODELS = Template("""\
# The newest version and the one before it, so that a client can go back by naming a version.
model_config_list {
  config {
    name: "$name"
    base_path: "/models/$name"
    model_platform: "tensorflow"
    model_version_policy { latest { num_versions: 2 } }
  }
}
""")

# How a batch forms: https://github.com/tensorflow/serving/blob/master/tensorflow_serving/batching/README.md
BATCHING = Template("""\
# Requests that come within a millisecond are computed together, in batches of the sizes that the export is warmed
# up for. Pictures sent as numbers have to be of one size then; encoded pictures may differ.
max_batch_size { value: $most }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 100 }
$allowed
""")

COMPOSE = Template("""\
# docker compose up -d            TF Serving on ports 8501 (REST) and 8500 (gRPC)
# docker compose up -d batching   the same, and requests are computed together: for a graphics card or many clients
x-server: &server
  image: $${TF_SERVING_IMAGE:-tensorflow/serving}
  restart: unless-stopped
  ports: ["8501:8501", "8500:8500"]
  volumes: [".:/models/$name:ro"]
services:
  server:
    <<: *server
    command:
      - --model_config_file=/models/$name/models.config
      - --model_config_file_poll_wait_seconds=60
  batching:
    <<: *server
    profiles: [batching]
    command:
      - --model_config_file=/models/$name/models.config
      - --model_config_file_poll_wait_seconds=60
      - --enable_batching=true
      - --batching_parameters_file=/models/$name/batching.config
""")

README = Template("""\
# $name, served

In this folder, a server, and a golden request to it; its answer lies beside it, in `$answer`:

```sh
docker compose up -d
curl -d @$request http://localhost:8501/v1/models/$name:predict
```

In cnnkeras' folder: every golden request by REST and gRPC, compared with the network's answers, and the speed:

```sh
python run.py serve-check http://localhost:8501 RUN
```

A new export is a new folder here, and the server goes over to it by itself.
""")


def write_server_files(directory: Path, name: str, batch_sizes: Sequence[int], golden: str) -> None:
    """Write them into the folder of an export's versions.

    `golden` is the beginning of a golden request's path, in that folder. Raises OSError.
    """
    allowed = "\n".join(f"allowed_batch_sizes: {size}" for size in batch_sizes)
    contents = {
        "models.config": MODELS.substitute(name=name),
        "batching.config": BATCHING.substitute(most=batch_sizes[-1], allowed=allowed),
        "compose.yaml": COMPOSE.substitute(name=name),
        "README.md": README.substitute(name=name, request=f"{golden}.request.json", answer=f"{golden}.answer.json"),
    }
    for file, content in contents.items():
        write_text(directory / file, content)
