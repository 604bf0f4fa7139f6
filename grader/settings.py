"""One settings class, read once from the environment; flags of the CLI replace single fields.

Owns names, defaults and parsing. Every field pairs with the variable `GRADER_<FIELD>`.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import errors


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set.

    Attributes:
        course_dir: folder with tests/suites/, reference/, student_template/.
        datasets_dir: folder of data sets; a relative one lies below course_dir.
        data_dir: everything the service keeps: database, uploads, sockets.
        database_url: a PostgreSQL server; empty starts the embedded one in data_dir.
        blob_url: an object store for uploads, e.g. s3://bucket/grader; empty is in data_dir.
        host, port: where the API listens; port 0 picks a free one.
        sandbox_image: tag of the image that runs submissions.
        sandbox_runtime: OCI runtime of the sandboxes, e.g. runsc; empty is the engine's default.
        pool_size: warm sandboxes kept ready per assignment profile.
        role: `all`, or on many machines `api` or `worker`; these need a database_url.
        workers: submissions graded at once; 0 is as many as cores and memory allow.
        max_attempts: tries of one run when the machine fails.
        retention_days: age at which submissions are deleted with all of theirs; 0 keeps them.
        max_batch_mb: size of one archive with many students' work.
    """

    course_dir: Path = Path()
    datasets_dir: Path = Path("datasets")
    data_dir: Path = Path("data")
    database_url: str = ""
    blob_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    sandbox_image: str = "grader-sandbox:latest"
    sandbox_runtime: str = ""
    pool_size: int = 2
    role: str = "all"
    workers: int = 0
    max_attempts: int = 3
    max_batch_mb: int = 500
    retention_days: int = 0

    @property
    def datasets(self) -> Path:
        """The folder of data sets, resolved."""
        return (self.course_dir / self.datasets_dir).resolve()


# What programs inside a sandbox read; people export it for the same programs at home.
GUEST_VARIABLES = frozenset({"GRADER_DATA"})


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `GRADER_*` variables; unset ones keep their defaults.

    Raises:
        OperatorError: a value of the wrong type, or a variable that names no setting.
    """
    fields = {f"GRADER_{f.name.upper()}": f for f in dataclasses.fields(Settings)}
    known = fields.keys() | GUEST_VARIABLES
    unknown = sorted(k for k in environ if k.startswith("GRADER_") and k not in known)
    if unknown:
        raise errors.OperatorError(
            f"{', '.join(unknown)}: no such setting. Known: {', '.join(sorted(fields))}."
        )
    values = {}
    for variable, spec in fields.items():
        if variable in environ:
            kind: Any = type(spec.default)
            try:
                values[spec.name] = kind(environ[variable])
            except ValueError as exc:
                raise errors.OperatorError(
                    f"{variable}={environ[variable]!r} is not a valid {kind.__name__}."
                ) from exc
    return Settings(**values)


def chosen(**changes: Any) -> Settings:
    """Settings from the environment, with those flags of a command that were given."""
    given = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(from_environment(), **given)
