#!/bin/sh
# Starts Gaoku; installs it first where that was not done yet. What can be set is in README.txt.
here=$(dirname -- "$(readlink -f -- "$0")") || exit 1

if [ -n "$GAOKU_PYTHON" ]; then
  exec "$GAOKU_PYTHON" "$here/start.py" "$@"
fi

for python in python3.13 python3.12 python3.11 python3.10 python3 python; do
  if "$python" "$here/start.py" --fits >/dev/null 2>&1; then
    exec "$python" "$here/start.py" "$@"
  fi
done

# None fits: the one that is there says why, if it is new enough to.
for python in python3.13 python3.12 python3.11 python3.10 python3 python; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 7))' >/dev/null 2>&1; then
    exec "$python" "$here/start.py" "$@"
  fi
done
echo "gaoku: Python is missing or too old; this bundle needs one of: @PYTHONS@" >&2
exit 1
