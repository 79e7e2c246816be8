#!/bin/bash
# light.sh BUILD: pharmacies with light copies: what they hold, what they are told, what they say when they are cut off.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

rival=$(gs1 950600013434)
base=$(free_ports 3)
org maker "$M" manufacturer "Maker" "call maker" "$base" --prefix 9506000134
org shop "$S" pharmacy "Shop" "call shop" $((base + 1)) --peer "$M@127.0.0.1:$base"
org rival "$rival" pharmacy "Rival" "call rival" $((base + 2)) --peer "$M@127.0.0.1:$base"
"$bin/rxnode" genesis --name light --out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor >/dev/null
for n in maker shop rival; do
	cp "$work/genesis.cbor" "$work/$n/"
	serve $n
done
node maker ca printer --out "$work/printer" --events >/dev/null
for n in shop rival; do node $n ca scanner --out "$work/$n-scanner" >/dev/null; done
scan() { "$bin/rxscan" check --config "$work/$1-scanner/client.conf" "$(pack "$2")"; }

commission 9
for i in 1 2 3; do pack $i; echo; done >"$work/shop.txt"
for i in 4 5; do pack $i; echo; done >"$work/rival.txt"
check "three packs shipped to the shop" node maker ship --to "$S" "@$work/shop.txt"
check "two to its rival" node maker ship --to "$rival" "@$work/rival.txt"
check "the shop receives" node shop receive "@$work/shop.txt"
case1=$(gs1 09506000134000001)
pallet=$(gs1 09506000134000002)
for i in 7 8; do pack $i; echo; done >"$work/case.txt"
check "two packs in a case" node maker pack --into "$case1" "@$work/case.txt"
check "on a pallet, with a third" node maker pack --into "$pallet" "(00)$case1" "$(pack 9)"
check "shipped to the shop" node maker ship --to "$S" "(00)$pallet"
check "received as it is" node shop receive "(00)$pallet"
check "the rival receives" node rival receive "@$work/rival.txt"
in_step maker shop rival

check "the shop's copy is light" node shop status
check_has "and says so" "light: what this organisation may read"
check "its dump" node shop dump
check_has "has its own events" "\"signer\":\"$S\""
check_has "and of others' the ids" '"kind":"hidden"'
if grep -q "\"kind\":\"event\".*\"signer\":\"$rival\"" "$work/last.out"; then bad "nothing the rival signed is in it"; else ok "nothing the rival signed is in it"; fi
check "the maker's dump is whole" node maker dump
if grep -q '"kind":"hidden"' "$work/last.out"; then bad "nothing is hidden from it"; else ok "nothing is hidden from it"; fi
for n in maker shop rival; do
	check "audit of the $n" node $n audit
	sed -n 's/^  head //p' "$work/last.out" >>"$work/heads"
done
[ "$(sort -u "$work/heads" | wc -l)" = 1 ] && ok "three copies, one head" || bad "three copies, one head"

check_status "its own pack: accepted" 0 scan shop 1
check_status "the rival's pack: in somebody else's custody" 2 scan shop 4
check_has "whose is not told" "not in your custody"
check_status "a pack that is nobody's" 2 scan shop 6
check "its own history" node shop history "$(pack 1)"
check_has "from the shipment on" "not for this organisation to know"
check "of the rival's pack" node shop history "$(pack 4)"
check_has "it learns that there is more" "not for this organisation to know"

known() { [ "$(sqlite3 "$work/shop/ledger.db" "SELECT count(*) FROM content")" = 3 ]; }
until_true 10 known && ok "the shop has learnt what its pallet holds" || bad "the shop has learnt what its pallet holds"

stop_node maker
check_status "cut off: its own pack is accepted" 0 scan shop 1
check_status "and one that came in a case on a pallet" 0 scan shop 7
check_has "by its own records, which it says" "from this site's own records"
check_status "the rival's pack: no verdict" 3 scan shop 4
check_has "but when to ask again" "scan again when the connection is back"
check "its own history is still told" node shop history "$(pack 1)"
check_has "as far as it knows" "from this site's own records"
check_status "of the rival's pack it knows nothing" 65 node shop history "$(pack 4)"
check_status "dispensed meanwhile: it waits" 75 node shop dispense --wait 0 "$(pack 1)"
serve maker
until_true 20 empty_outbox shop && ok "and is final once the validator is back" || bad "and is final once the validator is back"
in_step maker shop
check_status "then a scan says so" 2 scan shop 1
check_has "dispensed here" "dispensed here already"

# a copy that claims to be full is shown no more than it may read
stop_node rival
mv "$work/rival/ledger.db" "$work/rival/light.db"
rm -f "$work"/rival/ledger.db-* "$work/rival/guard"
sed -i 's/^profile = .*/profile = full/' "$work/rival/rxnode.conf"
serve rival
until_true 10 grep -q "set profile = light" "$work/rival/log" && ok "a full copy that its member may not hold: told what to do" ||
	bad "a full copy that its member may not hold: told what to do"
rm -rf "$work"
finish light
