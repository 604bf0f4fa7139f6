"""Blobs are named by what they hold and checked when read."""

import pytest

from grader import errors
from grader.store import blobs


def test_content_comes_back(tmp_path):
    store = blobs.Blobs(tmp_path / "uploads")
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
    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(errors.StoreUnavailable, match="No space left"):
        store.put(b"hello")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
