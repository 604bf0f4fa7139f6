"""Unpacked versions go when nobody needs them, and never while somebody does."""

import os
import threading
import time

import pytest

from grader.assignment import bundle
from grader.service import unpacked
from tests.support import fakes_service as fakes

FILES = bundle.read(fakes.bundle())
OLD, LIVE, NEW = "0" * 64, "1" * 64, "2" * 64


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "published"


def age(folder, *names, seconds=unpacked.UNUSED_S + 1):
    for name in names:
        os.utime(folder / name, (time.time() - seconds,) * 2)


def there(folder):
    return {one.name for one in folder.iterdir() if one.is_dir()}


def test_what_is_neither_in_use_nor_used_lately_is_removed(folder):
    kept = unpacked.UnpackedVersions(folder)
    for name in (OLD, LIVE, NEW):
        kept.add(name, FILES)
    age(folder, OLD, LIVE)
    assert kept.forget({LIVE}) == 1
    assert there(folder) == {LIVE, NEW}


def test_removed_one_is_unpacked_again(folder):
    kept = unpacked.UnpackedVersions(folder)
    kept.add(OLD, FILES)
    age(folder, OLD)
    kept.forget(())
    assert kept.use(OLD) is None
    assert kept.add(OLD, FILES).joinpath("tests").is_dir()
    assert kept.use(OLD) == folder / OLD


def test_use_by_another_process_keeps_it(folder):
    mine, others = unpacked.UnpackedVersions(folder), unpacked.UnpackedVersions(folder)
    mine.add(OLD, FILES)
    age(folder, OLD)
    assert others.use(OLD)
    assert mine.forget(()) == 0


def test_one_that_another_process_removed_is_missed_at_once(folder):
    mine, others = unpacked.UnpackedVersions(folder), unpacked.UnpackedVersions(folder)
    mine.add(OLD, FILES)
    age(folder, OLD)
    others.forget(())
    assert mine.use(OLD) is None


def test_leftovers_of_killed_processes_go_as_well(folder):
    kept = unpacked.UnpackedVersions(folder)
    kept.add(NEW, FILES)
    for name in (".new-1", ".old-1"):
        (folder / name).mkdir()
    age(folder, ".new-1", ".old-1")
    kept.forget(())
    assert there(folder) == {NEW}


def test_folder_of_several_workers_holds_whole_versions_only(folder):
    """Some take a version while another tidies up all the time: what is there is whole."""
    takers = [unpacked.UnpackedVersions(folder) for _ in range(2)]
    tidier, stop, broken = unpacked.UnpackedVersions(folder), threading.Event(), []

    def take(kept):
        while not stop.is_set():
            kept._marked.clear()  # as if a minute had passed
            found = kept.use(NEW) or kept.add(NEW, FILES)
            if not (found / "tests" / "suites").is_dir():
                broken.append(found)  # it was used this moment, so nobody may remove it

    def tidy():
        while not stop.is_set():
            tidier.forget(())

    threads = [threading.Thread(target=take, args=[one]) for one in takers]
    threads.append(threading.Thread(target=tidy))
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert (broken, there(folder)) == ([], {NEW})


@pytest.mark.parametrize("place", ["{folder}", "../data/published", "published"])
def test_findings_name_files_as_they_are_in_the_zip(folder, place):
    kept = unpacked.UnpackedVersions(folder)
    said = f"{place.format(folder=folder)}/{NEW}/tests/suites/hw/public/test_a.py:1: NameError"
    assert kept.without_place(NEW, said) == "tests/suites/hw/public/test_a.py:1: NameError"
