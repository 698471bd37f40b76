#!/bin/sh
# Before a removal. Before an upgrade the service goes on: the new version restarts it.
set -e

case "${1:-}" in
  upgrade | failed-upgrade | deconfigure | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl --no-reload disable --now opsbot.service || true
elif command -v rc-service >/dev/null; then
  rc-service --ifstarted opsbot stop || true
  rc-update del opsbot || true
fi
