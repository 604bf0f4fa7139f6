"""Data sets in a real sandbox: the public half is there to read, the held-back half is not."""

import tempfile
import textwrap
import uuid
from pathlib import Path

import numpy as np
import pytest

from grader import errors, models, settings
from grader.assignment import manifest
from grader.datasets import files
from grader.grading import submission_grader
from grader.sandbox import container, policy, pool, selftest
from tests.support import checked

IMAGE = settings.from_environment().sandbox_image
SPY = """
import os, socket
s = socket.socket(socket.AF_UNIX); s.connect('/run/grader/s'); s.sendall(b'C')
found = sorted(os.path.join(top, name) for top, _, names in os.walk('/data') for name in names)
s.sendall((os.environ['GRADER_DATA'] + ' ' + ' '.join(found) + '\\n').encode()); s.recv(1)
"""
MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 10
datasets = ["digits"]
submission = { required = ["net.py"] }
task = [{ id = "1", title = "Mean", points = 10 }]
"""
SUITE = """
from grader.suite import close, datasets, task


@task("1")
def test_mean_image_of_the_training_half(student):
    close(student.net.mean(), datasets.load("digits", "train").x.mean())


@task("1")
def test_held_back_half_is_read_on_this_side_only(student):
    held = datasets.load("digits", "test")
    close(student.net.total(held.x), held.x.sum())
    assert not student.net.has("/data/digits/test.npz")
"""
NET = """
import os
import numpy as np


def mean():
    with np.load(os.environ["GRADER_DATA"] + "/digits/train.npz") as data:
        return data["x"].mean()


def total(x):
    return x.sum()


def has(path):
    return os.path.exists(path)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    generator = np.random.default_rng(0)
    halves = [
        files.Split(
            generator.integers(0, 17, (count, 8, 8)).astype(np.uint8),
            np.arange(count, dtype=np.int64) % 10,
        )
        for count in (30, 10)
    ]
    root = tmp_path_factory.mktemp("datasets")
    files.save(root, files.DataSet("digits", *halves, "a test"))
    return root


@pytest.fixture(scope="module")
def engine(docker_engine, root):
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:  # short: a socket lies in it
        owner = f"test-{uuid.uuid4().hex[:8]}"
        engine = container.Engine(Path(folder, "run"), owner, files.public_dir(root))
        yield engine
        assert engine.reap() == 0, "a container was left behind"


@pytest.fixture(scope="module")
def hw(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    suite = course / "tests" / "suites" / "hw"
    (suite / "public").mkdir(parents=True)
    (suite / "assignment.toml").write_text(MANIFEST)
    (suite / "public" / "test_mean.py").write_text(textwrap.dedent(SUITE))
    return manifest.load(course, "hw")


@pytest.fixture
def grade(engine, suites, hw):
    def graded(root):
        sandboxes = pool.Pool(engine, 0)
        grader = submission_grader.Grader(sandboxes, suites, IMAGE, datasets_dir=root)
        try:
            return grader.grade(hw, checked.upload(hw, models.FileTree({"net.py": NET.encode()})))
        finally:
            sandboxes.close()

    return graded


def test_sandbox_sees_the_public_half_and_nothing_else(engine):
    profile = policy.Profile(IMAGE, "numpy", 64 * policy.MiB)
    sandbox = engine.start(profile, entrypoint=["python3", "-I", "-c", SPY])
    try:
        sandbox.control.settimeout(20)
        told = sandbox.control.makefile().readline().split()
    finally:
        engine.destroy(sandbox)
    assert told == ["/data", "/data/digits/meta.json", "/data/digits/train.npz"]


def test_probe_accepts_the_public_folder(engine):
    selftest.verify(engine, IMAGE)


def test_probe_finds_held_back_data(root, engine, monkeypatch):
    """The same probe with the wrong folder mounted."""
    root.chmod(0o755)
    monkeypatch.setattr(engine, "_data_dir", root)
    with pytest.raises(errors.SandboxUnavailable, match="held-back data is there: /data/heldback"):
        selftest.verify(engine, IMAGE)


def test_probe_finds_a_data_folder_that_can_be_written(root, engine, monkeypatch):
    mount = policy._mount

    def writable(source, target):
        return mount(source, target) | {"ReadOnly": target != policy.DATA_POINT}

    monkeypatch.setattr(policy, "_mount", writable)
    with pytest.raises(errors.SandboxUnavailable, match="/data is not mounted read-only"):
        selftest.verify(engine, IMAGE)


def test_submission_trains_on_one_half_and_is_tested_on_the_other(root, grade):
    report = grade(root)
    assert [(t.verdict, t.message) for t in report.tests] == [(models.Verdict.PASSED, "")] * 2


def test_missing_data_set_stops_the_grading_with_the_command(tmp_path, grade):
    with pytest.raises(errors.DatasetMissing, match="grader data fetch digits"):
        grade(tmp_path)
