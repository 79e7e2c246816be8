#!/bin/bash
# restore.sh BUILD: a validator restored from a backup certifies nothing at an old height: it waits for a follower's word, or
# for the operator's; and when the operator is wrong, the follower keeps the fork as evidence and stops.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

# put_back FILE: the maker's ledger is the backup again
put_back() {
	stop_node maker
	rm -f "$work"/maker/ledger.db*
	cp "$1" "$work/maker/ledger.db"
}
in_trouble() { node maker status --json 2>/dev/null | grep -q "restored"; }
ready() { ! in_trouble && [ -n "$(height maker)" ]; }

pair
check "product" node maker product $gtin "Test tablets"
check "backup at block 1" node maker backup "$work/old.db"
check "a lot" node maker lot $gtin A 2076-12-31
check "another lot" node maker lot $gtin B 2076-12-31
in_step maker shop

put_back "$work/old.db"
stop_node shop
serve maker
until_true 10 in_trouble && ok "the restored validator says so" || bad "the restored validator says so"
check_status "it orders nothing" 69 node maker lot $gtin C 2076-12-31
check "it answers" node maker status
check_has "and says what helps" "i-am-alone"
[ "$(height maker)" = 1 ] && ok "its height stays 1" || bad "its height is $(height maker)"

stop_node maker
echo "peer = $S@127.0.0.1:$((base + 1))" >>"$work/maker/rxnode.conf"
serve shop
serve maker
until_true 20 ready && ok "with a follower it fetches what it had forgotten" || bad "with a follower it fetches what it had forgotten"
[ "$(height maker)" = 3 ] && ok "up to block 3" || bad "its height is $(height maker), not 3"
check "and orders again" node maker lot $gtin D 2076-12-31
in_step maker shop

put_back "$work/old.db"
sed -i '/^peer/d' "$work/maker/rxnode.conf"
serve maker --i-am-alone
check "an operator who is wrong can still fork" node maker lot $gtin E 2076-12-31
until_true 20 grep -q "two certified blocks at one height" "$work/shop/log" && ok "the follower sees it" || bad "the follower sees it"
node shop status --json >"$work/last.out"
check_has "keeps the evidence" '"evidence":1'
check "its own copy stays whole" node shop audit
rm -rf "$work"
finish restore
