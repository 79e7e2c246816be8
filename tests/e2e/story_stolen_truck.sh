#!/bin/bash
# story_stolen_truck.sh BUILD: a truck is stolen on the way.  One event marks all that was on it; whoever buys it later finds out.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
case1=$(sscc 1) case2=$(sscc 2)

pair
scanner shop
check "12 packs commissioned" commission 12
packs 1 5 >"$work/one.txt"
packs 6 10 >"$work/two.txt"
check "a case packed" node maker pack --into "$case1" "@$work/one.txt"
check "another, numbered by the node" node maker pack --new --json "@$work/two.txt"
new=$(sed -n 's/.*"sscc":"\([0-9]*\)".*/\1/p' "$work/last.out")
[ "$(echo "$new" | cut -c1-11)" = 09506000134 ] && [ "$(gs1 "$(echo "$new" | cut -c1-17)")" = "$new" ] &&
	ok "under the maker's prefix: $new" || bad "under the maker's prefix: $new"
check "both cases and two packs shipped" node maker ship --to "$S" "(00)$case1" "(00)$new" "$(pack 11)" "$(pack 12)"
check_status "no stranger reports a theft" 77 node shop stolen --reason "not mine to say" "(00)$case1"
check "the truck is stolen: the maker reports it" node maker stolen --reason "truck B-RX 1 gone from a motorway car park" \
	"(00)$case1" "(00)$new" "$(pack 11)"
check_has "all of it in one event" "2 units and 1 pack reported stolen"
in_step maker shop
check_scan "a pack from the truck, offered to the shop" shop STOLEN 1 "$(pack 2)"
check_has "raises an alarm" '"alarm":true'
check_scan "a loose pack from the truck" shop STOLEN 1 "$(pack 11)"
check_status "none of it can be received" 65 node shop receive "(00)$case1"
check_has "for this reason" "stolen"
check_has "and it says what to do" "what to do: Do not dispense"
check_status "nor by the pack" 65 node shop receive --json "$(pack 11)"
check_has "in words for software" '"reason":"STOLEN","emvs":"NMVS_NC_PCK_22","us":"Illegitimate"'
check_has "and the pack by its label" "\"thing\":\"$(pack 11)\""
check "what came by another truck is received" node shop receive "$(pack 12)"
check_status "a theft is reported once" 65 node maker stolen --reason "again" "(00)$case1"
in_step maker shop
check "audit of the shop's copy" node shop audit
rm -rf "$work"
finish story_stolen_truck
