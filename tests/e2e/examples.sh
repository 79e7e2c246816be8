#!/bin/bash
# examples.sh BUILD: the manuals' examples, each run as it stands, in one place and in the order in which people come to them; but
# on ports that nobody has, and with an expiry far ahead.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
root=$PWD
PATH=$bin:$PATH
export XDG_CONFIG_HOME=$work/config
port=$(free_ports 2)

# block MANUAL N: its example number N
block() {
	awk -v n="$2" '/^\.Bd -literal/ { on = ++at == n; next } /^\.Ed/ { on = 0 } on' "$root/$1" | sed "s/\\\\e$/\\\\/
		s/127.0.0.1:5684/127.0.0.1:$port/; s/127.0.0.1:5685/127.0.0.1:$((port + 1))/; s/291231/761231/; s/2029-12-31/2076-12-31/"
}
# example MANUAL N [STATUS]: its commands succeed, the last one ends with STATUS
example() {
	check_status "$1, example $2: $(block "$1" "$2" | head -1)" "${3:-0}" bash -c "set -e; $(block "$1" "$2")"
}
# sit_at NAME: in the office of whose node that is
sit_at() { ln -sfn "$work/$1" "$XDG_CONFIG_HOME/rxchain"; }

mkdir "$XDG_CONFIG_HOME" && cd "$work" || exit 1
example labels/rxlabel.1 1
example labels/rxlabel.1 2
example labels/rxlabel.1 3
block node/rxnode.8 1 | sed '/ &$/d' >setup
check "node/rxnode.8, example 1: $(head -1 setup)" bash -e setup
while read -r line; do
	eval "$line >>log 2>&1 &"
	pids="$pids $!"
done < <(block node/rxnode.8 1 | sed -n 's/ &$//p')
for name in acme city; do
	check "$name answers" until_true 20 rxnode status --config $name/rxnode.conf
done

sit_at acme
example node/rxnode.8 2
sed -n 's/^M //p' job/job.txt | sed -n 2p >scans
check "labels/rxlabel.1, example 5: $(block labels/rxlabel.1 5)" sh -c "$(block labels/rxlabel.1 5) <scans"
example labels/rxlabel.1 4
check_has "tells what became of all" "10 commissioned"
for picture in job/labels/*.png; do
	rxscan parse --json "$picture" | sed -n 's/.*"link":"\([^"]*\)".*/\1/p'
done | sed 1d >packs.txt # without the label that was destroyed
example node/rxnode.8 3
example node/rxnode.8 5
check_has "is green" "green:"

until_true 20 same_height acme city || bad "city follows acme"
sit_at city
example node/rxnode.8 4
picture=$(echo job/labels/00002-*.png)
cp "$picture" pack.jpg # what a picture is, its content says
cp "$picture" pack.png
example scanner/rxscan.1 1
check_has "is genuine" ACCEPT
sit_at counter
check "scanner/rxscan.1, example 2: $(block scanner/rxscan.1 2)" sh -c "head -1 packs.txt | $(block scanner/rxscan.1 2)"
example scanner/rxscan.1 3 4
example scanner/rxscan.1 4
cd / && stop_all && rm -rf "$work"
finish examples
