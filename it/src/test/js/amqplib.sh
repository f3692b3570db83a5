#!/bin/sh
# Runs amqplib's own test suite, as its npm package carries it, against URL; TAP on standard output.
# FOLDER keeps the package between runs. Exit code 3: the package could not be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=1.0.0

if [ ! -f "$FOLDER/complete" ]; then
  mkdir -p "$FOLDER"
  cd "$FOLDER"
  {
    npm pack --silent "amqplib@$version" && tar xzf "amqplib-$version.tgz" && cd package &&
      npm install --omit=dev --ignore-scripts --no-audit --no-fund &&
      npm install --no-save --ignore-scripts --no-audit --no-fund claire@0.4.1
  } >"$FOLDER/npm.log" 2>&1 || { tail -5 "$FOLDER/npm.log"; exit 3; }
  : >"$FOLDER/complete"
fi
cd "$FOLDER/package"
NODE_OPTIONS="--require $here/redirect.js" exec node --test --test-reporter=tap test/*.test.js
