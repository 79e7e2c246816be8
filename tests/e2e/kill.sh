#!/bin/bash
# kill.sh BUILD: kill -9 the validator 100 times while events are submitted, and its follower every fifth time.  What was
# acknowledged is there afterwards, nothing half-done stays, and the copies audit green.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
KILLS=${KILLS:-100}
RANDOM=20260117 # the same points each run, as far as a machine repeats itself

pair
check "product registered" node maker product $gtin "Test tablets"
: >"$work/acknowledged.txt"

# One lot after the other, until the node is gone: what is acknowledged is written down.
submit() {
	while :; do
		out=$(node maker lot $gtin "K$1-$SECONDS-$RANDOM" 2076-12-31 --wait 1 2>/dev/null) || return
		echo "$out" | sed -n 's/.*event //p' >>"$work/acknowledged.txt"
	done
}

i=0
while [ $i -lt "$KILLS" ]; do
	submit $i &
	submitter=$!
	sleep "0.$(printf '%03d' $((RANDOM % 250)))"
	[ $((i % 5)) = 0 ] && kill_node shop 2>/dev/null
	kill_node maker 2>/dev/null
	wait $submitter 2>/dev/null
	serve maker || break
	[ $((i % 5)) != 0 ] || serve shop || break
	i=$((i + 1))
done
[ $i = "$KILLS" ] && ok "$KILLS kills, the nodes came back each time" || bad "the nodes came back after kill $((i + 1))"

acknowledged=$(wc -l <"$work/acknowledged.txt")
[ "$acknowledged" -gt 20 ] && ok "$acknowledged events were acknowledged in between" || bad "only $acknowledged events were acknowledged"
node maker dump | sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' | sort >"$work/there.txt"
lost=$(sort "$work/acknowledged.txt" | comm -23 - "$work/there.txt" | wc -l)
[ "$lost" = 0 ] && ok "none of them is lost" || bad "$lost of them are lost"
check "audit of the validator's copy" node maker audit
in_step maker shop
check "audit of the follower's copy" node shop audit
rm -rf "$work"
finish kill
