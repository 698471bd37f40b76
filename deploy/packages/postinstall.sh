#!/bin/sh
# After an installation or an upgrade, by dpkg, rpm, pacman or apk. A service that runs goes on with the new binary; none is started by
# being installed, since it has nothing to do yet.
set -e

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  if command -v deb-systemd-invoke >/dev/null; then
    deb-systemd-invoke try-restart opsbot.service || true # asks policy-rc.d
  else
    systemctl try-restart opsbot.service || true
  fi
elif command -v rc-service >/dev/null; then
  rc-service --ifstarted opsbot restart || true
fi

# dpkg says "configure" and the version of before, rpm how many are installed now, pacman and apk the version alone.
first=no
case "${1:-}" in
  configure) [ -n "${2:-}" ] || first=yes ;;
  1) first=yes ;;
esac
if [ "$first" = yes ]; then
  echo "opsbot is installed. To set it up and start it: sudo opsbot init"
fi
