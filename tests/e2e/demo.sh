#!/bin/sh
# demo.sh BUILD: the whole main job with five nodes on loopback.  Everything it makes stays in BUILD/demo.
# A manufacturer prints and commissions 24 packs, releases their lot and packs ten into a case; they go to a distributor and on
# to a pharmacy, which scans and dispenses; then come the counterfeiter's tricks, the regulator's question, a recall, the audits.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$bin/demo
case $work in */demo) rm -rf "$work" ;; esac
mkdir -p "$work"
. "$(dirname "$0")/lib.inc"
started=$(date +%s)

prefix=9506000134
M=$(gs1 ${prefix}30) D=$(gs1 ${prefix}31) P=$(gs1 ${prefix}32) R=$(gs1 ${prefix}33) Q=$(gs1 ${prefix}34)
gtin=$(gs1 0${prefix}35)
gtin=$(printf '%014d' "$(echo "$gtin" | sed 's/^0*//')")
lot=AB2401
port=$(free_ports 5)
peer=$M@127.0.0.1:$port

# scan NAME WANTED-REASON STATUS INPUT: a scan that must end so
scan() {
	who=$1 reason=$2 want=$3 what=$4 input=$5
	"$bin/rxscan" check --config "$work/$who-scanner/client.conf" --no-report --json "$input" >"$work/last.out" 2>&1
	got=$?
	"$bin/rxscan" check --config "$work/$who-scanner/client.conf" "$input" >"$work/last.txt" 2>&1
	if [ $got = "$want" ] && grep -q "\"reason\":\"$reason\"" "$work/last.out"; then ok "$what: $reason"; else
		bad "$what: wanted $reason and status $want, got status $got"
	fi
	sed 's/^/        | /' "$work/last.txt"
}
png() { ls "$work"/job/labels/*.png | sed -n "$1p"; }
link() { "$bin/rxscan" parse --json "$(png "$1")" | sed -n 's/.*"link":"\([^"]*\)".*/\1/p'; }
links() { # links FROM TO: the packs' links, one a line
	i=$1
	while [ "$i" -le "$2" ]; do
		link "$i"
		i=$((i + 1))
	done
}

# show: what the last command said
show() { sed 's/^/        | /' "$work/last.out"; }
# field NAME: a text of the last JSON answer
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/last.out"; }

title "1. Five organisations, each with its own node, keys and device CA"
org manufacturer "$M" manufacturer "Acme Pharma" "quality@acme.example, +49 30 100" $port --prefix $prefix
org distributor "$D" distributor "MedLog Wholesale" "desk@medlog.example, +49 30 200" $((port + 1)) --peer "$peer"
org pharmacy "$P" pharmacy "City Pharmacy" "info@city.example, +49 30 300" $((port + 2)) --peer "$peer"
org regulator "$R" regulator "Medicines Agency" "traceability@agency.example, +49 30 400" $((port + 3)) --peer "$peer"
org corner "$Q" pharmacy "Corner Pharmacy" "info@corner.example, +49 30 500" $((port + 4)) --peer "$peer"
everyone="manufacturer distributor pharmacy corner regulator"
check "genesis block of five members, the manufacturer validates" "$bin/rxnode" genesis --name "Demo consortium" \
	--out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor
for n in $everyone; do cp "$work/genesis.cbor" "$work/$n/"; done
for n in $everyone; do serve $n && ok "node of the $n answers over CoAP/DTLS"; done
check "certificate for the label printer" node manufacturer ca printer --out "$work/printer" --events
for n in pharmacy corner; do check "certificate for the scanner of the $n" node $n ca scanner --out "$work/$n-scanner"; done

title "2. The manufacturer registers product, lot and label key, prints 24 signed labels and commissions them"
check "label key" "$bin/rxlabel" key --out "$work/label.key"
check "label key on the ledger" node manufacturer label-key --id a1b2c3 --key "$work/label.key.pub" --prefix $prefix
check "product, always signed" node manufacturer product "$gtin" "Examplin 10 mg, 20 tablets" --always-signed
check "lot $lot" node manufacturer lot "$gtin" $lot 2027-12-31
check "release key of the quality people" node manufacturer release-key --out "$work/release.key"
check "24 labels, each read back" "$bin/rxlabel" print --gtin "$gtin" --lot $lot --expiry 271231 --count 24 --out "$work/job" \
	--key "$work/label.key" --key-id a1b2c3
show
check "24 labels applied to their packs" "$bin/rxlabel" mark --as applied --all "$work/job"
check "24 packs commissioned" "$bin/rxlabel" commission --config "$work/printer/client.conf" "$work/job"
show

in_step $everyone
scan corner NOT_RELEASED 2 "a pack stolen off the line, before its lot is released" "$(png 24)"
check "lot $lot released for sale, signed with the release key" node manufacturer release "$gtin" $lot --key "$work/release.key"

title "3. Manufacturer to distributor to pharmacy: a case of ten, and loose packs"
links 1 10 >"$work/first.txt"
links 11 20 >"$work/ten.txt"
links 21 24 >"$work/last.txt"
check "ten packs packed into a case" node manufacturer pack --new --json "@$work/ten.txt"
case1="(00)$(field sscc)"
show
check "the case and 14 packs shipped to the distributor" node manufacturer ship --to "$D" "$case1" "@$work/first.txt" "@$work/last.txt"
show
check "received by the distributor: one scan for the whole case" node distributor receive "$case1" "@$work/first.txt" "@$work/last.txt"
show
check "the distributor sets a pack in the case aside" node distributor lock --reason "dented corner" "$(link 12)"
check_status "with it in there the case does not leave" 65 node distributor ship --to "$P" "$case1"
show
check "it was only the case: unlocked" node distributor unlock "$(link 12)"
check "the case and ten packs shipped to the pharmacy" node distributor ship --to "$P" "$case1" "@$work/first.txt"
in_step manufacturer pharmacy
scan pharmacy NOT_RECEIVED 2 "scanned before receipt" "$(png 1)"
check "received by the pharmacy" node pharmacy receive "$case1" "@$work/first.txt"

title "4. The pharmacist scans the labels' pictures and dispenses"
scan pharmacy GENUINE 0 "genuine pack" "$(png 1)"
scan pharmacy GENUINE 0 "genuine pack out of the case" "$(png 12)"
check "two packs dispensed" node pharmacy dispense "$(link 1)" "$(link 12)"
in_step $everyone
scan pharmacy DISPENSED_HERE 2 "the same pack scanned twice at the counter" "$(png 1)"

title "5. What a counterfeiter would try"
genuine=$(link 3)
serial=$(echo "$genuine" | sed 's|.*/21/\([^?]*\)?.*|\1|')
scan pharmacy SERIAL_UNKNOWN 1 "invented serial" "(01)$gtin(10)$lot(17)271231(21)FAKE123456"
scan pharmacy EXPIRY_MISMATCH 1 "changed expiry" "$(echo "$genuine" | sed 's/17=271231/17=291231/')"
scan pharmacy LOT_MISMATCH 1 "changed lot" "$(echo "$genuine" | sed "s|/10/$lot/|/10/ZZ9999/|")"
"$bin/rxlabel" key --out "$work/fake.key" >/dev/null
echo "$serial" >"$work/stolen.txt"
"$bin/rxlabel" print --gtin "$gtin" --lot $lot --expiry 271231 --count 1 --serials "$work/stolen.txt" --out "$work/fake" \
	--key "$work/fake.key" --key-id a1b2c3 >/dev/null
scan pharmacy SIGNATURE_WRONG 1 "a stolen serial, signed with another key under the maker's key id" "$(ls "$work"/fake/labels/*.png)"
scan pharmacy UNSIGNED 2 "a label without a signature" "(01)$gtin(10)$lot(17)271231(21)$serial"
scan corner DISPENSED_ELSEWHERE 1 "photocopy of a dispensed pack at a second pharmacy" "$(png 1)"
scan corner NOT_YOURS 2 "a pack diverted to a pharmacy that never received it" "$(png 4)"
scan pharmacy UNREADABLE 3 "a garbled scan" "$(echo "$genuine" | sed "s|/01/$gtin/|/01/$(echo "$gtin" | sed 's/3/O/')/|")"

scan pharmacy MISREAD 3 "a genuine label typed in small letters: held back, and no alarm" \
	"(01)$gtin(10)$lot(17)271231(21)$(echo "$serial" | tr A-Z a-z)$(link 3 | sed 's/.*8030=/(8030)/')"

title "6. The regulator asks where a pack was and is"
check "history of one pack" node regulator history "$(link 1)" --why "where the first pack went"
show
check_has "it was shipped by the manufacturer" "Acme Pharma"
check_has "and dispensed by the pharmacy" "dispensed"
in_step $everyone
check "and which alarms are open" node regulator alerts
show
check_has "the photocopy's names both sites" "Corner Pharmacy"
check_status "another pharmacy learns its own steps alone: none" 0 node corner history "$(link 1)"
check_has "and how many there are" "not for this organisation to know"

title "7. A recall: one party proposes, a second one signs"
check "the manufacturer looks whom it would reach" node manufacturer recall "$gtin" $lot --preview
show
check "and proposes the recall" node manufacturer recall "$gtin" $lot --class 2 --reason "glass splinters in blisters" --json
recall=$(field event)
in_step $everyone
scan pharmacy GENUINE 0 "proposed is not yet in force" "$(png 5)"
check_status "the manufacturer is no second party to itself" 77 node manufacturer confirm "$recall"
show
check "the regulator confirms" node regulator confirm "$recall"
show
in_step $everyone
scan pharmacy RECALLED 1 "now a scan says so" "$(png 5)"
stop_node manufacturer
scan pharmacy RECALLED 1 "and says so when no other node can be reached" "$(png 5)"
serve manufacturer
check_status "dispensing is refused" 65 node pharmacy dispense "$(link 5)"
show
check "the pharmacy sends back what is left of the case" node pharmacy return --to "$D" "$case1"
show

title "8. Audits: every copy proves the same chain; a touched copy does not"
in_step $everyone
heads=
for n in $everyone; do
	check "copy of the $n is green" node $n audit
	heads="$heads$(sed -n 's/^  head //p' "$work/last.out")
"
done
[ "$(printf '%s' "$heads" | sort -u | wc -l)" = 1 ] && ok "five copies, one head: $(printf '%s' "$heads" | head -1)" || bad "the heads differ"
check "backup of the distributor's copy" node distributor backup "$work/flipped.db"
cp "$work/flipped.db" "$work/changed.db"
sqlite3 "$work/flipped.db" "UPDATE body SET cose = CAST(substr(cose, 1, 60) || x'00' || substr(cose, 62) AS BLOB) WHERE ev = 5"
check_status "one byte of event 5 flipped: red" 65 "$bin/rxnode" audit --db "$work/flipped.db"
show
check_has "it names the block and the event" "event 5"
sqlite3 "$work/changed.db" "UPDATE custody SET holder = $Q WHERE ev1 = 9223372036854775807 AND
	unit = (SELECT max(unit) FROM custody WHERE ev1 = 9223372036854775807)"
check_status "one state row changed: red" 65 "$bin/rxnode" audit --db "$work/changed.db"
show
check_has "it names the table and the key" "table custody, (01)"

title "Summary"
say "  24 packs printed, ten of them in a case, moved twice, 2 dispensed; 9 tricks tried on them; a recall; 5 copies of one chain, two of them light."
say "  Everything is in $work: labels in job/labels, each node's ledger and log in its folder."
say "  Took $(($(date +%s) - started)) s."
finish demo
