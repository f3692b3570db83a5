#!/bin/sh
# Makes the test suite of RabbitMQ's Java client ready to run in FOLDER, which is kept between runs:
# the sources from Debian's source package, compiled against the client's jar from Maven Central.
# Leaves FOLDER/classpath, FOLDER/list (the classes with tests) and FOLDER/java (what runs them: of
# 2017, they want a Java that still has Thread.stop, where there is one).
# Exit code 3: the sources or the jars could not be had.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
package=rabbitmq-java-client
version=5.0.0

fail() {
  tail -5 "$FOLDER/log" >&2
  echo "java-client: $1" >&2
  exit 3
}

# Debian's package lists with source packages, in directories of our own: the system's stay as they are.
sources() {
  command -v apt-get >/dev/null 2>&1 || fail "no apt-get here"
  mkdir -p "$FOLDER/apt/parts" "$FOLDER/apt/lists/partial" "$FOLDER/apt/archives/partial"
  for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$list" ] || grep -q debian.org "$list" || continue
    [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$FOLDER/apt/parts/$(basename "$list")"
  done
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$list" ] || ! grep -q debian.org "$list" ||
      sed -n 's/^deb /deb-src /p' "$list" >"$FOLDER/apt/parts/$(basename "$list" .list).list"
  done
  set -- -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$FOLDER/apt/parts" \
    -o "Dir::State::Lists=$FOLDER/apt/lists" -o "Dir::Cache=$FOLDER/apt" -o APT::Sandbox::User=
  apt-get "$@" update || return 1
  cd "$FOLDER"
  # Only the upstream archive matters; a mirror may lack the others, and apt then says it failed.
  apt-get "$@" source --download-only "$package" || true
  archive="${package}_$version.orig.tar.gz"
  grep " $archive\$" ./*.dsc | grep -Eo '\b[0-9a-f]{64}\b' | head -1 | sed "s|\$|  $archive|" | sha256sum -c &&
    tar xzf "$archive"
}

if [ ! -f "$FOLDER/complete" ]; then
  rm -rf "$FOLDER"
  mkdir -p "$FOLDER"
  : >"$FOLDER/log"
  (sources) >>"$FOLDER/log" 2>&1 || fail "Debian's source package $package could not be had"
fi
suite=$FOLDER/$package-$version
if [ ! -f "$FOLDER/complete" ] || [ -n "$(find "$here/java-client" -newer "$FOLDER/complete")" ]; then
  mvn -B -q -f "$here/java-client/pom.xml" "-Dsuite=$suite" "-Doutput=$FOLDER/build" \
    test-compile dependency:build-classpath "-Dmdep.outputFile=$FOLDER/jars" >>"$FOLDER/log" 2>&1 ||
    fail "the suite could not be compiled"
  echo "$FOLDER/build/classes:$FOLDER/build/test-classes:$suite/src/test/resources:$(cat "$FOLDER/jars")" >"$FOLDER/classpath"
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  case "$(java -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p')" in
    17 | 18 | 19) java=$(command -v java) ;;
  esac
  echo "$java" >"$FOLDER/java"
  "$java" -cp "$(cat "$FOLDER/classpath")" dev.parley.it.foreign.ClassRun list "$FOLDER/build/test-classes" >"$FOLDER/list" 2>>"$FOLDER/log" ||
    fail "the suite's classes could not be listed"
  : >"$FOLDER/complete"
fi
