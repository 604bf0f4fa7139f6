#!/bin/bash
# What a guest does, begun by begin.sh: takes the checkout's present code, .venv and images from the machine below it,
# starts an engine, goes through the steps and runs the service in Compose, leaves what it found in the shared folder,
# and powers off.
. /share/code/tests/hosts/guest/begin.sh
# same PATH: a folder of the machine in the same place.
same() { mkdir -p "$1" && mount --bind "/host$1" "$1"; }
# load NAME: an image of the machine, unless this very one is loaded.
load() {
    cmp -s "$work/images/$1.id" "/var/lib/docker/loaded-$1" && return
    docker rmi -f "$(cat "$work/images/$1.name")" >/dev/null 2>&1 # half of it, where a guest was ended while it loaded
    docker load -q -i "$work/images/$1.tar" && cp "$work/images/$1.id" "/var/lib/docker/loaded-$1"
}

work=/host$(word work)
checkout=$(word checkout)
touch /share/up
exec >/share/out.txt 2>&1
below /host /host && mount -o bind,remount,ro /host
chmod a+x /root # the interpreter may be in it, and suite processes have users of their own
same "$(word venv)"
same "$(word python)"
mkdir -p /lib/modules "$checkout"
mount --bind "$work/kernels/$(word kernel)/usr/lib/uml/modules" /lib/modules
modprobe -a overlay bridge veth
rm -rf "${checkout:?}" && cp -a /share/code "$checkout" && cd "$checkout" || exit 1
[ -e .venv ] || ln -s "$(word venv)" .venv
[ -f /swap ] || { dd if=/dev/zero of=/swap bs=1M count=1024 status=none && chmod 600 /swap && mkswap -q /swap; }
swapon /swap
if [ -d /run/systemd/system ]; then systemctl start docker; else .ci/engine; fi
steps=$(cat /share/wanted.txt)
GRADER_SANDBOX_IMAGE=$(cat "$work/images/sandbox.name")
export GRADER_SANDBOX_IMAGE
load sandbox
export TMPDIR=/var/tmp
sh tests/hosts/steps.sh /share "$steps"
case $steps in *compose*)
    load service && load database
    GRADER_POSTGRES_IMAGE=$(cat "$work/images/database.name") GRADER_SERVICE_IMAGE=$(cat "$work/images/service.name") \
        bash tests/hosts/guest/compose.sh /share
    ;;
esac
sync
touch /share/done
sync
if [ -d /run/systemd/system ]; then systemctl poweroff; else echo o >/proc/sysrq-trigger; fi
