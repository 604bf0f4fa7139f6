# Shared by the set-up scripts (sourced from the root of the project, not run): plain lines with seconds, one run at
# a time, Debian packages. Does not decide what to install; setup and engine do.

script=${0##*/}
started=$(date +%s)
mkdir -p .cache

# say WORDS...: one line with the seconds since the script began.
say() {
    printf '%s [%3d s] %s\n' "$script" "$(($(date +%s) - started))" "$*"
}

# die WORDS...: what happened and what to do, then stop.
die() {
    printf '%s: %s\n' "$script" "$*" >&2
    exit 1
}

# one_at_a_time: a second run of the same script waits here. macOS has no flock; there two runs are yours to avoid.
one_at_a_time() {
    exec 9>".cache/$script.lock"
    if command -v flock >/dev/null; then flock 9; fi
}

# can_apt: may we install Debian packages here?
can_apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# apt_install PACKAGES...: refreshes the package lists only when they turn out to be missing or too old. Scripts that
# run side by side take turns: apt's own locks make the second one fail.
apt_install() {
    exec 8>.cache/apt.lock
    flock 8
    say "installing Debian packages: $*"
    log=$PWD/.cache/apt-$script.log
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get install -y -q "$@" >"$log" 2>&1 8>&- 9>&-; then
        apt-get update -q >>"$log" 2>&1 8>&- 9>&- || say "apt-get update had errors; going on with the lists there are"
        apt-get install -y -q "$@" >>"$log" 2>&1 8>&- 9>&- || {
            tail -n 20 "$log" >&2
            die "apt-get could not install $*; its whole output is in $log"
        }
    fi
    exec 8>&-
}
