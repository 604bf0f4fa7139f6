#!/bin/sh
# steps.sh OUT STEPS: what is tried on each machine, from the checkout's folder. Each step leaves its output in OUT/NAME.txt
# and a line in OUT/steps.txt: name, exit status, seconds.
#
#   doctor     every control in force
#   grade      the small course: what a machine must see is in grade.py
#   container  the tests of sandboxes and of confined processes
#   hostile    submissions of five families that go for memory, processes and the processor
out=$1 wanted=$2
data=$(mktemp -d)
hostile="37_ or 38_ or 39_ or 41_ or 46_"

step() { # step NAME COMMAND..., if it is one of the steps that are wanted
    name=$1 begun=$(date +%s)
    shift
    case " $wanted " in *" $name "*) ;; *) return ;; esac
    "$@" >"$out/$name.txt" 2>&1
    status=$?
    sync
    echo "$name $status $(($(date +%s) - begun))" >>"$out/steps.txt"
}

tests() {
    .venv/bin/python -m pytest -q -p no:cacheprovider -p tests.hosts.patience -rs "$@"
}

groups=v1
[ ! -f /sys/fs/cgroup/cgroup.controllers ] || groups=v2
engine=$(docker version --format '{{.Server.Version}}') driver=$(docker info --format '{{.CgroupDriver}}')
printf '%s\n' "Linux $(uname -r)" "control groups $groups" "Docker ${engine%+*} ($driver)" >"$out/machine.txt"
step doctor .venv/bin/python -m tests.hosts.patience grader.cli doctor --data "$data"
step grade .venv/bin/python -m tests.hosts.grade --json "$out/graded.json"
step container tests tests/integration/sandbox/test_container.py tests/integration/confined
step hostile tests tests/hostile/test_hostile.py -k "$hostile"
rm -rf "$data"
