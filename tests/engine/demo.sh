#!/usr/bin/env bash
# The README's demo as a test, with the engine itself: up, healthy, a restart that orders and imports nothing, down.
set -euo pipefail
cd "$(dirname "$0")/../.."
demo=(docker compose -f compose/demo.yaml)
fail() { echo "demo: $1" >&2; "${demo[@]}" logs --no-color sidecert dsm | tail -n 60 >&2; exit 1; }
work=$(mktemp -d)
trap '"${demo[@]}" down -v --timeout 2 > /dev/null 2>&1 || true; rm -rf "$work"' EXIT

"${demo[@]}" down -v > /dev/null 2>&1 || true
"${demo[@]}" up --build -d > /tmp/sidecert-demo-build.log 2>&1 || { tail -n 60 /tmp/sidecert-demo-build.log; fail "did not come up"; }
for _ in $(seq 60); do
  state=$(docker inspect -f '{{.State.Health.Status}}' "$("${demo[@]}" ps -q sidecert)")
  [ "$state" = healthy ] && break
  sleep 1
done
"${demo[@]}" logs --no-color --no-log-prefix sidecert
[ "$state" = healthy ] || fail "sidecert is $state"

served=$(openssl s_client -connect 127.0.0.1:15001 -servername home.example < /dev/null 2> /dev/null | openssl x509 -noout -ext subjectAltName)
grep -q 'DNS:home.example' <<< "$served" && grep -q 'DNS:\*.home.example' <<< "$served" || fail "DSM serves: $served"

"${demo[@]}" exec -T pebble curl -sk https://localhost:15000/roots/0 > "$work/root.pem"
openssl s_client -connect 127.0.0.1:15001 -servername home.example -CAfile "$work/root.pem" -verify_return_error \
  -verify_hostname www.home.example < /dev/null > "$work/handshake" 2>&1 || { tail -n 20 "$work/handshake"; fail "the chain does not end at the CA's root"; }

# The status page, and what monitors and programs get there. Sidecert shares the NAS's network.
asked() { "${demo[@]}" exec -T pebble curl -sf "http://dsm:8090$1"; }
asked / > "$work/status.html" || fail "there is no status page"
grep -q 'All is well' "$work/status.html" && grep -q 'DSM serves it' "$work/status.html" || fail "the status page says: $(cat "$work/status.html")"
asked /status.json | grep -q '"healthy": true' || fail "status.json says otherwise"
asked /health | grep -q '^healthy: home.example' || fail "/health says otherwise"

# The certificate page as a person sees it, where a browser is at hand.
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -n "$browser" ]; then
  look() { timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" "$@" 2> /dev/null; }
  look --dump-dom http://127.0.0.1:15000/ > "$work/page"
  for text in 'Control Panel' 'home.example, \*.home.example' 'DSM Desktop Service' 'Default certificate'; do
    grep -q -- "$text" "$work/page" || fail "the certificate page lacks: $text"
  done
  look --window-size=1100,700 --screenshot="$work/page.png" http://127.0.0.1:15000/ > /dev/null
  [ "$(stat -c %s "$work/page.png")" -gt 20000 ] || fail "the certificate page is blank"
  echo "demo: the certificate page was looked at with $("$browser" --version 2> /dev/null)"
fi

orders() { "${demo[@]}" logs --no-color pebble | grep -c 'POST /order-plz' || true; }
imports() { "${demo[@]}" logs --no-color dsm | grep -c 'certificate .*valid till' || true; }
before="$(orders) orders, $(imports) imports"
"${demo[@]}" restart sidecert > /dev/null 2>&1
sleep 5
after="$(orders) orders, $(imports) imports"
echo "demo: $before; after a restart: $after"
[ "$before" = "$after" ] || fail "a restart did something"
[ "$after" = "1 orders, 1 imports" ] || fail "not exactly one order and one import"

image=$(docker image inspect -f '{{.Size}} octets, {{len .RootFS.Layers}} layer(s)' sidecert)
echo "demo: image: $image"
