#!/bin/sh
# Usage: sh stack/environment.sh local|dev|libraries
#
# Makes .venv (.venv-libraries for the last) and installs requirements/<kind>.txt into it, unless
# that was done already.
# This part only finds a Python; environment.py does the work.
set -eu

kind=$1
if [ -x .venv/bin/python ] && .venv/bin/python -I stack/environment.py "$kind" --check 2>/dev/null; then
    exit 0
fi

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
with_venv='import ensurepip, venv; ensurepip.version, venv.create'
fallback=
found=
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if "$candidate" -c "$supported" >/dev/null 2>&1; then
        if "$candidate" -c "$with_venv" >/dev/null 2>&1; then
            exec "$candidate" -I stack/environment.py "$kind"
        fi
        fallback=${fallback:-$candidate}
    elif version=$("$candidate" --version 2>/dev/null); then
        found="$found $candidate is $version;"
    fi
done

if [ -n "$fallback" ]; then
    exec "$fallback" -I stack/environment.py "$kind"
fi
if command -v uv >/dev/null 2>&1; then
    python=$(uv python find --no-project '>=3.11,<3.14' 2>/dev/null ||
        { uv python install 3.13 >&2 && uv python find --no-project '>=3.11,<3.14'; })
    exec "$python" -I stack/environment.py "$kind"
fi
cat >&2 <<MESSAGE
Nexus needs Python 3.11, 3.12 or 3.13, and none was found.${found:+ (Found:$found)}
Install one (Debian, Ubuntu: apt install python3 python3-venv), name one with
  make PYTHON=/path/to/python3.12 up
or install uv (https://docs.astral.sh/uv/), which make then uses to get one.
MESSAGE
exit 1
