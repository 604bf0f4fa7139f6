"""Blobs are named by what they hold and checked when read."""

import os

import pytest

from grader import disk, errors
from grader.store import blobs


@pytest.fixture(params=["folder", "objects"])
def store(request, tmp_path):
    """A folder, or an object store (fsspec's own in memory)."""
    return blobs.Blobs(tmp_path if request.param == "folder" else f"memory://{tmp_path}")


def test_content_comes_back(store):
    assert store.get(store.put(b"hello")) == b"hello"


def test_same_content_is_stored_once(tmp_path):
    store = blobs.Blobs(tmp_path)
    assert store.put(b"a") == store.put(b"a")
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1


def test_damaged_blob_is_refused(tmp_path):
    store = blobs.Blobs(tmp_path)
    name = store.put(b"hello")
    (tmp_path / name[:2] / name[2:]).write_bytes(b"hellO")
    with pytest.raises(errors.StoreUnavailable, match="damaged"):
        store.get(name)


def test_missing_blob_is_a_machine_fault(tmp_path):
    with pytest.raises(errors.StoreUnavailable, match="cannot be read"):
        blobs.Blobs(tmp_path).get("0" * 64)


def test_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError("No space left on device")

    store = blobs.Blobs(tmp_path)
    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(errors.StoreUnavailable, match="No space left"):
        store.put(b"hello")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_damaged_object_is_refused(tmp_path):
    store = blobs.Blobs(f"memory://{tmp_path}")
    name = store.put(b"hello")
    store._shelf.write(name, b"hellO")
    with pytest.raises(errors.StoreUnavailable, match="damaged"):
        store.get(name)


def test_missing_object_is_a_machine_fault(store):
    with pytest.raises(errors.StoreUnavailable, match="cannot be read"):
        store.get("0" * 64)


def test_url_without_a_driver_is_named():
    with pytest.raises(errors.OperatorError, match="nix://bucket"):
        blobs.Blobs("nix://bucket")


def test_names_are_found_by_age_and_deleted(store):
    names = {store.put(b"a"), store.put(b"b")}
    assert set(store.older_than(-1)) == names
    assert set(store.older_than(3600)) == set()
    first, second = sorted(names)
    assert not store.delete(first, unless_younger_than_s=3600)
    assert store.delete(first, unless_younger_than_s=-1)
    assert set(store.older_than(-1)) == {second}


def test_content_sent_again_is_young_again(tmp_path):
    store = blobs.Blobs(tmp_path)
    name = store.put(b"a")
    os.utime(tmp_path / name[:2] / name[2:], (0, 0))
    assert list(store.older_than(3600)) == [name]
    store.put(b"a")
    assert list(store.older_than(3600)) == []
