#!/bin/sh
# Finds Paho's interoperability suites and leaves their folder's name in FOLDER/suite.
# SUITE, where it is set, names a checkout of ours to use. Exit code 3: they could not be had.
#
# No package of Debian, npm or Maven Central holds them, only their project's repository does.
set -eu
project=eclipse/paho.mqtt.testing
commit=9d7bb80bb8b9d9cfc0b52f8cb4c1916401281103

usable() {
  [ -f "$1/interoperability/client_test.py" ] && [ -f "$1/interoperability/client_test5.py" ]
}

mkdir -p "$FOLDER"
if [ -n "${SUITE:-}" ]; then
  usable "$SUITE" || { echo "$SUITE is no checkout of $project: it has no interoperability/client_test5.py" >&2; exit 3; }
  (cd "$SUITE" && pwd) >"$FOLDER/suite"
  exit 0
fi
checkout=$FOLDER/paho.mqtt.testing
if ! usable "$checkout"; then
  rm -rf "$checkout"
  command -v git >/dev/null 2>&1 &&
    GIT_TERMINAL_PROMPT=0 timeout 60 git clone --quiet "https://github.com/$project" "$checkout" >"$FOLDER/log" 2>&1 &&
    git -C "$checkout" checkout --quiet "$commit" >>"$FOLDER/log" 2>&1 || {
    rm -rf "$checkout"
    echo "GitHub's repository $project could not be cloned. Get it by other means, check out $commit, and say ./dev conformance mqtt --suite FOLDER" >&2
    exit 3
  }
fi
echo "$checkout" >"$FOLDER/suite"
