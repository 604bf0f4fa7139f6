#!/bin/sh
# Entry point of the database image that is made where the official one cannot be pulled. Takes PGDATA, POSTGRES_USER,
# POSTGRES_DB and POSTGRES_PASSWORD_FILE in the official image's meanings; nothing else of it.
set -eu
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"

# A folder in the making has another name: a kill in the middle must not leave half a database that looks whole.
make_database() {
    : "${POSTGRES_PASSWORD_FILE:?names a file with the password of the database}"
    rm -rf "$PGDATA.new"
    initdb -D "$PGDATA.new" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -E UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256
    echo 'host all all all scram-sha-256' >>"$PGDATA.new/pg_hba.conf"
    if [ "$POSTGRES_DB" != postgres ]; then
        echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -j -D "$PGDATA.new" postgres
    fi
    mv "$PGDATA.new" "$PGDATA"
}

case ${1:-} in
'' | -*) ;;
*) exec "$@" ;; # another program, such as psql
esac
[ -s "$PGDATA/PG_VERSION" ] || make_database
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
