"""Which file is whose in an archive or folder of many students' work; grading them on the spot."""

import csv
import dataclasses
import io
import zipfile

import pytest

from grader import errors, settings
from grader.assignment import manifest as assignments
from grader.cli import batch_run
from grader.exchange import csv_table
from grader.intake import bulk_archive, lms_archives, uploads
from tests.support import checked
from tests.support import fakes_service as fakes


def archive(*names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        for name in names:
            writer.writestr(name, name)
    return sink.getvalue()


def names(uploads):
    return {student: [name for name, _ in files] for student, files in uploads.items()}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("ann/a.py", "ann/b/c.py"), {"ann": ["a.py", "b/c.py"]}),
        (("hw/ann/a.py", "hw/bob/a.py"), {"ann": ["a.py"], "bob": ["a.py"]}),
        (("hw/ann.zip", "hw/bob.zip"), {"ann": ["ann.zip"], "bob": ["bob.zip"]}),
        (("ann.zip", "bob/a.py"), {"ann": ["ann.zip"], "bob": ["a.py"]}),
        (("ann/a.py", "__MACOSX/ann/._a.py", ".DS_Store"), {"ann": ["a.py"]}),
    ],
)
def test_files_are_given_to_the_student_they_are_named_after(sent, expected):
    assert names(dict(bulk_archive.split(archive(*sent)))) == expected


METADATA = b"""---
submission_11:
  :submitters:
  - :name: Ann Lee
    :sid: 1
    :email: ann@u.example
  :created_at: 2026-10-01 10:00:00.000000000 Z
submission_12:
  :submitters:
  - :name: Bob
    :sid: S2
    :email:
  - :name: Cid
    :email: cid@u.example
submission_13: {}
"""


def test_gradescope_export_names_students_by_their_addresses():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        writer.writestr("assignment_9_export/submission_metadata.yml", METADATA)
        for number in (11, 12, 13):
            writer.writestr(f"assignment_9_export/submission_{number}/layers.py", b"x")
    assert names(dict(bulk_archive.split(sink.getvalue()))) == {
        "S2, cid@u.example": ["layers.py"],
        "ann@u.example": ["layers.py"],
        "submission_13": ["layers.py"],
    }


@pytest.mark.parametrize("text", [b"a: [", b"- 1", b"\xff", b"a: " + b"[" * 5000])
def test_gradescope_metadata_that_cannot_be_read_is_told(text):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        writer.writestr("submission_metadata.yml", text)
        writer.writestr("submission_1/layers.py", b"x")
    with pytest.raises(errors.UploadRefused, match="submission_metadata"):
        list(bulk_archive.split(sink.getvalue()))


def test_canvas_export_puts_files_of_a_student_together():
    sent = ("leejann_4711_91_layers-1.py", "leejann_LATE_4711_92_net.py", "leejann_8_93_layers.py")
    assert names(dict(bulk_archive.split(archive(*sent)))) == {
        "leejann (4711)": ["layers.py", "net.py"],
        "leejann (8)": ["layers.py"],
    }


def test_moodle_export_drops_its_numbers_unless_names_are_equal():
    end = "assignsubmission_file_/layers.py"
    sent = (f"Ann Lee_1_{end}", f"Bob Ray_2_{end}", f"Bob Ray_3_{end}")
    assert list(dict(bulk_archive.split(archive(*sent)))) == [
        "Ann Lee",
        "Bob Ray (2)",
        "Bob Ray (3)",
    ]


@pytest.mark.parametrize("inside", ["layers.zip", "bob/layers.py"])
def test_names_in_the_only_student_s_folder_of_an_export_name_nobody(inside):
    export = archive(f"HW1/Ann Lee_4711_assignsubmission_file_/{inside}")
    assert names(dict(bulk_archive.split(export))) == {"Ann Lee": [inside]}


def test_export_in_a_folder_is_read_alike(tmp_path):
    (tmp_path / "submission_11").mkdir()
    (tmp_path / "submission_11" / "layers.py").write_text("x")
    (tmp_path / "submission_metadata.yml").write_bytes(METADATA)
    assert names(bulk_archive.scan(tmp_path)) == {"ann@u.example": ["layers.py"]}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ((), "nothing to grade"),
        (("__MACOSX/x",), "nothing to grade"),
        (("ann.zip", "ann.ipynb"), "twice"),
        (("ann.py", "ann/layers.py"), "twice"),
        (("ann/layers.py", "ann.py"), "twice"),
        (("a" * 101 + "/x.py", "b/x.py"), "at most 100"),
        (("ann/x.py", "ann//x.py"), "'ann/x.py': stands there twice"),
        (("ann/" * 300 + "x.py",), "too long"),
    ],
)
def test_archive_that_names_nobody_clearly_is_refused(sent, message):
    with pytest.raises(errors.UploadRefused, match=message):
        list(bulk_archive.split(archive(*sent)))


def test_name_that_goes_on_behind_a_nul_is_not_cut_there():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        writer.writestr("ann/a.py0exe", b"x")
    data = sink.getvalue().replace(b"a.py0exe", b"a.py\0exe")
    assert names(dict(bulk_archive.split(data))) == {"ann": ["a.py\0exe"]}


def test_aliases_in_gradescope_metadata_are_no_name():
    lists = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
    text = f"a0: &a0 [x]\n{lists}submission_1:\n  :submitters:\n  - :email: *a19\n"
    assert lms_archives.named({("submission_1", "x.py"): 0}, text.encode()) == {
        ("submission_1", "x.py"): 0
    }


def test_more_files_than_one_student_may_send_are_taken():
    sent = [f"s{n}/f{m}.py" for n in range(1000) for m in range(3)]
    assert len(list(bulk_archive.split(archive(*sent)))) == 1000


def test_folder_is_split_like_an_archive_but_not_looked_through(tmp_path):
    for name in ("ann/src/a.py", ".grader/x.json", "ann/.git/config"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert names(bulk_archive.scan(tmp_path)) == {"ann": ["src/a.py"]}


def test_text_that_a_spreadsheet_would_run_is_not_begun_by_its_sign():
    lines = [
        csv_table.Line("=cmd()", "refused", ("@x",)),
        csv_table.Line("bob", "done", (), fakes.report()),
    ]
    rows = list(csv.DictReader(io.StringIO(csv_table.to_csv(lines))))
    assert (rows[0]["name"], rows[0]["reasons"], rows[0]["score"]) == ("'=cmd()", "'@x", "")
    assert (rows[1]["score"], rows[1]["max_score"], rows[1]["task 1a"]) == (
        "6.666667",
        "10",
        "6.666667",
    )


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_run, "RETRY_PAUSE_S", 0)
    assignment = assignments.load(fakes.course(tmp_path / "course"), fakes.SLUG)

    def read(upload):
        return checked.upload(assignment, uploads.unpack(upload, assignment.manifest))

    return lambda grade: batch_run.Sweep(assignment, read, grade, tmp_path / "kept", 3)


CLASS = {
    "ann": [("layers.py", b"a = 1")],
    "bob": [("layers.py", b"b = 1")],
    "eve": [("x.exe", b"")],
}


def test_broken_off_batch_goes_on_where_it_ended(make):
    calls = []

    def broken(upload):
        calls.append(upload.tree.files["layers.py"])
        if b"b" in calls[-1]:
            raise KeyboardInterrupt
        return fakes.report()

    with pytest.raises(KeyboardInterrupt):
        batch_run.grade_all(make(broken), CLASS, 1, print)
    graded = []

    def whole(upload):
        graded.append(upload.tree.files["layers.py"])
        return fakes.report()

    lines = batch_run.grade_all(make(whole), CLASS, 2, print)
    assert [(line.name, line.state) for line in lines] == [
        ("ann", "done"),
        ("bob", "done"),
        ("eve", "refused"),
    ]
    assert lines[0].report.score == fakes.report().score
    assert graded == [b"b = 1"], "what was ready is not graded again"


def test_changed_submission_is_graded_again(make):
    graded = []

    def grade(upload):
        graded.append(upload)
        return fakes.report()

    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 2")]}, 1, print)
    assert len(graded) == 2


def test_result_that_cannot_be_read_is_made_anew(make, tmp_path):
    def grade(upload):
        return fakes.report()

    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    [kept] = (tmp_path / "kept").iterdir()
    kept.write_text('{"of": "another release"}')
    [line] = batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    assert line.report.score == fakes.report().score


def test_machine_is_tried_again_and_given_up_in_the_end(make):
    tries = []

    def grade(upload):
        tries.append(upload)
        raise errors.SandboxUnavailable("the engine is away")

    [line] = batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    assert (line.state, line.reasons, len(tries)) == ("failed", ("the engine is away",), 3)


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(errors.UploadRefused, match="no such folder"):
        batch_run.run(settings.Settings(), fakes.SLUG, tmp_path / "nix", print)


def test_json_has_a_report_for_each_that_was_graded():
    done = csv_table.Line("ann", "done", (), dataclasses.replace(fakes.report(), tests=()))
    told = batch_run.to_json("hw", [done, csv_table.Line("eve", "refused", ("why",))])
    assert [s["report"] and s["report"]["max_score"] for s in told["submissions"]] == [10, None]
