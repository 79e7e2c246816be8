#!/bin/bash
# labels.sh BUILD: a print job from its first serial to the last label on a pack: both symbols read by another program, a job killed
# again and again, labels that are rejected and made anew, and a report in which every serial has its place.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
gtin=09506000134352

print() { "$bin/rxlabel" print --gtin $gtin --lot AB2401 --expiry 761231 --key "$work/label.key" --key-id a1b2c3 "$@"; }
mark() { "$bin/rxlabel" mark "$@"; }
report() { "$bin/rxlabel" report "$@"; }

# the same in place of this shell, so that a kill meets it
print_exec() { exec "$bin/rxlabel" print --gtin $gtin --lot AB2401 --expiry 761231 --key "$work/label.key" --key-id a1b2c3 "$@"; }

# read_by_another KIND AIM WHAT: each picture of the job, by ZXingReader
read_by_another() {
	for picture in "$work/$1"/labels/*.png; do
		ZXingReader "$picture" >"$work/last.out" 2>&1
		grep -q "^Identifier: *$2\$" "$work/last.out" && grep -q "^Bytes: *$3" "$work/last.out" || return 1
	done
}
# a line of the report: N of a state
counts() { report "$1" | grep -q "^ *$3 $2 "; }

title "1. Both symbols"
"$bin/rxlabel" key --out "$work/label.key" >/dev/null
check "QR codes" print --count 10 --out "$work/qr" --upper-case --dpi 203
check "DataMatrix" print --count 10 --out "$work/datamatrix" --symbol datamatrix --format png,zpl
check "ZXingReader reads each QR code as a link in capitals" read_by_another qr ']Q1' '48 54 54 50 53 3A 2F 2F 49 44 2E 47 53 31 2E 4F 52 47 2F '
check "and each DataMatrix as GS1 data" read_by_another datamatrix ']d2' '30 31 30 39 35 30 36 30 30 30 31 33 34 33 35 32 32 31 '
check "their signatures verify" "$bin/rxlabel" verify --pubkey "$work/label.key.pub" "$work"/qr/labels/*.png "$work"/datamatrix/labels/*.png
check_status "the same job with another symbol is refused" 65 print --count 10 --out "$work/qr" --symbol datamatrix
check_status "a day 00 is refused" 64 "$bin/rxlabel" print --gtin $gtin --lot L --expiry 761200 --count 1 --out "$work/none"

title "   on sheets, and as single pages"
cat >"$work/box.layout" <<'LAYOUT'
# for folding boxes
label 60 30
symbol 1 1
text 26 6 2.4 (01) {gtin}
text 26 11 2.4 (21) {serial}
text 26 27 3.2 EXP {expiry}
LAYOUT
check "fourteen labels on a page, and one more" print --count 15 --out "$work/sheets" --format pdf --page A4 --layout "$work/box.layout"
[ "$(cd "$work/sheets/sheets" && echo *)" = "00001-00014.pdf 00015-00015.pdf" ] && ok "two sheets" || bad "two sheets"
pdftoppm -r 300 -gray -png "$work/sheets/sheets/00001-00014.pdf" "$work/sheet"
"$bin/rxscan" parse --json "$work"/sheet*.png >"$work/last.out" 2>&1
[ "$(grep -o '"21":"[^"]*"' "$work/last.out" | sort -u | wc -l)" = 14 ] && ok "all fourteen are read from the page" || bad "all fourteen are read"
pdftoppm -r 300 -gray -png "$work"/sheets/labels/00003-*.pdf "$work/single"
check "a single label's page" ZXingReader "$work"/single*.png
check_has "... is as it should be" "Identifier: ]Q1"
check_has "... and says its serial" "$(sed -n 's/^M //p' "$work/sheets/job.txt" | sed -n 3p)"
check_status "a sheet wants a layout" 64 print --count 1 --out "$work/none" --page A4
printf 'label 300 30\nsymbol 1 1\n' >"$work/wide.layout"
check_status "on which a label fits" 64 print --count 1 --out "$work/none" --page A4 --layout "$work/wide.layout"
printf 'label 60 30\nsymbl 1 1\n' >"$work/bad.layout"
check_status "a template's mistake is named" 65 print --count 1 --out "$work/none" --layout "$work/bad.layout"
check_has "... by its line" "bad.layout:2: neither label, symbol nor text"

title "2. A job that is killed goes on where it was"
lines() { wc -l <"$work/big/job.txt" || echo 0; }
grew_or_ended() { [ "$(lines)" -gt "$1" ] || ! kill -0 $pid; }
killed=0
mkdir "$work/big"
while [ $killed -lt 20 ]; do
	before=$(lines 2>/dev/null)
	(print_exec --count 3000 --out "$work/big" --format svg >"$work/last.out" 2>&1) &
	pid=$!
	until_true 10 grew_or_ended $((before + 100))
	kill -9 $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
	counts "$work/big" printed 3000 && break
done
[ $killed -ge 5 ] && ok "killed $killed times" || bad "killed $killed times only"
check "the same command again makes the rest" print --count 3000 --out "$work/big" --format svg
check "3000 printed, none missing" counts "$work/big" printed 3000
[ "$(grep '^M ' "$work/big/job.txt" | sort | uniq -d | wc -l)" = 0 ] && ok "no serial twice" || bad "no serial twice"
[ "$(ls "$work/big/labels" | wc -l)" = 3000 ] && ok "a file for each" || bad "a file for each"

title "3. What becomes of each label"
serial() { sed -n "s/^M //p" "$work/qr/job.txt" | sed -n "$1p"; }
check "one read back on the line" mark --as read-back "$work/qr" "$work/qr/labels/00001-$(serial 1).png"
check_status "a label of another job is refused" 66 mark --as read-back "$work/qr" "$work/datamatrix/labels/00001-$(sed -n 's/^M //p' "$work/datamatrix/job.txt" | head -1).png"
check_has "and named" "no label of this job says that"
check "two rejected" mark --as rejected --reason misprint "$work/qr" "$(serial 2)" "$(serial 3)"
check_status "a rejected one cannot be applied" 65 mark --as applied "$work/qr" "$(serial 2)"
touch "$work/qr/event.cose"
check_status "nothing becomes void while the ledger is being told" 75 mark --as void --all "$work/qr"
rm "$work/qr/event.cose"
check "they are void" mark --as void --all "$work/qr"
check_has "and two will be made" "makes 2 in their place"
check "the print command makes two more" print --count 10 --out "$work/qr" --upper-case --dpi 203
printf '%s\n' "$(serial 1)" "$(serial 4)" "(01)$gtin(21)$(serial 5)(17)761231(10)AB2401" "(01)$gtin(21)$(serial 6)(10)OTHER" >"$work/scans.txt"
check_status "scans come in; one is of another lot" 66 sh -c '"$0" mark --as applied "$1" - <"$2"' "$bin/rxlabel" "$work/qr" "$work/scans.txt"
check_has "it is named by its line" "standard input:4"
check "the report" report "$work/qr"
for line in '3 applied' '7 printed' '2 void'; do check_has "... $line" "$line"; done
check "each serial" report --csv "$work/qr"
check_has "... with what took its place" "2,$(serial 2),void,misprint,$(serial 11)"
title "4. To a label printer"
base=$(free_ports 1)
printer() { "$bin/tests/e2e/printer" $base "$@" & pids="$pids $!"; printer=$!; }
listening() { (exec 3<>/dev/tcp/127.0.0.1/$base) 2>/dev/null; }
check_status "nobody is there" 69 print --count 3 --out "$work/printed" --to 127.0.0.1:$base
printer "$work/paper.zpl"
until_true 10 listening
check "three labels" print --count 3 --out "$work/printed" --to 127.0.0.1:$base
until_true 10 eval '[ "$(grep -c "^.XZ" "$work/paper.zpl")" = 3 ]' && ok "... arrive" || bad "... arrive"
kill $printer
wait $printer 2>/dev/null
printer "$work/paper.zpl" 300000
until_true 10 listening
check_status "a printer that dies in the middle of a job" 74 print --count 300 --out "$work/died" --to 127.0.0.1:$base
printer "$work/paper.zpl"
until_true 10 listening
check "another one makes the rest" print --count 300 --out "$work/died" --to 127.0.0.1:$base
check_has "... but for those that were on their way" "labels were on their way to the printer"
check "they are void" mark --as void --all "$work/died"
check "and made anew" print --count 300 --out "$work/died" --to 127.0.0.1:$base
check "300 printed" counts "$work/died" printed 300
until_true 10 eval 'grep -q "$(sed -n "s/^M //p" "$work/died/job.txt" | tail -1)" "$work/paper.zpl"'
[ "$(grep -o 'SN  [0-9A-Z]*' "$work/paper.zpl" | sort | uniq -d | wc -l)" = 0 ] && ok "no serial on two labels" || bad "no serial on two labels"
check "to standard output" sh -c '"$@" 2>/dev/null | grep -c "^.XZ" | grep -qx 5' sh "$bin/rxlabel" print --gtin $gtin --lot L --expiry 761231 --count 5 --to - --out "$work/out"
rm -rf "$work"
finish labels
