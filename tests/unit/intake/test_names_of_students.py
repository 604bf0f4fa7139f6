"""Uploads as students' systems make them: what is not needed never refuses what is."""

import io
import json
import random
import stat
import zipfile

import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.intake import archive, bulk_archive, renamed_files, uploads

GOOD = b"def f():\n    return 1\n"
CELL = {"cell_type": "code", "source": "W = 3", "metadata": {}, "outputs": []}
NOTEBOOK = json.dumps({"nbformat": 4, "cells": [CELL]}).encode()
TASK = (assignments.Task("1", "t", 1),)


def manifest(**fields):
    wanted = {"required": ("layers.py",), "accept": ("zip", "files", "ipynb")} | fields
    submission = assignments.SubmissionRules(**wanted)
    return assignments.Manifest("a1", "t", "c", 1, submission, TASK)


MANIFEST = manifest()
NOTEBOOK_COURSE = manifest(required=("a2_code.py",), optional=("answers.py", "model.pt"))


def tree(*files, rules=MANIFEST):
    sent = [(name, content) for name, content in files]
    return uploads.unpack(uploads.pack(sent, rules), rules)


def refusal(*files, rules=MANIFEST):
    with pytest.raises(errors.UploadRefused) as refused:
        tree(*files, rules=rules)
    return "\n".join(refused.value.reasons)


def zipped(*files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files:
            target.writestr(name, content)
    return buffer.getvalue()


# ---- renamed on the way -------------------------------------------------------------------

COPIES = [
    "layers (1).py",
    "layers(2).py",
    "layers (1) (1).py",
    "Copy of layers.py",
    "Copy of Copy of layers.py",
    "Kopie von layers.py",
    "Copie de layers.py",
    "layers - Copy.py",
    "layers - Copy (2).py",
    "layers - Kopie.py",
    "layers \u2013 Kopie.py",
    "layers copy.py",
    "layers copy 2.py",
    "layers_copy.py",
    "layers 2.py",
    "layers (copy).py",
    "layers (another copy).py",
    "layers (3rd copy).py",
    "layers-1.py",
    "layers-Copy1.py",
    "layers-checkpoint.py",
    "layers.py.txt",
    "layers.py.download",
    "layers.py.py",
    "Copy%20of%20layers.py",
    "layers\u202f2.py",
    " layers.py",
]


@pytest.mark.parametrize("name", COPIES, ids=ascii)
def test_copy_of_the_asked_for_file_counts_with_a_note(name):
    found = tree((name, GOOD), ("readme.txt", b"x"))
    assert found.files["layers.py"] == GOOD
    assert found.notes[0].endswith("counts as layers.py, the name that this assignment asks for.")


@pytest.mark.parametrize(
    "name",
    [
        "Copy of a2-code.ipynb",
        "a2-code-Copy1.ipynb",
        "a2-code.nbconvert.ipynb",
        "a2_code (3).ipynb",
        "a2 code.ipynb",
        "A2-Code.ipynb",
        "a2-code.ipynb.txt",
        "a2_code.ipynb.json",
        "HW5_ann.ipynb",
        "Übung 5.ipynb",
        "Untitled.ipynb",
    ],
    ids=ascii,
)
def test_notebook_of_another_name_counts_with_a_note(name):
    found = tree((name, NOTEBOOK), rules=NOTEBOOK_COURSE)
    assert {"a2_code.py", "a2_code.ipynb, cell 1"} < set(found.files)
    assert "counts as a2_code.ipynb" in found.notes[0]


def test_copies_of_optional_files_count_too():
    sent = [("a2_code.py", GOOD), ("answers (1).py", GOOD), ("model (2).pt", b"x")]
    assert set(tree(*sent, rules=NOTEBOOK_COURSE).files) == {"a2_code.py", "answers.py", "model.pt"}


def test_copy_in_a_folder_of_its_own_counts():
    rules = manifest(required=("src/layers.py",))
    assert "src/layers.py" in tree(("src/layers (1).py", GOOD), rules=rules).files


def test_folder_of_a_part_may_be_a_copy():
    parts = (
        assignments.Part("part 1", ("relu.py",), "part1-convnet"),
        assignments.Part("part 2", ("cnn.py",), "part2-pytorch"),
    )
    rules = manifest(required=(), part=parts)
    sent = [("part1-convnet (1)/relu.py", GOOD), ("part2-pytorch/cnn.py", GOOD)]
    assert {"relu.py", "cnn.py"} <= set(tree(*sent, rules=rules).files)


def test_name_itself_wins_over_its_copies():
    found = tree(("layers.py", GOOD), ("layers (1).py", b"W = 1\n"))
    assert found.files == {"layers.py": GOOD}
    assert "layers (1).py" in found.notes[0]


@pytest.mark.parametrize(
    ("names", "rules", "advice"),
    [
        (
            ("layers (1).py", "layers (2).py"),
            MANIFEST,
            "You sent 'layers (1).py', 'layers (2).py'; rename the one that is meant to layers.py.",
        ),
        (
            ("one.ipynb", "two.ipynb"),
            NOTEBOOK_COURSE,
            "You sent 'one.ipynb', 'two.ipynb'; rename the one that is meant to a2_code.ipynb.",
        ),
        (
            ("hw.ipynb",),
            manifest(required=("a.py", "b.py")),
            "You sent 'hw.ipynb'; rename the one that is meant to a.ipynb.",
        ),
        (
            ("layers_final.py",),
            MANIFEST,
            "You sent layers_final.py; if that is meant, rename it to",
        ),
        (("src/layers.py", "old/layers.py"), MANIFEST, "You sent old/layers.py; move it to"),
    ],
    ids=range(5),
)
def test_where_several_may_be_meant_the_wanted_name_is_said(names, rules, advice):
    sent = [(name, NOTEBOOK if name.endswith("ipynb") else GOOD) for name in names]
    assert advice in refusal(*sent, ("zzz.txt", b""), rules=rules)


@pytest.mark.parametrize("name", ["layers2.py", "layers_1.py", "my layers.py", "players.py"])
def test_other_names_are_no_copies(name):
    assert renamed_files.candidates("layers.py", [name], MANIFEST.submission) == []


# ---- what others left there ---------------------------------------------------------------

NOT_NEEDED = [
    "my notes.txt",
    "Aufgabe_é.pdf",
    "~$report.docx",
    ".~lock.report.odt#",
    "Screenshot 2026-03-03 at 4.05.12\u202fPM.png",
    ".OTTER_LOG",
    "__zip_filename__",
    ".hidden",
    ".env",
    "Icon\r",
    "Thumbs.db",
    "layers.py~",
    ".layers.py.swp",
    "#layers.py#",
    "-rf.py",
    "con.txt",
    "aux.py",
    "x.txt.",
    "a b.py",
    "x\n.txt",
    "x\x1b[2J.txt",
    "x\u202egp.txt",
    "\u00e9.py",
    "x" * 300 + ".txt",
    "d/" * 9 + "x.txt",
    "old.zip",
    "data.tar.gz",
    "LAYERS.PY",
    "Layers.py",
    "venv/lib/x.py",
    "node_modules/x.js",
    "wandb/run.json",
    "a2.egg-info/PKG-INFO",
    "what?.txt",
    "50%.txt",
    "C++ notes.txt",
    "résumé 🎓.docx",
]


@pytest.mark.parametrize("name", NOT_NEEDED, ids=ascii)
def test_file_that_is_not_needed_is_left_out_with_a_note(name):
    found = tree(("layers.py", GOOD), (name, b"x"))
    assert found.files == {"layers.py": GOOD}
    (note,) = found.notes
    assert note.startswith("Left out, ")
    assert note.isprintable()


@pytest.mark.parametrize("name", ["my notes.txt", "screen\u202fshot.png", "__zip_filename__"])
def test_student_of_a_batch_is_not_refused_for_it(name):
    everyone = [("ann/layers.py", GOOD), (f"ann/{name}", b"x"), ("bob/layers.py", GOOD)]
    students = {w.name: w.files for w in bulk_archive.split(zipped(*everyone))}
    assert set(tree(*students["ann"]).files) == {"layers.py"}


def test_link_that_nobody_asked_for_is_left_out():
    link = zipfile.ZipInfo("python")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = zipped(("layers.py", GOOD), (link, b"/etc/passwd"))
    found = uploads.unpack(data, MANIFEST)
    assert set(found.files) == {"layers.py"}
    assert "links or special files: python" in found.notes[0]


def test_archive_under_another_name_is_left_out():
    found = tree(("layers.py", GOOD), ("data.bin", zipped(("a", b""))))
    assert found.files == {"layers.py": GOOD}
    assert found.notes == ("Left out, because archives inside an upload are not opened: data.bin.",)


def test_unasked_weights_are_said_not_to_be_asked_for():
    found = tree(("layers.py", GOOD), ("model_best.pth", b"x"), ("out/last.pth", b"x"))
    assert found.files == {"layers.py": GOOD}
    assert found.notes == (
        "Left out, because this assignment does not ask for it: model_best.pth, out/last.pth.",
    )


def test_notebook_next_to_plain_files_is_no_reason_to_refuse_them():
    rules = manifest(accept=("zip", "files"))
    assert "layers.py" in tree(("layers.py", GOOD), ("draft.ipynb", NOTEBOOK), rules=rules).files


def test_write_up_keeps_its_place_whatever_its_name():
    rules = manifest(report="452_*_hw2.pdf")
    found = tree(("layers.py", GOOD), ("452_Müller Zoë_hw2.pdf", b"%PDF-"), rules=rules)
    assert found.files["452_Muller_Zoe_hw2.pdf"] == b"%PDF-"
    assert found.notes == ("'452_Müller Zoë_hw2.pdf' is kept as 452_Muller_Zoe_hw2.pdf.",)


# ---- wrappings ----------------------------------------------------------------------------


def test_zip_with_backslashes_is_read():
    """Windows' own compression, and .NET before 4.6.1."""
    sent = [("hw\\layers.py", GOOD), ("hw\\src\\", b""), ("hw\\src\\h.py", GOOD)]
    data = zipped(*sent)
    assert set(uploads.unpack(data, MANIFEST).files) == {"layers.py", "src/h.py"}


def test_zip_with_a_dot_before_each_name_is_read():
    assert set(uploads.unpack(zipped(("./layers.py", GOOD), ("./", b"")), MANIFEST).files) == {
        "layers.py"
    }


@pytest.mark.parametrize("around", [(), (("__MACOSX/._hw.zip", b"x"), (".DS_Store", b"x"))])
@pytest.mark.parametrize("folder", ["", "submission/"])
def test_zip_that_holds_one_zip_is_read(folder, around):
    data = zipped((f"{folder}hw 4.zip", zipped(("hw/layers.py", GOOD))), *around)
    found = tree(("submission.zip", data))
    assert found.files == {"layers.py": GOOD}
    assert (
        found.notes[0] == f"The zip holds nothing but '{folder}hw 4.zip', so that one was opened."
    )


def test_zip_in_a_zip_in_a_zip_is_refused():
    data = zipped(("a.zip", zipped(("b.zip", zipped(("layers.py", GOOD))))))
    assert "'b.zip': is an archive in itself; send its files" in refusal(("hw.zip", data))


def test_bomb_in_a_zip_in_a_zip_is_refused_unopened():
    bomb = zipped(("layers.py", bytes(50_000_000)))
    assert "unpacks to more than 100 times its size" in refusal(("hw.zip", zipped(("a.zip", bomb))))


def test_inner_zip_larger_than_an_upload_may_be_is_refused():
    noise = random.Random(1)
    files = {f"{n}.bin": noise.randbytes(5_000) * 10 for n in range(40)}
    inner = archive.write({"layers.py": GOOD, **files})
    rules = manifest(max_upload_mb=0.5)
    with pytest.raises(
        errors.UploadRefused, match=r"The upload is 2\.1 MB; this assignment takes 0\.5 MB"
    ):
        uploads.unpack(zipped(("a.zip", inner)), rules)


def test_something_else_under_the_name_of_the_inner_zip_is_refused():
    assert "not a complete zip file" in refusal(("hw.zip", zipped(("a.zip", b"oops"))))


def test_empty_required_file_is_refused_with_a_sentence():
    assert refusal(("layers.py", b""), ("x.py", GOOD)) == (
        "layers.py: is empty (0 bytes); save your work in it and send it again."
    )


def test_required_package_may_be_empty():
    rules = manifest(required=("layers.py", "nets/__init__.py"))
    assert tree(("layers.py", GOOD), ("nets/__init__.py", b""), rules=rules)


# ---- a folder that holds the work -----------------------------------------------------------

TWO = manifest(required=("layers.py", "m/rnn.py"), optional=("answers.py",))


@pytest.mark.parametrize("top", ["", "hw4/"])
def test_folder_with_all_required_files_is_taken_whatever_lies_next_to_it(top):
    sent = ("README.md", "requirements.txt", "src/layers.py", "src/m/rnn.py", "src/README.md")
    data = zipped(*((top + name, GOOD) for name in sent))
    found = uploads.unpack(data, TWO)
    assert set(found.files) == {"README.md", "layers.py", "m/rnn.py", "requirements.txt"}
    assert "The submission was taken from the folder src/." in found.notes
    assert "Left out, because src/ holds files of these names: README.md." in found.notes


@pytest.mark.parametrize("other", ["old/layers.py", "m/rnn.py", "answers.py"])
def test_folder_is_not_taken_where_something_outside_is_asked_for(other):
    sent = (other, "src/layers.py", "src/m/rnn.py")
    said = refusal(("hw.zip", zipped(*((name, GOOD) for name in sent))), rules=TWO)
    assert "layers.py: this file is required and missing" in said


def test_what_is_missing_of_a_folder_is_named_alone():
    data = zipped(("README.md", GOOD), ("src/layers.py", GOOD))
    assert refusal(("hw.zip", data), rules=TWO).startswith("m/rnn.py: this file is required and")


@pytest.mark.parametrize("name", ["hw.tar", "hw.tar.gz", "hw.rar", "hw.7z"])
def test_archive_of_another_kind_is_the_only_reason(name):
    assert refusal((name, b"\x1f\x8b"), rules=TWO) == (
        f"'{name}': is an archive in itself; send its files instead, either all in one zip or all "
        "as single files."
    )
