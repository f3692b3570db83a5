#!/bin/sh
# librabbitmq's command line tools, unchanged.
set -eu

tool() {
  name=$1
  shift
  timeout 30 "amqp-$name" --url="$AMQP_URL" "$@"
}
check() {
  [ "$2" = "$3" ] || { echo "FAILED: $1: expected '$2', got '$3'"; exit 1; }
  echo "ok: $1"
}

check "declare" "$NAME" "$(tool declare-queue -d -q "$NAME")"
tool publish -r "$NAME" -p -b "hello"
check "get" "hello" "$(tool get -q "$NAME")"
code=0
tool get -q "$NAME" >/dev/null || code=$?
check "get from an empty queue exits with 2" 2 "$code"
printf 'one\ntwo\nthree\n' | tool publish -r "$NAME" -l
check "consume" "one two three" "$(tool consume -q "$NAME" -c 3 cat | tr '\n' ' ' | sed 's/ $//')"
check "delete" 0 "$(tool delete-queue -q "$NAME")"
code=0
tool get -q "$NAME" >/dev/null 2>&1 || code=$?
[ "$code" -ne 0 ] || { echo "FAILED: get from a missing queue"; exit 1; }
echo "ok: get from a missing queue is an error"
