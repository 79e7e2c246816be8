#!/bin/bash
# story_hospital.sh BUILD: a hospital pharmacy dispenses a whole case in one event, and brings one pack back that was not used.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
case1=$(sscc 1)

pair
scanner shop
check "10 packs commissioned" commission 10
packs 1 8 >"$work/eight.txt"
check "eight packed into a case" node maker pack --into "$case1" "@$work/eight.txt"
check "case and two packs shipped" node maker ship --to "$S" "(00)$case1" "$(pack 9)" "$(pack 10)"
check "and received" node shop receive "(00)$case1" "$(pack 9)" "$(pack 10)"
check "one pack of the case is set aside" node shop lock --reason "torn seal" "$(pack 4)"
check_status "with it in there the case is not dispensed" 65 node shop dispense "(00)$case1"
check_has "which it says of the case" "(00)$case1, or something in it: This pack is locked"
check "it is looked at and found good" node shop unlock "$(pack 4)"
check "the whole case and a pack dispensed" node shop dispense "(00)$case1" "$(pack 9)"
check_has "in one event" "1 unit and 1 pack dispensed"
check_scan "each pack in it is" shop DISPENSED_HERE 2 "$(pack 7)"
check_status "named with its case it is refused" 65 node shop undo-dispense --never-left "(00)$case1" "$(pack 7)"
check_has "by its label" "$(pack 7): named together with the unit"
check "one comes back unused" node shop undo-dispense --never-left "$(pack 7)"
check_scan "and is for sale" shop UNSIGNED_NOTE 0 "$(pack 7)"
check_scan "the others stay dispensed" shop DISPENSED_HERE 2 "$(pack 8)"
check "and is dispensed again, alone, named without its lot" node shop dispense "(01)$gtin(21)SERIAL0007"
check_status "twice in one line is a slip" 65 node shop dispense "$(pack 10)" "$(pack 10)"
check_has "that names the pack" "SERIAL0010 is named twice"
in_step maker shop
check "audit of the shop's copy" node shop audit
rm -rf "$work"
finish story_hospital
