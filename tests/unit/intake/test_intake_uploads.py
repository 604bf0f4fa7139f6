"""Intake: honest uploads in any wrapping get through, everything odd is refused with a sentence."""

import io
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader import errors, wording
from grader.assignment import manifest as assignment_manifest
from grader.intake import listing
from grader.intake import uploads as intake_uploads

GOOD = b"def f():\n    return 1\n"
MANIFEST = assignment_manifest.Manifest(
    slug="a1",
    title="t",
    course="c",
    total_points=1,
    submission=assignment_manifest.SubmissionRules(required=("layers.py",)),
    task=(assignment_manifest.Task("1", "t", 1),),
    policy=assignment_manifest.Policy(forbid_imports=("torch.optim", "scipy")),
)


def zipped(*files, **options):
    """A zip of (name or ZipInfo, content) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as target:
        for name, content in files:
            target.writestr(name, content)
    return buffer.getvalue()


def tree(data):
    return intake_uploads.unpack(data, MANIFEST)


def reasons(call, *arguments):
    with pytest.raises(errors.UploadRefused) as refused:
        call(*arguments)
    assert refused.value.reasons
    return "\n".join(refused.value.reasons)


def refusal(data):
    return reasons(intake_uploads.unpack, data, MANIFEST)


@pytest.mark.parametrize(
    "files",
    [
        [("layers.py", GOOD)],
        [("repo-main/layers.py", GOOD)],
        [("hw/layers.py", GOOD), ("__MACOSX/hw/._layers.py", b"x"), ("hw/.DS_Store", b"x")],
        [("layers.py", GOOD), ("extra/helper.py", GOOD), ("__pycache__/layers.pyc", b"x")],
    ],
    ids=["flat", "repository", "macos", "extras"],
)
def test_honest_zip_has_its_files_at_the_root(files):
    assert tree(zipped(*files)).files["layers.py"] == GOOD


def test_plain_files_survive_packing_and_unpacking():
    files = [("layers.py", GOOD), ("notes/readme.txt", b"hello")]
    assert tree(intake_uploads.pack(files, MANIFEST)).files == dict(files)


def test_names_alone_say_what_is_noted_of_them_later():
    data = zipped(("hw/layers.py", GOOD), ("hw/.DS_Store", b"x"), ("hw/torch.py", GOOD))
    at_once = intake_uploads.noted(data, MANIFEST)
    assert [note.partition(":")[0] for note in at_once] == [
        "Left out, not part of a submission",
        "torch.py",
    ]
    assert set(at_once) <= set(tree(data).notes)
    assert intake_uploads.noted(zipped(("hw.zip", data)), MANIFEST) == ()


def test_equal_files_make_equal_bytes_whatever_their_order():
    files = [("layers.py", GOOD), ("b.py", b"")]
    assert intake_uploads.pack(files, MANIFEST) == intake_uploads.pack(files[::-1], MANIFEST)


def test_zip_is_stored_as_it_came():
    data = zipped(("layers.py", GOOD))
    assert intake_uploads.pack([("hw.zip", data)], MANIFEST) == data


def test_zip_beside_single_files_is_named_when_a_required_file_is_missing():
    sent = [("a.zip", zipped(("layers.py", GOOD))), ("b.py", b"")]
    assert "'a.zip': is an archive in itself; send its files instead, either all in one zip" in (
        reasons(intake_uploads.pack, sent, MANIFEST)
    )


def test_missing_file_names_the_near_miss():
    assert "You sent Layers.py" in reasons(intake_uploads.pack, [("Layers.py", GOOD)], MANIFEST)


def test_no_file_at_all_is_refused():
    assert "Nothing was uploaded" in reasons(intake_uploads.pack, [], MANIFEST)


def linked(mode):
    info = zipfile.ZipInfo("layers.py")
    info.external_attr = mode << 16
    return info


def mixed_in(name):
    return zipped(("layers.py", GOOD), (name, b"x"))


OUTSIDE = ["../x.py", "/x.py", "C:\\x.py", "a\\..\\x.py", "a/../x.py", "a//x.py", "a/./x.py"]


@pytest.mark.parametrize("name", OUTSIDE, ids=ascii)
def test_name_that_could_lie_outside_is_refused(name):
    assert refusal(mixed_in(name)).replace("\n", "").isprintable()
    assert reasons(intake_uploads.pack, [("layers.py", GOOD), (name, b"x")], MANIFEST)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_same_name_twice_is_refused():
    assert "is there twice" in refusal(zipped(("layers.py", GOOD), ("layers.py", b"x = 1\n")))


def test_name_that_is_file_and_folder_is_refused():
    assert "both a file and a folder" in refusal(
        zipped(("layers.py", GOOD), ("a", b""), ("a/b.py", b""))
    )


@pytest.mark.parametrize(
    "mode",
    [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644, stat.S_IFREG | 0o4755],
    ids=["symlink", "fifo", "device", "setuid"],
)
def test_link_or_special_file_is_refused(mode):
    assert "link or a special file" in refusal(zipped((linked(mode), b"/etc/passwd")))


def test_name_with_nul_is_refused():
    data = mixed_in("evilXx.py").replace(b"evilXx.py", b"evil\0x.py")
    assert refusal(data)


def test_encrypted_zip_is_refused():
    data = bytearray(zipped(("layers.py", GOOD)))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(data))


def test_wrong_checksum_is_refused():
    data = zipped(("layers.py", GOOD))
    assert "damaged" in refusal(data.replace(b"return 1", b"return 2"))


def test_overlapping_entries_are_refused():
    data = bytearray(zipped(("layers.py", GOOD), ("b.py", GOOD)))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)
    assert "overlap" in refusal(bytes(data))


@pytest.mark.parametrize("cut", [1, 10, 30, 80])
def test_truncated_zip_is_refused(cut):
    assert refusal(zipped(("layers.py", GOOD))[:-cut])


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"not a zip", b"\x7fELF" + zipped(("layers.py", GOOD))], ids=len
)
def test_something_else_than_a_zip_is_refused(data):
    assert "zip" in refusal(data)


def bomb(kind):
    if kind == "ratio":
        return zipped(("layers.py", GOOD), ("z.bin", bytes(10 * wording.MB)), compression=8)
    if kind == "total":
        noise = bytes(range(256)) * 4096
        files = [(f"f{i}.bin", noise) for i in range(30)]
        return zipped(("layers.py", GOOD), *files, compression=0)
    if kind == "many":
        return zipped(*((f"f{i}.py", b"") for i in range(20_000)))
    lie = bytearray(
        zipped(("layers.py", zlib.compress(b"")), ("z.bin", bytes(10**7)), compression=8)
    )
    struct.pack_into("<L", lie, lie.rfind(b"PK\x01\x02") + 24, 10)
    return bytes(lie)


@pytest.mark.parametrize("kind", ["ratio", "total", "many", "lie"])
def test_bomb_is_refused_fast_and_in_little_memory(kind, tmp_path):
    (tmp_path / "bomb.zip").write_bytes(bomb(kind))
    probe = (
        "import sys, time, resource; from tests.unit.intake import test_intake_uploads as t\n"
        f"data = open({str(tmp_path / 'bomb.zip')!r}, 'rb').read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "started = time.monotonic(); text = t.refusal(data)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(time.monotonic() - started, (after - before) / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    seconds, mib = map(float, done.stdout.split())
    assert mib < 100
    assert seconds < 5  # a bound against hanging; the figure itself is far lower


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"def f(:\n", "layers.py:1: "),
        (b"x = 1\n  y = 2\n", "layers.py:2: unexpected indent"),
        (b"x = '\xff'\n", "layers.py:"),
        ("x = 'ä'".encode("utf-16"), "layers.py"),
        (b"# coding: no-such\n", "layers.py:1"),
        (b"x = 1\0\n", "layers.py"),
        (b"(" * 100_000 + b")" * 100_000, "layers.py"),
        (b"-" * 100_000 + b"1", "layers.py"),
        (b"x = 1" + b"+1" * 100_000, "layers.py"),
        (b"x = '" + b"a" * wording.MB + b"'", "larger than 1 MB"),
    ],
    ids=range(10),
)
def test_source_that_cannot_be_graded_is_refused_with_file_and_line(source, expected):
    started = time.monotonic()
    assert expected in refusal(zipped(("layers.py", source)))
    assert time.monotonic() - started < 20


def test_file_that_steers_pytest_is_left_out_with_a_note():
    found = tree(zipped(("layers.py", GOOD), ("conftest.py", b"x = 1\n"), ("numpy.py", b"")))
    assert "conftest.py" not in found.files
    assert any("Left out" in note and "conftest.py" in note for note in found.notes)
    assert any(note.startswith("numpy.py: is never imported") for note in found.notes)


def test_all_reasons_are_told_at_once():
    manifest = submission(required=("layers.py", "other.py"))
    files = zipped(("layers.py", b"def ("), ("other.py", b"x = "))
    text = reasons(intake_uploads.unpack, files, manifest)
    assert "layers.py:1" in text
    assert "other.py:1" in text


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (b"x = \n", "scratch.py:1: invalid syntax"),
        (b"x = 1\n" * 30_000, "scratch.py: is longer than"),
        (b"x = '\xff'\n", "scratch.py:1: is not UTF-8"),
    ],
)
def test_python_that_nobody_asked_for_never_refuses_an_upload(source, why):
    found = tree(zipped(("layers.py", GOOD), ("scratch.py", source)))
    assert set(found.files) == {"layers.py"}
    (note,) = found.notes
    assert note.startswith(why)
    assert note.endswith("It was not asked for and is left out.")


def test_outputs_of_a_notebook_do_not_count_as_unpacked_files():
    picture = b'{"data": {"image/png": "' + b"A" * 30_000_000 + b'"}}'
    cell = b'{"cell_type": "code", "source": "x = 1", "outputs": [' + picture + b"]}"
    book = b'{"nbformat": 4, "cells": [' + cell + b"]}"
    manifest = submission(accept=("ipynb", "zip"))
    uploads = [("layers.ipynb", book)]
    found = intake_uploads.unpack(intake_uploads.pack(uploads, manifest), manifest)
    assert found.files["layers.ipynb, cell 1"] == b"x = 1"
    assert sum(map(len, found.files.values())) < 1000


def test_notebook_that_is_too_large_is_refused_with_the_way_to_make_it_smaller():
    manifest = submission(accept=("ipynb", "zip"), max_upload_mb=1)
    book = b'{"nbformat": 4, "cells": []}' + b" " * 2_000_000
    text = reasons(intake_uploads.pack, [("layers.ipynb", book)], manifest)
    assert text.endswith("Clear the outputs of layers.ipynb and save again.")
    unasked = zipped(("layers.py", GOOD), ("x.ipynb", b" " * 30_000_000), compression=8)
    text = reasons(intake_uploads.unpack, unasked, submission())
    assert "'x.ipynb' (30 MB); clear its outputs" in text


def test_newer_python_is_named_with_what_to_write_instead():
    text = refusal(zipped(("layers.py", b'd = {}\nx = f"{d["a"]}"\n')))
    assert text.startswith("layers.py:2: needs Python 3.12; the grader runs 3.11: ")
    assert "other quotes" in text


def tree_or_reasons(data):
    """Whatever else is raised lets the test fail."""
    try:
        return tree(data)
    except errors.UploadRefused as refused:
        return refused.reasons


@given(st.binary(max_size=400))
@example(b"PK\x05\x06" + bytes(18))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_tree_or_refused(data):
    assert tree_or_reasons(data)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_damage_to_a_zip_is_a_tree_or_refused(data):
    damaged = bytearray(zipped(("layers.py", GOOD), ("b/c.py", GOOD), compression=8))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert tree_or_reasons(bytes(damaged))


def submission(**fields):
    """The manifest with another [submission]."""
    return msgspec.structs.replace(
        MANIFEST,
        submission=assignment_manifest.SubmissionRules(**{"required": ("layers.py",)} | fields),
    )


def test_name_of_the_folder_around_all_files_does_not_matter():
    assert set(tree(zipped(("Jos\u00e9's hw 4/layers.py", GOOD))).files) == {"layers.py"}


def test_folder_that_the_assignment_asks_for_is_not_taken_off():
    wanted = assignment_manifest.SubmissionRules(required=("src/layers.py",))
    manifest = msgspec.structs.replace(MANIFEST, submission=wanted)
    assert set(intake_uploads.unpack(zipped(("src/layers.py", GOOD)), manifest).files) == {
        "src/layers.py"
    }


def test_litter_is_left_out_with_one_note():
    names = [
        "__MACOSX/._layers.py",
        ".DS_Store",
        ".git/config",
        ".gitignore",
        "x/__pycache__/a.pyc",
    ]
    found = tree(zipped(("layers.py", GOOD), *((name, b"") for name in names)))
    assert set(found.files) == {"layers.py"}
    assert found.notes == (
        "Left out, not part of a submission: .DS_Store, .git, .gitignore, __MACOSX, __pycache__.",
    )


@pytest.mark.parametrize("path", ["stage/__init__.py", "public_tests/test_a.py"])
def test_copy_of_the_tests_and_their_helpers_is_left_out_with_a_note(path):
    found = tree(zipped(("hw/layers.py", GOOD), (f"hw/{path}", b"import os\n")))
    assert set(found.files) == {"layers.py"}
    assert found.notes == (f"Left out, because the tests bring their own copies: {path}.",)


@pytest.mark.parametrize(
    ("sent", "notes"),
    [
        ("452_riddletm_assignment2.pdf", ()),
        (
            "report.PDF",
            (
                "No file is named like 452_*_assignment2.pdf (sent: report.PDF); the written "
                "tasks are marked from it.",
            ),
        ),
        (
            "notes.txt",
            ("No file is named like 452_*_assignment2.pdf; the written tasks are marked from it.",),
        ),
    ],
)
def test_report_of_another_name_is_remarked(sent, notes):
    wanted = msgspec.structs.replace(MANIFEST.submission, report="452_*_assignment2.pdf")
    manifest = msgspec.structs.replace(MANIFEST, submission=wanted)
    assert (
        intake_uploads.unpack(zipped(("layers.py", GOOD), (sent, b"%PDF-")), manifest).notes
        == notes
    )


def test_litter_is_never_inflated_nor_counted():
    objects = [(f"hw/.git/objects/{n:02x}", b"") for n in range(400)]
    broken = zipped(("hw/layers.py", GOOD), ("hw/.git/pack", b"not looked at"), *objects)
    assert set(tree(broken.replace(b"not looked at", b"changed bytes")).files) == {"layers.py"}


def test_link_inside_litter_is_left_out_with_it():
    """A virtual environment's `bin/python` is one."""
    info = zipfile.ZipInfo(".venv/bin/python")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert set(tree(zipped(("layers.py", GOOD), (info, b"/etc/passwd"))).files) == {"layers.py"}


def test_traversal_inside_litter_is_refused_all_the_same():
    assert "'..'" in refusal(mixed_in("__MACOSX/../../x"))


def test_weights_that_the_assignment_asks_for_are_kept():
    """`.pth` is also what Python calls a file that it runs at start."""
    files = [("layers.py", GOOD), ("model.pth", b"weights"), ("other.pth", b"import os")]
    found = intake_uploads.unpack(zipped(*files), submission(optional=("model.pth",)))
    assert set(found.files) == {"layers.py", "model.pth"}


def test_own_copy_of_a_given_file_is_not_judged():
    """The course's copy replaces it."""
    files = [("layers.py", GOOD), ("solver.py", b"import torch.optim as (")]
    assert (
        "solver.py" in intake_uploads.unpack(zipped(*files), submission(given=("solver.py",))).files
    )


def test_asked_for_file_that_is_an_archive_is_refused():
    assert "layers.py: holds a zip archive" in refusal(
        zipped(("layers.py", zipped(("a", b""))), ("b.py", GOOD))
    )


def test_numpy_archive_is_a_data_file():
    assert "w.npz" in tree(zipped(("layers.py", GOOD), ("w.npz", zipped(("a.npy", b""))))).files


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Layers.py", "You sent Layers.py; the name is case-sensitive"),
        ("layers_1.py", "You sent layers_1.py; if that is meant, rename it"),
        ("readme.txt", "layers.py: this file is required and missing."),
    ],
)
def test_missing_file_is_advised_upon(name, advice):
    assert advice in refusal(zipped((name, GOOD), ("zzz.txt", b"")))


def test_notebook_stands_for_its_module_only_where_notebooks_are_accepted():
    cell = b'{"cell_type": "code", "source": ["import math\\n"]}'
    uploads = [("layers.ipynb", b'{"nbformat": 4, "cells": [%s]}' % cell)]
    manifest = submission(accept=("ipynb", "zip"))
    files = intake_uploads.unpack(intake_uploads.pack(uploads, manifest), manifest).files
    assert set(files) == {"layers.py", "layers.ipynb, cell 1", "layers.ipynb, statements"}
    assert "not a notebook" in reasons(intake_uploads.pack, uploads, MANIFEST)
    assert "layers.py: this file is required" in refusal(zipped(*uploads))


def test_notebook_with_a_hyphen_stands_for_the_module_with_an_underscore():
    uploads = [("a2-code.ipynb", b'{"nbformat": 4, "cells": []}')]
    manifest = submission(accept=("ipynb", "zip"), required=("a2_code.py",))
    assert set(intake_uploads.unpack(intake_uploads.pack(uploads, manifest), manifest).files) == {
        "a2_code.py",
        "a2-code.ipynb, statements",
    }


def test_notebook_cell_is_judged_like_a_file():
    cell = b'{"cell_type": "code", "source": "import math\\nif x"}'
    uploads = [("layers.ipynb", b'{"nbformat": 4, "cells": [%s]}' % cell)]
    manifest = submission(accept=("ipynb", "zip"))
    told = reasons(intake_uploads.unpack, intake_uploads.pack(uploads, manifest), manifest)
    assert told.startswith("layers.ipynb, cell 1:2: expected ':'")


def test_upload_over_the_assignments_size_is_refused():
    manifest = submission(max_upload_mb=0.01)
    uploads = [("layers.py", b"#" * 20_000)]
    assert "takes 0.01 MB" in reasons(intake_uploads.pack, uploads, manifest)
    assert "takes 0.01 MB" in reasons(intake_uploads.inspect, zipped(*uploads), manifest)


def test_megabyte_of_a_limit_has_a_million_bytes():
    data = zipped(("layers.py", GOOD), ("a.bin", bytes(1_000_000)), compression=0)
    intake_uploads.inspect(data, submission(max_upload_mb=len(data) / 1_000_000))
    told = reasons(intake_uploads.inspect, data, submission(max_upload_mb=1))
    assert told == "The upload is 1.1 MB; this assignment takes 1 MB."


@pytest.mark.parametrize(("over", "said"), [(0, ""), (1, "2.1 MB unpacked; at most 2 MB")])
def test_unpacked_size_is_allowed_up_to_its_last_byte(over, said):
    size = 2_000_000 - len(GOOD) + over
    data = zipped(("layers.py", GOOD), ("a.bin", bytes(size)), compression=0)
    manifest = submission(max_unpacked_mb=2)
    if over:
        assert said in reasons(intake_uploads.inspect, data, manifest)
    else:
        intake_uploads.inspect(data, manifest)


def test_rules_of_the_list_are_told_before_anything_is_inflated():
    manifest = submission(required=("layers.py", "a.py", "b.py"))
    data = zipped(("layers.py", GOOD), ("b.py", b""))
    text = reasons(intake_uploads.inspect, data.replace(b"return 1", b"return 2"), manifest)
    assert text.splitlines() == [
        "b.py: is empty (0 bytes); save your work in it and send it again.",
        "a.py: this file is required and missing.",
    ]


def test_thousand_faults_are_told_as_twenty_and_a_count():
    data = zipped(("layers.py", GOOD), *((f"../a{n}", b"") for n in range(100)))
    told = refusal(data).splitlines()
    assert (len(told), told[-1]) == (21, "And 80 more faults of this kind.")


def test_plain_upload_whose_name_is_not_text_is_left_out():
    """What a multipart parser makes of bytes that are no UTF-8."""
    sent = [("layers.py", GOOD), ("a\udcff.txt", b"")]
    found = tree(intake_uploads.pack(sent, MANIFEST))
    assert set(found.files) == {"layers.py"}
    assert found.notes[0].endswith(": a?.txt.")


def test_too_much_in_all_is_refused_by_the_list_and_names_the_largest():
    noise = bytes(range(250)) * 4000 * 11
    data = zipped(("layers.py", GOOD), ("a.bin", noise), ("b.bin", noise + b"x"), compression=0)
    assert "The largest is 'b.bin' (11.1 MB)" in reasons(intake_uploads.inspect, data, MANIFEST)


def test_too_many_files_are_refused_by_the_list():
    data = zipped(("layers.py", GOOD), *((f"f{n}", b"") for n in range(listing.MAX_FILES)))
    assert "holds 201 files; at most 200" in reasons(intake_uploads.inspect, data, MANIFEST)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/x.py", "absolute"),
        ("C:x.py", "absolute"),
        ("a//b.py", "empty part"),
        ("a/./x.py", "empty part"),
    ],
)
def test_bad_name_is_refused_for_its_own_reason(name, why):
    assert why in reasons(intake_uploads.pack, [("layers.py", GOOD), (name, b"")], MANIFEST)


def test_file_that_is_meant_as_it_is_is_not_taken_for_a_missing_one():
    manifest = submission(required=("layers.py", "rnn_layers.py"))
    told = reasons(intake_uploads.unpack, zipped(("layers.py", GOOD)), manifest)
    assert "rnn_layers.py: this file is required and missing." in told
