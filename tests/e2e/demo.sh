#!/bin/sh
# demo.sh BUILD: the whole main job with four nodes on loopback.  Everything it makes stays in BUILD/demo.
# A manufacturer prints and commissions 24 packs; they go to a distributor and on to a pharmacy, which scans and dispenses;
# then come the counterfeiter's tricks, the regulator's question, and the audits.
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
port=$(free_ports 4)
peer=$M@127.0.0.1:$port

# scan NAME WANTED-REASON STATUS INPUT: a scan that must end so
scan() {
	who=$1 reason=$2 want=$3 what=$4 input=$5
	"$bin/rxscan" check --config "$work/$who-scanner/client.conf" --json "$input" >"$work/last.out" 2>&1
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

title "1. Four organisations, each with its own node, keys and device CA"
org manufacturer "$M" manufacturer "Acme Pharma" "quality@acme.example, +49 30 100" $port --prefix $prefix
org distributor "$D" distributor "MedLog Wholesale" "desk@medlog.example, +49 30 200" $((port + 1)) --peer "$peer"
org pharmacy "$P" pharmacy "City Pharmacy" "info@city.example, +49 30 300" $((port + 2)) --peer "$peer"
org regulator "$R" regulator "Medicines Agency" "traceability@agency.example, +49 30 400" $((port + 3)) --peer "$peer"
# a second pharmacy, without a node of its own: its scanner asks the regulator's
org corner "$Q" pharmacy "Corner Pharmacy" "info@corner.example, +49 30 500" $((port + 3))
check "genesis block of five members, the manufacturer validates" "$bin/rxnode" genesis --name "Demo consortium" \
	--out "$work/genesis.cbor" --validator "$M" "$work"/*/join.cbor
for n in manufacturer distributor pharmacy regulator; do cp "$work/genesis.cbor" "$work/$n/"; done
for n in manufacturer distributor pharmacy regulator; do serve $n && ok "node of the $n answers over CoAP/DTLS"; done
check "certificate for the label printer" node manufacturer ca printer --out "$work/printer" --events
for n in pharmacy regulator corner; do check "certificate for the scanner of the $n" node $n ca scanner --out "$work/$n-scanner"; done
sed -i "s/^node = .*/node = $R@127.0.0.1:$((port + 3))/" "$work/corner-scanner/client.conf"
cp "$work/regulator/ca.crt" "$work/corner-scanner/ca.crt"

title "2. The manufacturer registers product, lot and label key, prints 24 signed labels and commissions them"
check "label key" "$bin/rxlabel" key --out "$work/label.key"
check "label key on the ledger" node manufacturer label-key --id a1b2c3 --key "$work/label.key.pub" --prefix $prefix
check "product, always signed" node manufacturer product "$gtin" "Examplin 10 mg, 20 tablets" --always-signed
check "lot $lot" node manufacturer lot "$gtin" $lot 2027-12-31
check "24 labels, each read back" "$bin/rxlabel" print --gtin "$gtin" --lot $lot --expiry 271231 --count 24 --out "$work/job" \
	--key "$work/label.key" --key-id a1b2c3
sed 's/^/        | /' "$work/last.out"
check "24 packs commissioned" "$bin/rxlabel" commission --config "$work/printer/client.conf" "$work/job"
sed 's/^/        | /' "$work/last.out"

title "3. Manufacturer to distributor to pharmacy"
links 1 24 >"$work/all.txt"
links 1 20 >"$work/twenty.txt"
check "24 packs shipped to the distributor" node manufacturer ship --to "$D" "@$work/all.txt"
check "24 packs received by the distributor" node distributor receive "@$work/all.txt"
check "20 packs shipped to the pharmacy" node distributor ship --to "$P" "@$work/twenty.txt"
in_step manufacturer pharmacy
scan pharmacy NOT_RECEIVED 2 "scanned before receipt" "$(png 1)"
check "20 packs received by the pharmacy" node pharmacy receive "@$work/twenty.txt"

title "4. The pharmacist scans the labels' pictures and dispenses"
scan pharmacy GENUINE 0 "genuine pack" "$(png 1)"
scan pharmacy GENUINE 0 "genuine pack" "$(png 2)"
check "two packs dispensed" node pharmacy dispense "$(link 1)" "$(link 2)"
in_step manufacturer pharmacy regulator distributor
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

title "6. The regulator asks where a pack was and is"
check "history of one pack" node regulator history "$(link 1)"
sed 's/^/        | /' "$work/last.out"
check_has "it was shipped by the manufacturer" "Acme Pharma"
check_has "and dispensed by the pharmacy" "dispensed"

title "7. Audits: every copy proves the same chain; a touched copy does not"
heads=
for n in manufacturer distributor pharmacy regulator; do
	check "copy of the $n is green" node $n audit
	heads="$heads$(sed -n 's/^  head //p' "$work/last.out")
"
done
[ "$(printf '%s' "$heads" | sort -u | wc -l)" = 1 ] && ok "four copies, one head: $(printf '%s' "$heads" | head -1)" || bad "the heads differ"
check "backup of the pharmacy's copy" node pharmacy backup "$work/flipped.db"
cp "$work/flipped.db" "$work/changed.db"
sqlite3 "$work/flipped.db" "UPDATE body SET cose = CAST(substr(cose, 1, 60) || x'00' || substr(cose, 62) AS BLOB) WHERE ev = 5"
check_status "one byte of event 5 flipped: red" 65 "$bin/rxnode" audit --db "$work/flipped.db"
sed 's/^/        | /' "$work/last.out"
check_has "it names the block and the event" "event 5"
sqlite3 "$work/changed.db" "UPDATE custody SET holder = $Q WHERE unit = 4 AND ev1 = 9223372036854775807"
check_status "one state row changed: red" 65 "$bin/rxnode" audit --db "$work/changed.db"
sed 's/^/        | /' "$work/last.out"
check_has "it names the table and the key" "table custody, (01)"

title "Summary"
say "  24 packs printed, moved twice, 2 dispensed; 8 tricks tried on them; 4 copies of one chain."
say "  Everything is in $work: labels in job/labels, each node's ledger and log in its folder."
say "  Took $(($(date +%s) - started)) s."
finish demo
