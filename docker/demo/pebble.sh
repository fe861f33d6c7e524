#!/bin/sh
# Pebble, the ACME test server, behind a TLS certificate made here; /shared/ca.pem is what its clients must trust.
# DEMO_LIFE: seconds its certificates live (90 days). DEMO_DNS: the name server it asks (dns:53).
set -eu
cd "$(mktemp -d)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Sidecert demo TLS" \
  -keyout ca.key -out ca.pem 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=pebble" -keyout key.pem -out request.pem 2> /dev/null
printf 'subjectAltName=DNS:pebble,DNS:failing,DNS:localhost,IP:127.0.0.1' > names
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out cert.pem 2> /dev/null
cat > pebble.json <<JSON
{"pebble": {"listenAddress": "0.0.0.0:14000", "managementListenAddress": "0.0.0.0:15000",
  "certificate": "cert.pem", "privateKey": "key.pem", "httpPort": 5002, "tlsPort": 5001,
  "keyAlgorithm": "ecdsa", "retryAfter": {"authz": 1, "order": 1},
  "profiles": {"classic": {"description": "the only one", "validityPeriod": ${DEMO_LIFE:-7776000}}}}}
JSON
cp ca.pem /shared/ca.pem.new
mv /shared/ca.pem.new /shared/ca.pem
export PEBBLE_VA_NOSLEEP=1
exec /opt/pebble/sid/usr/bin/pebble -config pebble.json -dnsserver "${DEMO_DNS:-dns:53}"
