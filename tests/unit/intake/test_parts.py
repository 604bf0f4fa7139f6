"""Homeworks in parts: each may come alone and in its folder, but not in pieces."""

import msgspec
import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.intake import archive, uploads

PARTS = (
    assignments.Part("part 1", ("modules/relu.py", "sgd.py"), "part1-convnet"),
    assignments.Part("part 2", ("models/cnn.py",), "part2-pytorch"),
)
MANIFEST = assignments.Manifest(
    slug="a1",
    title="t",
    course="c",
    total_points=1,
    submission=assignments.SubmissionRules(
        part=PARTS,
        optional=("answers.py", "checkpoints/cnn.pth"),
        accept=("zip", "files", "ipynb"),
    ),
    task=(assignments.Task("1", "t", 1),),
)
FIRST = ("modules/relu.py", "sgd.py")
SECOND = ("models/cnn.py",)
BOTH = (*FIRST, *SECOND)


def tree(*names, manifest=MANIFEST):
    upload = uploads.pack([("all.zip", archive.write(dict.fromkeys(names, b"pass\n")))], manifest)
    return uploads.unpack(upload, manifest)


def refusal(*names, manifest=MANIFEST):
    with pytest.raises(errors.UploadRefused) as refused:
        tree(*names, manifest=manifest)
    return "\n".join(refused.value.reasons)


@pytest.mark.parametrize("top", ["", "part1-convnet/", "repo-main/part1-convnet/"])
def test_first_part_alone_is_taken_with_a_note_on_the_other(top):
    found = tree(*(f"{top}{name}" for name in FIRST))
    assert set(found.files) == set(FIRST)
    (note,) = found.notes
    assert note.startswith("Nothing of part 2 is in this upload (models/cnn.py), so its tasks earn")


def test_parts_in_their_folders_lie_side_by_side():
    names = [f"hw/part1-convnet/{n}" for n in FIRST] + [f"hw/part2-pytorch/{n}" for n in SECOND]
    found = tree(*names, "hw/answers.py")
    assert set(found.files) == {*BOTH, "answers.py"}
    assert found.notes == ()


def test_one_part_in_its_folder_and_the_other_without():
    assert set(tree("part2-pytorch/models/cnn.py", *FIRST).files) == set(BOTH)


def test_helpers_and_checkpoints_move_with_their_part():
    found = tree(
        *FIRST,
        "part2-pytorch/models/cnn.py",
        "part2-pytorch/models/blocks.py",
        "part2-pytorch/checkpoints/cnn.pth",
    )
    assert {*BOTH, "models/blocks.py", "checkpoints/cnn.pth"} == set(found.files)


def test_files_nobody_asks_for_may_stand_in_both_parts():
    both = [f"part1-convnet/{n}" for n in (*FIRST, "README.md")]
    both += [f"part2-pytorch/{n}" for n in (*SECOND, "README.md")]
    found = set(tree(*both).files)
    assert found == {*BOTH, "part1-convnet/README.md", "part2-pytorch/README.md"}


def test_same_file_inside_and_outside_its_folder_is_refused():
    assert "is there twice" in refusal(*BOTH, "part1-convnet/sgd.py")


def test_part_in_pieces_is_refused_by_the_missing_file():
    assert "sgd.py: this file is required and missing" in refusal("modules/relu.py", *SECOND)


def test_upload_without_any_part_names_the_files_of_all():
    told = refusal("answers.py")
    assert all(f"{name}: this file is required" in told for name in BOTH)


def test_notebook_makes_its_part_present():
    notebook = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    data = archive.write({"models/cnn.ipynb": notebook, **dict.fromkeys(FIRST, b"pass\n")})
    assert uploads.unpack(data, MANIFEST).notes == ()


def test_unpacked_size_has_the_assignment_s_own_limit():
    wanted = msgspec.structs.replace(MANIFEST.submission, max_unpacked_mb=1)
    small = msgspec.structs.replace(MANIFEST, submission=wanted)
    data = archive.write({"models/cnn.py": b"pass\n", "checkpoints/cnn.pth": bytes(2 << 20)})
    with pytest.raises(errors.UploadRefused, match="at most 1 MB"):
        uploads.inspect(data, small)
    uploads.inspect(data, MANIFEST)


def test_manifest_without_any_file_is_refused(tmp_path):
    text = b'slug="a1"\ntitle="t"\ncourse="c"\ntotal_points=1\n[submission]\n'
    text += b'[[task]]\nid="1"\ntitle="t"\npoints=1\n'
    with pytest.raises(errors.SuiteError, match="asks for no file"):
        assignments.parse(text, tmp_path / "assignment.toml")


def test_single_file_may_have_all_that_the_assignment_announces():
    """A checkpoint of 100 MB where 100 MB may come."""
    source = b"pass\n"
    wanted = msgspec.structs.replace(MANIFEST.submission, max_upload_mb=101, max_unpacked_mb=100)
    large = msgspec.structs.replace(MANIFEST, submission=wanted)
    allowed = {"models/cnn.py": source, "checkpoints/cnn.pth": bytes(100_000_000 - len(source))}
    uploads.inspect(archive.write(allowed), large)
    data = archive.write(allowed | {"checkpoints/cnn.pth": bytes(100_000_000)})
    with pytest.raises(errors.UploadRefused, match="at most 100 MB") as refused:
        uploads.inspect(data, large)
    assert "cnn.pth" in str(refused.value)
