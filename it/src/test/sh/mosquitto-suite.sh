#!/bin/sh
# Makes Mosquitto's own broker scripts ready to run in FOLDER, which is kept between runs: from Debian's
# source package. Leaves FOLDER/list (the scripts that need no configuration, without .py); FOLDER/test
# is theirs, and FOLDER/src/mosquitto runs the program that the variable BROKER names.
# Exit code 3: the package could not be had.
set -eu
package=mosquitto
version=2.0.21
suite=trixie

fail() {
  tail -5 "$FOLDER/log" >&2
  echo "mosquitto: $1" >&2
  exit 3
}

# Debian's list of source packages, in directories of our own: the system's stay as they are. The
# release is named, so that everybody runs the same scripts.
sources() {
  mkdir -p "$FOLDER/apt/parts" "$FOLDER/apt/lists/partial" "$FOLDER/apt/archives/partial"
  from=$(grep -hE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    grep -Eo 'https?://[^ ]+/debian/?( |$)' | head -1)
  [ -n "$from" ] || return 1
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from $suite main" >"$FOLDER/apt/parts/debian.list"
  set -- -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$FOLDER/apt/parts" \
    -o "Dir::State::Lists=$FOLDER/apt/lists" -o "Dir::Cache=$FOLDER/apt" -o APT::Sandbox::User=
  apt-get "$@" update || return 1
  cd "$FOLDER"
  # Only the upstream archive matters; a mirror may lack the others, and apt then says it failed.
  apt-get "$@" source --download-only "$package" || true
  archive="${package}_$version.orig.tar.gz"
  grep " $archive\$" ./*.dsc | grep -Eo '\b[0-9a-f]{64}\b' | head -1 | sed "s|\$|  $archive|" | sha256sum -c &&
    tar xzf "$archive" --strip-components=1 "$package-$version/test"
}

# In the order in which their own list has them; those with bridges write configurations elsewhere.
list() {
  cd "$FOLDER/test/broker"
  sed -n "s/^[^#]*([0-9], '\.\/\(.*\)\.py').*/\1/p" test.py | grep -v '^06-bridge-clean-session' |
    while read -r script; do
      grep -Eq "write_config|\.conf\b|use_conf|'-c'" "$script.py" || echo "$script"
    done
}

[ ! -f "$FOLDER/complete" ] || exit 0
rm -rf "$FOLDER"
mkdir -p "$FOLDER/src"
: >"$FOLDER/log"
(sources) >>"$FOLDER/log" 2>&1 || fail "Debian's source package $package $version could not be had"
printf '#!/bin/sh\nexec "$BROKER" "$@"\n' >"$FOLDER/src/mosquitto"
chmod +x "$FOLDER/src/mosquitto"
list >"$FOLDER/list"
[ -s "$FOLDER/list" ] || fail "the package has no scripts"
: >"$FOLDER/complete"
