#!/bin/sh
# kernel.sh TREE SUITE MIRROR: Debian's kernel for User-mode Linux of another suite, with its modules and the libraries
# that it needs, as a small tree in which boot.sh runs it.
set -eu
tree=$1
apt=$tree/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$tree/root" "$tree/proc" "$tree/dev" "$tree/tmp" "$tree/host"
echo "deb $3 $2 main" >"$apt/sources.list"
echo "Dir::Etc { sourcelist \"$apt/sources.list\"; sourceparts \"/dev/null\"; };
Dir::State::lists \"$apt/lists\"; Dir::Cache \"$apt/cache\"; APT::Sandbox::User \"root\";" >"$apt/apt.conf"
export APT_CONFIG="$apt/apt.conf"
apt-get -q update >"$tree/apt.log" 2>&1
cd "$apt" && apt-get -q download user-mode-linux libc6 libgcc-s1 >>"$tree/apt.log" 2>&1
for package in ./*.deb; do dpkg -x "$package" "$tree"; done
# Some suites keep these in /usr and some do not; the kernel asks for the short names.
[ -e "$tree/lib" ] || ln -s usr/lib "$tree/lib"
[ -e "$tree/lib64" ] || ln -s usr/lib64 "$tree/lib64"
rm -rf "$apt"
