#!/usr/bin/env bash
# Makes a virtual environment with the newest MLflow from PyPI, what its basic authentication needs, and a local S3
# (moto), in the folder given, or takes the one that is there, and prints the path of its `mlflow` executable last.
set -euo pipefail
folder=${1:?usage: .ci/mlflow-venv.sh FOLDER}
mlflow=$folder/bin/mlflow
complete() { "$mlflow" --version && "$folder/bin/python" -c 'import flask_wtf, boto3, moto.server'; }
if ! complete >/dev/null 2>&1; then
  if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq >&2
    $sudo apt-get install -y -qq --no-install-recommends python3-venv >&2
  fi
  [ -x "$folder/bin/pip" ] || python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check 'mlflow[auth]' 'moto[s3,server]' boto3 >&2
fi
"$mlflow" --version >&2
echo "$mlflow"
