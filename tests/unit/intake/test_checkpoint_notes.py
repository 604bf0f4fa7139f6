"""A whole model where a state dict is asked for is noted, and nothing is unpickled for it.

That each valid checkpoint gets no note, and that the sandbox refuses the others in the same words,
is tested where they are loaded (`tests/integration/rpc/test_checkpoints.py`).
"""

import io
import pickle
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import manifest as assignments
from grader.intake import checkpoint_notes, handed_out, uploads
from grader.suite import home_check

WANTED = assignments.SubmissionRules(("net.py",), optional=("net.pt",))
MANIFEST = assignments.Manifest("hw", "t", "c", 1, WANTED, (assignments.Task("1", "t", 1),))
TOLD = (
    "net.pt holds a whole object of class __main__.Net, as torch.save(model) writes it; only its "
    "values can be loaded. Save it again by torch.save(model.state_dict(), path)."
)
CALLED = []


class Model:
    """Pickled as torch.save does it; loading it would be noticed."""

    def __reduce_ex__(self, protocol):
        return called, (self.__class__.__name__,)


def called(name):
    CALLED.append(name)
    return name


def saved(content, name="net/data.pkl", method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


WHOLE = saved(b"\x80\x02c__main__\nNet\nq\x00)\x81q\x01}q\x02X\x01\x00\x00\x00aq\x03K\x01sb.")


def notes_of(content):
    return checkpoint_notes.notes({"net.pt": content}, ["net.pt"])


def test_whole_model_is_noted_at_the_upload_and_at_home(tmp_path):
    files = {"net.py": b"x = 1\n", "net.pt": WHOLE}
    upload = uploads.pack(list(files.items()), MANIFEST)
    assert uploads.unpack(upload, MANIFEST).notes == (TOLD,)
    (tmp_path / "public_tests").mkdir()
    assert home_check.of(files, tmp_path).before == (TOLD,), "the package does not say its rules"
    (tmp_path / "public_tests" / "homework.json").write_bytes(handed_out.of(MANIFEST, {}))
    assert home_check.of(files, tmp_path).before == (TOLD,)


def test_file_that_nobody_asks_for_is_not_looked_into():
    assert checkpoint_notes.notes({"net.pt": WHOLE, "b.txt": WHOLE}, ["b.txt", "gone.pt"]) == ()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_unpickled(protocol):
    (told,) = notes_of(saved(pickle.dumps(Model(), protocol)))
    assert "called" in told
    assert CALLED == []


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"a": 1}),
        saved(pickle.dumps([Model()])),
        saved(WHOLE, name="net/other.pkl"),
        saved(b"c__main__\nNet\n" * 9, method=zipfile.ZIP_DEFLATED),
        saved(b""),
        b"PK\x03\x04",
        checkpoint_notes.LEGACY,
        checkpoint_notes.LEGACY * 9,
        b"I" + b"9" * 99_999 + b"\n.",
        b"",
    ],
)
def test_anything_else_is_left_to_the_sandbox(content):
    assert notes_of(content) == ()


@given(st.binary(max_size=99), st.integers(0, len(WHOLE)))
def test_hostile_bytes_break_nothing_and_write_no_control_characters(noise, at):
    for content in (noise, WHOLE[:at] + noise, WHOLE[:at] + noise + WHOLE[at:], saved(noise)):
        assert all(map(str.isprintable, notes_of(content)))
