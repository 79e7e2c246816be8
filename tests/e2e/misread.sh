#!/bin/bash
# misread.sh BUILD: a wrongly set handheld raises no alarm, and hides none: what it sends is held back once, with the reason.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

# scan STATUS WHAT OPTION... TEXT: the shop's scanner, with its report
scan() {
	want=$1 what=$2
	shift 2
	check_status "$what" "$want" "$bin/rxscan" check --config "$work/shop-scanner/client.conf" --json "$@"
}
# scan_lines STATUS WHAT LINE...: the same from a handheld, in one run
scan_lines() {
	want=$1 what=$2
	shift 2
	printf '%s\n' "$@" >"$work/lines.txt"
	"$bin/rxscan" check --config "$work/shop-scanner/client.conf" --json - <"$work/lines.txt" >"$work/last.out" 2>&1
	got=$?
	[ $got = "$want" ] && ok "$what" || bad "$what: exit status $got, not $want"
}
# alarms N WHAT: open ones, as the maker sees them
alarms() {
	in_step shop maker
	node maker alerts --json >"$work/alerts.out" 2>&1
	got=$(grep -c '"alarm"' "$work/alerts.out")
	[ "$got" = "$1" ] && ok "$2" || { bad "$2: $got alarms, not $1"; sed 's/^/        | /' "$work/alerts.out"; }
}
label() { printf '(01)%s(10)%s(17)761231(21)%s' $gtin $lot "$1"; }

pair
commission 4 && ok "four packs commissioned" || bad "four packs commissioned"
check "shipped" node maker ship --to "$S" "@$work/packs.txt"
check "received" node shop receive "@$work/packs.txt"
scanner shop

title "1. Slips"
scan 0 "as printed" "$(label SERIAL0001)"
check_has "nothing repaired" '"repeated":false,"gtin"'
scan 3 "typed in small letters" "$(label serial0001)"
check_has "said to be misread" '"reason":"MISREAD"'
check_has "what explains it" '"repair":{"confusion":"case","from":"(01)'
check_has "what it is" "(21)SERIAL0001\",\"applied\":false"
check_has "no alarm" '"alarm":false'
check_has "nothing reported" '"report":""'
scan 3 "O for 0" "$(label SERIALO001)"
check_has "what explains it" '"confusion":"o_0"'
scan 3 "a US handheld at a German computer" "httpsÖ--id.gs1.org-01-$gtin-10-$lot-21-SERIAL0002_17´761231"
check_has "what explains it" '"confusion":"layout_us_de"'
scan 0 "the separator replaced: read all the same" "01${gtin}1776123110$lot|21SERIAL0003"
check_has "and shown" '"repair":{"confusion":"separator"'
scan 0 "the separator lost: read all the same" "01${gtin}1776123110${lot}21SERIAL0003"
check_has "and shown" '"repair":{"confusion":"glued"'
"$bin/rxscan" check --config "$work/shop-scanner/client.conf" "$(label serial0001)" >"$work/last.out"
check_has "and in words" "it is a known pack: (01)$gtin"
alarms 0 "after seven slips no alarm"

title "2. What is false stays false"
scan_lines 1 "an unknown serial" "$(label FAKE123456)" "$(label FAKE123456)"
check_has "at once" '"reason":"SERIAL_UNKNOWN","alarm":true'
alarms 1 "its alarm is raised"
scan_lines 1 "a label printed one slip away from a real one" "$(label serial0004)" "$(label serial0004)"
check_has "held back once" '"reason":"MISREAD"'
check_has "and not again" '"repeated":true'
check_has "its alarm is raised" '"report":"raised"'
alarms 2 "as the manufacturer sees"

title "3. A picture's own error correction vouches for what it says"
echo serial0002 >"$work/fake.txt"
check "a label is printed one slip away from a real one" "$bin/rxlabel" print --gtin $gtin --lot $lot --expiry 761231 --count 1 \
	--serials "$work/fake.txt" --out "$work/fake"
scan 1 "its picture is no slip" "$work"/fake/labels/*.png
check_has "but an unknown serial" '"reason":"SERIAL_UNKNOWN","alarm":true'
check_has "its alarm is raised at once" '"report":"raised"'
alarms 3 "as the manufacturer sees"
rm -rf "$work"
finish misread
