#!/bin/bash
# In a new Debian: the archive for PGXN, beside this script, installed, loaded and checked by pgxnclient.
set -euo pipefail
cd "$(dirname "$0")"
apt-get update -qq
apt-get install -y -qq --no-install-recommends pgxnclient postgresql-server-dev-all g++ make sudo
apt-get install -y -qq --no-install-recommends postgresql
pg_lsclusters -h | while read -r version name _ state _; do [ "$state" = online ] || pg_ctlcluster "$version" "$name" start; done
sudo -u postgres createuser --superuser root
createdb meters
pgxn install --yes ./nem12-*.zip
pgxn load --yes -d meters ./nem12-*.zip
psql -XAtqc 'SELECT nem12_nmi_is_valid($$QAAAVZZZZZ$$)' meters
pgxn check ./nem12-*.zip
pgxn unload --yes -d meters ./nem12-*.zip
pgxn uninstall --yes ./nem12-*.zip
