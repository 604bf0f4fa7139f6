"""The engine's own control group: `.ci/engine` hands the controllers down to it, on version 2.

Against a folder that stands for the kernel's, so that it runs on machines of version 1 as well;
`make hosts` tries the kernel's own.
"""

import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci/engine"


@pytest.fixture
def groups(tmp_path):
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.procs").write_text("17\n18\n")
    return tmp_path


def run(groups, call):
    functions = re.findall(r"^\w+\(\) \{.*?^\}", SCRIPT.read_text(), re.MULTILINE | re.DOTALL)
    text = "\n".join([f"CGROUPS={groups}", *functions, call])
    return subprocess.run(["sh", "-eu", "-c", text], check=False).returncode


def test_every_controller_is_handed_down(groups):
    """Without it the group has no file for swap, and the engine drops that limit."""
    assert run(groups, "hand_down") == 0
    assert (groups / "cgroup.subtree_control").read_text() == "+cpu +memory +pids\n"


def test_what_the_kernel_refuses_is_noticed(groups):
    (groups / "cgroup.subtree_control").mkdir()
    assert run(groups, "hand_down") != 0


def test_processes_are_moved_out_of_the_way(groups):
    assert run(groups, "move_all others") == 0
    assert (
        groups / "others/cgroup.procs"
    ).read_text() == "18\n"  # one at a time, as the kernel wants
