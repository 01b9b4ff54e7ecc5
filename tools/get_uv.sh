#!/usr/bin/env bash
# Makes sure that there is uv: on PATH, else by pip, else (where the system's Python belongs to the system's
# package manager) in a folder of our own with a link in ~/.local/bin. The Makefile has both on its PATH.
set -euo pipefail
version=0.13.9
root=$(cd "$(dirname "$0")/.." && pwd)

PATH=$root/.tools/bin:$HOME/.local/bin:$PATH
uv --version >/dev/null 2>&1 && exit 0
echo "Installing uv $version"
if ! refusal=$(python3 -m pip install --quiet "uv==$version" 2>&1); then
    printf 'pip would not (%s), so uv goes into %s/.tools\n' "${refusal%%$'\n'*}" "$root"
    python3 -m venv "$root/.tools/uv"
    "$root/.tools/uv/bin/python" -m pip install --quiet "uv==$version"
    mkdir -p "$root/.tools/bin" "$HOME/.local/bin"
    ln -sf "$root/.tools/uv/bin/uv" "$root/.tools/bin/uv"
    ln -sf "$root/.tools/uv/bin/uv" "$HOME/.local/bin/uv"
fi
hash -r
uv --version
