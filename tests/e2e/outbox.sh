#!/bin/bash
# outbox.sh BUILD: a pharmacy without its validator keeps answering and keeps what it signed; nothing is lost, nothing counts twice.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

pair
packs_to_shop 6
check "one pack dispensed while all is well" node shop dispense "$(pack 1)"

stop_node maker
check_status "dispensed without a validator: pending" 75 node shop dispense --wait 0 "$(pack 2)"
check_has "and it says where the event is" "outbox"
check "reads go on" node shop history "$(pack 1)"
check "status goes on" node shop status --json
check_has "and counts what waits" '"outbox":1'

kill_node shop
serve shop && ok "the pharmacy's node comes back after kill -9"
node shop status --json >"$work/last.out"
check_has "with what waits" '"outbox":1'

serve maker && ok "the validator is back"
until_true 30 dispensed shop "$(pack 2)" && ok "the waiting event became final by itself" || bad "the waiting event became final"
until_true 10 empty_outbox shop && ok "the outbox is empty" || bad "the outbox is empty"
check_status "dispensing it again is refused" 65 node shop dispense "$(pack 2)"
check_has "because of its status" "status does not allow"
check "audit of the pharmacy's copy" node shop audit
rm -rf "$work"
finish outbox
