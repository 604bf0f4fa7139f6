"""One process of a service that is about to be killed: `python -m tests.chaos.process ROLE SPEC`.

ROLE is database, api or worker; SPEC is JSON with the folders, the port and the database's URL.
Prints a line when it is ready. Real but for the grading, with shorter periods of the worker.
"""

import io
import json
import signal
import sys
import threading
import time
import zipfile
from fractions import Fraction
from pathlib import Path

from grader import app, settings
from grader.service import jobs, worker
from grader.store.embedded import server as postgres
from tests.support import fakes_service as fakes

HEARTBEAT_S, STALL_S, SWEEP_S, ORPHAN_AGE_S, RETRY_PAUSE_S = 0.5, 5.0, 0.5, 3.0, 0.2
MAX_ATTEMPTS = 1000  # a run may lose its worker as often as the test kills


class Grading(fakes.Grading):
    """Takes the seconds and gives the points that the upload says: `0.2 7/3`."""

    def grade(self, slug, upload, *, queued_s, on_progress, earlier=None, assignment=None):
        seconds, points = told(upload)
        for number, test in enumerate((fakes.SHOWN_TEST, fakes.HIDDEN_TEST), 1):
            time.sleep(seconds / 2)
            on_progress(fakes.told(*test, number))
        return fakes.report(points)


def told(upload):
    """Seconds and points of an upload."""
    with zipfile.ZipFile(io.BytesIO(upload)) as archive:
        seconds, points = archive.read(archive.namelist()[0]).decode().split()
    return float(seconds), Fraction(points)


def hasten():
    """Shorten the worker's periods, so that the test need not wait for them."""
    worker.HEARTBEAT_S, worker.STALL_S, worker.SWEEP_S = HEARTBEAT_S, STALL_S, SWEEP_S
    worker.ORPHAN_AGE_S, worker.RESTART_PAUSE_S = ORPHAN_AGE_S, RETRY_PAUSE_S
    jobs.RETRY_PAUSE_S = RETRY_PAUSE_S


def open_to(address, network):
    """Let the embedded server be reached from other hosts, which it never is in earnest."""
    postgres.SERVER_OPTIONS["listen_addresses"] = address
    rules = postgres.Server._write_access_rules

    def wider(server, data):
        rules(server, data)
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network} trust\n")

    postgres.Server._write_access_rules = wider
    return f"host={address} user={postgres.ROLE} dbname=postgres connect_timeout=5"


def database(spec):
    """Keep the database up until told to end."""
    far = open_to(spec["address"], spec["network"]) if "address" in spec else ""
    with postgres.running(Path(spec["data"]), own=True) as url:
        print(far or url, flush=True)  # noqa: T201 - read by the test
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        stop.wait()


def service(role, spec):
    """The API or a worker."""
    hasten()
    chosen = settings.Settings(
        course_dir=Path(spec["course"]),
        data_dir=Path(spec["data"]),
        database_url=spec["database_url"],
        blob_url=spec["blobs"],
        port=spec["port"],
        role=role,
        workers=spec["workers"],
        max_attempts=MAX_ATTEMPTS,
    )
    parts = app.real_parts() if spec["real"] else fakes.parts(Grading())
    app.serve(chosen, ready=lambda url: print(url, flush=True), parts=parts)  # noqa: T201 - read by the test


if __name__ == "__main__":
    wanted, given = sys.argv[1], json.loads(sys.argv[2])
    if wanted == "database":
        database(given)
    else:
        service(wanted, given)
