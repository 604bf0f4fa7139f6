"""Which file is whose in an archive or folder of many students' work; grading them on the spot."""

import csv
import dataclasses
import datetime
import io
import stat
import zipfile

import pytest

from grader import errors, settings
from grader.assignment import manifest as assignments
from grader.cli import batch_run
from grader.exchange import csv_table
from grader.intake import bulk_archive, gradescope_export, uploads
from tests.support import checked
from tests.support import fakes_service as fakes


def archive(*names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        for name in names:
            writer.writestr(name, name)
    return sink.getvalue()


def works(data):
    return {work.name: work.files for work in bulk_archive.split(data)}


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
    assert names(works(archive(*sent))) == expected


def damaged(kind):
    """An archive of ann's, bob's and cem's work; something is wrong with one file of bob's."""
    entry = zipfile.ZipInfo("bob/layers.py")
    if kind == "link":
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        for name in ("ann/layers.py", "bob/rnn.py"):
            writer.writestr(name, name)
        writer.writestr(entry, "contents")
        writer.writestr("cem/layers.py", "cem")
    data = bytearray(sink.getvalue())
    if kind == "encrypted":
        flags = data.rindex(b"bob/layers.py") - 46 + 8  # in the central directory
        data[flags] |= 1
    elif kind == "damaged":
        data[data.index(b"contents")] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("link", "'bob/layers.py': is a link or a special file"),
        ("encrypted", "'bob/layers.py': is encrypted; send a zip without a password"),
        ("damaged", "'bob/layers.py': is damaged in the zip"),
    ],
)
def test_what_is_wrong_with_one_student_s_files_costs_that_student_only(kind, words):
    ann, bob, cem = bulk_archive.split(damaged(kind))
    assert (ann.files, ann.faults) == ([("layers.py", b"ann/layers.py")], ())
    assert (cem.files, cem.faults) == ([("layers.py", b"cem")], ())
    assert bob.files == []
    (fault,) = bob.faults
    assert fault.startswith(words)


def test_archive_that_says_it_is_too_large_is_refused_before_the_first_student(monkeypatch):
    monkeypatch.setattr(bulk_archive, "MAX_BYTES", 10)
    with pytest.raises(errors.UploadRefused, match="Send it in several parts"):
        next(bulk_archive.split(archive("ann/a.py", "bob/b.py")))


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


def test_gradescope_export_names_every_submitter_and_says_when():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        writer.writestr("assignment_9_export/submission_metadata.yml", METADATA)
        for number in (11, 12, 13):
            writer.writestr(f"assignment_9_export/submission_{number}/layers.py", b"x")
    found = list(bulk_archive.split(sink.getvalue()))
    assert [work.name for work in found] == ["S2 + cid@u.example", "ann@u.example", "submission_13"]
    assert {work.files[0][0] for work in found} == {"layers.py"}
    at = datetime.datetime(2026, 10, 1, 10, tzinfo=datetime.UTC)
    assert [work.submitted_at for work in found] == [None, at, None]


@pytest.mark.parametrize("text", [b"a: [", b"- 1", b"\xff", b"a: " + b"[" * 5000])
def test_gradescope_metadata_that_cannot_be_read_is_told(text):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        writer.writestr("submission_metadata.yml", text)
        writer.writestr("submission_1/layers.py", b"x")
    with pytest.raises(errors.UploadRefused, match="submission_metadata"):
        list(bulk_archive.split(sink.getvalue()))


def test_canvas_download_puts_files_of_a_student_together():
    sent = ("leejann_4711_91_layers-1.py", "leejann_LATE_4711_92_net.py", "leejann_8_93_layers.py")
    assert names(works(archive(*sent))) == {
        "leejann (4711)": ["layers.py", "net.py"],
        "leejann (8)": ["layers.py"],
    }


@pytest.mark.parametrize(
    ("name", "student", "file", "late"),
    [
        ("van_der_lee_4711_99_layers.py", "van_der_lee (4711)", "layers.py", False),
        ("leejann_4711_99_a_1_2_layers.py", "leejann (4711)", "a_1_2_layers.py", False),
        ("leejann_LATE_4711_text.html", "leejann (4711)", "text.html", True),
        ("leejann_4711_link.html", "leejann (4711)", "link.html", False),
        ("anon_x1Yz2_99_layers.py", "anon_x1Yz2", "layers.py", False),
        ("LATE_anon_x1Yz2_99_layers.py", "anon_x1Yz2", "layers.py", True),
        ("teamred_4711_99_layers.py", "teamred (4711)", "layers.py", False),
        ("HW1_ann_attempt_2026-10-09-13-30-00_layers.py", "ann", "layers.py", False),
        ("Ann Lee_4711_assignsubmission_file_layers.py", "Ann Lee", "layers.py", False),
        ("Participant_4711_assignsubmission_file_a.py", "Participant (4711)", "a.py", False),
    ],
)
def test_each_file_of_a_download_is_recognised_by_itself(name, student, file, late):
    """Next to it lies a file of no known form, as a teacher may have added one."""
    found = {work.name: work for work in bulk_archive.split(archive(name, "odd one.py"))}
    assert [path for path, _ in found[student].files] == [file]
    assert (found[student].late, found["odd one"].late) == (late, False)


def test_moodle_download_drops_its_numbers_unless_names_are_equal():
    end = "assignsubmission_file_/layers.py"
    sent = (f"Ann Lee_1_{end}", f"Bob Ray_2_{end}", f"Bob Ray_3_{end}")
    assert list(works(archive(*sent))) == ["Ann Lee", "Bob Ray (2)", "Bob Ray (3)"]


def test_moodle_s_folders_of_4_1_have_no_underline_at_their_end():
    sent = ("Ann Lee_1_assignsubmission_file/src/layers.py", "Bob_2_assignsubmission_file/a.py")
    assert names(works(archive(*sent))) == {"Ann Lee": ["src/layers.py"], "Bob": ["a.py"]}


def test_brightspace_download_is_read_and_its_list_left_out():
    sent = (
        "index.html",
        "12-34 - Ann Lee - Oct 9, 2026 130 PM/layers.py",
        "12-35 - Bob Ray- 9 Oct, 2026 1330/layers.py",
    )
    assert names(works(archive(*sent))) == {"Ann Lee": ["layers.py"], "Bob Ray": ["layers.py"]}


def test_blackboard_s_receipts_are_no_work_and_the_last_attempt_stays():
    sent = [f"HW1_ann_attempt_2026-10-0{day}-13-30-00" for day in (8, 9)]
    found = works(archive(*(f"{one}{end}" for one in sent for end in (".txt", "_layers.py"))))
    assert found == {"ann": [("layers.py", f"{sent[1]}_layers.py".encode())]}


@pytest.mark.parametrize(
    "written", ["Jose\u0301 N\u0303u", "Jos\xe9\xa0\xd1u", "Jos\xe9 \xd1u\u200b"]
)
def test_spellings_of_one_name_are_one_student(written):
    assert list(works(archive(f"{written}/a.py", "Jos\xe9 \xd1u/b.py"))) == ["Jos\xe9 \xd1u"]


@pytest.mark.parametrize("inside", ["layers.zip", "bob/layers.py"])
def test_names_in_the_only_student_s_folder_of_an_export_name_nobody(inside):
    export = archive(f"HW1/Ann Lee_4711_assignsubmission_file_/{inside}")
    assert names(works(export)) == {"Ann Lee": [inside]}


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
        (("a" * 401 + "/x.py", "b/x.py"), "at most 400"),
        (("ann/x.py", "ann//x.py"), "'ann/x.py': is there twice"),
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
    assert names(works(data)) == {"ann": ["a.py\0exe"]}


def test_aliases_in_gradescope_metadata_are_no_name():
    lists = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
    text = f"a0: &a0 [x]\n{lists}submission_1:\n  :submitters:\n  - :email: *a19\n"
    assert gradescope_export.read(text.encode())["submission_1"].label == ""


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

    def broken(upload, earlier):
        calls.append(upload.tree.files["layers.py"])
        if b"b" in calls[-1]:
            raise KeyboardInterrupt
        return fakes.report()

    with pytest.raises(KeyboardInterrupt):
        batch_run.grade_all(make(broken), CLASS, 1, print)
    graded = []

    def whole(upload, earlier):
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

    def grade(upload, earlier):
        graded.append(upload)
        return fakes.report()

    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 2")]}, 1, print)
    assert len(graded) == 2


def test_result_under_the_version_before_is_handed_to_the_grading(make):
    offered = []

    def grade(upload, earlier):
        offered.append(earlier)
        return dataclasses.replace(fakes.report(), ran=1, kept=3)

    first = make(grade)
    results = first.results_dir.parent
    slug = first.assignment.slug
    versions = [results / f"{slug}-{digit * 16}" for digit in "ab"]
    ann = {"ann": [("layers.py", b"a = 1")]}
    for folder in versions:
        lines = batch_run.grade_all(dataclasses.replace(first, results_dir=folder), ann, 1, print)
    assert [report and report.kept for report in offered] == [None, 3]
    assert "1 tests were run; 3 results were kept" in batch_run.summary(lines)
    every = dataclasses.replace(first, results_dir=versions[1], every_test=True)
    batch_run.grade_all(every, ann, 1, print)
    assert offered[2:] == [None], "also what this version's own result says is made again"


def test_result_that_cannot_be_read_is_made_anew(make, tmp_path):
    def grade(upload, earlier):
        return fakes.report()

    batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    [kept] = (tmp_path / "kept").iterdir()
    kept.write_text('{"of": "another release"}')
    [line] = batch_run.grade_all(make(grade), {"ann": [("layers.py", b"a = 1")]}, 1, print)
    assert line.report.score == fakes.report().score


def test_machine_is_tried_again_and_given_up_in_the_end(make):
    tries = []

    def grade(upload, earlier):
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
