#!/usr/bin/env bash
# Builds the engine's kernels (src/engine/kernels/*.c) and those of the environments (envs/kernels/*.c) into `prebuilt`
# beside them, which is committed. With --check, builds them elsewhere and fails where a byte differs. The compiler is made by .ci/kernels-toolchain.sh in
# $KDLAB_KERNELS_TOOLCHAIN, or in a folder beside the repository's build outputs.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(.ci/kernels-toolchain.sh "${KDLAB_KERNELS_TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/kdlab-kernels-toolchain}" | tail -n 1)
cc=("$python" -m ziglang cc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node -r ts-node/register src/engine/kernels/header.ts >"$work/opcodes.h"
shared=(interpreter body map reduce gemm thin layout rows window convolution depthwise pooling random sparse)
flags=(-std=gnu11 -O3 -g0 -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -Wno-psabi -I"$work" -Isrc/engine/kernels
  -fno-sanitize=all -fno-stack-protector -fno-ident)

wasm() { # NAME FLAGS…
  local name=$1
  shift
  local sources=()
  for file in "${shared[@]}" threads wasm; do sources+=("src/engine/kernels/$file.c"); done
  "${cc[@]}" -target wasm32-freestanding -nostdlib -mcpu=generic+simd128+atomics+bulk_memory+mutable_globals"$1" \
    "${flags[@]}" "${sources[@]}" -o "$work/$name" -s \
    -Wl,--no-entry -Wl,--import-memory -Wl,--shared-memory -Wl,--max-memory=4294901760 \
    -Wl,--export=__stack_pointer -Wl,-z,stack-size=262144
}
wasm kernels.wasm ''
wasm kernels-relaxed.wasm '+relaxed_simd'

native=(-target x86_64-linux-gnu.2.28 -fPIC -fvisibility=hidden)
objects=()
compile() { # FILE SUFFIX FLAGS…
  local object="$work/$1$2.o"
  "${cc[@]}" "${native[@]}" "${flags[@]}" "${@:3}" -c "src/engine/kernels/$1.c" -o "$object"
  objects+=("$object")
}
for file in "${shared[@]}"; do
  compile "$file" -avx2 -mcpu=x86_64_v3 -DISA=avx2
  compile "$file" -avx512 -mcpu=x86_64_v4 -mprefer-vector-width=512 -DISA=avx512
done
compile threads '' -mcpu=x86_64
compile addon '' -mcpu=x86_64 -Inode_modules/node-api-headers/include
"${cc[@]}" "${native[@]}" -shared -s -Wl,--build-id=none -Wl,-z,nodelete -Wl,--allow-shlib-undefined \
  "${objects[@]}" -o "$work/kernels-linux-x64.node"

"${cc[@]}" -target wasm32-freestanding -nostdlib -mcpu=generic+simd128+bulk_memory "${flags[@]}" \
  envs/kernels/cartpole.c -o "$work/cartpole.wasm" -s -Wl,--no-entry -Wl,-z,stack-size=4096

for file in src/engine/kernels/prebuilt/{kernels.wasm,kernels-relaxed.wasm,kernels-linux-x64.node} \
  envs/kernels/prebuilt/cartpole.wasm; do
  if [ "${1-}" = --check ]; then
    cmp "$work/$(basename "$file")" "$file"
  else
    # Put in place whole: a process that has the old one mapped keeps it.
    cp "$work/$(basename "$file")" "$file.new"
    mv "$file.new" "$file"
    ls -l "$file"
  fi
done
