#!/bin/bash
# story_parallel_trader.sh BUILD: a parallel trader checks packs out to repackage them; their old codes are dead but for the trader.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
case1=$(sscc 1)

pair distributor --country NL --supplies-public
scanner shop
check "6 packs commissioned" commission 6
packs 1 4 >"$work/four.txt"
check "four packed into a case" node maker pack --into "$case1" "@$work/four.txt"
check "the case and a pack shipped to the trader" node maker ship --to "$S" "(00)$case1" "$(pack 5)"
check "and received" node shop receive "(00)$case1" "$(pack 5)"
check_status "checking out wants a reason" 64 node shop check-out "(00)$case1"
check "the case checked out" node shop check-out --reason "repackaged for NL under RVG 1234" "(00)$case1"
check_scan "its packs are off the market" shop CHECKED_OUT 1 "$(pack 2)"
check_status "and are not dispensed" 65 node shop dispense "$(pack 2)"
check "two were left over: the trader brings them back" node shop undo-check-out "$(pack 1)" "$(pack 2)"
check_scan "they are good again" shop UNSIGNED_NOTE 0 "$(pack 2)"
check_status "the maker cannot bring back the others" 77 node maker undo-check-out "$(pack 3)"
check_status "nothing checked out twice" 65 node shop check-out --reason "again" "$(pack 3)"
check "a pack exported" node shop export --to US "$(pack 5)"
check_status "a country has two letters" 64 node shop export --to Norway "$(pack 1)"
check_scan "its code is dead here" shop EXPORTED 1 "$(pack 5)"
check "a free sample given away" node shop free-sample "$(pack 1)"
check_scan "is not for sale" shop FREE_SAMPLE 1 "$(pack 1)"
check "this trader may supply the public" node shop dispense "$(pack 2)"
in_step maker shop
check "audit of the maker's copy" node maker audit
rm -rf "$work"
finish story_parallel_trader
