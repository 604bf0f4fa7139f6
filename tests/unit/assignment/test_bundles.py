"""A homework as one file, and what differs between two of them."""

import io
import os
import zipfile

import pytest

from grader import errors
from grader.assignment import bundle, bundle_diff
from tests.support import fakes_service as fakes

TEST = "from grader.suite import task\n\n\n@task('1a')\ndef test_{}():\n    assert {}\n"


def zipped(files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def of(**files):
    return bundle.read(fakes.bundle(**{n.replace("__", "/"): t for n, t in files.items()}))


def test_equal_files_make_equal_bytes_whatever_their_times_and_order(tmp_path):
    folders = [fakes.course(tmp_path / name) for name in ("a", "b")]
    for folder, when in zip(folders, (1, 2_000_000_000), strict=True):
        for path in folder.rglob("*.toml"):
            os.utime(path, (when, when))
    first, second = (bundle.of_folder(folder, "hw").content() for folder in folders)
    assert first == second
    files = bundle.read(first).files
    again = bundle.read(zipped(dict(reversed(files.items()))))
    assert again.content() == first


def test_only_the_homeworks_own_files_are_in_it(tmp_path):
    course = fakes.course(tmp_path)
    (course / "course.toml").write_text("")
    suite = course / "tests" / "suites" / "hw"
    (suite / "__pycache__").mkdir()
    (suite / "__pycache__" / "x.pyc").write_bytes(b"")
    (suite / "quality.json").write_text("{}")
    names = set(bundle.of_folder(course, "hw").files)
    assert names == {f"tests/suites/hw/{name}" for name in ("assignment.toml", "quality.json")}


def test_zip_with_one_folder_around_it_is_understood():
    files = bundle.read(fakes.bundle()).files
    around = {f"my course/{name}": content for name, content in files.items()}
    assert bundle.read(zipped(around | {"my course/.git/config": b""})).files == files


def test_what_is_unpacked_is_read_only_and_whole(tmp_path):
    made = bundle.read(fakes.bundle())
    made.write(tmp_path / "v")
    made.write(tmp_path / "v")  # a second process of the same machine
    path = tmp_path / "v" / "reference" / "hw" / "layers.py"
    assert path.read_bytes() == b"x = 1\n"
    assert path.stat().st_mode & 0o777 == 0o444
    assert [p.name for p in tmp_path.iterdir()] == ["v"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"no zip", "zip"),
        (zipped({"a.txt": "x"}), "assignment.toml is missing"),
        (zipped({f"tests/suites/{s}/assignment.toml": "" for s in ("hw1", "hw2")}), "several"),
        (zipped({"tests/suites/HW 1/assignment.toml": ""}), "no slug"),
        (
            zipped(
                dict.fromkeys(
                    ("tests/suites/hw/assignment.toml", "tests/suites/hw/../../../x.py"), ""
                )
            ),
            "no name",
        ),
        (
            zipped({"tests/suites/hw/assignment.toml": "", "reference/hw/big": bytes(100_000_001)}),
            "at most 100",
        ),
    ],
    ids=["no zip", "no homework", "two homeworks", "no slug", "a way out", "too large"],
)
def test_what_is_no_bundle_is_refused_with_a_reason(content, word):
    with pytest.raises(errors.UploadRefused) as refused:
        bundle.read(content)
    assert word in refused.value.reasons[0]


MANIFEST = {"tests/suites/hw/assignment.toml": b"x" * 1000}


@pytest.mark.parametrize(
    "names",
    [
        ("reference/hw/a", "reference/hw/a/b"),
        (f"reference/hw/{'a' * 300}",),
        ("reference/hw/a\nb",),
    ],
    ids=["a file that is a folder", "too long", "a line break"],
)
def test_what_cannot_be_a_file_is_refused(names):
    with pytest.raises(errors.UploadRefused) as refused:
        bundle.read(zipped(MANIFEST | dict.fromkeys(names, b"")))
    assert "cannot be a file's name" in refused.value.reasons[0]


def test_damaged_zip_is_refused_whatever_is_damaged():
    whole = zipped(MANIFEST | {"reference/hw/layers.py": bytes(range(256)) * 20})
    for place in range(0, len(whole), 7):
        damaged = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        try:
            bundle.read(damaged)
        except errors.UploadRefused as exc:
            assert exc.reasons  # noqa: PT017 - either it is refused, or the damage did not matter


def test_comparison_names_tests_and_other_files():
    old = of(hidden__test_a=TEST.format("one", 1), **{"hidden__test_a.py": TEST.format("one", 1)})
    changed = TEST.format("one", 2) + TEST.format("two", 1).partition("\n\n\n")[2]
    new = of(hidden__test_a=TEST.format("one", 1), **{"hidden__test_a.py": changed})
    found = bundle_diff.changes(old, new)
    assert found.tests_changed == ("hidden/test_a.py::test_one",)
    assert found.tests_added == ("hidden/test_a.py::test_two",)
    assert found.files == ()
    assert bundle_diff.changes(new, old).tests_removed == ("hidden/test_a.py::test_two",)
    assert bundle_diff.changes(new, new).nothing


def test_helper_in_a_file_of_tests_is_named_as_a_file():
    old = of(**{"public__test_a.py": "LIMIT = 1\n" + TEST.format("one", 1)})
    new = of(**{"public__test_a.py": "LIMIT = 2\n" + TEST.format("one", 1)})
    found = bundle_diff.changes(old, new)
    assert (found.tests_changed, found.files) == ((), ("public/test_a.py",))
    reference = bundle.Bundle("hw", {**old.files, "reference/hw/layers.py": b"x = 2\n"})
    assert bundle_diff.changes(old, reference).files == ("reference/hw/layers.py",)
