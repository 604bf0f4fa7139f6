#!/bin/sh
# pytest 9.2.0.
#
# A fixture's teardown raises an exception that derives from BaseException and not from Exception, as libraries do for
# what no `except Exception` may swallow (asyncio's CancelledError, trio's Cancelled). pytest reports the error, and one
# would expect the next file to run as usual. Seen: the collectors of the first file stay on the setup stack, so the
# first test of the next file, which has nothing to do with it, errors in setup with "previous item was not torn down
# properly". The second test of that file passes again. The same teardown with an Exception harms nobody.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pytest==9.2.0
cat >"$folder/test_a.py" <<'PY'
import asyncio
import os

import pytest


@pytest.fixture
def resource():
    yield
    raise asyncio.CancelledError if os.environ["KIND"] == "base" else RuntimeError


def test_first(resource):
    pass
PY
cat >"$folder/test_b.py" <<'PY'
def test_second():
    pass


def test_third():
    pass
PY
cd "$folder"
for kind in base plain; do
    KIND=$kind venv/bin/python -m pytest -q -p no:cacheprovider test_a.py test_b.py >"$kind.txt" 2>&1 || true
    printf '%s exception in teardown: %s\n' "$kind" "$(tail -n 1 "$kind.txt")"
done
grep -q "previous item was not torn down properly" base.txt
grep -q "ERROR test_b.py::test_second" base.txt
! grep -q "test_b.py::test_second" plain.txt
# Output seen:
#   base exception in teardown: 2 passed, 2 errors in 0.05s
#   plain exception in teardown: 3 passed, 1 error in 0.04s
