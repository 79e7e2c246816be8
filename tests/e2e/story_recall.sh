#!/bin/bash
# story_recall.sh BUILD: a lot spread over twenty holders, most of them pharmacies with light copies, is recalled: seen by all of
# them, also by one that is cut off and by one that was down meanwhile; and let go again.  Then the product is withdrawn in one
# country alone.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
started=$(date +%s)
R=$(gs1 950600013433)
pallet=$(sscc 1)
wholesalers="d1 d2"
pharmacies=
for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18; do pharmacies="$pharmacies p$i"; done
holders="$wholesalers$pharmacies"

# gln NAME, nth NAME: of a holder; packs_of NAME: its two packs, one a line
nth() { echo "$holders" | tr ' ' '\n' | grep -n "^$1\$" | cut -d: -f1; }
gln() { gs1 "95060002$(printf '%04d' "$(nth "$1")")"; }
packs_of() { packs $((2 * $(nth "$1") - 1)) $((2 * $(nth "$1"))); }

# each WHAT "NAMES" COMMAND...: COMMAND NAME for all of them at a time
each() {
	what=$1 names=$2 jobs=
	shift 2
	for n in $names; do
		"$@" "$n" >"$work/$n.out" 2>&1 &
		jobs="$jobs $n:$!"
	done
	wrong=
	for job in $jobs; do wait "${job#*:}" || wrong="$wrong ${job%:*}"; done
	[ -z "$wrong" ] && ok "$what" || {
		bad "$what: not$wrong"
		for n in $wrong; do sed "s/^/        | $n: /" "$work/$n.out"; done
	}
}
supply() { packs_of "$1" >"$work/$1.packs" && node maker ship --to "$(gln "$1")" "@$work/$1.packs" >/dev/null; }
receive() { node "$1" receive "@$work/$1.packs"; }
# check_show WHAT TEXT "NAMES": each one's own list of recalls says so, or soon does; asked one after the other, as each question
# is a handshake and all of them share two cores with their nodes
lists() { node "$1" recalls | grep -qF -- "$2"; }
check_show() {
	wrong=
	for n in $3; do until_true 5 lists "$n" "$2" || wrong="$wrong $n"; done
	[ -z "$wrong" ] && ok "$1: $2" || bad "$1: \"$2\", but not$wrong"
}
event() { sed -n 's/.*"event":"\([0-9a-f]*\)".*/\1/p' "$work/last.out"; }
first() { packs_of "$1" | head -1; }

base=$(free_ports 22)
peer=$M@127.0.0.1:$base
org maker "$M" manufacturer "Maker" "call maker" "$base" --prefix 9506000134 --country DE
org agency "$R" regulator "Agency" "call agency" $((base + 1)) --peer "$peer" --country DE
for n in $holders; do
	role=pharmacy country=DE
	case $n in d*) role=distributor ;; p17 | p18) country=FR ;; esac
	org $n "$(gln $n)" $role "Site $n" "call $n" $((base + 1 + $(nth $n))) --peer "$peer" --country $country
done
"$bin/rxnode" genesis --name recall --out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor >/dev/null
for n in maker agency $holders; do cp "$work/genesis.cbor" "$work/$n/" && start $n; done
each "22 nodes answer" "maker agency $holders" answers
node maker ca printer --out "$work/printer" --events >/dev/null
each "scanners" "d1 p01 p02 p03 p17" scanner

check "41 packs of a released lot commissioned" commission 41
each "two packs shipped to each of twenty" "$holders" supply
each "all but one receive them" "${holders% p18}" receive
check "another lot" node maker lot $gtin L2 2076-12-31
check "released too" node maker release $gtin L2 --key "$work/release.key"
printf 'OTHER1\nOTHER2\n' >"$work/other.txt"
"$bin/rxlabel" print --gtin $gtin --lot L2 --expiry 761231 --count 2 --serials "$work/other.txt" --format svg --out "$work/job2" >/dev/null
"$bin/rxlabel" mark --as applied --all "$work/job2" >/dev/null
check "two packs of it" "$bin/rxlabel" commission --config "$work/printer/client.conf" "$work/job2"
unrelated="(01)$gtin(10)L2(21)OTHER1"
check "a pallet of these and one pack of the first lot" node maker pack --into "$pallet" "$unrelated" "(01)$gtin(10)L2(21)OTHER2" "$(pack 41)"
check "shipped to a wholesaler" node maker ship --to "$(gln d1)" "(00)$pallet"
check "who receives it" node d1 receive "(00)$pallet"
check "a pack is dispensed" node p01 dispense "$(first p01)"
in_step maker agency d1 p01 p02 p03 p04 p17

title "Proposed"
check "the maker looks whom it would reach" node maker recall $gtin $lot --preview
check_has "all packs of the lot" "41 packs of (01)$gtin(10)$lot"
check_has "a wholesaler's" "Site d1"
check_has "the dispensed one" "dispensed"
check_has "those that are still on their way" "in transit"
[ "$(grep -c "Site " "$work/last.out")" = 21 ] && ok "twenty holders, one of them with packs in two states" || bad "twenty holders: $(cat "$work/last.out")"
check "the same for programs" node maker recall $gtin $lot --preview --json
[ "$(sed -n 's/.*"packs":\([0-9]*\).*/\1/p' "$work/last.out" | awk '{ s += $1 } END { print s }')" = 41 ] && ok "41 in all" || bad "41 in all"
check "nothing was sent by looking" node maker recalls
check_has "no recall" "nothing is recalled"
check "the maker proposes" node maker recall $gtin $lot --class 1 --reason "glass splinters in blisters" --json
recall=$(event)
check_show "every one of the twenty is told" "proposed" "$holders"
check_scan "proposed, it changes nothing" p02 UNSIGNED_NOTE 0 "$(first p02)"
check "a pack can still be dispensed" node p02 dispense "$(packs_of p02 | tail -1)"
check_status "the maker is no second party to itself" 77 node maker confirm "$recall"
check_status "a pharmacy is none" 77 node p03 confirm "$recall"
check_status "nor a wholesaler" 77 node d1 confirm "$recall"

title "In force"
stop_node p04
from=$(date +%s%N)
check "the agency signs as the second" node agency confirm "$recall"
check_show "every one of the others shows it" "in force" "${holders/ p04/}"
say "        | $((($(date +%s%N) - from) / 1000000)) ms from before the signature until 19 nodes, asked one after the other, had said so"
for n in p01 p02 p03; do
	check_scan "a scan at $n" $n RECALLED 1 "$(packs_of $n | if [ $n = p01 ]; then tail -1; else head -1; fi)"
	check_has "raises no alarm" '"alarm":false'
done
check_status "dispensing is refused" 65 node p02 dispense "$(first p02)"
check_has "for this reason" "recalled"
check_status "shipping too" 65 node p03 ship --to "$(gln d1)" "$(first p03)"
check_status "and of the pallet that holds one pack of it" 65 node d1 ship --to "$(gln p01)" "(00)$pallet"
check_has "which it says of the pallet" "(00)$pallet, or something in it"
check_status "no dispensing is undone" 65 node p01 undo-dispense --never-left "$(first p01)"
check_scan "packs of the other lot are good" d1 UNSIGNED_NOTE 0 "$unrelated"
check "a pharmacy sends its packs back" node p03 return --to "$(gln d1)" "@$work/p03.packs"
check "the wholesaler receives them" node d1 receive "@$work/p03.packs"
check "and returns the pallet as it is" node d1 return --to "$M" "(00)$pallet"
check "who was on the way receives, to send it back" node p18 receive "@$work/p18.packs"
check "the maker looks again" node maker where --gtin $gtin --lot $lot
check_has "41 packs still" "41 packs of"

title "Down meanwhile, and cut off"
start p04
check_show "one that was down finds it after its start" "in force" p04
in_step maker p01 p02 p04
stop_node maker
check_scan "cut off, a scan says so" p01 RECALLED 1 "$(packs_of p01 | tail -1)"
stop_node p02
serve p02
check_scan "and after a start without anybody to ask" p02 RECALLED 1 "$(first p02)"
check "its list says so" node p02 recalls
check_has "still" "in force"
serve maker

title "Let go again"
check "the maker asks to end it" node maker retract "$recall" --reason "only lot L7 was affected"
check_show "every one of the twenty is told" "end proposed" "$holders"
check_scan "it holds until a second party signs" p02 RECALLED 1 "$(first p02)"
check_status "which the maker is not" 77 node maker confirm "$recall"
check "the agency signs" node agency confirm "$recall"
check_show "every one of the twenty lets go" "nothing is recalled" "$holders"
check_scan "a pack is good again" p02 UNSIGNED_NOTE 0 "$(first p02)"
check "and dispensed" node p02 dispense "$(first p02)"
check "the story stays in the list of all" node p05 recalls --all
check_has "as over" "over"

title "Withdrawn in one country"
check "the maker looks what a withdrawal in FR would reach" node maker withdraw $gtin --market FR --preview
check_has "the packs of two pharmacies there" "4 packs of (01)$gtin in or on the way to FR"
check "the agency proposes to withdraw the product in FR" node agency withdraw $gtin --market FR --class 3 --reason "leaflet not in French" --json
recall=$(event)
check "the maker signs" node maker confirm "$recall"
check_show "every one of the twenty shows it" "in force" "$holders"
check_scan "a pharmacy in FR" p17 WITHDRAWN 1 "$(first p17)"
check_status "does not dispense it" 65 node p17 dispense "$(first p17)"
check_has "for this reason" "withdrawn"
check_scan "a pharmacy in DE" p01 UNSIGNED_NOTE 0 "$(packs_of p01 | tail -1)"
check "dispenses it" node p01 dispense "$(packs_of p01 | tail -1)"
check "what is in FR goes back" node p17 return --to "$(gln d2)" "@$work/p17.packs"
in_step maker agency d1 p01 p17
check "audit of the maker's copy" node maker audit
check "audit of a light copy" node p01 audit
say "Took $(($(date +%s) - started)) s."
rm -rf "$work"
finish story_recall
