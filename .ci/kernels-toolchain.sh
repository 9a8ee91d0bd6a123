#!/usr/bin/env bash
# Makes a virtual environment with the pinned C compiler for the kernels (Zig's, from PyPI) in the folder given, or takes
# the one that is there, and prints the path of its Python last: `PYTHON -m ziglang cc` compiles.
set -euo pipefail
folder=${1:?usage: .ci/kernels-toolchain.sh FOLDER}
version=0.14.1
python=$folder/bin/python
if [ "$("$python" -m ziglang version 2>/dev/null)" != "$version" ]; then
  if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq >&2
    $sudo apt-get install -y -qq --no-install-recommends python3-venv >&2
  fi
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check "ziglang==$version" >&2
fi
"$python" -m ziglang version >&2
echo "$python"
