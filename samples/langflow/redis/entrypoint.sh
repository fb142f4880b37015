#!/bin/sh
# The password goes in by standard input: on the command line every process list would show it.
set -eu
: "${REDIS_PASSWORD:?must be set}"
exec redis-server /etc/redis/langflow.conf - <<CONF
requirepass "$REDIS_PASSWORD"
CONF
