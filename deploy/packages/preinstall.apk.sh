#!/bin/sh
# Alpine: the user that the service runs as, and its folder.
set -e

if ! getent passwd opsbot >/dev/null; then
  addgroup -S opsbot
  adduser -S -D -H -h /var/lib/opsbot -s /sbin/nologin -G opsbot -g opsbot opsbot
fi
