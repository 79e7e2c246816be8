#!/bin/bash
# clone.sh BUILD: three pharmacies far apart, packs and photocopies of them.  A copy of what was dispensed is rejected; a copy
# that comes before the genuine one is set aside, and the second scan far away within minutes is an alarm.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
H=$(gs1 950600013440) B=$(gs1 950600013441) U=$(gs1 950600013442)

# shop NAME GLN LAT,LON: a pharmacy that follows the maker
shop() { org "$1" "$2" pharmacy "$1 pharmacy" "call $1" $((base += 1)) --peer "$M@127.0.0.1:$first" --at "$3"; }
# scan WHAT NAME STATUS PACK
scan() { check_status "$1" "$3" "$bin/rxscan" check --config "$work/$2-scanner/client.conf" "$4"; }
# scan_json WHAT NAME STATUS PACK
scan_json() { check_status "$1" "$3" "$bin/rxscan" check --json --config "$work/$2-scanner/client.conf" "$4"; }
no_risk() { ! grep -q '  risk  \|"risk"' "$work/scan.out"; }

base=$(free_ports 4) first=$base
org maker "$M" manufacturer "Maker" "call maker" "$base" --prefix 9506000134
shop hamburg "$H" 53.551,9.994
shop berlin "$B" 52.520,13.405
shop munich "$U" 48.137,11.576
"$bin/rxnode" genesis --name clone --out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor >/dev/null
for n in maker hamburg berlin munich; do
	cp "$work/genesis.cbor" "$work/$n/"
	serve $n
	[ $n = maker ] || scanner $n
done
node maker ca printer --out "$work/printer" --events >/dev/null
check "3 packs commissioned" commission 3
check "shipped to Hamburg" node maker ship --to "$H" "$(pack 1)" "$(pack 2)"
in_step maker hamburg berlin munich
check "received there" node hamburg receive "$(pack 1)" "$(pack 2)"
check "pack 1 dispensed there" node hamburg dispense "$(pack 1)"
in_step maker hamburg berlin munich

title "A copy of a pack that was dispensed"
scan "Munich scans it: reject" munich 1 "$(pack 1)"
check_has "dispensed by somebody else" "This pack was dispensed already by somebody else"
check_has "and which two sites it is about is withheld from Munich" "Seen 612 km apart within"
check_has "but for itself" "between another party and $U"
check_has "an alarm wants a second reading" "alarm        not yet: scan the label once more"
scan "read again" munich 1 "$(pack 1)"
check_has "raised" "alarm        raised: manufacturer and regulators see it"
in_step maker hamburg berlin munich
check "the maker looks at its alarms" node maker alerts --json
check_has "the site that dispensed it is named" "\"$H\""
check_has "and the one that raised the alarm" "\"$U\""
check "Hamburg, which dispensed it, sees it too" node hamburg alerts
check_has "and by whom it was raised" "munich"
check "Munich, which raised it" node munich alerts
check_has "sees its own case" "DISPENSED_ELSEWHERE"
if grep -q hamburg "$work/last.out"; then bad "and not against whom"; else ok "and not against whom"; fi
check "Berlin, which has nothing to do with it" node berlin alerts
if grep -q DISPENSED_ELSEWHERE "$work/last.out"; then bad "does not"; else ok "does not"; fi

title "A copy that comes before the genuine one"
scan "Berlin scans a copy of pack 3, which is with the maker: quarantine" berlin 2 "$(pack 3)"
check_has "in somebody else's custody" "This pack is in somebody else's custody"
check_has "with a reason that alone is no alarm" "risk         30 of 100: Nobody handed this pack over to $B"
check_has "the sighting is recorded" "noted        that the pack was seen here"
in_step maker hamburg berlin munich
scan "the same scan at the same site" berlin 2 "$(pack 3)"
check_has "only warns" "risk         30 of 100"
scan_json "Munich, minutes later: quarantine still" munich 2 "$(pack 3)"
check_has "the verdict has no alarm of its own" '"reason":"NOT_YOURS","alarm":false'
score=$(sed -n 's/.*"risk":{"score":\([0-9]*\).*/\1/p' "$work/last.out")
[ "${score:-0}" -ge 60 ] && ok "risk $score of 100" || bad "risk $score of 100"
check_has "no pack travels that fast" '"kind":"IMPOSSIBLE_TRAVEL"'
check_has "noted until it is read again" '"report":"noted"'
scan_json "read again" munich 2 "$(pack 3)"
check_has "the alarm is raised" '"report":"raised"'
in_step maker hamburg berlin munich
scan_json "and known from now on" munich 2 "$(pack 3)"
check_has "by its id" '"report":"known","alarm_id":"'

title "The genuine one"
scan "pack 2 at its holder: accept" hamburg 0 "$(pack 2)"
cp "$work/last.out" "$work/scan.out"
check "nothing is found" no_risk
scan "Berlin scans a copy of it" berlin 2 "$(pack 2)"
check_has "which two claim" "Two parties claim this pack: another party had it and it was seen at $B"
scan "read again" berlin 2 "$(pack 2)"
check_has "an alarm" "alarm        raised"
in_step maker hamburg berlin munich
scan "at its holder it is accepted still" hamburg 0 "$(pack 2)"
check_has "but the risk is shown, and who else claims it" "Two parties claim this pack: $B had it and it was seen at $H"
check_has "with what to do" "ask both whether they have it in hand"

title "Cut off"
stop_node maker
scan_json "no full node answers Munich: no verdict" munich 3 "$(pack 3)"
check_has "for this reason" '"reason":"CUT_OFF"'
cp "$work/last.out" "$work/scan.out"
check "and no risk is told" no_risk
scan_json "nor Berlin, whose sighting made the pack no stock of its own" berlin 3 "$(pack 3)"
check_has "for the same reason" '"reason":"CUT_OFF"'
serve maker
check "audit of the maker's copy" node maker audit
rm -rf "$work"
finish clone
