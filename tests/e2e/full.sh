#!/bin/bash
# full.sh BUILD: no room for the ledger to grow.  The node says so, reads go on, nothing acknowledged is lost, nothing half-done
# stays, and with room it goes on.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

pair
check "a pack commissioned" commission 1
stop_node maker
(
	ulimit -S -f 300 # kilobytes a file may have: the write-ahead log meets it first
	exec "$bin/rxnode" serve --config "$work/maker/rxnode.conf" >>"$work/maker/log" 2>&1
) &
echo $! >"$work/maker/pid"
pids="$pids $!"
until_true 20 node maker status && ok "the node runs with little room" || bad "the node runs with little room"

: >"$work/acknowledged.txt"
full=0
i=0
while [ $i -lt 400 ] && [ $full = 0 ]; do
	i=$((i + 1))
	if out=$(node maker lot $gtin "F$i" 2076-12-31 2>"$work/last.out"); then
		echo "$out" | sed -n 's/.*event //p' >>"$work/acknowledged.txt"
	else
		full=1
	fi
done
[ $full = 1 ] && ok "after $(wc -l <"$work/acknowledged.txt") events there is no room" || bad "the room never ended"
check_has "the command says so" "disk is full"
check "reads go on" node maker status --json
check_has "and the status says what is wrong" "disk is full"
check "a pack's history is served" node maker history "$(pack 1)"
check_has "with what happened to it" "commission packs"
check_status "another event is refused the same way" 73 node maker lot $gtin AGAIN 2076-12-31

prlimit --pid "$(cat "$work/maker/pid")" --fsize=unlimited
check "with room again the same process takes events" node maker lot $gtin MORE 2076-12-31
stop_node maker
serve maker && ok "it starts again"
check "and takes events" node maker lot $gtin AFTER 2076-12-31
node maker dump | sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' | sort >"$work/there.txt"
lost=$(sort "$work/acknowledged.txt" | comm -23 - "$work/there.txt" | wc -l)
[ "$lost" = 0 ] && ok "nothing acknowledged is lost" || bad "$lost acknowledged events are lost"
check "audit" node maker audit
in_step maker shop
rm -rf "$work"
finish full
