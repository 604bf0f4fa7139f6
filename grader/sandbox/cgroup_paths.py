"""Where the folders of control groups are, by the kernel's own tables.

Owns the reading of `/proc/<pid>/cgroup` and `/proc/self/mountinfo`, for both versions, and the
search for a container's folder where process ids mean nothing. Reads no figure: `cgroup` and
`capacity` do.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

# Where Docker usually puts a container's cgroup, below the mount of its hierarchy. Elsewhere
# (another slice, a rootless engine's user.slice) its folder has one of the same two names.
_LAYOUTS: Final = ("docker/{}", "system.slice/docker-{}.scope")
_NAMES: Final = ("{}", "docker-{}.scope")
_DEPTH: Final = 8  # of folders that are looked through
_FILES: Final = {
    "memory": ("memory.oom_control", "memory.events"),
    "cpuacct": ("cpuacct.usage", "cpu.stat"),
}


def find_file(cgroups: str, mounts: str, container_id: str, controller: str) -> Path | None:
    """Path of one meter's file.

    Args:
        cgroups: text of `/proc/<pid>/cgroup`.
        mounts: text of `/proc/self/mountinfo`.
        container_id: must occur in the cgroup's path.
        controller: "memory" or "cpuacct" (on v2 both live in the one hierarchy).
    """
    path, version = _cgroup_path(cgroups, controller)
    if container_id not in path:
        return None
    folder = _mount_point(mounts, controller, version, path)
    return folder / _FILES[controller][version - 1] if folder else None


def find_by_name(mounts: str, container_id: str, controller: str) -> Path | None:
    """Path of one meter's file for a process that is itself in a container.

    The engine's process ids mean nothing there, but the hierarchy may be mounted.
    """
    for version in (1, 2):
        for point, _root in _mounted(mounts, controller, version):
            for folder in _folders(point, container_id):
                if (path := folder / _FILES[controller][version - 1]).exists():
                    return path
    return None


def _folders(point: Path, container_id: str) -> Iterator[Path]:
    """Where a container's cgroup may be: the usual places, then any below the mount."""
    yield from (point / layout.format(container_id) for layout in _LAYOUTS)
    names = {name.format(container_id) for name in _NAMES}
    for folder, inner, _files in os.walk(point):
        parent = Path(folder)
        yield from (parent / name for name in sorted(names & set(inner)))
        if len(parent.relative_to(point).parts) >= _DEPTH:
            inner.clear()


def own_groups(cgroups: str, mounts: str, controller: str) -> Iterator[tuple[Path, Literal[1, 2]]]:
    """Folders of the control group of a process and of those around it, innermost first.

    A limit of any of them holds: systemd sets `MemoryMax` on a service, or on the slice around it.

    Args:
        cgroups: text of `/proc/self/cgroup`.
        mounts: text of `/proc/self/mountinfo`.
        controller: "memory" or "cpu".
    """
    path, version = _cgroup_path(cgroups, controller)
    for point, root in _mounted(mounts, controller, version):
        below = path.removeprefix(root) if path.startswith(root) else "/"
        folder = point / below.strip("/")
        while True:
            yield folder, version
            if folder == point:
                return
            folder = folder.parent


def _cgroup_path(cgroups: str, controller: str) -> tuple[str, Literal[1, 2]]:
    """A controller's cgroup and the cgroup version; a v1 hierarchy wins on a hybrid machine."""
    unified = ""
    for line in cgroups.splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path, 1
        if number == "0" and not controllers:
            unified = path
    return unified, 2


def _mount_point(mounts: str, controller: str, version: int, path: str) -> Path | None:
    """Where a cgroup's folder is on this machine."""
    for point, root in _mounted(mounts, controller, version):
        if root == "/" or path.startswith(f"{root}/"):
            return point / path.removeprefix(root).lstrip("/")
    return None


def _mounted(mounts: str, controller: str, version: int) -> Iterator[tuple[Path, str]]:
    """Mount points and roots of a controller's hierarchy (`man 5 proc`, mountinfo)."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split(" ")[3:5]
        kind, _, options = after.split(" ", 2)
        is_hierarchy = (
            kind == "cgroup2" if version == 2 else kind == "cgroup" and _has(options, controller)
        )
        if is_hierarchy:
            yield Path(point), root


def _has(options: str, controller: str) -> bool:
    return controller in options.split(" ")[-1].split(",")
