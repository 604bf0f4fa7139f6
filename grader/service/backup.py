"""One file that holds the service's whole state, and the way back.

Owns the file's format: a tar archive of `backup.json`, `database.dump` and `uploads/<name>`. Does
not own the dump (`store.dump`) nor the uploads (`store.blobs`). The key of the pages' sessions is
not in it: after a restore people sign in again. Tokens are, as hashes.

Theory of operation
    The database is dumped first, as it is at one moment. Uploads are written before the rows that
    name them and never changed, so those copied afterwards include every one that is named. The
    service may run meanwhile. A restore puts the uploads back before the database, so a broken one
    leaves an empty service and is simply done again.
"""

import contextlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from grader import errors, wording
from grader.store import audit, blobs, database, dump, migrate

FORMAT: Final = 1
ABOUT, DATABASE, UPLOADS = "backup.json", "database.dump", "uploads/"
STANDARD: Final = Path("-")  # standard output or input
MAX_ABOUT_BYTES: Final = 1 * wording.MB


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What was written or read.

    Attributes:
        where: the file, or - for standard output.
        made: when the backup was made, ISO 8601.
        uploads: how many.
        migrations: those that a restore had to apply.
    """

    where: str
    made: str
    uploads: int
    migrations: tuple[str, ...] = ()


def write(conninfo: str, uploads: blobs.Blobs, target: Path) -> BackupSummary:
    """Write a backup; the service may go on meanwhile.

    Args:
        target: a file, a folder in which one is made, or `-`.

    Raises:
        OperatorError: the target is an earlier backup, or a folder that does not exist.
        StoreUnavailable: database, uploads or the target cannot be read or written; a file that
            is not whole is not left behind.
    """
    made = datetime.now(UTC).isoformat(timespec="seconds")
    if target.is_dir():
        target = target / f"grader-{made.replace(':', '').removesuffix('+0000')}.tar"
    _refuse_target(target)
    try:
        with tempfile.TemporaryDirectory() as folder, _sink(target) as sink:
            dumped = Path(folder, DATABASE)
            about = {"format": FORMAT, "made": made, "schema": dump.write(conninfo, dumped)}
            with tarfile.open(fileobj=sink, mode="w|") as archive:
                _add(archive, ABOUT, json.dumps(about).encode())
                archive.add(dumped, DATABASE)
                count = _add_uploads(archive, uploads)
    except OSError as exc:
        raise errors.StoreUnavailable(f"The backup cannot be written to {target}: {exc}") from exc
    return BackupSummary(str(target), made, count)


def read(conninfo: str, uploads: blobs.Blobs, source: Path) -> BackupSummary:
    """Restore a backup into a service that holds nobody's data yet, and bring it forward.

    Raises:
        StoreUnavailable: no such file, damaged, made by a newer release, or the service is in use.
    """
    try:
        with tempfile.TemporaryDirectory() as folder, _source(source) as file:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                about, count = _unpacked(archive, uploads, Path(folder, DATABASE))
            applied = dump.read(conninfo, Path(folder, DATABASE))
    except (OSError, tarfile.TarError) as exc:
        raise errors.StoreUnavailable(f"The backup {source} cannot be read: {exc}") from exc
    made = str(about["made"])
    with contextlib.closing(database.Database(conninfo)) as store, store.transaction() as restored:
        detail = {"made": made, "uploads": count}
        audit.note(restored, audit.COMMAND_LINE, "restored from a backup", detail=detail)
    return BackupSummary(str(source), made, count, tuple(applied))


def _refuse_target(target: Path) -> None:
    """What cron would write night after night: over the last backup, or to a file by mistake."""
    if target == STANDARD:
        return
    if target.exists():
        raise errors.OperatorError(
            f"{target} is there already, and no backup replaces another. Name a new file, or a "
            "folder, in which each backup has a name of its own."
        )
    if not target.suffix:
        raise errors.OperatorError(
            f"There is no folder {target}. Make it first, or name a file that ends in .tar."
        )


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _add_uploads(archive: tarfile.TarFile, uploads: blobs.Blobs) -> int:
    count = 0
    for name in uploads.names():
        if not blobs.is_name(name):  # what a killed writer left half done
            continue
        with contextlib.suppress(FileNotFoundError):  # thrown away since it was listed
            _add(archive, UPLOADS + name, uploads.get(name))
            count += 1
    return count


def _unpacked(
    archive: tarfile.TarFile, uploads: blobs.Blobs, dumped: Path
) -> tuple[dict[str, Any], int]:
    """Put the uploads back and the dump aside; what the backup says of itself, and how many."""
    about: dict[str, Any] = {}
    count = 0
    for entry in archive:
        content = archive.extractfile(entry)
        if content is None or entry.issparse():  # whose holes are bytes that nobody sent
            raise errors.StoreUnavailable(f"{entry.name}: not part of a backup.")
        if not about:
            about = _about(entry, content)
        elif entry.name == DATABASE:
            with dumped.open("wb") as file:
                shutil.copyfileobj(content, file)
        else:
            _put_back(uploads, entry.name.removeprefix(UPLOADS), content.read())
            count += 1
    if not dumped.exists():
        raise errors.StoreUnavailable("The backup ends before its database; take another copy.")
    return about, count


def _about(entry: tarfile.TarInfo, content: IO[bytes]) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(content.read(MAX_ABOUT_BYTES))
        schema, kind, _ = [str(name) for name in about["schema"]], about["format"], about["made"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise errors.StoreUnavailable(f"{entry.name}: this is no backup of a grader.") from exc
    unknown = migrate.unknown(schema)
    if kind != FORMAT or unknown:
        said = ", ".join(unknown) or f"format {kind}"
        raise errors.StoreUnavailable(
            f"The backup was made by a newer release ({said}); install that one and restore again."
        )
    return about


def _put_back(uploads: blobs.Blobs, name: str, content: bytes) -> None:
    if blobs.name_of(content) != name:
        raise errors.StoreUnavailable(
            f"Upload {name} is damaged in the backup; nothing of the database was restored. Take "
            "another copy of the backup."
        )
    uploads.put(content)


@contextlib.contextmanager
def _sink(target: Path) -> Iterator[IO[bytes]]:
    """The file under a temporary name until it is whole, or standard output."""
    if target == STANDARD:
        yield sys.stdout.buffer
        return
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            part.chmod(0o600)  # it holds everybody's work
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _source(source: Path) -> Iterator[IO[bytes]]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    with source.open("rb") as file:
        yield file
