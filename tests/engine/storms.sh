#!/usr/bin/env bash
# A life under a restart policy, with the engine itself and the image people run: restart storms, kills, both renewal
# drivers, and data folders that are full, read-only, somebody else's, missing or shared. Needs the images of the demo:
#   docker compose -f compose/demo.yaml build && tests/engine/storms.sh
# STORM_RESTARTS (100) and STORM_KILLS (30) say how many. Everything it starts is called storms-… and is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
restarts=${STORM_RESTARTS:-100} kills=${STORM_KILLS:-30} lanes=${STORM_LANES:-5}
servers=sidecert-demo-servers emulator=sidecert-demo-dsm image=sidecert
own=storms-$$
work=$(mktemp -d)

cleanup() {
  docker ps -aq --filter "label=$own" | xargs -r docker rm -fv > /dev/null 2>&1 || true
  docker volume ls -q --filter "label=$own" | xargs -r docker volume rm > /dev/null 2>&1 || true
  docker network rm "$own" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
say() { printf 'storms: %s\n' "$*"; }
fail() { printf 'storms: FAILED: %s\n' "$*" >&2; exit 1; }

volume() { docker volume create --label "$own" "$own-$1" > /dev/null; echo "$own-$1"; }
start() { # start NAME OPTION... -- ARGUMENT...: a container of ours
  local name=$1; shift
  docker run -d --label "$own" --network "$own" --name "$own-$name" --network-alias "$name" "$@" > /dev/null
}
certificate() { # certificate NAME: what Sidecert needs to know to keep NAME.home.example
  printf '%s\n' "ACME_DOMAINS=$1.home.example" "ACME_SERVER=https://${ca:-pebble}:14000/dir" SSL_CERT_FILE=/shared/ca.pem \
    ACME_DNS=dns_nsupdate ACME_DNS_RESOLVERS=dns:53 NSUPDATE_SERVER=dns NSUPDATE_KEY=/shared/tsig.key \
    SYNO_SCHEME=http SYNO_HOSTNAME=dsm SYNO_INSECURE=1 SYNO_USERNAME=certbot SYNO_PASSWORD=pw "SYNO_CERTIFICATE=$1" SYNO_CREATE=1 > "$work/$1.env"
  echo "$work/$1.env"
}
sidecert() { # sidecert NAME OPTION... : the image with the settings of NAME; later options win
  local name=$1 settings; shift
  settings=$(certificate "$name")
  docker run -d --label "$own" --network "$own" --name "$own-$name" --env-file "$settings" --read-only --cap-drop ALL \
    --security-opt no-new-privileges -v "$own-${shared:-shared}:/shared:ro" "$@" > /dev/null
}
nas() { start "$1" -e DSM_ACCOUNT=certbot -e DSM_PASSWORD=pw "$emulator"; }
logs() { docker logs "$own-$1" 2>&1; }
await() { # await SECONDS TEXT COMMAND...: until the command's output has it
  local end=$((SECONDS + $1)) text=$2; shift 2
  until "$@" | grep -q -- "$text"; do
    [ $SECONDS -lt $end ] || { "$@" | tail -n 40 >&2; fail "no '$text' within the time"; }
    sleep 0.2
  done
}
orders() { logs "$1" | grep -c 'POST /order-plz' || true; }
logins() { logs quiet-dsm | grep -c 'dsm: login of' || true; }

docker network create --label "$own" "$own" > /dev/null
for name in shared shared-failing; do volume "$name" > /dev/null; done
start dns -v "$own-shared:/shared" "$servers" sh /demo/dns.sh
nas dsm
start pebble -v "$own-shared:/shared" -e DEMO_LIFE=120 "$servers" sh /demo/pebble.sh
await 30 'ACME directory available' logs pebble
await 30 . docker run --rm -v "$own-shared:/shared:ro" "$servers" cat /shared/tsig.key

# --- both drivers renew a certificate of two minutes three times, alone (judged at the end)
for driver in restart resident; do
  sidecert "$driver" -e "RENEWAL_DRIVER=$driver" --restart unless-stopped -v "$(volume "$driver"):/data" "$image"
done

# --- a restart storm against a CA that always fails
start failing -v "$own-shared-failing:/shared" -e DEMO_DNS=127.0.0.1:9 "$servers" sh /demo/pebble.sh
await 30 'ACME directory available' logs failing
docker run --rm -v "$own-shared:/from:ro" -v "$own-shared-failing:/to" "$servers" cp /from/tsig.key /to/
start quiet-dsm -e DSM_ACCOUNT=certbot -e DSM_PASSWORD=pw "$emulator"
ca=failing shared=shared-failing sidecert storm -e SYNO_HOSTNAME=quiet-dsm --restart always -v "$(volume storm):/data" "$image"
await 60 'no certificate' logs storm
for _ in $(seq "$restarts"); do docker restart -t 5 "$own-storm" > /dev/null; done
asked=$(orders failing) logged_in=$(logins)
say "$restarts restarts against a CA that always fails: $asked newOrder requests, $logged_in logins"
[ "$asked" -ge 1 ] && [ "$asked" -le 5 ] || fail "newOrder requests: $asked"
[ "$logged_in" = 1 ] || fail "logins: $logged_in, where the look before the first order is all there should be"
await 10 'next try at' logs storm

# --- docker stop
began=$(date +%s%N)
docker stop -t 10 "$own-storm" > /dev/null
took=$((($(date +%s%N) - began) / 1000000))
code=$(docker inspect -f '{{.State.ExitCode}}' "$own-storm")
say "docker stop of a waiting container: $took ms, exit code $code"
[ "$code" != 137 ] || fail 'docker stop had to kill it'

# --- killed at a random moment, then started again
survive() {
  local name=k$1
  nas "nas-$name"  # its own: certificates that share one take its services from each other
  sidecert "$name" -e SYNO_HOSTNAME="nas-$name" -v "$(volume "$name"):/data" "$image" || return 1
  sleep "$(printf '%d.%03d' $((RANDOM % 3)) $((RANDOM % 1000)))"
  docker kill -s KILL "$own-$name" > /dev/null 2>&1 || true
  docker start "$own-$name" > /dev/null
  await 120 'all is done' logs "$name"
  docker exec "$own-$name" /sidecert health > /dev/null || { logs "$name" | tail -n 30 >&2; fail "$name is not healthy"; }
  docker stop -t 5 "$own-$name" "$own-nas-$name" > /dev/null
}
for i in $(seq "$kills"); do
  survive "$i" &
  while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do wait -n; done
done
while [ -n "$(jobs -rp)" ]; do wait -n; done
say "$kills kills at random moments: each next start finished"

# --- data folders as owners have them; the message is what they see
message() { # message NAME TEXT: the container says it and orders nothing
  await 30 "$2" logs "$1"
  say "$1: $(logs "$1" | grep -m 1 -- "$2")"
  ! logs "$1" | grep -q 'Order placed' || fail "$1: a folder that cannot be used ordered something"
  docker rm -fv "$own-$1" > /dev/null
}
sidecert unmounted "$image"
message unmounted "lies in the container's own layer"
sidecert full --tmpfs /data:size=16k,uid=65532,gid=65532 -e SIDECERT_EPHEMERAL=yes "$image"
message full 'the disk is full'
sidecert memory --tmpfs /data:uid=65532 "$image"
message memory 'lies in memory'
sidecert read-only -v "$(volume read-only):/data:ro" "$image"
message read-only 'mounted read-only'
docker run --rm -v "$(volume foreign):/data" "$servers" sh -c 'touch /data/theirs && chown -R 1026:100 /data && chmod 700 /data'
sidecert foreign --user 65532:65532 -v "$own-foreign:/data" "$image"
message foreign 'belongs to uid 1026'
printf 'ACME_DOMIANS=x\n' > "$work/wrong.env"
docker run -d --label "$own" --name "$own-wrong" --env-file "$work/wrong.env" "$image" > /dev/null
message wrong 'nothing is done until the settings above are right'

# --- two containers on one volume
both=$(volume both)
nas nas-both
sidecert first -e SYNO_HOSTNAME=nas-both -e ACME_DOMAINS=both.home.example -v "$both:/data" "$image"
sidecert second -e SYNO_HOSTNAME=nas-both -e ACME_DOMAINS=both.home.example -e SYNO_CERTIFICATE=first -v "$both:/data" "$image"
await 120 'all is done' logs first
await 120 'all is done' logs second
placed=$({ logs first; logs second; } | grep -c 'Order placed' || true)
say "two containers on one volume: $placed order"
[ "$placed" = 1 ] || fail "two containers on one volume placed $placed orders"

# --- the two-minute certificates
for driver in restart resident; do
  stored() { logs "$driver" | grep -c 'certificate and key stored' || true; }
  end=$((SECONDS + 420))
  until [ "$(stored)" -ge 4 ]; do
    [ $SECONDS -lt $end ] || { logs "$driver" | tail -n 40 >&2; fail "driver $driver: only $(stored) certificates"; }
    sleep 2
  done
  say "driver $driver: $(stored) certificates of two minutes, $(docker inspect -f '{{.RestartCount}}' "$own-$driver") restarts"
done
[ "$(docker inspect -f '{{.RestartCount}}' "$own-restart")" -ge 3 ] || fail 'driver restart: the engine did not start it again'
[ "$(docker inspect -f '{{.RestartCount}}' "$own-resident")" = 0 ] || fail 'driver resident: it ended'
say "all is well"
