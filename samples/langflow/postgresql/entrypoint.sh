#!/bin/sh
# Makes the database `langflow` on the first start, and gives the role `langflow` its password on every start, so that a
# new password in the vault takes effect with the restart that it causes.
set -eu
: "${POSTGRESQL_PASSWORD:?is the password of the role langflow and must be set}"

# One statement a line, without a server that others could already reach.
statements() {
  postgres --single -D "$1" postgres >/dev/null
}

if [ ! -d "$PGDATA" ]; then
  # Moved into place at the end: an interrupted first start begins anew.
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username=postgres --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8
  echo 'host all all all scram-sha-256' >>"$PGDATA.new/pg_hba.conf"
  printf '%s\n' 'CREATE ROLE langflow LOGIN' 'CREATE DATABASE langflow OWNER langflow' | statements "$PGDATA.new"
  mv "$PGDATA.new" "$PGDATA"
fi

quoted=$(printf %s "$POSTGRESQL_PASSWORD" | sed "s/'/''/g")
printf "ALTER ROLE langflow PASSWORD '%s'\n" "$quoted" | statements "$PGDATA"
unset POSTGRESQL_PASSWORD quoted
exec "$@"
