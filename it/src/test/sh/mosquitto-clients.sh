#!/bin/sh
# Mosquitto's command line clients, unchanged: every QoS in both versions, and a session that goes on.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

pub() { timeout 40 mosquitto_pub -h 127.0.0.1 -p "$MQTT_PORT" "$@"; }
sub() { timeout 40 mosquitto_sub -h 127.0.0.1 -p "$MQTT_PORT" "$@"; }

check() {
  [ "$2" = "$3" ] || { echo "FAILED: $1: expected '$2', got '$3'"; exit 1; }
  echo "ok: $1"
}

for version in mqttv311 mqttv5; do
  # In MQTT 5, -c asks for a session without end.
  session="-V $version -c -i cli$$$version"
  for qos in 0 1 2; do
    topic=$NAME/$version/$qos
    pub -V "$version" -t "$topic" -q "$qos" -r -m "kept $qos"
    check "$version retained at QoS $qos" "$qos 1 kept $qos" "$(sub -V "$version" -t "$topic" -q "$qos" -F '%q %r %p' -C 1)"
    pub -V "$version" -t "$topic" -q "$qos" -r -n
  done
  # shellcheck disable=SC2086
  sub $session -q 2 -t "$NAME/$version/away/#" -E
  for number in 1 2 3 4; do
    pub -V "$version" -q $((1 + number / 3)) -t "$NAME/$version/away/x" -m "$number"
  done
  # shellcheck disable=SC2086
  check "$version session goes on" "1 1 1 2 2 3 2 4" "$(sub $session -q 2 -t "$NAME/$version/away/#" -F '%q %p' -C 4 | tr '\n' ' ' | sed 's/ $//')"
  # shellcheck disable=SC2086
  sub -V "$version" -i "cli$$$version" -t none -E
done
(sub -V mqttv5 -q 1 -t "$NAME/live" -F '%p %P' -C 1 >"$scratch/live") &
reader=$!
# Until the reader is there, or has given up: a retained one would not be live.
while kill -0 "$reader" 2>/dev/null; do
  pub -V mqttv5 -q 1 -t "$NAME/live" -m live -D publish user-property name value
done
wait "$reader"
check "live, with a user property" "live name:value" "$(cat "$scratch/live")"
