"""Which service a person uses, and their token for it, in their own configuration folder.

Owns one file that only its owner may read (mode 0600); no token is ever written into a notebook or
a homework's folder. `GRADER_URL` and `GRADER_TOKEN` come first, for machines that submit by
themselves. What a token may do is the service's business.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec

from grader import disk, errors

URL_VARIABLE, TOKEN_VARIABLE = "GRADER_URL", "GRADER_TOKEN"  # names of variables
HOME = "home.txt"  # in the wheel that a service hands out: its own address
NOBODY_ELSE = 0o600


class Logins(msgspec.Struct, frozen=True):
    """What is kept: service -> token, and the service that was named last."""

    tokens: dict[str, str] = {}  # msgspec copies an empty default
    last: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """A service's address, without a slash at its end, and a token for it; empty if there is none.

    Attributes:
        origin: where the token comes from, for messages.
    """

    url: str
    token: str
    origin: str = ""


def path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where logins are kept on this system."""
    if sys.platform == "win32":
        base = Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "grader" / "logins.json"


def read(environ: Mapping[str, str] = os.environ) -> Logins:
    """What is kept; nothing if the file is not there.

    Raises:
        OperatorError: the file cannot be read.
    """
    file = path(environ)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Logins)
    except FileNotFoundError:
        return Logins()
    except (OSError, msgspec.DecodeError) as exc:
        raise errors.OperatorError(
            f"{file} cannot be read: {exc}. Delete it and log in again."
        ) from exc


def save(login: Login, environ: Mapping[str, str] = os.environ) -> Path:
    """Keep a login and make its service the one that is used; where it was written."""
    kept = read(environ)
    _write(Logins(kept.tokens | {login.url: login.token}, login.url), environ)
    return path(environ)


def forget(url: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Delete the token of a service; whether there was one."""
    kept = read(environ)
    if url not in kept.tokens:
        return False
    rest = {known: token for known, token in kept.tokens.items() if known != url}
    _write(Logins(rest, kept.last if kept.last != url else next(iter(rest), "")), environ)
    return True


def current(url: str = "", environ: Mapping[str, str] = os.environ) -> Login:
    """The login to use.

    Args:
        url: the service, where one was named; else the environment's, the one used last, or the one
            that this installation came from.

    Raises:
        NotFound: no service is known.
    """
    kept = read(environ)
    url = address(url or environ.get(URL_VARIABLE, "") or kept.last or home())
    if not url:
        raise errors.NotFound(
            "No service is known yet. Log in with its address, as in a browser: "
            "grader login https://grader.example.edu"
        )
    if token := environ.get(TOKEN_VARIABLE, "").strip():
        return Login(url, token, TOKEN_VARIABLE)
    return Login(url, kept.tokens.get(url, ""), str(path(environ)))


def address(text: str) -> str:
    """A service's address in one form: with a scheme, without a page or a slash at its end."""
    text = text.strip()
    if not text:
        return ""
    scheme, found, rest = text.rpartition("://")
    host = rest.split("/")[0].lower()
    local = host.split(":")[0] in ("localhost", "127.0.0.1") or host.startswith("[::1]")
    return f"{scheme if found else 'http' if local else 'https'}://{host}"


def home() -> str:
    """The service that this installation was downloaded from; empty where it was not."""
    file = resources.files("grader.client") / HOME
    return file.read_text().strip() if file.is_file() else ""


def _write(logins: Logins, environ: Mapping[str, str]) -> None:
    file = path(environ)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    disk.write_whole(file, msgspec.json.format(msgspec.json.encode(logins)) + b"\n")
    file.chmod(NOBODY_ELSE)
