#!/bin/bash
# In a new Debian: README.md's first five minutes with the packages of the version before, then the upgrade, then the end.
# scripts/check-packages lays out this directory: steps/NN.sh with NN.out of README.md, previous/ and current/ with packages.
set -euo pipefail
cd "$(dirname "$0")"
steps=$PWD/steps/*.sh
[ -e "$(echo $steps | cut -d' ' -f1)" ] || { echo "README.md has no steps" && exit 1; }

# What every Debian has that people work on.
apt-get update -qq
apt-get install -y -qq --no-install-recommends sudo procps

psql() { sudo -u postgres psql -XAtq -d meters "$@"; }
say() { echo "--- $*"; }

# Debian starts the servers when it installs them, but not in a chroot.
servers() {
    command -v pg_lsclusters > /dev/null || return 0
    pg_lsclusters -h | while read -r version name _ state _; do
        [ "$state" = online ] || pg_ctlcluster "$version" "$name" start
    done
    redis-cli ping > /dev/null 2>&1 || sudo -u redis redis-server /etc/redis/redis.conf --daemonize yes > /dev/null
    until redis-cli ping > /dev/null 2>&1; do sleep 0.1; done
}

# loaded FILES: until the ledger has so many.
loaded() {
    for _ in $(seq 300); do
        [ "$(psql -c 'SELECT count(*) FROM nem12_files')" != "$1" ] || return 0
        sleep 0.1
    done
    echo "FAILED: not loaded after 30 s" && cat /var/log/nem12-loader.service.log && exit 1
}

cd previous
for step in $steps; do
    say "README.md, $(basename "$step" .sh)"
    cat "$step"
    bash -euo pipefail "$step" > /tmp/got 2>&1 || { cat /tmp/got && echo "FAILED: $step" && exit 1; }
    cat /tmp/got
    servers
    if grep -q /inbox "$step"; then loaded 1; fi
    expected=${step%.sh}.out
    [ ! -e "$expected" ] || diff "$expected" <(sed 's/ *$//; /^$/d' /tmp/got) || { echo "FAILED: $step prints something else" && exit 1; }
done
cd ..

say 'upgrade, with data in place and the configuration edited'
before=$(psql -c 'SELECT count(*), sum(consumption) FROM meter_readings')
cp /etc/nem12/config.toml edited.toml
apt-get install -y -qq -o Dpkg::Options::=--force-confold ./current/*.deb
systemctl restart nem12-loader
psql -c 'ALTER EXTENSION nem12 UPDATE'
[ "$(psql -c 'SELECT count(*), sum(consumption) FROM meter_readings')" = "$before" ] || { echo 'FAILED: the readings are not the same' && exit 1; }
cmp /etc/nem12/config.toml edited.toml
nem12-loader generate --interval 30 --nmis 3 --days 10 --seed 2 --start 2025-05-01 -o second.csv
install -o nem12 -g nem12 second.csv /var/lib/nem12/inbox/
loaded 2

say 'the containers: what starts PostgreSQL in one, with the commands of container/Containerfile'
install -D -m 755 container/nem12-postgres -t /usr/local/bin
install -D -m 644 container/meters.sql -t /usr/local/share/nem12
export PGDATA=/var/lib/postgresql/data PGPORT=5544
for _ in first second; do # the second finds what the first has made
    POSTGRES_PASSWORD=super NEM12_PASSWORD=loader setsid setpriv --reuid=postgres --regid=postgres --init-groups /usr/local/bin/nem12-postgres > postgres.log 2>&1 &
    for _ in $(seq 300); do ! pg_isready -q -h 127.0.0.1 -d meters || break; sleep 0.1; done
    conninfo='host=127.0.0.1 dbname=meters user=nem12 sslmode=disable'
    NEM12_DATABASE_PASSWORD=loader nem12-loader load --set "database.conninfo=$conninfo" second.csv || { cat postgres.log && exit 1; }
    kill -INT "$(head -1 $PGDATA/postmaster.pid)"
    wait $!
done
unset PGDATA PGPORT

say 'purge'
systemctl stop nem12-loader
apt-get purge -y -qq nem12-loader 'postgresql-*-nem12'
for left in /etc/nem12 /usr/bin/nem12-loader /usr/lib/systemd/system/nem12-loader.service /var/lib/nem12/inbox; do
    [ ! -e $left ] || { echo "FAILED: $left is left" && exit 1; }
done
[ "$(find /var/lib/nem12/archive -type f | wc -l)" = 2 ] || { echo 'FAILED: the meter files are gone' && exit 1; }
getent passwd nem12 > /dev/null || { echo 'FAILED: the owner of the files is gone' && exit 1; }
say 'all as it should be'
