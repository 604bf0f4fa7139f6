"""Whose sandbox is certainly nobody's any more."""

import os
import subprocess
import sys

import pytest

from grader.sandbox import process_label

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the label needs /proc")


@pytest.fixture
def mine():
    return process_label.own().split(" ")


def dead(fields, running=True):
    return process_label.is_dead(" ".join(fields), running=running)


def test_living_process_is_not_dead(mine):
    assert mine[2] == str(os.getpid())
    assert not dead(mine)


def test_ended_process_is_dead(mine):
    code = "from grader.sandbox import process_label; print(process_label.own())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert dead(done.stdout.strip().split(" "))


def test_zombie_is_dead(mine):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = process_label._start(process_label.PROC, child.pid)
    assert not dead([*mine[:2], str(child.pid), start])
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    assert dead([*mine[:2], str(child.pid), start])
    child.communicate()


def test_number_used_again_is_dead(mine):
    assert dead([*mine[:3], "12345"])


def test_process_of_another_namespace_is_not_judged(mine):
    assert not dead([mine[0], "pid:[1]", "999999999", "1"])


def test_earlier_boot_is_dead_unless_its_sandbox_runs(mine):
    other = ["00000000-0000-0000-0000-000000000000", *mine[1:]]
    assert dead(other, running=False)
    assert not dead(other, running=True)


@pytest.mark.parametrize("text", ["", "x", "a b c d e", "a b c"])
def test_text_that_is_no_label_says_nothing(text):
    assert not process_label.is_dead(text, running=False)


def test_system_without_these_files_has_no_label(tmp_path):
    assert process_label.own(tmp_path) == ""
    assert not process_label.is_dead("a b 1 2", running=True, proc=tmp_path)
