#!/bin/sh
# Hypothesis 6.170.15.
#
# `derandomize=True` promises the same test cases until Hypothesis, Python or the test function is updated, so one would
# expect that every student's code meets the same inputs. Seen: Hypothesis also draws from the constants of every local
# module that is imported, so the examples of an untouched test change with a number in a module whose names the
# property never uses. Two runs of the same files still agree. Only a process that imports no other local code draws
# the same for everybody.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check hypothesis==6.170.15
mkdir "$folder/project"
cat >"$folder/project/test_layer.py" <<'PY'
import layer  # the student's; the property below uses nothing of it
from hypothesis import given, settings, strategies

drawn = []


@settings(derandomize=True, database=None, max_examples=200)
@given(strategies.integers(), strategies.floats(allow_nan=False))
def test_property(number, scale):
    drawn.append((number, scale))


test_property()
print(f"examples {hash(tuple(drawn)) % 10**6:06}, of which {sum(number == 77123 for number, _ in drawn)} hold 77123")
PY
cd "$folder/project"
for constant in 1 2 77123 77123; do
    printf 'EXAMPLE = %s.5, %s\n' "$constant" "$constant" >layer.py
    PYTHONDONTWRITEBYTECODE=1 "$folder/venv/bin/python" test_layer.py | tee -a "$folder/seen"
done
sort -u "$folder/seen" >"$folder/kinds"
[ "$(wc -l <"$folder/kinds")" = 3 ] # three different files, three sets of examples
[ "$(tail -n 2 "$folder/seen" | uniq | wc -l)" = 1 ] # the same file, the same examples
# Output seen:
#   examples 564649, of which 0 hold 77123
#   examples 527128, of which 0 hold 77123
#   examples 101964, of which 1 hold 77123
#   examples 101964, of which 1 hold 77123
