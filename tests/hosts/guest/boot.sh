#!/bin/sh
# boot.sh TREE OPTIONS...: becomes the kernel of a tree that kernel.sh made. The kernel runs in that tree, with this
# machine's files below /host.
set -eu
tree=$1
shift
# shellcheck disable=SC2016  # for the inner shell
exec unshare --mount sh -c '
    tree=$1 && shift
    mount --rbind / "$tree/host" && mount --rbind /proc "$tree/proc" && mount --rbind /dev "$tree/dev"
    TMPDIR=/dev/shm HOME=/root exec chroot "$tree" /usr/bin/linux.uml "$@"' boot "$tree" "$@"
