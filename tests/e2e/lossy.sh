#!/bin/bash
# lossy.sh BUILD: a follower that was away fetches what it missed, 140 kB in some 140 chunks, with 2 % of all datagrams lost.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
PACKS=10000 # of 14 bytes each

base=$(free_ports 3)
org maker "$M" manufacturer "Maker" "call maker" "$base" --prefix 9506000134
org shop "$S" pharmacy "Shop" "call shop" $((base + 1)) --peer "$M@127.0.0.1:$((base + 2))" --profile full
"$bin/rxnode" genesis --name lossy --out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor >/dev/null
cp "$work/genesis.cbor" "$work/maker/"
cp "$work/genesis.cbor" "$work/shop/"
serve maker
node maker ca printer --out "$work/printer" --events >/dev/null
check "product" node maker product $gtin "Test tablets"
check "lot" node maker lot $gtin $lot 2076-12-31
check "$PACKS labels" "$bin/rxlabel" print --gtin $gtin --lot $lot --expiry 761231 --count $PACKS --format svg --out "$work/job"
check "applied" "$bin/rxlabel" mark --as applied --all "$work/job"
check "$PACKS packs commissioned" "$bin/rxlabel" commission --config "$work/printer/client.conf" "$work/job"

"$bin/tests/e2e/lossy" $((base + 2)) "$base" 20 1 120 >"$work/relay.out" &
relay=$!
pids="$pids $relay"
serve shop
# Within a second on a quiet machine.  When a lost chunk cost a poll and all chunks on their way, it never ended.
until_true 20 same_height maker shop && ok "the follower has them within 20 s" || bad "the follower has them within 20 s"
kill $relay
wait $relay
grep -q ' [1-9][0-9]* lost' "$work/relay.out" && ok "$(cat "$work/relay.out")" || bad "nothing was lost"
rm -rf "$work"
finish lossy
