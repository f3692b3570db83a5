# Builds what ./parley runs, if it has changed. Sourced by ./parley, which sets root.

stamp=$root/target/parley.built
lib=$root/cli/target/lib
lock=$root/target/parley.lock

# Whether the last build has seen all sources as they are; a directory changes when a file goes.
fresh() {
  [ -f "$stamp" ] && [ -d "$lib" ] || return 1
  changed=$(find "$root/pom.xml" "$root/api" "$root/core" "$root/front" "$root/node" "$root/client" "$root/cli" \
    \( -name target -o -path '*/src/test' \) -prune -o \
    \( -path '*/src/main*' -o -name pom.xml \) -newer "$stamp" -print 2>/dev/null | head -n 1)
  [ -z "$changed" ]
}

# One build at a time: the second caller waits for the first. A lock whose holder is gone is removed.
take_lock() {
  waited=0
  while ! mkdir "$lock" 2>/dev/null; do
    holder=$(cat "$lock/pid" 2>/dev/null) || holder=
    if { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; } || { [ -z "$holder" ] && [ "$waited" -gt 10 ]; }; then
      # Renaming succeeds for one of several that wait.
      mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$"
      continue
    fi
    [ "$waited" = 0 ] && echo 'parley: another build is under way; waiting for it' >&2
    sleep 1
    waited=$((waited + 1))
  done
  echo $$ >"$lock/pid"
}

drop_lock() {
  rm -rf "$lock"
}

interrupted() {
  [ -z "${maven:-}" ] || kill "$maven" 2>/dev/null || true
  drop_lock
  exit 130
}

build() {
  need_maven || return 1
  mkdir -p "$root/target" || return 1
  take_lock
  trap drop_lock EXIT
  trap interrupted INT TERM HUP
  code=0
  fresh || compile || code=$?
  drop_lock
  trap - EXIT INT TERM HUP
  return "$code"
}

compile() {
  log=$root/target/build.log
  printf 'parley: building, about a minute the first time (log in target/build.log) ' >&2
  # What changes from here on is for the next build.
  touch "$stamp.begun"
  # Of a library that has another version now the old one must not stay on the class path.
  rm -rf "$lib"
  # Archives of the classes that were: the JVM would pass over them, and never replace them.
  rm -f "$root/target/parley-node.jsa" "$root/target/parley-tool.jsa"
  (cd "$root" && exec mvn -B -q -Dstyle.color=never package -DskipTests -pl cli -am -Dspotless.check.skip=true >"$log" 2>&1) &
  maven=$!
  while kill -0 "$maven" 2>/dev/null; do
    [ ! -t 2 ] || printf '.' >&2
    sleep 1
  done
  if wait "$maven"; then
    maven=
    mv "$stamp.begun" "$stamp"
    echo ' done' >&2
    return 0
  fi
  maven=
  echo ' failed' >&2
  grep '^\[ERROR\]' "$log" | head -n 3 >&2 || true
  echo "parley: the build failed; all of it is in $log" >&2
  return 1
}
