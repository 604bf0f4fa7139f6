"""What the process that reads uploads makes of them; run in this process."""

from grader import models
from grader.assignment import manifest as assignments
from grader.confined import reader_process, reader_protocol
from grader.intake import uploads

MANIFEST = assignments.Manifest(
    slug="a",
    title="t",
    course="c",
    total_points=1,
    submission=assignments.SubmissionRules(required=("m.py",)),
    task=(assignments.Task("1", "t", 1),),
)


def texts(monkeypatch, **sent):
    def unpacked(data, _manifest, _template):
        if data == b"bad":
            raise RecursionError
        return models.FileTree({"m.py": data})

    monkeypatch.setattr(uploads, "unpack", unpacked)
    task = reader_protocol.JoinWorks(MANIFEST)
    works, end = reader_process.answers(task, iter(sent.items()))
    assert isinstance(end, reader_protocol.AnswerEnd)
    return works.texts


def test_upload_that_breaks_its_reader_does_not_keep_the_others_from_being_read(monkeypatch):
    assert texts(monkeypatch, ann=b"x = 1", bob=b"bad") == {"ann": "# m.py\nx = 1\n"}


def test_lines_end_alike_whatever_wrote_them(monkeypatch):
    found = texts(monkeypatch, ann=b"a\r\n \t\r\nb", bob=b"a\r\rb", carl=b"a  \n\x0c\nb")
    assert set(found.values()) == {"# m.py\na\n\nb\n"}
