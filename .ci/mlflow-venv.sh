#!/usr/bin/env bash
# Makes a virtual environment with the newest MLflow from PyPI in the folder given, or takes the one that is there, and
# prints the path of its `mlflow` executable last.
set -euo pipefail
folder=${1:?usage: .ci/mlflow-venv.sh FOLDER}
mlflow=$folder/bin/mlflow
if ! "$mlflow" --version >/dev/null 2>&1; then
  if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq >&2
    $sudo apt-get install -y -qq --no-install-recommends python3-venv >&2
  fi
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check mlflow >&2
fi
"$mlflow" --version >&2
echo "$mlflow"
