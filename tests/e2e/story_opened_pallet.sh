#!/bin/bash
# story_opened_pallet.sh BUILD: a case is opened on the way; one pack is gone, another is in it that was never announced.  The
# receiver says so at the door, the packs are set aside, and both sides sign until the books are right.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
case1=$(sscc 1) pallet=$(sscc 2)

pair
scanner shop
check "12 packs commissioned" commission 12
packs 1 10 >"$work/ten.txt"
check "ten packed into a case" node maker pack --into "$case1" "@$work/ten.txt"
check_has "and it says which" "10 packs packed into (00)$case1"
check "the case and a loose pack onto a pallet" node maker pack --into "$pallet" "(00)$case1" "$(pack 11)"
check_has "which counts both" "1 unit and 1 pack packed into (00)$pallet"
check_status "the case again" 65 node maker pack --into "$pallet" "(00)$case1"
check_has "is named" "(00)$case1"
check "the pallet shipped by its SSCC" node maker ship --to "$S" "https://id.gs1.org/00/$pallet"
in_step maker shop
check_scan "a pack in the case, before receipt" shop NOT_RECEIVED 2 "$(pack 1)"

check "received, with pack 3 missing and pack 12 surplus" node shop receive "(00)$pallet" --missing "$(pack 3)" --surplus "$(pack 12)"
check_has "the missing one is reported" "1 pack reported missing"
check_has "the surplus one too" "1 pack reported surplus"
check_has "the pallet is received" "1 unit received"
check_has "and both sides know what to do" "void-ship"
check_scan "a pack of the opened case is good" shop UNSIGNED_NOTE 0 "$(pack 1)"
check_scan "the surplus pack is set aside" shop MISMATCH 2 "$(pack 12)"
check_scan "the missing one, if it turns up, too" shop MISMATCH 2 "$(pack 3)"
check_status "a pack that is missing cannot be dispensed" 65 node shop dispense "$(pack 3)"

check "the maker finds pack 3 and takes it back" node maker void-ship "$(pack 3)"
check "the maker ships the surplus pack after the fact" node maker ship --to "$S" "$(pack 12)"
check "the shop receives it" node shop receive "$(pack 12)"
check_scan "now it is good" shop UNSIGNED_NOTE 0 "$(pack 12)"
check_scan "and pack 3 is the maker's again" shop NOT_YOURS 2 "$(pack 3)"

check "the case is taken off the pallet" node shop unpack --from "$pallet" "(00)$case1"
check "and opened: all that is left in it" node shop unpack --from "$case1" --all
check_has "nine packs" "9 packs taken out of (00)$case1"
check_status "there is nothing more in it" 66 node shop unpack --from "$case1" --all
check_status "not even the missing one" 77 node shop unpack --from "$case1" "$(pack 3)"
check "one is dispensed" node shop dispense "$(pack 1)"
in_step maker shop
check "audit of the maker's copy" node maker audit
check "audit of the shop's copy" node shop audit
rm -rf "$work"
finish story_opened_pallet
