#!/bin/sh
# mqttjs.sh install: mqtt.js from npm into FOLDER, which is kept between runs; code 3: not to be had.
# mqttjs.sh run: the checks with it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=5.16.0

if [ "$1" = install ]; then
  [ ! -f "$FOLDER/complete" ] || exit 0
  mkdir -p "$FOLDER"
  cd "$FOLDER"
  npm install --no-save --ignore-scripts --no-audit --no-fund "mqtt@$version" >"$FOLDER/npm.log" 2>&1 || { tail -5 "$FOLDER/npm.log"; exit 3; }
  : >"$FOLDER/complete"
  exit 0
fi
NODE_PATH="$FOLDER/node_modules" exec node "$here/mqttjs.js"
