"""Two worker hosts against one database: network namespaces, each with a Docker engine of its own.

`python -m tests.chaos.hosts` as root on Linux with `dockerd`, `ip` and `nsenter`: real grading in
real sandboxes while workers, engines, API and database are killed with -9; midway one host dies
for good. The machine's own engine is not touched. Minutes, and a few gigabytes in the folder.

Theory of operation
    bridge `gcb0` (10.199.77.1: database, API) -- veth -- `gcn1`, `gcn2`: worker, dockerd
    Of a host only the network is apart; files are shared, as uploads are on any installation of
    many machines. A host that dies takes its sandboxes along: they are in its control group.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import docker

from grader import settings
from tests.chaos import city as cities
from tests.chaos import story
from tests.support import attacked

BRIDGE, NETWORK, ADDRESS = "gcb0", "10.199.77.0/24", "10.199.77.1"
ENGINE_S = 60.0
IMAGE = settings.Settings().sandbox_image
KINDS = (("2 * x", 1, 40), ("2 * x", 0, 30), ("x + x", 1, 40), ("0 * x", 1, 10), ("0 * x", 0, 0))


def sh(*words, check=True):
    """A command of the system."""
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


class Engine:
    """A dockerd of a host, with the part of `city.Member` that a kill needs."""

    def __init__(self, name, folder, inside):
        self._folder, self._inside, self._name = folder, inside, name
        self.address = f"unix://{folder}/docker.sock"
        self.start()

    def start(self):
        """Start it without waiting; pid files of a killed one name processes that are others'."""
        for stale in (self._folder / "pid", *self._folder.glob("exec/containerd/*.pid")):
            stale.unlink(missing_ok=True)
        command = [
            *self._inside,
            "dockerd",
            "-H",
            self.address,
            "--bridge=none",
            "--iptables=false",
        ]
        for option, name in (("data-root", "data"), ("exec-root", "exec"), ("pidfile", "pid")):
            command.append(f"--{option}={self._folder / name}")
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--cgroup-parent=/{self._name}"], stdout=log, stderr=log
            )

    def heard_of(self, process):
        """Whether it answers before this process of it ends."""
        deadline = time.monotonic() + ENGINE_S
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(Exception):
                docker.DockerClient(self.address, timeout=5).ping()
                return True
            time.sleep(0.1)
        return False

    def end(self, number=signal.SIGKILL):
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        self.process.wait(ENGINE_S)


class Host:
    """A namespace with an engine and a worker."""

    def __init__(self, number, folder):
        self.name = f"gcn{number}"
        self.folder = folder / self.name
        self.folder.mkdir()
        link = f"gcv{number}"
        sh("ip", "netns", "add", self.name)
        sh("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        sh("ip", "link", "set", link, "master", BRIDGE, "up")
        within = ("ip", "-n", self.name)
        sh(*within, "addr", "add", f"10.199.77.{10 + number}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            sh(*within, "link", "set", device, "up")
        self.inside = ("nsenter", f"--net=/run/netns/{self.name}")
        self.engine = Engine(self.name, self.folder, self.inside)
        self.worker = None

    def die(self):
        """Everything of this host ends at once and for good."""
        for process in (self.engine.process, *([self.worker.process] if self.worker else [])):
            process.kill()
            process.wait()
        for _ in range(3):  # a shim may just have started something
            for pid in self._pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
        sh("ip", "netns", "del", self.name, check=False)

    def _pids(self):
        found = sh("ip", "netns", "pids", self.name, check=False).split()
        for group in Path("/sys/fs/cgroup").glob(f"**/{self.name}/**/cgroup.procs"):
            with contextlib.suppress(OSError):
                found += group.read_text().split()
        return {int(pid) for pid in found}


class Country(cities.City):
    """The processes of a city, its workers on hosts of their own and grading in earnest."""

    slug = attacked.SLUG
    targets = ("worker", "worker", "engine", "engine", "api", "database")

    def __init__(self, folder):
        sh("ip", "link", "add", BRIDGE, "type", "bridge")
        sh("ip", "addr", "add", f"{ADDRESS}/24", "dev", BRIDGE)
        sh("ip", "link", "set", BRIDGE, "up")
        self.hosts = []
        super().__init__(folder)

    def _database_spec(self):
        return super()._database_spec() | {"address": ADDRESS, "network": NETWORK}

    def _write_course(self, folder):
        suite = attacked.write(folder, "CANARY").suite_dir / "assignment.toml"
        slower = suite.read_text().replace("test_s = 5, run_s = 120", "test_s = 60, run_s = 600")
        suite.write_text(slower)  # the machine is to be slow here, not the submission
        return folder

    def _start_workers(self):
        self.hosts = [Host(number, self._folder) for number in (1, 2)]
        image = self._folder / "image.tar"
        with image.open("wb") as file:
            for part in docker.from_env(timeout=600).images.get(IMAGE).save(named=True):
                file.write(part)
        for host in self.hosts:
            assert host.engine.heard_of(host.engine.process), "the engine does not start"
            with image.open("rb") as file:
                docker.DockerClient(host.engine.address, timeout=600).images.load(file)
            where = {"inside": host.inside, "environ": {"DOCKER_HOST": host.engine.address}}
            host.worker = self._member("worker", f"worker-{host.name}", real=True, **where)
        image.unlink()
        return [host.worker for host in self.hosts]

    def _member(self, role, name, port=0, *, real=True, **where):
        return super()._member(role, name, port, real=real, **where)

    def upload(self, number):
        """A submission with a place of its own among the scores, and time to be killed in."""
        double, one, points = KINDS[number % len(KINDS)]
        lines = ["import time", f"def double(x): return {double}"]
        lines += [f"def one(): time.sleep({0.1 + number % 4 * 0.4:.1f}); return {one}"]
        return "\n".join([*lines, f"# {number}", ""]), Fraction(points)

    def kill(self, target, chance):
        """As in a city, and engines."""
        if target != "engine":
            return super().kill(target, chance)
        engine = chance.choice(self.hosts).engine
        engine.end()
        engine.start()
        return engine

    def lose_a_host(self):
        """The second host dies and does not come back."""
        host = self.hosts.pop()
        self.workers.remove(host.worker)
        host.die()

    def end(self):
        """End everything and give back what the system lent."""
        self.api.end()
        for host in self.hosts:
            host.die()
        self.database.end(signal.SIGTERM)


def clean(folder):
    """Undo namespaces, links and mounts, whatever came before."""
    for number in (1, 2):
        sh("ip", "netns", "del", f"gcn{number}", check=False)
    sh("ip", "link", "del", BRIDGE, check=False)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in reversed([mount for mount in mounts if mount.startswith(str(folder))]):
        sh("umount", "-l", mount, check=False)
    for group in sorted(Path("/sys/fs/cgroup").glob("**/gcn[12]/**/"), reverse=True):
        with contextlib.suppress(OSError):
            group.rmdir()


def main():
    """The long form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pause", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    story.END_S = 900.0
    folder = Path(tempfile.mkdtemp(prefix="gc-"))
    country = None
    try:
        country = Country(folder)
        numbers = (given.submissions, given.kills, given.pause, given.seed)
        story.tell(story.live_through(country, *numbers, midway=country.lose_a_host))
    finally:
        if country:
            country.end()
        clean(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
