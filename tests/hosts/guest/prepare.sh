#!/bin/sh
# prepare.sh ROOT CHECKOUT: turns a debootstrapped tree into a guest. Under systemd a unit starts the work; without
# systemd plain-init is the first process, and the engine is started as .ci/engine does on any such machine.
set -eu
root=$1
here=$(dirname "$0")

echo guest >"$root/etc/hostname"
echo "127.0.0.1 localhost guest" >"$root/etc/hosts"
echo "/dev/root / ext4 defaults 0 1" >"$root/etc/fstab"
mkdir -p "$root/etc/docker" "$root/share" "$root/host" "$root$2"
echo '{"bridge":"none","iptables":false,"ip6tables":false}' >"$root/etc/docker/daemon.json"
cp "$here/begin.sh" "$root/root/work" && chmod +x "$root/root/work"
cp "$here/plain-init.sh" "$root/root/plain-init" && chmod +x "$root/root/plain-init"
[ -d "$root/run/systemd" ] || [ -x "$root/lib/systemd/systemd" ] || exit 0

cat >"$root/etc/systemd/system/work.service" <<UNIT
[Service]
ExecStart=/root/work
KillMode=process
Environment=HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
[Install]
WantedBy=multi-user.target
UNIT
wants=$root/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -sf ../work.service "$wants/work.service"
# The work starts the engine, when it has its kernel's modules.
rm -f "$wants/docker.service" "$wants/containerd.service" "$root/etc/systemd/system/sockets.target.wants/docker.socket"
# What a guest without hardware, network and terminal would wait for.
for unit in systemd-timesyncd systemd-networkd systemd-resolved systemd-udevd systemd-udev-trigger \
    systemd-udev-settle getty@tty1 apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer; do
    case $unit in *.*) name=$unit ;; *) name=$unit.service ;; esac
    ln -sf /dev/null "$root/etc/systemd/system/$name"
done
rm -f "$root"/etc/systemd/system/getty.target.wants/*
