"""`grader watch`: the public tests again whenever a file is saved.

Owns the looking for changes (modification times, twice a second) and the screen; the tests run as
`grader check` does, in a process of their own, which a newer change ends.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from grader import disk

LOOK_S = 0.5
WATCHED = (".py", ".ipynb", ".toml", ".yaml", ".csv", ".json")


def watch(
    path: Annotated[Path, typer.Argument(help="Your folder.")] = Path(),
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="Only this task; may be repeated.")
    ] = None,
) -> None:
    """Run the public tests now, and again each time you save. Ctrl-C ends it."""
    words = [word for name in task or [] for word in ("--task", name)]
    command = [sys.executable, "-m", "grader.cli", "check", str(path), *words]
    process: subprocess.Popen[bytes] | None = None
    try:
        for saved in changes(path):
            if process:
                process.terminate()
                process.wait()
            _clear_screen()
            typer.echo(f"{time.strftime('%H:%M:%S')}  {saved or 'first run'}\n")
            process = subprocess.Popen(command)  # noqa: S603  # ourselves
    except KeyboardInterrupt:
        if process:
            process.terminate()
            process.wait()


def _clear_screen() -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[2J\x1b[H")


def changes(folder: Path, pause_s: float = LOOK_S) -> Iterator[str]:
    """An empty name at once, then the name of a file after each moment in which some changed."""
    before = _times(folder)
    yield ""
    while True:
        time.sleep(pause_s)
        now = _times(folder)
        if changed := sorted({name for name, _ in now.items() ^ before.items()}):
            before = now
            yield changed[0]


def _times(folder: Path) -> dict[str, int]:
    found = dict[str, int]()
    for name, path in disk.files(folder):
        if path.suffix in WATCHED:
            try:
                found[name] = path.stat().st_mtime_ns
            except FileNotFoundError:  # an editor replaces it at this moment
                continue
    return found
