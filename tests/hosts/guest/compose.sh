#!/bin/bash
# compose.sh OUT: the service as docker-compose.yml has it, by each Compose that there is: the guest's own, and
# Compose 1 of the machine below. Each grades a submission, is created again, and grades another.
out=$1
export GRADER_SECRETS_DIR=$PWD/secrets GRADER_COURSE_DIR=$PWD/tests/hosts/course
export GRADER_SOCKETS_DIR=/run/grader COMPOSE_PROJECT_NAME=hosts COMPOSE_FILE=docker-compose.yml:tests/hosts/guest/compose.yml

mkdir -p "$GRADER_SECRETS_DIR" "$GRADER_SOCKETS_DIR"
# Those that nobody needs to fill in stay empty, as .ci/deploy makes them.
sed -n 's,.*SECRETS_DIR:-./secrets}/,,p' docker-compose.yml | while read -r secret; do : >"$GRADER_SECRETS_DIR/$secret"; done
for secret in database_password metrics_token; do
    head -c 24 /dev/urandom | base64 >"$GRADER_SECRETS_DIR/$secret"
done
chmod 0444 "$GRADER_SECRETS_DIR"/*

step() { # step NAME COMMAND...
    name=$1 begun=$(date +%s)
    shift
    .venv/bin/python -m tests.hosts.compose "$@" >"$out/$name.txt" 2>&1
    echo "$name $? $(($(date +%s) - begun))" >>"$out/steps.txt"
}

version=$(docker-compose version --short)
step "compose-$version" docker-compose
# Compose 1 as the machine below has it, with that machine's Python: its files, this guest's checkout and engine.
if [ "${version%%.*}" != 1 ] && [ -x /host/usr/bin/docker-compose ] && head -1 /host/usr/bin/docker-compose | grep -q python; then
    for folder in /run "$PWD" /proc /dev; do mount --rbind "$folder" "/host$folder"; done
    printf '#!/bin/sh\nexec chroot /host /usr/bin/env -C "%s" /usr/bin/docker-compose "$@"\n' "$PWD" >/root/compose1
    chmod +x /root/compose1
    export COMPOSE_API_VERSION=1.44
    step "compose-$(/root/compose1 version --short)" /root/compose1
fi
