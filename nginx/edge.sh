#!/bin/sh
# The edge (load balancer): runs nginx and keeps its list of nodes up to date. The same script runs locally and in a container.
#
#   NODES="127.0.0.1:9001 127.0.0.1:9002"   the nodes' addresses; or
#   NODES_DNS=server:8080                   a DNS name (and port) of which every address is a node
#   PORT=8080                               one port, or several separated by spaces
#   DIALECT_PORTS=off                       on, or a list such as json:8081,events:8765: additional ports for the dialects
#   HOST=                                   address to listen on; empty: all
#   TLS_CERT= TLS_KEY=                      PEM files; if set, the ports serve HTTPS and WSS
#   RUN_DIR=/tmp/hubbub-edge                the only directory that is written to
#   WORKERS=auto  CONNECTIONS=16384         nginx workers, and connections per worker: two for a client on WebSocket
#   ADDRESS_CONNECTIONS=20000               open requests and WebSockets per client address (IPv6: per /64); 0: no limit
#   HEADER_TIMEOUT=15s  BODY_TIMEOUT=15s  SEND_TIMEOUT=60s   for all headers of a request; between two reads of its
#                                           body; between two writes of the response
#   ACCESS_LOG=off  LOG_LEVEL=warn  NGINX=nginx
#
# Every half second, /readyz of each address is requested; the response contains the node's name:
#   ready            the node is in the upstream `cluster`, which gets new sessions, and has its own upstream
#   not ready        the node keeps its own upstream, for its existing sessions
#   does not answer  like "not ready", under its last known name, as long as the address is listed
# nginx is reloaded only if something changes.
set -eu

PORT=${PORT:-8080}
DIALECT_PORTS=${DIALECT_PORTS:-off}
RUN_DIR=${RUN_DIR:-/tmp/hubbub-edge}
NGINX=${NGINX:-nginx}
TLS_CERT=${TLS_CERT:-}
TLS_KEY=${TLS_KEY:-}
here=$(cd "$(dirname "$0")" && pwd)
tab=$(printf '\t')

say() { printf 'edge: %s\n' "$*"; }
fail() {
  say "$*" >&2
  [ -z "${nginx_pid:-}" ] || kill -TERM "$nginx_pid" 2>/dev/null || true
  exit 1
}

[ -n "${NODES:-}${NODES_DNS:-}" ] || fail 'no nodes: set NODES to their addresses, or NODES_DNS to a DNS name and a port.'
for program in "$NGINX" curl; do
  command -v "$program" >/dev/null || fail "$program is missing; install it from your system's packages."
done
[ -z "$TLS_CERT" ] || [ -r "$TLS_CERT" ] || fail "user $(id -u) cannot read TLS_CERT, $TLS_CERT."
[ -z "$TLS_CERT" ] || [ -r "$TLS_KEY" ] || fail "user $(id -u) cannot read TLS_KEY, ${TLS_KEY:-which is not set}."
mkdir -p "$RUN_DIR"
# If nginx is started as root, its workers run as another user, who writes the cache in this directory.
chmod go+x "$RUN_DIR"

# --- the configuration ------------------------------------------------------------------------------------------

# Open files per worker: the system's hard limit, but no more than the worker's connections can use.
connections=${CONNECTIONS:-16384}
files=$(ulimit -Hn)
case $files in
  unlimited) files=$((4 * connections)) ;;
  *) [ "$files" -ge "$connections" ] || connections=$files ;;
esac

address_connections=${ADDRESS_CONNECTIONS:-20000}
case $address_connections in
  *[!0-9]* | ??????????*) fail "ADDRESS_CONNECTIONS is \"$address_connections\"; it must be an integer, 0 for no limit." ;;
esac
for each in "${HEADER_TIMEOUT:-15s}" "${BODY_TIMEOUT:-15s}" "${SEND_TIMEOUT:-60s}"; do
  case $each in
    *[!0-9ms]* | '' | [ms]*) fail "\"$each\" is not a valid timeout; set HEADER_TIMEOUT, BODY_TIMEOUT and SEND_TIMEOUT to values such as 15s." ;;
  esac
done
if [ "$address_connections" -eq 0 ]; then limit_conn=''; else limit_conn="limit_conn address $address_connections;"; fi

quoted() { printf %s "$1" | sed 's/[\&|]/\\&/g'; }
sed -e "s|@RUN_DIR@|$(quoted "$RUN_DIR")|g" \
  -e "s|@WORKERS@|${WORKERS:-auto}|" -e "s|@FILES@|$files|" -e "s|@CONNECTIONS@|$connections|" \
  -e "s|@LIMIT_CONN@|$limit_conn|" -e "s|@HEADER_TIMEOUT@|${HEADER_TIMEOUT:-15s}|" \
  -e "s|@BODY_TIMEOUT@|${BODY_TIMEOUT:-15s}|" -e "s|@SEND_TIMEOUT@|${SEND_TIMEOUT:-60s}|" \
  -e "s|@ACCESS_LOG@|$(quoted "${ACCESS_LOG:-off}")|" -e "s|@LOG_LEVEL@|${LOG_LEVEL:-warn}|" \
  "$here/nginx.conf.template" >"$RUN_DIR/nginx.conf"

case $DIALECT_PORTS in
  on) dialects='strangers:3000 json:8081 events:8765' ;;
  off) dialects='' ;;
  *) dialects=$(printf %s "$DIALECT_PORTS" | tr ',' ' ') ;;
esac

# Maps a request on a dialect's port to its path on the main port, as in server/dialect-ports.ts. The key is the port,
# `websocket` or nothing, and the path.
{
  echo 'map "$server_port $websocket $uri" $dialect_uri {'
  # Not cached per connection: the subrequest /edge/who-answers has a value of its own.
  echo '  volatile;'
  echo "  default '';"
  for each in $dialects; do
    dialect=${each%%:*} port=${each##*:}
    case $dialect in
      json) echo "  '~^$port (websocket)? /ws\$' /ws/json;" ;;
      strangers | events) echo "  '~^$port websocket (?!/socket[.]io/|/edge/)' /ws/$dialect;" ;;
      *) fail "DIALECT_PORTS is \"$DIALECT_PORTS\"; it must be on, off, or a list such as json:8081,events:8765." ;;
    esac
    echo "  '~^$port  /\$' /dialects/$dialect;"
    PORT="$PORT $port"
  done
  echo '}'
} >"$RUN_DIR/dialects.conf"

# reuseport: each worker has its own accept queue, so that long-lived connections are spread evenly over the workers.
# backlog: Linux's default maximum (net.core.somaxconn). When a node dies, thousands of clients reconnect within half a
# second. With nginx's default backlog of 511, the queue overflows, and TCP retries the rejected connections only after 1,
# 2, 4, 8 s.
{
  for port in $PORT; do
    echo "listen ${HOST:-*}:$port${TLS_CERT:+ ssl} reuseport backlog=4096;"
    if [ -z "${HOST:-}" ] && [ -s /proc/net/if_inet6 ]; then
      echo "listen [::]:$port${TLS_CERT:+ ssl} reuseport backlog=4096 ipv6only=on;"
    fi
  done
  if [ -n "$TLS_CERT" ]; then
    echo "ssl_certificate \"$TLS_CERT\";"
    echo "ssl_certificate_key \"$TLS_KEY\";"
    echo 'ssl_protocols TLSv1.2 TLSv1.3;'
    echo 'ssl_session_cache shared:tls:10m;'
    echo 'ssl_session_timeout 1h;'
  fi
} >"$RUN_DIR/listen.conf"

# --- the nodes --------------------------------------------------------------------------------------------------

addresses() {
  if [ -n "${NODES:-}" ]; then
    printf '%s\n' $NODES
  else
    # An empty result is not an error: all nodes may still be starting.
    getent ahostsv4 "${NODES_DNS%:*}" | sed -n "s/ *STREAM.*/:${NODES_DNS##*:}/p" | sort -u || true
  fi
}

# State table, one line per address: address, name, state (ready, waiting, silent), consecutive timeouts.
known=''
recall() { # ADDRESS → $name $state $silences
  name='' state='' silences=0
  while IFS=$tab read -r address_ name_ state_ silences_; do
    [ "$address_" != "$1" ] || { name=$name_ state=$state_ silences=$silences_; }
  done <<LINES
$known
LINES
}

# A single node that times out may be frozen. If more than a third of the nodes time out, the machine is overloaded instead:
# removing and adding them in turns would only cause reloads, each of which leaves old workers running.
many_late() {
  late=$(printf '%s\n' "$answers" | grep -c ' 28$' || true)
  [ $((3 * late)) -gt "$(printf '%s\n' "$listed" | grep -c .)" ] && [ "$late" -gt 1 ]
}

# Updates $known with one request to each address; a single curl sends them in parallel.
ask() {
  # A DNS failure does not remove any node.
  listed=$(addresses)
  [ -n "$listed" ] || listed=$(printf %s "$known" | cut -f 1)
  [ -n "$listed" ] || return 0
  set --
  for address in $listed; do set -- "$@" -o "$RUN_DIR/readyz.$address" "http://$address/readyz"; done
  rm -f "$RUN_DIR"/readyz.*
  answers=$(curl --silent --parallel --parallel-immediate --parallel-max 100 --max-time 1 --noproxy '*' \
    --write-out '%{url_effective} %{http_code} %{exitcode}\n' "$@" 2>/dev/null || true)
  now='' names=' ' busy_machine=no
  if many_late; then busy_machine=yes; fi
  for address in $listed; do
    recall "$address"
    reported='' body='' answer='000 0'
    case $answers in
      *"http://$address/readyz "*)
        answer=${answers#*"http://$address/readyz "}
        answer=${answer%%
*}
        ;;
    esac
    [ ! -e "$RUN_DIR/readyz.$address" ] || read -r body <"$RUN_DIR/readyz.$address" || true
    case $body in *'"node":"'*) reported=${body#*'"node":"'} reported=${reported%%'"'*} ;; esac
    case $reported in *[!a-z0-9]* | ?????????????????*) reported='' ;; esac
    case $answer in
      '200 '*) state=ready silences=0 ;;
      *' 28')
        # A node counts as silent after three timeouts in a row. One timeout may be a short overload: nginx skips the node
        # meanwhile, and a reload for every short overload of a reconnect storm would cost more.
        [ "$busy_machine" = yes ] || silences=$((silences + 1))
        [ "$silences" -lt 3 ] || state=silent
        ;;
      '000 '*) state=silent silences=0 ;;
      *) state=waiting silences=0 ;;
    esac
    name=${reported:-$name}
    [ -n "$name" ] || continue
    case $names in *" $name "*) say "$address has the name $name, which another node has already; ignored."; continue ;; esac
    names="$names$name "
    now="$now$address$tab$name$tab$state$tab$silences
"
  done
  known=$now
}

# Prints nodes.conf for $known. A node enters `cluster` only if the loaded nodes.conf has its upstream already: while nginx
# reloads, old and new workers accept connections, and the old ones must know the nodes of all new session ids.
# If no node is ready and some time out, the machine is overloaded: these nodes stay, since nginx probes each of them itself.
nodes_file() {
  ready='' upstreams='' sids='' busy=silent
  case $known in *"${tab}ready${tab}"*) busy=none ;; esac
  while IFS=$tab read -r address name state silences; do
    [ -n "$address" ] || continue
    [ "$state" != "$busy" ] || [ "$silences" = 0 ] || state=ready
    [ "$state" != ready ] || case $in_force in
      "" | *"upstream node_$name { zone node_$name 64k; server $address;"*) ready="$ready  server $address max_fails=0;
" ;;
    esac
    upstreams="${upstreams}upstream node_$name { zone node_$name 64k; server $address; $keep }
"
    sids="$sids  $name node_$name;
"
  done <<LINES
$known
LINES
  # max_fails=0: /readyz decides which nodes get new sessions, not a few 503 responses under load.
  cat <<LINES
# Written by edge.sh.
upstream cluster {
  zone cluster 256k;
  least_conn;
${ready:-"  server 127.0.0.1:1 down;
"}  $keep
}
${upstreams}map \$sid_node \$sid_upstream {
  default '';
$sids}
map \$answered_by \$answering_upstream {
  default cluster;
$sids}
LINES
}
# nginx closes idle connections before a node does (KEEP_ALIVE_MS in protocol/limits.ts), so that no request is sent on a
# connection that the node is closing.
keep='keepalive 512; keepalive_timeout 60s;'

summary() {
  printf %s "$known" | while IFS=$tab read -r address name state _; do printf ' %s=%s (%s)' "$name" "$address" "$state"; done
}

# --- running ----------------------------------------------------------------------------------------------------

nginx_pid=''
nginx_lives() { kill -0 "$nginx_pid" 2>/dev/null; }
pause() { sleep "$1" & wait $! || true; }

# Open polls get one second to finish; WebSockets are closed.
stop() {
  trap '' TERM QUIT INT
  [ -n "$nginx_pid" ] || exit 0
  kill -QUIT "$nginx_pid" 2>/dev/null || true
  for _ in 1 2 3 4 5; do
    nginx_lives || break
    sleep 0.2
  done
  kill -TERM "$nginx_pid" 2>/dev/null || true
  wait "$nginx_pid" || true
  exit 0
}
trap stop TERM QUIT INT

# After a reload, old workers run until their WebSockets end. To bound their number when nodes appear and disappear
# repeatedly, reloads have a token bucket: a burst of thirty (enough for ten nodes that restart one after another), then one
# per ten rounds of half a second or more.
RELOADS=30
RELOAD_ROUNDS=10
budget=$((RELOADS * RELOAD_ROUNDS))

in_force=''
ask
while :; do
  desired=$(nodes_file)
  [ "$budget" -ge $((RELOADS * RELOAD_ROUNDS)) ] || budget=$((budget + 1))
  if [ "$desired" != "$in_force" ] && [ "$budget" -ge "$RELOAD_ROUNDS" ]; then
    budget=$((budget - RELOAD_ROUNDS))
    printf '%s\n' "$desired" >"$RUN_DIR/nodes.conf.new"
    mv "$RUN_DIR/nodes.conf.new" "$RUN_DIR/nodes.conf"
    # A socket left by an nginx that was killed.
    [ -n "$nginx_pid" ] || rm -f "$RUN_DIR/ask"
    if ! "$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/nginx.conf" -t -q; then
      fail 'nginx rejected its configuration.'
    elif [ -z "$nginx_pid" ]; then
      rm -f "$RUN_DIR/nginx.pid"
      "$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/nginx.conf" &
      nginx_pid=$!
      in_force=$desired
      # nginx writes its pid file when the ports are open.
      while nginx_lives && [ ! -s "$RUN_DIR/nginx.pid" ]; do pause 0.02; done
      nginx_lives || break
      say "nginx listens on $PORT; nodes:$(summary)"
    else
      kill -HUP "$nginx_pid"
      in_force=$desired
      say "nodes:$(summary)"
    fi
  fi
  pause 0.5
  nginx_lives || break
  ask
done

status=0
wait "$nginx_pid" || status=$?
fail "nginx exited ($status)."
