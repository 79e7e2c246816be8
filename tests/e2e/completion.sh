#!/bin/bash
# completion.sh BUILD: what make install puts where, and what the completion that it installed offers at the end of a line.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
share=$work/staged/usr/share
san=0
[ "$(basename "$bin")" != san ] || san=1

title "1. Installed"
check "make install" make -s install SAN=$san DESTDIR="$work/staged" PREFIX=/usr
for file in man/man1/rxlabel.1 man/man1/rxscan.1 man/man8/rxnode.8; do
	check "$file" test -s "$share/$file"
done
check "three programs" test -x "$work/staged/usr/bin/rxlabel" -a -x "$work/staged/usr/bin/rxscan" -a -x "$work/staged/usr/bin/rxnode"
for program in rxlabel rxscan rxnode; do
	check "completion of $program is found by its name" bash -c '. "$1" && complete -p "$2"' - \
		"$share/bash-completion/completions/$program" $program
done

title "2. Offered"
PATH=$work/staged/usr/bin:$PATH
. "$share/bash-completion/completions/rxnode"
mkdir -p "$work/here/job" && cd "$work/here" || exit 1
touch label.key 'pack 1.png' packs.txt

# Words as readline takes them apart, the last one being typed ('' when it has not begun) : what is offered, a slash between.
table="
commands of a program            rxlabel ''                                : key/print/verify/mark/report/commission/--help/--version
commands that begin so           rxnode undo-                              : undo-dispense/undo-sample/undo-check-out
options for the program          rxscan --v                                : --version
options of a command             rxlabel print --key                       : --key/--key-id
options where no argument can be rxscan parse --l                          : --lines/--lenient
options where nothing else can   rxnode confirm ''                         : --config/--help/--json/--wait
no option of another command     rxnode ship --from                        :
fixed words                      rxlabel print --symbol ''                 : qr/datamatrix
... that begin so                rxlabel print --symbol d                  : datamatrix
... after an equals sign         rxlabel print --symbol = q                : qr
... when it was only just typed  rxlabel print --symbol =                  : qr/datamatrix
... in capitals                  rxlabel print --ecc ''                    : L/M/Q/H
... that are numbers             rxlabel print --dpi ''                    : 203/300/600
... of a state                   rxlabel mark --as ''                      : read-back/applied/rejected/void
... of a reason                  rxlabel mark --reason un                  : unreadable
... told by the usage line alone rxnode recall --class ''                  : 1/2/3
... as an argument               rxnode member ''                          : add/revoke
... as the second argument       rxnode alarm-case 12 ''                   : explained/confirmed/closed
several words                    rxlabel print --format ''                 : svg/png/zpl/pdf
... each of them once            rxlabel print --format svg,               : svg,png/svg,zpl/svg,pdf
a file after an option           rxlabel print --key la                    : label.key
a file as an argument            rxscan check pa                           : pack 1.png/packs.txt
... after an option without value rxscan check --offline pack              : pack 1.png/packs.txt
... after an option's value      rxscan check --pubkey label.key packs     : packs.txt
... after the end of options     rxscan check -- packs                     : packs.txt
... after others                 rxscan check a.png b.png packs            : packs.txt
directories alone                rxlabel report ''                         : job
an argument after another        rxlabel mark --as applied job pack        : pack 1.png/packs.txt
... after a value by equals sign rxlabel commission --config = client.conf j : job
... none after the last          rxlabel commission job j                  :
... after a word taken apart     rxnode init --peer 95 @ 127.0.0.1 : 5 j   : job
a file of packs                  rxnode ship --to 95 @ packs               : @packs.txt
... in one word                  rxnode ship --to 95 @packs                : @packs.txt
... when it was only just begun  rxnode ship @                             : @job/@label.key/@pack\ 1.png/@packs.txt
... after an option              rxnode receive --missing @ packs          : @packs.txt
... and an equals sign           rxnode receive --missing =@ packs         : @packs.txt
... not without its sign         rxnode ship packs                         :
... where one pack is asked for  rxnode history @ packs                    :
nothing for a number             rxlabel print --count ''                  :
no options after their end       rxscan check -- --                        :
nothing for an unknown command   rxnode shop ''                            :
"
offers() { # WANT WORD...: whether that is offered, in any order
	want=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_rxchain
	printf '%s\n' "${COMPREPLY[@]}" | sort >"$work/offered"
	tr / '\n' <<<"$want" | sort | diff - "$work/offered"
}
while read -r row; do
	[[ $row =~ ^(.*[^\ ])\ +(rx[a-z]+\ .*[^\ ])\ +:\ ?(.*)$ ]] || continue
	name=${BASH_REMATCH[1]} want=${BASH_REMATCH[3]}
	read -ra words <<<"${BASH_REMATCH[2]}"
	check "$name" offers "$want" "${words[@]//\'\'/}"
done <<<"$table"

cd / && rm -rf "$work"
finish completion
