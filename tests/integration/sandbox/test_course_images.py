"""An assignment's own packages, built into an image from a folder of wheels, without a registry."""

import io
import zipfile

import docker
import pytest

from grader import errors, settings
from grader.sandbox import course_images

IMAGE = settings.from_environment().sandbox_image
ADDED = ("nosuch-tool==1.0 as nosuch",)
METADATA = "Metadata-Version: 2.1\nName: nosuch-tool\nVersion: 1.0\nRequires-Dist: numpy\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder of wheels; pip has nothing else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("nosuch.py", "VALUE = 42\n")
        wheel.writestr("nosuch_tool-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("nosuch_tool-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("nosuch_tool-1.0.dist-info/RECORD", "")
    (tmp_path / "nosuch_tool-1.0-py3-none-any.whl").write_bytes(buffer.getvalue())
    version = course_images._inside(docker.from_env(), IMAGE)[0]["numpy"]
    tag = "cp311-cp311-manylinux_2_28_x86_64"
    with zipfile.ZipFile(tmp_path / f"numpy-{version}-{tag}.whl", "w") as wheel:
        folder = f"numpy-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: numpy\nVersion: {version}\n"
        wheel.writestr(f"{folder}/METADATA", metadata)
        wheel.writestr(f"{folder}/WHEEL", WHEEL.replace("py3-none-any", tag))
        wheel.writestr(f"{folder}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)


def test_names_tell_packages_apart_and_leave_the_shared_image_alone():
    assert course_images.tag("a:latest", ()) == "a:latest"
    one, other = (course_images.tag("host:5000/a", (each,)) for each in ("x==1", "x==2"))
    assert one.startswith("host:5000/a:latest-")
    assert one != other


@pytest.mark.slow
def test_image_has_the_package_and_the_shared_ones_are_not_replaced(docker_engine, registry):
    with pytest.raises(errors.OperatorError, match="make it with `grader image hw`"):
        course_images.check(IMAGE, "hw", ADDED)
    said = []
    name = course_images.build(IMAGE, ADDED, said.append)
    try:
        assert course_images.check(IMAGE, "hw", ADDED) == name
        program = "import nosuch, numpy; print(nosuch.VALUE, numpy.ones(2).sum())"
        run = docker_engine.containers.run
        assert run(name, ["-c", program], entrypoint="python3", remove=True) == b"42 2.0\n"
        assert course_images.build(IMAGE, ADDED, said.append) == name
        assert said[-1] == f"{name} is there"
    finally:
        docker_engine.images.remove(name)


@pytest.mark.slow
def test_package_that_cannot_be_had_is_said(docker_engine, registry):
    with pytest.raises(errors.OperatorError, match="pip could not get the packages"):
        course_images.build(IMAGE, ("nosuch-other==1.0",), [].append)
