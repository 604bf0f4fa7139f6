#!/bin/sh
# base.sh ARCHIVE: writes a base file system with Debian 12 and its Python 3.11 as a tar archive, for machines that
# reach a Debian mirror but no image registry. Needs root on Debian or Ubuntu. Called by images.py, which imports it.
# The result differs from the official python image in three ways: Debian's own Python, no pip, no apt.
set -eu
cd "$(dirname "$0")/.."
. .ci/lib.sh

KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror this machine's own apt uses; DEBIAN_MIRROR says another (needed on Ubuntu).
mirror() {
    # shellcheck disable=SC2016  # the dollars are apt's, not the shell's
    apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)' 'Created-By: Packages' |
        grep -v -e -security | sed -n 's/^\(Debian\)*|\([^|]*\/debian\/\)|.*/\2/p' | head -n 1
}

# Only the running of Python is wanted. dpkg is not asked to remove: nothing is ever installed on top.
slim() {
    rm -rf "$1"/var/lib/apt "$1"/var/lib/dpkg "$1"/var/cache "$1"/var/log "$1"/usr/lib/apt "$1"/usr/share/perl* \
        "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/info "$1"/usr/share/locale "$1"/usr/share/i18n \
        "$1"/usr/bin/apt* "$1"/usr/bin/dpkg* "$1"/usr/bin/perl* "$1"/usr/lib/*/perl-base "$1"/usr/share/lintian
    mkdir -p "$1"/var/cache "$1"/var/log
}

can_apt || die "no registry answers and a base image can be made only as root on Debian or Ubuntu.
Get the image python:3.11-slim-bookworm onto this engine (docker pull, or docker load from another machine)."
{ command -v debootstrap && [ -f $KEYS ]; } >/dev/null || apt_install debootstrap debian-archive-keyring
from=${DEBIAN_MIRROR:-$(mirror)}
[ -n "$from" ] || die "apt names no Debian mirror here; set DEBIAN_MIRROR to the address of one."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
say "debootstrap of bookworm with Python; takes about a minute"
debootstrap --force-check-gpg --keyring=$KEYS --variant=minbase \
    --include=python3,libpython3-stdlib,libgomp1,libstdc++6 bookworm "$root" "$from" >.cache/debootstrap.log 2>&1 || {
    tail -n 20 .cache/debootstrap.log >&2
    die "debootstrap failed; its whole output is in .cache/debootstrap.log"
}
slim "$root"
tar -C "$root" --numeric-owner --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* -cf "$1" .
say "base file system written, $(($(wc -c <"$1") / 1000000)) MB"
