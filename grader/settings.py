"""One settings class, read once from the environment; flags of the CLI replace single fields.

Owns names, defaults, parsing, and what each number or choice may be, which is looked at once for
variables and flags alike, before anything starts by them. Every field pairs with the variable
`GRADER_<FIELD>`, or with `GRADER_<FIELD>_FILE`, which names a file that holds the value: the way in
which containers are handed secrets.
"""

import dataclasses
import difflib
import ipaddress
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader import errors


def _whole(default: int, least: int, most: int | None = None) -> int:
    """A field that holds a whole number between these."""
    found: int = field(default=default, metadata={"least": least, "most": most})
    return found


def _one_of(*choices: str) -> str:
    """A field that holds one of these; the first by default."""
    found: str = field(default=choices[0], metadata={"choices": choices})
    return found


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
    port: int = _whole(8000, 0, 65535)
    public_url: str = ""
    notebook_host: str = ""
    trusted_proxies: str = "127.0.0.1,::1"
    sandbox_image: str = "grader-sandbox:latest"
    sandbox_runtime: str = ""
    run_dir: str = ""
    pool_size: int = _whole(2, 0)
    role: str = _one_of("all", "api", "worker")
    workers: int = _whole(0, 0)
    max_attempts: int = _whole(3, 1)
    max_batch_mb: int = _whole(500, 1)
    retention_days: int = _whole(0, 0)
    log_format: str = _one_of("text", "json")
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

    def __post_init__(self) -> None:
        for one in dataclasses.fields(self):
            if wanted := _wanted(one.metadata, getattr(self, one.name)):
                raise errors.OperatorError(
                    f"{_variable(one.name)}={getattr(self, one.name)}: write {wanted}."
                )
        _check_networks(self.trusted_proxies)

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


def _variable(name: str) -> str:
    return f"GRADER_{name.upper()}"


def _wanted(rule: Mapping[str, Any], value: object) -> str:
    """What a field's value must be, in words; empty if it is that."""
    if "choices" in rule:
        return "" if value in rule["choices"] else f"one of {', '.join(rule['choices'])}"
    if "least" not in rule:
        return ""
    least, most = rule["least"], rule["most"]
    if isinstance(value, int) and least <= value and (most is None or value <= most):
        return ""
    return f"a whole number from {least}" + (" up" if most is None else f" to {most}")


def _check_networks(listed: str) -> None:
    for text in filter(None, map(str.strip, listed.split(","))):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as exc:
            raise errors.OperatorError(
                f"GRADER_TRUSTED_PROXIES: {text!r} is neither an address nor a network. "
                "Write for example 127.0.0.1,10.0.0.0/8, with commas between."
            ) from exc


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `GRADER_*` variables; unset ones keep their defaults.

    Raises:
        OperatorError: a value of the wrong type, a variable that names no setting, a file that
            cannot be read.
    """
    fields = {_variable(f.name): f for f in dataclasses.fields(Settings)}
    given = _given(environ, fields.keys())
    values: dict[str, Any] = {}
    for variable, text in given.items():
        kind: Any = type(fields[variable].default)
        try:
            values[fields[variable].name] = kind(text)
        except ValueError:
            values[fields[variable].name] = repr(text)  # which Settings refuses, with the range
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
        near = difflib.get_close_matches(unknown[0], sorted(known), n=1)
        meant = f"; did you mean {near[0]}?" if near else "."
        raise errors.OperatorError(
            f"{', '.join(unknown)}: no such setting{meant} "
            f"Known: {', '.join(sorted(known))}, and each with {FILE_SUFFIX} at its end, which "
            "names a file that holds the value."
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
