#!/bin/bash
# commands.sh BUILD: what organisations register, announce and declare, and how slips on the command line are told.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"
day() { date -u -d "$1 days" +%Y-%m-%d; }
zeros=$(printf '%064d' 0)

pair
scanner shop
check "a product for two markets, kept cold" node maker product $gtin "Test tablets" --market NL --market DE --storage 2..8
check "described anew: frozen" node maker product $gtin "Test tablets" --storage -25..-15
for slip in "--market Germany" "--market de" "--storage 8..2" "--storage cold" "--storage 2..800" "--storage 2..8C"; do
	check_status "product $slip" 64 node maker product $gtin "Test tablets" $slip
done
check_status "a name longer than 80 bytes" 64 node maker product $gtin "$(printf '%081d' 0)"
check "a lot" node maker lot $gtin $lot 2076-12-31

check "announced for two weeks" node maker lot-notice $gtin $lot --packs 500
in_step maker shop
check_scan "a pack before its serial number" shop DATA_PENDING 2 "$(pack 1)"
check "for as long as may be" node maker lot-notice $gtin $lot --packs 500 --until "$(day 29)"
check_status "no longer" 64 node maker lot-notice $gtin $lot --packs 500 --until "$(day 31)"
check_status "not for yesterday" 64 node maker lot-notice $gtin $lot --packs 500 --until "$(day -1)"
check_status "nor for no packs" 64 node maker lot-notice $gtin $lot --packs 0

check_status "a release wants its key" 64 node maker release $gtin $lot
check_status "not the event key" 65 node maker release $gtin $lot --key "$work/maker/event.key"
check_has "which has another purpose" "another purpose"
check_status "a pharmacy has no release key" 77 node shop release-key --out "$work/none.key"
[ ! -e "$work/none.key" ] && ok "and keeps no file of one" || bad "and keeps no file of one"
check "release key" node maker release-key --out "$work/release.key"
check_status "which is not overwritten" 65 node maker release-key --out "$work/release.key"
check_status "and moves no goods" 65 node maker release $gtin NOLOT --key "$work/release.key"
check "released" node maker release $gtin $lot --key "$work/release.key" --json
released=$(sed -n 's/.*"event":"\([0-9a-f]*\)".*/\1/p' "$work/last.out")
check_status "once" 65 node maker release $gtin $lot --key "$work/release.key"

check "an event declared wrong" node maker correct "$released" --reason "released a day early"
check_status "once" 65 node maker correct "$released" --reason "again"
check_status "another's is not one's own to declare" 77 node shop correct "$released" --reason "not mine"
check_status "a case of no alarm" 65 node maker alarm-case "$zeros" explained --cause "scanner's keyboard layout"
check_has "is not known" "no such alarm"
check_status "a case is explained, confirmed or closed" 64 node maker alarm-case "$zeros" solved --cause "x"

check_status "a class of 1 to 3" 64 node maker recall $gtin $lot --class 4 --reason "x"
check_status "and a reason" 64 node maker recall $gtin $lot --class 1
check_status "a lot's recall knows no market" 64 node maker recall $gtin $lot --class 1 --reason "x" --market NL
check "a preview sends nothing" node maker withdraw $gtin --preview
check "a withdrawal from one market" node maker withdraw $gtin --class 3 --reason "leaflet out of date" --market NL
check_has "waits for the second party" "rxnode confirm"
check_status "nobody confirms what is not there" 65 node maker confirm "$zeros"
check_status "an id is 64 digits" 64 node maker confirm 12

check_status "packs are wanted" 64 node maker ship --to "$S"
check_status "an option of another step" 64 node maker ship --to "$S" --reason "why" "$(pack 1)"
check_has "is named" "--reason is no option of this command"
check_status "a unit is named, or made" 64 node maker pack "$(pack 1)"
check_status "an SSCC's check digit" 64 node maker pack --into 095060001340000018 "$(pack 1)"
check_status "supplying the public is for distributors to register" 64 "$bin/rxnode" init "$work/x" --gln "$M" --role pharmacy \
	--name X --contact x --supplies-public
[ "$(height maker)" = 9 ] && ok "what was a slip sent nothing" || bad "what was a slip sent nothing: height $(height maker), not 9"
rm -rf "$work"
finish commands
