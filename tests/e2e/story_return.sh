#!/bin/bash
# story_return.sh BUILD: what comes back over the counter.  Ten days to undo, at the same site, with the pharmacist's word; after
# that only destruction.  The times are those the pharmacist enters: the limit counts from them to the block's own.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
ago() { date -d "$1 days ago" +%Y-%m-%dT%H:%M; }

pair
scanner shop
packs_to_shop 6
check "dispensed nine days ago, entered now" node shop dispense --time "$(ago 9)" "$(pack 1)"
check "dispensed eleven days ago, entered now" node shop dispense --time "$(ago 11)" "$(pack 2)"
check_status "no undo without the declaration" 64 node shop undo-dispense "$(pack 1)"
check_has "which the command asks for" "--never-left"
check_status "nor at another site" 77 node shop undo-dispense --never-left --place "$M" "$(pack 1)"
check_has "for this reason" "Only the premises that made the change may undo it"
check "undone after nine days" node shop undo-dispense --never-left "$(pack 1)"
check_scan "and for sale again" shop UNSIGNED_NOTE 0 "$(pack 1)"
check_status "not after eleven" 65 node shop undo-dispense --never-left --json "$(pack 2)"
check_has "for this reason" '"reason":"UNDO_TOO_LATE","emvs":"NMVS_NC_PCK_20"'
check_status "a dispensing tomorrow is not taken" 65 node shop dispense --time "$(ago -1)" "$(pack 3)"

check "two handed out as samples" node shop sample "$(pack 3)" "$(pack 4)"
check "one comes back" node shop undo-sample "$(pack 3)"
check_status "a pharmacy gives no free samples" 77 node shop free-sample "$(pack 3)"

check "the lot is recalled" node maker recall $gtin $lot --class 2 --reason "wrong leaflet" --json
recall=$(sed -n 's/.*"event":"\([0-9a-f]*\)".*/\1/p' "$work/last.out")
check_status "the maker alone cannot put it in force" 77 node maker confirm "$recall"
check_status "a pharmacy neither" 77 node shop confirm "$recall"
check "the maker thinks better of it" node maker retract "$recall" --reason "the leaflet is right"
check_status "which ends it" 65 node maker confirm "$recall"

check "goods go back" node shop return --to "$M" "$(pack 3)" "$(pack 5)"
check "and arrive" node maker receive "$(pack 3)" "$(pack 5)"
check "to be destroyed" node maker destroy --reason "returned goods" "$(pack 3)" "$(pack 5)"
in_step maker shop
check_scan "a destroyed pack offered again" shop DESTROYED 1 "$(pack 5)"
check_status "what is destroyed cannot be dispensed" 65 node shop dispense "$(pack 5)"
check "audit of the shop's copy" node shop audit
rm -rf "$work"
finish story_return
