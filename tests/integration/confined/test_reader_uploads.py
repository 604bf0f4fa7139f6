"""Uploads read in a confined process: the same answers as in this one, and a crash is a refusal."""

import hashlib
import os
import shutil
import signal
import threading
from pathlib import Path

import msgspec
import pytest

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.confined import reader, reader_protocol
from grader.intake import archive, source_rules, uploads
from tests.support import attacked, checked, notebooks, pdf_files

GOOD = {"layers.py": attacked.HONEST.encode(), "notes.bin": bytes(range(256)) * 4000}
TEMPLATE = b"def double(x):\n    # TODO(task double): Twice.\n    raise NotImplementedError\n"


@pytest.fixture(scope="module")
def confined():
    with reader.Reader() as started:
        yield started


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    return attacked.write(tmp_path_factory.mktemp("course"), "CANARY")


def ruled(assignment, *rules):
    """The assignment with rules for its source, and a template for them to compare with."""
    assignment.template_dir.mkdir(parents=True, exist_ok=True)
    (assignment.template_dir / "layers.py").write_bytes(TEMPLATE)
    policy = assignments.Policy(rule=rules)
    manifest = msgspec.structs.replace(assignment.manifest, policy=policy)
    return msgspec.structs.replace(assignment, manifest=manifest)


def here(upload, assignment):
    """What the same code says in this process."""
    return checked.upload(assignment, uploads.unpack(upload, assignment.manifest))


def test_tree_is_the_one_of_intake(confined, assignment):
    upload = archive.write(GOOD | {".DS_Store": b"x"})
    read = confined.read(upload, assignment)
    assert read == here(upload, assignment)
    assert isinstance(read.tree, models.FileTree)
    assert read.tree.notes


def test_pages_of_a_pdf_are_counted_in_the_confined_process(confined, assignment):
    upload = archive.write(
        GOOD | {"three.pdf": pdf_files.written(3), "deep.pdf": b"%PDF-1.7\n" + b"[" * 100_000}
    )
    assert confined.pages(assignment, upload, "three.pdf") == 3
    for none in ("deep.pdf", "notes.bin", "missing.pdf"):
        assert confined.pages(assignment, upload, none) is None


def test_largest_upload_that_intake_takes_comes_through(confined, assignment):
    upload = archive.write(GOOD | {"large.bin": os.urandom(18_000_000)})
    assert len(confined.read(upload, assignment).tree.files["large.bin"]) == 18_000_000


def test_reasons_are_those_of_intake(confined, assignment):
    upload = archive.write({"layers.py": b"def f(:\n"})
    with pytest.raises(errors.UploadRefused) as expected:
        here(upload, assignment)
    with pytest.raises(errors.UploadRefused) as caught:
        confined.read(upload, assignment)
    assert caught.value.reasons == expected.value.reasons
    assert len(caught.value.reasons) == 1


# ---- rules on source ----------------------------------------------------------------------


def test_violations_come_with_the_tree(confined, assignment):
    target = ruled(
        assignment,
        assignments.Rule("call", "zero", names=("eval",), tasks=("honest",)),
        assignments.Rule("signature", "zero"),
        assignments.Rule("output", "warn"),
    )
    source = b"def double(y): print(y); return eval('2 * y')\ndef one(): return 1\n"
    read = confined.read(archive.write({"layers.py": source}), target)
    assert [violation.tasks for violation in read.violations] == [("honest",), ("double",)]
    assert [violation.places for violation in read.prints] == [
        ("layers.py:1: calls print; this assignment asks for code that prints nothing.",)
    ]
    assert read == here(archive.write({"layers.py": source}), target)


def test_rule_that_rejects_refuses_in_the_words_of_intake(confined, assignment):
    target = ruled(assignment, assignments.Rule("call", "reject", names=("eval",)))
    with pytest.raises(errors.UploadRefused) as caught:
        confined.read(archive.write({"layers.py": b"def double(y): return eval(y)\n"}), target)
    assert caught.value.reasons == ("layers.py:1: calls eval, which this assignment forbids.",)


def test_template_that_is_not_there_is_the_suite_s_fault(confined, assignment):
    target = ruled(assignment, assignments.Rule("missing", "warn"))
    shutil.rmtree(target.template_dir)
    with pytest.raises(errors.SuiteError, match=r"layers\.py: no such file, but a rule compares"):
        confined.read(archive.write(GOOD), target)


def test_source_is_parsed_by_the_reader_alone(confined, assignment, monkeypatch):
    """Whatever the trusted process is given, no parser of it sees a byte of the submission."""

    def parsed(*_, **__):
        raise AssertionError("parsed in the trusted process")

    target = ruled(assignment, assignments.Rule("output", "warn"))
    for module in (uploads.python_source, source_rules.python_source):
        for name in ("faults", "tree_of", "calls", "imports"):
            monkeypatch.setattr(module, name, parsed)
    read = confined.read(archive.write({"layers.py": b"print(1)\n"}), target)
    outcome = models.Outcome("t", models.Verdict.PASSED, output="1\n")
    (violation,) = source_rules.after_run(target.manifest, read, (), [outcome])
    assert violation.rule == "output"


# ---- a reader that fails, or lies ---------------------------------------------------------


def test_upload_that_ends_its_reader_is_refused(confined, assignment, monkeypatch):
    """As a mistake in a decoder of C would: the process is killed while it reads."""
    fork = confined.fork

    def killed(request):
        child = fork(request)
        signal.pidfd_send_signal(child._pidfd, signal.SIGKILL)
        return child

    monkeypatch.setattr(confined, "fork", killed)
    upload = archive.write(GOOD | {"large.bin": os.urandom(15_000_000)})
    with pytest.raises(errors.UploadRefused, match="The upload could not be read"):
        confined.read(upload, assignment)


def violation(*tasks):
    return models.RuleViolation("call", tasks, ("layers.py:1: calls eval.",))


@pytest.mark.parametrize(
    "answer",
    [
        source_rules.CheckedUpload(models.FileTree({"../../etc/passwd": b""}), (), ()),
        source_rules.CheckedUpload(models.FileTree({"/root/x.py": b""}), (), ()),
        source_rules.CheckedUpload(models.FileTree({f"f{n}": b"" for n in range(9999)}), (), ()),
        source_rules.CheckedUpload(models.FileTree({}), (violation("no task"),), ()),
        source_rules.CheckedUpload(models.FileTree({}), (), (violation("double"),)),
    ],
    ids=["above", "absolute", "many", "unknown task", "rule that is not there"],
)
def test_answer_that_intake_could_not_give_is_refused(confined, assignment, monkeypatch, answer):
    """A reader that was taken over may say anything that its types allow."""
    monkeypatch.setattr(confined, "_answer", lambda *_: reader_protocol.UploadRead(answer))
    with pytest.raises(errors.UploadRefused, match="could not be read"):
        confined.read(b"", assignment)


# ---- many at a time -----------------------------------------------------------------------


def test_uploads_are_read_side_by_side(confined, assignment):
    upload, trees = archive.write(GOOD), []
    threads = [
        threading.Thread(target=lambda: trees.append(confined.read(upload, assignment).tree))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [tree.files for tree in trees] == [GOOD] * 4


def test_no_descriptor_stays_open(confined, assignment):
    upload = archive.write(GOOD)
    confined.read(upload, assignment)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        confined.read(upload, assignment)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_template_that_was_killed_is_started_again(assignment):
    with reader.Reader() as restarted:
        restarted.read(archive.write(GOOD), assignment)
        restarted._process.kill()
        assert restarted.read(archive.write(GOOD), assignment).tree.files == GOOD


def test_notebook_is_read_where_no_file_can_be(confined, assignment):
    """IPython's transformer, which its cells need, is imported before the reader is confined."""
    accepting = msgspec.structs.replace(assignment.manifest.submission, accept=("ipynb", "zip"))
    manifest = msgspec.structs.replace(assignment.manifest, submission=accepting)
    taking = msgspec.structs.replace(assignment, manifest=manifest)
    book = notebooks.book("!pip install -q \\\n    torch\n%time k = 2", attacked.HONEST)
    read = confined.read(archive.write({"layers.ipynb": book}), taking)
    assert read.tree.files["layers.ipynb, cell 1"] == b"pass\n\nk = 2"


def test_files_are_shown_as_people_read_them(confined, assignment):
    files = {"layers.py": "é = 1\n\x1b[31m".encode(), "net.pt": b"\0\xff", "latin.txt": b"\xe9"}
    shown = confined.shown(assignment, archive.write(files))
    assert shown.texts == {"layers.py": "é = 1\n\\x1b[31m"}
    assert {path: file.size_bytes for path, file in shown.others.items()} == {
        "net.pt": 2,
        "latin.txt": 1,
    }
    assert shown.others["net.pt"].sha256 == hashlib.sha256(b"\0\xff").hexdigest()


def test_notebook_is_shown_by_its_cells_and_nothing_that_was_made_of_it(confined, assignment):
    accepting = msgspec.structs.replace(assignment.manifest.submission, accept=("ipynb", "zip"))
    manifest = msgspec.structs.replace(assignment.manifest, submission=accepting)
    taking = msgspec.structs.replace(assignment, manifest=manifest)
    book = notebooks.book("k = 2", attacked.HONEST)
    shown = confined.shown(taking, archive.write({"layers.ipynb": book}))
    assert list(shown.texts) == ["layers.ipynb, cell 1", "layers.ipynb, cell 2"]
    assert shown.others == {}


def test_upload_that_cannot_be_read_shows_nothing(confined, assignment):
    shown = confined.shown(assignment, b"no zip")
    assert (shown.texts, shown.others) == ({}, {})
