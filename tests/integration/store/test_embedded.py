"""The embedded PostgreSQL server survives what machines do to it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from grader import errors
from grader.store.embedded import binaries, server

KILLS = int(os.environ.get("POSTGRES_KILLS", "5"))
WRITER = """
import sys, time
from pathlib import Path
import psycopg
from grader.store.embedded import server
with server.running(Path(sys.argv[1]), own=True) as url:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (i bigint PRIMARY KEY)")
        number = connection.execute("SELECT coalesce(max(i), 0) FROM t").fetchone()[0]
        while True:
            number += 1
            connection.execute("INSERT INTO t VALUES (%s)", [number])
            print(number, flush=True)
"""


def postmaster(data_dir: Path) -> int:
    text = (data_dir / "postgres" / "data" / "postmaster.pid").read_text()
    return int(text.split("\n", 1)[0])


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_until(condition, limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_first_start_then_second_keeps_the_rows(tmp_path):
    with server.running(tmp_path, own=True) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t (i int)")
    with server.running(tmp_path, own=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_stop_leaves_no_process_and_no_socket(tmp_path):
    with server.running(tmp_path, own=True):
        pid = postmaster(tmp_path)
    assert gone(pid)
    assert list(server.socket_dir(tmp_path).glob(".s.*")) == []


def test_no_tcp_port_is_opened(tmp_path):
    with server.running(tmp_path, own=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_other_users_cannot_reach_the_socket(tmp_path):
    with server.running(tmp_path, own=True):
        assert server.socket_dir(tmp_path).stat().st_mode & 0o777 == 0o700


def test_root_does_not_run_the_server_as_root(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root has to give up its rights")
    with server.running(tmp_path, own=True):
        assert Path(f"/proc/{postmaster(tmp_path)}").stat().st_uid == binaries.account().uid != 0


def test_long_path_gets_a_short_socket_folder(tmp_path):
    data_dir = tmp_path / ("long" * 25)
    with server.running(data_dir, own=True) as url:
        assert server.answers(url)
        assert len(str(server.socket_dir(data_dir))) < 100
    assert not server.socket_dir(data_dir).exists()


def test_second_process_attaches_and_leaves_it_running(tmp_path):
    with server.running(tmp_path, own=True) as url:
        first = postmaster(tmp_path)
        code = (
            "import sys; from pathlib import Path; from grader.store.embedded import server\n"
            "with server.running(Path(sys.argv[1]), own=False) as url:\n"
            "    assert server.answers(url)"
        )
        subprocess.run([sys.executable, "-c", code, tmp_path], check=True, timeout=60)
        assert server.answers(url)
        assert postmaster(tmp_path) == first


def test_owner_that_does_not_leave_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "OWNER_LIMIT_S", 0.2)
    with (
        server.running(tmp_path, own=True),
        pytest.raises(errors.StoreUnavailable, match="grader serve"),
        server.running(tmp_path, own=True),
    ):
        pass


def test_killed_postmaster_is_started_again(tmp_path):
    with server.running(tmp_path, own=True) as url:
        for _ in range(2):
            pid = postmaster(tmp_path)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: gone(pid))
            wait_until(lambda: server.answers(url))
            assert postmaster(tmp_path) != pid


def test_stale_pid_file_of_a_living_stranger_does_not_matter(tmp_path):
    with server.running(tmp_path, own=True):
        pass
    pid_file = tmp_path / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n")
    with server.running(tmp_path, own=True) as url:
        assert server.answers(url)


def test_broken_first_start_is_begun_anew(tmp_path):
    half = tmp_path / "postgres" / "new-half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with server.running(tmp_path, own=True) as url:
        assert server.answers(url)
    assert not half.exists()


def test_folder_of_another_version_is_refused_with_advice(tmp_path):
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(errors.StoreUnavailable, match="made by PostgreSQL 9"):
        server.running(tmp_path, own=True).__enter__()


def test_data_folder_that_cannot_be_one_is_refused_with_advice(tmp_path):
    (tmp_path / "data").touch()
    with (
        pytest.raises(errors.StoreUnavailable, match="name another with --data"),
        server.running(tmp_path / "data", own=False),
    ):
        pass


def test_damaged_folder_says_why_in_the_servers_words(tmp_path):
    with server.running(tmp_path, own=True):
        pass
    (tmp_path / "postgres" / "data" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(errors.StoreUnavailable, match="pg_control"):
        server.running(tmp_path, own=True).__enter__()


def test_foreign_link_in_place_of_the_socket_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    data_dir = tmp_path / ("long" * 25)
    server.socket_dir(data_dir).symlink_to(tmp_path)
    with pytest.raises(errors.StoreUnavailable, match="link"):
        server.running(data_dir, own=True).__enter__()


def test_programs_in_a_private_home_are_copied_where_the_server_can_run_them(tmp_path):
    owner = binaries.account()
    if owner.uid < 0:
        pytest.skip("only root changes the user")
    found = binaries.find()
    hidden = tmp_path / "home" / found.folder.parents[1].name / found.folder.parent.name
    shutil.copytree(found.folder.parent, hidden)
    libraries = found.folder.parents[2] / f"{binaries.WHEEL}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, tmp_path / "home" / libraries.name)
    private = binaries.Binaries(hidden / "bin", found.version)
    with tempfile.TemporaryDirectory() as cache:
        Path(cache).chmod(0o755)
        copied = binaries.reachable(private, owner, Path(cache))
        assert copied.folder.is_relative_to(cache)
        done = subprocess.run(
            [copied.folder / "initdb", "--version"], user=owner.uid, capture_output=True, text=True
        )
    assert found.version in done.stdout, done.stderr


class Reader(threading.Thread):
    """Keeps the last whole number that a writer said was committed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__()
        self.last = 0
        self._lines = process.stdout
        self.start()

    def run(self) -> None:
        assert self._lines
        with self._lines:
            for line in self._lines:
                if line.endswith("\n"):
                    self.last = int(line)


def test_no_committed_row_is_lost_by_kill_9(tmp_path):
    """Half the kills hit the whole service, half its postmaster (POSTGRES_KILLS for more)."""
    committed = 0
    for kill in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        reader = Reader(process)
        wait_until(lambda reader=reader, low=committed: reader.last > low)
        time.sleep(0.2)
        os.kill(postmaster(tmp_path) if kill % 2 else process.pid, signal.SIGKILL)
        process.wait(30)
        reader.join()
        committed = reader.last
    with server.running(tmp_path, own=True) as url, psycopg.connect(url) as connection:
        kept = connection.execute("SELECT count(*), max(i) FROM t").fetchone()
    assert kept[0] == kept[1] >= committed > KILLS
