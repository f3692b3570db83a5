#!/bin/sh
# Runs the tests of amqp091-go, RabbitMQ's Go client, as Debian's package has them, against AMQP_URL:
# all of them, or those that the regular expression in TESTS means. Writes what `go test -v` writes.
# FOLDER keeps the compiled tests between runs. Exit code 3: they could not be had.
set -eu
package=github.com/rabbitmq/amqp091-go
tests=$FOLDER/tests

if [ ! -x "$tests" ]; then
  mkdir -p "$FOLDER"
  # Debian's libraries are sources under one tree; nothing is fetched.
  GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$FOLDER/cache \
    go test -c -tags integration -o "$tests" "$package" >"$FOLDER/log" 2>&1 || {
    tail -5 "$FOLDER/log"
    exit 3
  }
fi
cd "/usr/share/gocode/src/$package"
exec "$tests" -test.v -test.timeout 170s "-test.run=${TESTS:-.}" "-test.count=${TIMES:-1}"
