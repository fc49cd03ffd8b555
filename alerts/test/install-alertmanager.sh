#!/bin/sh
# Installs Debian's Alertmanager for alertmanager.test.ts; the daemon itself is not started.
set -eu
apt-get update
RUNLEVEL=1 apt-get install -y --no-install-recommends prometheus-alertmanager
