#!/bin/sh
# Unpacks Debian's Alertmanager for alertmanager.test.ts into a folder of its own (default: beside this script). Needs no root; nothing of
# the system is changed.
set -eu
folder=${1:-$(dirname "$0")/.alertmanager}
mkdir -p "$folder"
cd "$folder"
apt-get download prometheus-alertmanager
dpkg-deb --extract prometheus-alertmanager_*.deb .
rm prometheus-alertmanager_*.deb
./usr/bin/prometheus-alertmanager --version
