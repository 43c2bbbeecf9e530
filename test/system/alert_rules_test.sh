#!/bin/bash
# docs/prometheus/nem12-alerts.yml by promtool: the rules can be read, each fires when it should (test/prometheus), and not else.
set -eu
cd "$(dirname "$0")/../.."
promtool=${NEM12_PROMTOOL:-promtool}
if ! command -v "$promtool" > /dev/null; then
    echo "no promtool (Debian package prometheus, or NEM12_PROMTOOL): the alert rules are NOT tested"
    exit 77
fi
"$promtool" check rules docs/prometheus/nem12-alerts.yml
"$promtool" test rules test/prometheus/nem12-alerts.test.yml

# Every alert has a case in which it fires, and one in which it does not.
for alert in $(sed -n 's/^ *- alert: //p' docs/prometheus/nem12-alerts.yml); do
    grep -qE "alertname: $alert, exp_alerts: \[\]" test/prometheus/nem12-alerts.test.yml || { echo "$alert: never seen not to fire" && exit 1; }
    grep -qE "alertname: $alert\$" test/prometheus/nem12-alerts.test.yml || { echo "$alert: never seen to fire" && exit 1; }
    grep -q "^#### $alert\$" docs/operations.md || { echo "$alert: not in the runbook of docs/operations.md" && exit 1; }
done
