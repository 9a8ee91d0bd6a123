"""Prints as JSON what MLflow's own client reads of a run: read_back.py URI RUN_ID [MODEL ALIAS]."""

import hashlib
import json
import pathlib
import sys
import tempfile

import mlflow
from mlflow import MlflowClient

uri, run_id, *registered = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = MlflowClient()
run = client.get_run(run_id)


def files(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(pathlib.Path(root).rglob("*"))
        if path.is_file()
    }


out = {
    "status": run.info.status,
    "name": run.info.run_name,
    "start": run.info.start_time,
    "end": run.info.end_time,
    "params": run.data.params,
    "tags": run.data.tags,
    # Values as texts: JSON has no NaN.
    "metrics": {
        key: [[point.step, point.timestamp, repr(point.value)] for point in client.get_metric_history(run_id, key)]
        for key in run.data.metrics
    },
    "inputs": [
        {"name": item.dataset.name, "digest": item.dataset.digest, "source": item.dataset.source}
        for item in run.inputs.dataset_inputs
    ],
}
with tempfile.TemporaryDirectory() as folder:
    out["artifacts"] = files(client.download_artifacts(run_id, "", folder))
if registered:
    model, alias = registered
    version = client.get_model_version_by_alias(model, alias)
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"models:/{model}@{alias}", dst_path=folder)
        out["model"] = {"version": version.version, "run": version.run_id, "files": files(path)}
print(json.dumps(out))
