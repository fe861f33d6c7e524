#!/bin/sh
# Knot DNS, authoritative for home.example and for example above it, taking RFC 2136 updates signed with the key in /shared/tsig.key.
set -eu
address=$(hostname -i | cut -d' ' -f1)
secret=$(head -c 32 /dev/urandom | base64)
mkdir -p /tmp/knot
cat > /tmp/knot/home.example.zone <<ZONE
\$ORIGIN home.example.
\$TTL 60
@   SOA ns hostmaster 1 3600 600 86400 30
@   NS  ns
ns  A   $address
nas A   127.0.0.1
ZONE
cat > /tmp/knot/example.zone <<ZONE
\$ORIGIN example.
\$TTL 60
@       SOA ns.home hostmaster.home 1 3600 600 86400 30
@       NS  ns.home
home    NS  ns.home
ns.home A   $address
ZONE
cat > /tmp/knot/knot.conf <<CONF
server:
  rundir: /tmp/knot
  user: root:root
  listen: 0.0.0.0@53
log:
  - target: stderr
    any: warning
database:
  storage: /tmp/knot
key:
  - id: demo
    algorithm: hmac-sha256
    secret: $secret
acl:
  - id: update
    key: demo
    action: update
zone:
  - domain: example
    storage: /tmp/knot
    file: example.zone
  - domain: home.example
    storage: /tmp/knot
    file: home.example.zone
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    acl: update
CONF
printf 'key "demo" { algorithm hmac-sha256; secret "%s"; };\n' "$secret" > /shared/tsig.key.new
mv /shared/tsig.key.new /shared/tsig.key
exec knotd -c /tmp/knot/knot.conf
