#!/bin/sh
# Hypothesis 6.170.15 on CPython 3.11.7.
#
# Four threads parse the same valid source again and again with `ast.parse`: no error. Then one property is run, and one
# would expect it to leave nothing behind. Seen: Hypothesis keeps a callback at the garbage collector for as long as the
# process lives; it runs in the middle of a parse and lets other threads go on, and CPython 3.11 counts the depth of all
# threads' trees in one place. From then on every tenth parse fails with "SystemError: AST constructor recursion depth
# mismatch". CPython 3.12 counts for each parse. A lock around `ast.parse` helps on 3.11.
#
# Needs python3.11 and pip.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check hypothesis==6.170.15
cat >"$folder/try.py" <<'PY'
import ast
import sys
import threading

from hypothesis import given, strategies

SOURCE = "x = " + "+".join(["f(a[1], (b, c), {d: e})"] * 400)
THREADS, TIMES = 4, 150


def failures():
    found = []

    def parse():
        for _ in range(TIMES):
            try:
                ast.parse(SOURCE)
            except SystemError as exc:
                found.append(str(exc).partition(" (")[0])

    threads = [threading.Thread(target=parse) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


before = failures()
given(strategies.integers())(lambda number: None)()
after = failures()
print(f"of {THREADS * TIMES} parses {len(before)} failed before a property was run and {len(after)} after it: {after[:1]}")
sys.exit(0 if not before and after else 1)
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: of 600 parses 0 failed before a property was run and 67 after it: ['AST constructor recursion depth mismatch']
