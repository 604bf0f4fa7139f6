"""Workers that share an engine, and the paths it knows."""

import pytest

from grader import errors
from grader.sandbox import places, slots


def test_two_workers_get_two_slots_and_owners(tmp_path):
    with slots.claimed(tmp_path) as one, slots.claimed(tmp_path) as two:
        assert (one.folder.name, two.folder.name) == ("w0", "w1")
        assert one.owner != two.owner


def test_slot_of_a_dead_worker_is_taken_over_with_its_owner(tmp_path):
    with slots.claimed(tmp_path) as first:
        pass
    with slots.claimed(tmp_path) as second:
        assert second == first


def test_only_slots_of_dead_workers_are_abandoned(tmp_path):
    with slots.claimed(tmp_path) as own, slots.claimed(tmp_path) as other:
        assert list(slots.abandoned(tmp_path, own)) == []
    with slots.claimed(tmp_path) as own:
        assert list(slots.abandoned(tmp_path, own)) == [other]


def test_two_services_have_different_owners(tmp_path):
    with slots.claimed(tmp_path / "a") as one, slots.claimed(tmp_path / "b") as two:
        assert one.owner != two.owner


def test_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.SandboxUnavailable, match="GRADER_RUN_DIR"):
        slots.claimed(tmp_path / "file").__enter__()


def test_outside_of_a_container_a_path_stays():
    assert places.translated("/srv/x", {}) == "/srv/x"


def test_longest_mount_decides():
    known = {"/run": "/host/run", "/run/grader": "/host/sockets"}
    assert places.translated("/run/grader/w0/s", known) == "/host/sockets/w0/s"
    assert places.translated("/run/grader", known) == "/host/sockets"


def test_folder_of_the_container_alone_is_refused_with_advice():
    with pytest.raises(errors.SandboxUnavailable, match="Mount a volume"):
        places.translated("/tmp/x", {"/run": "/host/run"})
