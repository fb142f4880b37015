#!/bin/sh
# nginx asks the DNS anew, and starts without a backend, only when the address is a variable; then it needs a name server
# and a full name, because it neither reads resolv.conf nor knows its search domains.
set -eu
nameserver=$(awk '$1 == "nameserver" { print $2 ~ /:/ ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
domain=$(awk '$1 == "search" { print $2; exit }' /etc/resolv.conf)
host=${BACKEND%:*}
case $host in
  *.*) ;;
  *) host=$host${domain:+.$domain} ;;
esac
cat >/tmp/backend.conf <<CONF
resolver $nameserver valid=5s;
map \$host \$backend { default $host:${BACKEND##*:}; }
CONF
exec "$@"
