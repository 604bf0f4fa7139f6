"""A case that looks at a forward pass runs no backward pass: who has written one half keeps it."""

import re
from pathlib import Path

import pytest

from tests.acceptance import judging

BACKWARD = re.compile(r"^( *)def (\w*backward)\(.*?\).*?:\n", re.M | re.S)
FORWARD = re.compile(r"\[(.*-)?(out|forward)(-.*)?\]$|test_forward_")
TASKS = {"eecs545_hw4": {"1a", "1b", "3a", "4a"}, "cs7643_a2": {"1.1a-forward", "1.1b", "1.1d"}}

pytest.importorskip("torch", reason="the hidden suites' oracles are PyTorch's")


def without_backward(source: str) -> str:
    """The same file, whose backward passes raise."""
    return BACKWARD.sub(lambda m: f"{m[0]}{m[1]}    raise AssertionError('backward')\n", source)


@pytest.mark.parametrize("slug", TASKS)
def test_no_case_of_a_forward_pass_runs_a_backward_pass(
    judge: judging.Judge, slug: str, tmp_path: Path
) -> None:
    reference = judging.ROOT / "reference" / slug
    for path in reference.rglob("*.*"):
        copy = tmp_path / path.relative_to(reference)
        copy.parent.mkdir(parents=True, exist_ok=True)
        plain = path.suffix != ".py"
        copy.write_bytes(
            path.read_bytes() if plain else without_backward(path.read_text()).encode()
        )
    judged = judge(slug, tmp_path)
    failed = [text for task in TASKS[slug] for text in judged.failures.get(task, ())]
    names = [text.partition(": ")[0] for text in failed]
    assert [name for name in names if FORWARD.search(name)] == []
    assert any("_dx" in name or "[dx]" in name for name in names)  # the others do
