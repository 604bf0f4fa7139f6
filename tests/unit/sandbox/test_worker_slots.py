"""Workers that share an engine, and the paths it knows."""

import pytest

from grader import errors
from grader.sandbox import host_paths, worker_slots


def test_two_workers_get_two_slots_and_owners(tmp_path):
    with worker_slots.claimed(tmp_path) as one, worker_slots.claimed(tmp_path) as two:
        assert (one.folder.name, two.folder.name) == ("w0", "w1")
        assert one.owner != two.owner


def test_slot_of_a_dead_worker_is_taken_over_with_its_owner(tmp_path):
    with worker_slots.claimed(tmp_path) as first:
        pass
    with worker_slots.claimed(tmp_path) as second:
        assert second == first


def test_only_slots_of_dead_workers_are_abandoned(tmp_path):
    with worker_slots.claimed(tmp_path) as own, worker_slots.claimed(tmp_path) as other:
        assert list(worker_slots.abandoned(tmp_path, own)) == []
    with worker_slots.claimed(tmp_path) as own:
        assert list(worker_slots.abandoned(tmp_path, own)) == [other]


def test_two_services_have_different_owners(tmp_path):
    with worker_slots.claimed(tmp_path / "a") as one, worker_slots.claimed(tmp_path / "b") as two:
        assert one.owner != two.owner


def test_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.SandboxUnavailable, match="GRADER_RUN_DIR"):
        worker_slots.claimed(tmp_path / "file").__enter__()


def test_outside_of_a_container_a_path_stays():
    assert host_paths.translated("/srv/x", {}) == "/srv/x"


def test_longest_mount_decides():
    known = {"/run": "/host/run", "/run/grader": "/host/sockets"}
    assert host_paths.translated("/run/grader/w0/s", known) == "/host/sockets/w0/s"
    assert host_paths.translated("/run/grader", known) == "/host/sockets"


def test_folder_of_the_container_alone_is_refused_with_advice():
    with pytest.raises(errors.SandboxUnavailable, match="Mount a volume"):
        host_paths.translated("/tmp/x", {"/run": "/host/run"})
