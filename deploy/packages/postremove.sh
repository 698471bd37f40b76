#!/bin/sh
# After a removal. Configuration and data stay, unless dpkg was told to purge: then nothing is left.
set -e

if [ "${1:-}" = purge ]; then
  rm -rf /etc/opsbot /etc/systemd/system/opsbot.service.d /var/lib/opsbot /var/lib/private/opsbot /run/opsbot
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
