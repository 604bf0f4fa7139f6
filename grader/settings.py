"""One settings class, read once from the environment; flags of the CLI replace single fields.

Owns names, defaults and parsing. Every field pairs with the variable `GRADER_<FIELD>`, or with
`GRADER_<FIELD>_FILE`, which names a file that holds the value: the way in which containers are
handed secrets.
"""

import dataclasses
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
        database_password: of that server, where the URL holds none; best by file.
        blob_url: an object store for uploads, e.g. s3://bucket/grader; empty is in data_dir.
        host, port: where the API listens; port 0 picks a free one.
        public_url: the address that people type, e.g. https://grader.example.edu; empty is that of
            each request, which is right without a proxy only.
        trusted_proxies: addresses and networks of proxies, separated by commas, that are believed
            when they say for whom they ask.
        notebook_host: where the template's notebook can be opened, with `{url}` for its address,
            e.g. https://colab.research.google.com/#fileId={url}; empty is nowhere. The notebook can
            then be read without signing in, once the assignment is open.
        sandbox_image: tag of the image that runs submissions.
        sandbox_runtime: OCI runtime of the sandboxes, e.g. runsc; empty is the engine's default.
        run_dir: folder for the sandboxes' sockets, common to all workers of one engine; empty takes
            a temporary one, which does for one worker.
        pool_size: warm sandboxes kept ready per assignment profile.
        role: `all`, or on many machines `api` or `worker`; these need a database_url.
        workers: submissions graded at once; 0 is as many as cores and memory allow.
        max_attempts: tries of one run when the machine fails.
        retention_days: age at which submissions are deleted with all of theirs; 0 keeps them.
        max_batch_mb: size of one archive with many students' work.
        log_format: `text` for people, `json` for a collector: one object a line.
        metrics_token: bearer token that reads /metrics; empty lets this machine alone read them.
        oidc_issuer: OpenID Connect provider that people may sign in with; empty is none.
        oidc_client_id, oidc_client_secret: what the provider knows this service by.
        oidc_name: what the sign-in button calls the provider.
        smtp_url: mail server, e.g. smtp://user@mail.example.edu:587; empty sends no mail.
        smtp_password: of that user.
        mail_from: address that mail comes from.
        webhook_urls: addresses, separated by commas, that hear what staff hear of; empty is none.
        webhook_secret: with which calls of them are signed.
    """

    course_dir: Path = Path()
    datasets_dir: Path = Path("datasets")
    data_dir: Path = Path("data")
    database_url: str = ""
    database_password: str = field(default="", repr=False)
    blob_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    notebook_host: str = ""
    trusted_proxies: str = "127.0.0.1,::1"
    sandbox_image: str = "grader-sandbox:latest"
    sandbox_runtime: str = ""
    run_dir: str = ""
    pool_size: int = 2
    role: str = "all"
    workers: int = 0
    max_attempts: int = 3
    max_batch_mb: int = 500
    retention_days: int = 0
    log_format: str = "text"
    metrics_token: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "your university"
    smtp_url: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    webhook_urls: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)

    @property
    def datasets(self) -> Path:
        """The folder of data sets, resolved."""
        return (self.course_dir / self.datasets_dir).resolve()


# What programs inside a sandbox read; people export it for the same programs at home.
GUEST_VARIABLES = frozenset({"GRADER_DATA"})

# What a student's commands read, `grader.client.credentials`: they are no settings of a service.
CLIENT_VARIABLES = frozenset({"GRADER_URL", "GRADER_TOKEN"})

# What docker-compose.yml and .ci/deploy read; people export it rather than write it into .env.
DEPLOYMENT_VARIABLES = frozenset(
    f"GRADER_{name}"
    for name in (
        *("SERVICE_IMAGE", "POSTGRES_IMAGE", "LISTEN", "SECRETS_DIR", "SOCKETS_DIR"),
        *("DOCKER_SOCKET", "API_MEMORY", "POSTGRES_MEMORY", "WORKER_MEMORY"),
    )
)
OTHERS = GUEST_VARIABLES | CLIENT_VARIABLES | DEPLOYMENT_VARIABLES


FILE_SUFFIX = "_FILE"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `GRADER_*` variables; unset ones keep their defaults.

    Raises:
        OperatorError: a value of the wrong type, a variable that names no setting, a file that
            cannot be read.
    """
    fields = {f"GRADER_{f.name.upper()}": f for f in dataclasses.fields(Settings)}
    given = _given(environ, fields.keys())
    values = {}
    for variable, text in given.items():
        kind: Any = type(fields[variable].default)
        try:
            values[fields[variable].name] = kind(text)
        except ValueError as exc:
            raise errors.OperatorError(
                f"{variable}={text!r} is not a valid {kind.__name__}."
            ) from exc
    return Settings(**values)


def chosen(**changes: Any) -> Settings:
    """Settings from the environment, with those flags of a command that were given."""
    given = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(from_environment(), **given)


def _given(environ: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """Variable -> text, from the variables themselves and from the files they name."""
    ours = {k: v for k, v in environ.items() if k.startswith("GRADER_")}
    files = {
        k: v for k, v in ours.items() if k.removesuffix(FILE_SUFFIX) in known and k not in known
    }
    if unknown := sorted(ours.keys() - known - OTHERS - files.keys()):
        raise errors.OperatorError(
            f"{', '.join(unknown)}: no such setting. Known: {', '.join(sorted(known))}, and each "
            f"with {FILE_SUFFIX} at its end, which names a file that holds the value."
        )
    if twice := sorted(k for k in files if k.removesuffix(FILE_SUFFIX) in ours):
        raise errors.OperatorError(f"{twice[0]} and the variable without {FILE_SUFFIX}: set one.")
    read = {k.removesuffix(FILE_SUFFIX): _content(k, v) for k, v in files.items()}
    return {k: v for k, v in ours.items() if k in known} | read


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise errors.OperatorError(
            f"{variable} names {path}, which cannot be read: {exc}. Fix the path, or let the "
            "service's user read the file."
        ) from exc
