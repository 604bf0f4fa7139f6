"""Other people's tools, as they are published, in folders of their own; never in ours.

A test that needs one skips where the registry cannot be reached. What was installed once is kept in
`.cache/peers`, by the words that were asked for.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[2] / ".cache/peers"
INSTALL_S = 900


def python(*requirements: str) -> Path:
    """The `bin` folder of an environment with these packages of PyPI."""
    folder = _folder(requirements)
    if not (folder / "complete").is_file():
        commands = [
            [sys.executable, "-m", "venv", str(folder)],
            [str(folder / "bin/python"), "-m", "pip", "install", "-q", *requirements],
        ]
        _install(folder, commands)
    return folder / "bin"


def npm(*packages: str) -> Path:
    """The `node_modules` folder with these packages of npm."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = _folder(packages)
    if not (folder / "complete").is_file():
        words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        _install(folder, [[*words, *packages]])
    return folder / "node_modules"


def _folder(words: tuple[str, ...]) -> Path:
    return KEPT / hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def _install(folder: Path, commands: list[list[str]]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=INSTALL_S, cwd=folder
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"{command[0]} does not end")
        if done.returncode:
            pytest.skip(f"cannot be installed: {done.stderr.strip()[-300:]}")
    (folder / "complete").touch()
