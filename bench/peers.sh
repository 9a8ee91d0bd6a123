#!/usr/bin/env bash
# Makes a virtual environment with the newest peers from PyPI in the folder given, or takes the one that is there.
# A package that cannot be had is named on standard error and left out. About 6 GB: PyTorch comes with CUDA on PyPI.
set -euo pipefail
folder=${1:?usage: bench/peers.sh FOLDER}
packages=(torch opacus torch_geometric gymnasium 'jax[cpu]' onnxruntime onnx)
if [ ! -x "$folder/bin/python" ]; then
  if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq >&2
    $sudo apt-get install -y -qq --no-install-recommends python3-venv >&2
  fi
  python3 -m venv "$folder" >&2
fi
for package in "${packages[@]}"; do
  "$folder/bin/pip" show --quiet "${package%%[*}" 2>/dev/null ||
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$package" >&2 ||
    echo "$package cannot be installed" >&2
done
