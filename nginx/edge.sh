#!/bin/sh
# The edge: runs nginx, and keeps its list of nodes true. The same script on this machine and in a container.
#
#   NODES="127.0.0.1:9001 127.0.0.1:9002"   the nodes' addresses; or
#   NODES_DNS=server:8080                   a name of which every address is a node
#   PORT=8080                               one port, or several with spaces between them
#   DIALECT_PORTS=off                       on, or a list such as json:8081,events:8765: further ports for the dialects
#   HOST=                                   an address to listen on; empty: all
#   TLS_CERT= TLS_KEY=                      files; with them the ports speak HTTPS and WSS
#   RUN_DIR=/tmp/hubbub-edge                written to; everything else is only read
#   WORKERS=auto  CONNECTIONS=16384            of nginx, and of each of them: two for a client on WebSocket
#   ADDRESS_CONNECTIONS=20000               open requests and WebSockets of one address (IPv6: of its /64); 0: no limit
#   HEADER_TIMEOUT=15s  BODY_TIMEOUT=15s  SEND_TIMEOUT=60s   for a request's headers in all; between two reads of its
#                                           body; between two writes to its client
#   ACCESS_LOG=off  LOG_LEVEL=warn  NGINX=nginx
#
# Every half second each address is asked for /readyz, which also says the node's name:
#   ready            in `cluster`, so that it gets new sessions, and has an upstream of its own
#   not ready        keeps its own upstream, for the sessions it has
#   does not answer  the same, under the name it had last, for as long as the address is listed
# nginx is reloaded upon a change and only then.
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

[ -n "${NODES:-}${NODES_DNS:-}" ] || fail 'no nodes: set NODES to their addresses, or NODES_DNS to a name and a port.'
for program in "$NGINX" curl; do
  command -v "$program" >/dev/null || fail "$program is missing; install it from your system's packages."
done
[ -z "$TLS_CERT" ] || [ -r "$TLS_CERT" ] || fail "user $(id -u) cannot read TLS_CERT, $TLS_CERT."
[ -z "$TLS_CERT" ] || [ -r "$TLS_KEY" ] || fail "user $(id -u) cannot read TLS_KEY, ${TLS_KEY:-which is not set}."
mkdir -p "$RUN_DIR"
# Started as root, nginx's workers are somebody else, who keeps answers in here.
chmod go+x "$RUN_DIR"

# --- the configuration ------------------------------------------------------------------------------------------

# As many files as the system lets us have, up to what a worker's connections can use.
connections=${CONNECTIONS:-16384}
files=$(ulimit -Hn)
case $files in
  unlimited) files=$((4 * connections)) ;;
  *) [ "$files" -ge "$connections" ] || connections=$files ;;
esac

address_connections=${ADDRESS_CONNECTIONS:-20000}
case $address_connections in
  *[!0-9]* | ??????????*) fail "ADDRESS_CONNECTIONS is \"$address_connections\"; give a whole number, 0 for no limit." ;;
esac
for each in "${HEADER_TIMEOUT:-15s}" "${BODY_TIMEOUT:-15s}" "${SEND_TIMEOUT:-60s}"; do
  case $each in
    *[!0-9ms]* | '' | [ms]*) fail "\"$each\" is no timeout; give one such as 15s for HEADER_TIMEOUT, BODY_TIMEOUT and SEND_TIMEOUT." ;;
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

# What a request on a dialect's own port means, as server/dialect-ports.ts has it, by port, `websocket` or nothing, path.
{
  echo 'map "$server_port $websocket $uri" $dialect_uri {'
  # The question about who answers is a request of its own, and has to be looked at by itself.
  echo '  volatile;'
  echo "  default '';"
  for each in $dialects; do
    dialect=${each%%:*} port=${each##*:}
    case $dialect in
      json) echo "  '~^$port (websocket)? /ws\$' /ws/json;" ;;
      strangers | events) echo "  '~^$port websocket (?!/socket[.]io/|/edge/)' /ws/$dialect;" ;;
      *) fail "DIALECT_PORTS is \"$DIALECT_PORTS\"; give on, off, or a list such as json:8081,events:8765." ;;
    esac
    echo "  '~^$port  /\$' /dialects/$dialect;"
    PORT="$PORT $port"
  done
  echo '}'
} >"$RUN_DIR/dialects.conf"

# reuseport: each worker has a queue of its own, so that long connections spread evenly over them. backlog: as long as
# Linux lets it be (net.core.somaxconn). When a node dies, thousands knock within half a second, and who finds nginx's
# usual queue of 511 full is heard again after 1 s, then 2, 4, 8.
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
    # Nobody there yet is no error: all may be starting.
    getent ahostsv4 "${NODES_DNS%:*}" | sed -n "s/ *STREAM.*/:${NODES_DNS##*:}/p" | sort -u || true
  fi
}

# What is known, a line for each address: address, name, state (ready, waiting, silent), times silent in a row.
known=''
recall() { # ADDRESS → $name $state $silences
  name='' state='' silences=0
  while IFS=$tab read -r address_ name_ state_ silences_; do
    [ "$address_" != "$1" ] || { name=$name_ state=$state_ silences=$silences_; }
  done <<LINES
$known
LINES
}

# One that is late alone may be frozen. Where more than a third of them are, the machine is busy, and nobody is: each would
# be left out and taken in by turns, and every reload leaves the old workers to those who are on them.
many_late() {
  late=$(printf '%s\n' "$answers" | grep -c ' 28$' || true)
  [ $((3 * late)) -gt "$(printf '%s\n' "$listed" | grep -c .)" ] && [ "$late" -gt 1 ]
}

# Sets $known anew, from one question to each address. One curl asks them all at once.
ask() {
  # A name server that is silent for a moment takes no node away.
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
    said='' body='' answer='000 0'
    case $answers in
      *"http://$address/readyz "*)
        answer=${answers#*"http://$address/readyz "}
        answer=${answer%%
*}
        ;;
    esac
    [ ! -e "$RUN_DIR/readyz.$address" ] || read -r body <"$RUN_DIR/readyz.$address" || true
    case $body in *'"node":"'*) said=${body#*'"node":"'} said=${said%%'"'*} ;; esac
    case $said in *[!a-z0-9]* | ?????????????????*) said='' ;; esac
    case $answer in
      '200 '*) state=ready silences=0 ;;
      *' 28')
        # No answer in time may be a busy moment; three times is not. Meanwhile nginx itself passes over whoever does not
        # answer, and a reload for each busy moment of a storm would cost more than that.
        [ "$busy_machine" = yes ] || silences=$((silences + 1))
        [ "$silences" -lt 3 ] || state=silent
        ;;
      '000 '*) state=silent silences=0 ;;
      *) state=waiting silences=0 ;;
    esac
    name=${said:-$name}
    [ -n "$name" ] || continue
    case $names in *" $name "*) say "$address calls itself $name, as another node does; left out."; continue ;; esac
    names="$names$name "
    now="$now$address$tab$name$tab$state$tab$silences
"
  done
  known=$now
}

# The nodes file for $known. A node is in `cluster` only when the nodes file in force has its upstream already: while
# nginx reloads, old and new workers both accept, and an old one must know whatever sid a new one gives out.
# When nobody answers in time, all are busy: then the silent ones stay, since nginx asks each of them itself.
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
  # max_fails=0: /readyz decides who gets new sessions, not a few answers of 503 in a busy moment.
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
# Kept connections end here before a node would end them (KEEP_ALIVE_MS in protocol/limits.ts), so that no request meets
# a closing one.
keep='keepalive 512; keepalive_timeout 60s;'

summary() {
  printf %s "$known" | while IFS=$tab read -r address name state _; do printf ' %s=%s (%s)' "$name" "$address" "$state"; done
}

# --- running ----------------------------------------------------------------------------------------------------

nginx_pid=''
nginx_lives() { kill -0 "$nginx_pid" 2>/dev/null; }
pause() { sleep "$1" & wait $! || true; }

# Open polls have a second to be answered; WebSockets are cut.
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

# Old workers stay after a reload, for as long as their WebSockets do. So that nodes that come and go by turns cannot fill
# the machine with them, there are thirty reloads at once at most (ten nodes may restart one after another), and then one
# every ten rounds, of half a second or more.
RELOADS=30
RELOAD_ROUNDS=10
budget=$((RELOADS * RELOAD_ROUNDS))

in_force=''
ask
while :; do
  wanted=$(nodes_file)
  [ "$budget" -ge $((RELOADS * RELOAD_ROUNDS)) ] || budget=$((budget + 1))
  if [ "$wanted" != "$in_force" ] && [ "$budget" -ge "$RELOAD_ROUNDS" ]; then
    budget=$((budget - RELOAD_ROUNDS))
    printf '%s\n' "$wanted" >"$RUN_DIR/nodes.conf.new"
    mv "$RUN_DIR/nodes.conf.new" "$RUN_DIR/nodes.conf"
    # Left by an nginx that was killed.
    [ -n "$nginx_pid" ] || rm -f "$RUN_DIR/ask"
    if ! "$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/nginx.conf" -t -q; then
      fail 'nginx does not accept its configuration.'
    elif [ -z "$nginx_pid" ]; then
      rm -f "$RUN_DIR/nginx.pid"
      "$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/nginx.conf" &
      nginx_pid=$!
      in_force=$wanted
      # Written when the ports are open.
      while nginx_lives && [ ! -s "$RUN_DIR/nginx.pid" ]; do pause 0.02; done
      nginx_lives || break
      say "nginx listens on $PORT; nodes:$(summary)"
    else
      kill -HUP "$nginx_pid"
      in_force=$wanted
      say "nodes:$(summary)"
    fi
  fi
  pause 0.5
  nginx_lives || break
  ask
done

status=0
wait "$nginx_pid" || status=$?
fail "nginx ended ($status)."
