#!/bin/sh
# Runs Debian's RabbitMQ on loopback, unprivileged, in a temporary directory, so that the client
# tests can be checked against the reference:
#
#   it/src/test/sh/reference-broker.sh 35672          runs in the foreground until SIGTERM or Ctrl-C
#   PARLEY_IT_AMQP_URL=amqp://guest:guest@127.0.0.1:35672/%2f mvn test -pl it -am
#
# Its directory, which the last line names, holds two programs for the tests of others: `rabbitmqctl`,
# and `make` with the targets of RabbitMQ's own build that they ask for; and `reset`, which empties
# the broker.
#
# Needs the package rabbitmq-server (installed without its service started: a policy-rc.d that
# exits 101) and, when run as root, the user `rabbitmq` that the package makes.
set -eu

port="${1:-35672}"
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$server" ] || { echo "reference-broker: install the package rabbitmq-server" >&2; exit 1; }

home="$(mktemp -d "${TMPDIR:-/tmp}/parley-reference.XXXXXX")"
mkdir "$home/db" "$home/log"
cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
handshake_timeout = ${REFERENCE_HANDSHAKE_MS:-2000}
disk_free_limit.absolute = 100MB
max_message_size = 16777216
log.console = false
CONF
: >"$home/enabled_plugins"
[ "$(id -u)" != 0 ] || chown -R rabbitmq "$home"

export HOME="$home"
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$((port + 1))"
export RABBITMQ_NODENAME="parley-reference-$port@localhost"
export RABBITMQ_DIST_PORT="$((port + 2))"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
export RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins"
export RABBITMQ_MNESIA_BASE="$home/db" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_LOGS="$home/log/node.log"
export RABBITMQ_CONF_ENV_FILE="$home/none" RABBITMQ_PID_FILE="$home/pid"

# For background use only: the process becomes the command, so that $! is the command itself.
as_user() {
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$@"
  else
    exec "$@"
  fi
}

cat >"$home/rabbitmqctl" <<CTL
#!/bin/sh
cd "$home"
export HOME="$home" ERL_EPMD_ADDRESS=$ERL_EPMD_ADDRESS ERL_EPMD_PORT=$ERL_EPMD_PORT
export RABBITMQ_NODENAME=$RABBITMQ_NODENAME RABBITMQ_CONF_ENV_FILE="$home/none"
as=
[ "\$(id -u)" != 0 ] || as="setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups"
# Of old, lists had no line of titles.
case " \$* " in *" list_connections "*) set -- "\$@" --no-table-headers ;; esac
exec \$as /usr/lib/rabbitmq/bin/rabbitmqctl "\$@"
CTL
cat >"$home/make" <<'MAKE'
#!/bin/sh
set -eu
ctl=$(dirname "$0")/rabbitmqctl
for word in "$@"; do
  case "$word" in SOURCE=*) source=${word#SOURCE=} ;; esac
done
for word in "$@"; do
  case "$word" in
    stop-rabbit-on-node) "$ctl" -q stop_app ;;
    start-rabbit-on-node) "$ctl" -q start_app ;;
    set-resource-alarm) "$ctl" -q eval "rabbit_alarm:set_alarm({{resource_limit, $source, node()}, []})." ;;
    clear-resource-alarm) "$ctl" -q eval "rabbit_alarm:clear_alarm({resource_limit, $source, node()})." ;;
  esac
done
MAKE
# The same, but for the start of an Erlang machine that only asks another to do something.
cat >"$home/reset" <<RESET
#!/bin/sh
code='rabbit:stop(), ok = rabbit_mnesia:reset(), rabbit:start(), ok.'
command -v erl_call >/dev/null 2>&1 || exec "$home/rabbitmqctl" -q eval "\$code"
echo "\$code" | ERL_EPMD_PORT=$ERL_EPMD_PORT erl_call -sname "$RABBITMQ_NODENAME" \
  -c "\$(cat "$home/.erlang.cookie")" -e | grep -q '{ok, ok}'
RESET
chmod +x "$home/rabbitmqctl" "$home/make" "$home/reset"
chmod 755 "$home"

cd "$home"
as_user epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" >"$home/epmd.out" 2>&1 &
epmd=$!
as_user "$server" >"$home/out" 2>&1 &
broker=$!
finish() {
  [ ! -s "$home/pid" ] || kill "$(cat "$home/pid")" 2>/dev/null || true
  kill "$broker" 2>/dev/null || true
  wait "$broker" 2>/dev/null || true
  kill "$epmd" 2>/dev/null || true
  rm -rf "$home"
}
trap 'exit 0' INT TERM
trap finish EXIT

tries=0
until grep -q 'Server startup complete' "$home/log/node.log" 2>/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$broker" 2>/dev/null; then
    echo "reference-broker: did not start" >&2
    tail -20 "$home/out" "$home/log/node.log" >&2 || true
    exit 1
  fi
  sleep 0.2
done
echo "amqp   127.0.0.1:$port"
echo "ready, directory $home"
wait "$broker"
