#!/bin/bash
# regulator.sh BUILD: who may ask what, and what is answered: histories now and then, proofs, where a lot is, recalls, alerts,
# open handovers; as tables, JSON and CSV.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
R=$(gs1 950600013433) O=$(gs1 950600013434)
case1=$(sscc 1)
why=(--why "inspection 17")

check_lines() { [ "$(wc -l <"$work/last.out")" = "$2" ] && ok "$1" || { bad "$1: not $2 lines"; sed 's/^/        | /' "$work/last.out"; }; }
check_lacks() { grep -qF -- "$2" "$work/last.out" && bad "$1: \"$2\" is told" || ok "$1"; }

base=$(free_ports 4)
org maker "$M" manufacturer "Maker" "call maker" "$base" --prefix 9506000134
org shop "$S" pharmacy "Shop, north" "call shop" $((base + 1)) --peer "$M@127.0.0.1:$base"
org agency "$R" regulator "Agency" "call agency" $((base + 2)) --peer "$M@127.0.0.1:$base"
org other "$O" pharmacy "Other" "call other" $((base + 3)) --peer "$M@127.0.0.1:$base"
"$bin/rxnode" genesis --name regulated --out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor >/dev/null
for n in maker shop agency other; do
	cp "$work/genesis.cbor" "$work/$n/"
	serve $n
done
node maker ca printer --out "$work/printer" --events >/dev/null
check "ten packs commissioned" commission 10
packs 1 4 >"$work/four.txt"
packs 5 6 >"$work/two.txt"
check "four packed into a case" node maker pack --into "$case1" "@$work/four.txt"
check "the case shipped" node maker ship --to "$S" "(00)$case1"
check "two loose packs shipped" node maker ship --to "$S" "@$work/two.txt"
sleep 1.1
before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
in_step maker shop agency other
check "the case received" node shop receive "(00)$case1"
check "a pack dispensed" node shop dispense "$(pack 1)"
in_step maker shop agency other

title "Histories"
check_status "a regulator says why" 64 node agency history "$(pack 1)"
check_has "on the chain" "--why TEXT"
check "and is told all" node agency history "$(pack 1)" "${why[@]}"
check_has "how it came to be" "commission packs"
check_has "at whom" "Maker"
check_has "in which case it was" "$case1"
check_has "how it ended" "dispensed"
check "as JSON" node agency history "$(pack 1)" "${why[@]}" --json
check_lines "a line a step" 5
check "as CSV" node agency history "$(pack 1)" "${why[@]}" --csv
check_has "with a line of names" "gtin,serial,sscc,time,ev,"
check_has "texts with commas in quotes" '"Shop, north"'
check "each step proved" node agency history "$(pack 1)" "${why[@]}" --proof
check_has "and said so" "proved"
check_lacks "none is not" "NOT PROVED"
check "as it was on the way" node agency history "$(pack 1)" "${why[@]}" --at "$before"
check_has "in transit" "in transit"
check_lacks "not yet dispensed" "dispensed"
check_status "a time that is none" 64 node agency history "$(pack 1)" "${why[@]}" --at yesterday
check "the maker is told its own and its neighbour's steps" node maker history "$(pack 1)"
check_has "not the pharmacy's own" "1 more step"
check "who is not on the way is told none" node other history "$(pack 1)" --json
check_lines "not a step" 0

title "A case"
check "its history and what it holds" node agency history "(00)$case1" "${why[@]}"
check_has "three packs are left" "3 packs"
check_has "one of them" "SERIAL0002"
check_lacks "not the one dispensed" "SERIAL0001"
check "as it was on the way" node agency history "(00)$case1" "${why[@]}" --at "$before"
check_has "with that pack" "SERIAL0001"
check "its holder may look in" node shop history "(00)$case1"
check_has "and see" "SERIAL0003"
check "others may not" node other history "(00)$case1"
check_lacks "and see nothing" "SERIAL0003"

packs 7 8 >"$work/more.txt"
check "another case" node maker pack --into "$(sscc 2)" "@$work/more.txt"
check "on a pallet" node maker pack --into "$(sscc 3)" "(00)$(sscc 2)"
check "what the pallet holds" node maker history "(00)$(sscc 3)"
check_has "the case" "(00)$(sscc 2)"
check_lacks "not yet what is in that" "SERIAL0007"
check "down to the packs" node maker history "(00)$(sscc 3)" --depth 2
check_has "in the case" "  (01)$gtin(21)SERIAL0007"
check "as JSON" node maker history "(00)$(sscc 3)" --depth 2 --json
check_has "each with what it is in" "\"in\":\"$(sscc 2)\",\"depth\":2,\"gtin\":\"$gtin\",\"serial\":\"SERIAL0008\""
in_step maker agency
check "the regulator's reason for the pallet holds for all in it" node agency history "(00)$(sscc 3)" --depth 5 "${why[@]}"
check_has "down to the packs" "SERIAL0008"

title "Where a lot is"
check "the regulator asks" node agency where --gtin $gtin --lot $lot "${why[@]}"
check_has "at the shop" "Shop, north"
check_has "all packs" "10 packs of (01)$gtin(10)$lot"
check "as JSON" node agency where --gtin $gtin --lot $lot "${why[@]}" --json
check_has "three in the case" '"holder_name":"Shop, north","state":"active","peer":null,"peer_name":null,"packs":3'
check "as it was then" node agency where --gtin $gtin "${why[@]}" --at "$before" --json
check_has "six on their way" '"peer_name":"Shop, north","packs":6'
check "the maker, its own product" node maker where --gtin $gtin --lot $lot
check_status "nobody else" 77 node shop where --gtin $gtin --lot $lot
check_status "a lot that is none" 65 node maker where --gtin $gtin --lot NOLOT

title "Handovers"
check "two loose packs wait for a receipt" node shop open-handovers --json
check_lines "two of them" 2
check_has "from the maker" '"giver_name":"Maker"'
check "not the other's business" node other open-handovers
check_has "which is told so" "no open handovers"
check "the regulator sees them" node agency open-handovers --csv
check_lines "with a line of names" 3

title "Recalls and alerts"
check "none" node other recalls
check_has "and said so" "nothing is recalled"
check "proposed" node maker recall $gtin $lot --class 2 --reason "glass, splinters" --json
recall=$(sed -n 's/.*"event":"\([0-9a-f]*\)".*/\1/p' "$work/last.out")
check "seen" node maker recalls
check_has "as proposed" "proposed"
in_step maker agency
check "confirmed" node agency confirm "$recall"
in_step maker other
check "in force, seen by anybody, proved" node other recalls --json --proof
check_has "in force" '"state":"in force"'
check_has "proved" '"proved":true'
check "the end proposed" node maker retract "$recall" --reason "wrong lot"
in_step maker agency
check "and confirmed" node agency confirm "$recall"
in_step maker agency
check "over" node maker recalls
check_has "and said so" "nothing is recalled"
check "but not forgotten" node maker recalls --all --csv
check_has "with its reason" '"glass, splinters"'
check "no alerts" node agency alerts
check_has "and said so" "no open alarms"

title "The regulator's questions stand on the chain"
stop_node maker
node maker dump >"$work/dump.json" 2>/dev/null
[ "$(grep -c "$(printf 'inspection 17' | od -An -tx1 | tr -d ' \n')" "$work/dump.json")" -ge 8 ] && ok "each with its reason" ||
	bad "each with its reason"
check "audit" node maker audit
rm -rf "$work"
finish regulator
