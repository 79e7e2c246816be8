# What the end-to-end scripts share: a consortium of nodes on loopback, checks that count, a clean end.
# The script sets work (a directory of its own, emptied here) and bin (where the programs are) first.
set -u
passed=0
failed=0
pids=

say() { printf '%s\n' "$*"; }
title() { printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

ok() { passed=$((passed + 1)); printf '  ok    %s\n' "$*"; }
bad() { failed=$((failed + 1)); printf '  FAIL  %s\n' "$*"; }
# check WHAT COMMAND...: the command must succeed
check() {
	what=$1
	shift
	if "$@" >"$work/last.out" 2>&1; then ok "$what"; else
		bad "$what"
		sed 's/^/        | /' "$work/last.out"
	fi
}
# check_status WHAT STATUS COMMAND...
check_status() {
	what=$1 want=$2
	shift 2
	"$@" >"$work/last.out" 2>&1
	got=$?
	if [ $got = "$want" ]; then ok "$what"; else
		bad "$what: exit status $got, not $want"
		sed 's/^/        | /' "$work/last.out"
	fi
}
# check_has WHAT TEXT: the last output holds TEXT
check_has() {
	if grep -qF -- "$2" "$work/last.out"; then ok "$1"; else
		bad "$1: \"$2\" is not in:"
		sed 's/^/        | /' "$work/last.out"
	fi
}

# until_true SECONDS COMMAND...: wait for a condition, with a deadline
until_true() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 0.05
	done
}

stop_all() {
	for pid in $pids; do kill "$pid" 2>/dev/null; done
	for pid in $pids; do wait "$pid" 2>/dev/null; done
	pids=
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# check digit of a GS1 key: appended to its other digits
gs1() {
	printf '%s' "$1" | awk '{ s = 0; for (i = length($0); i > 0; i--) s += substr($0, i, 1) * ((length($0) - i) % 2 ? 1 : 3); print $0 (10 - s % 10) % 10 }'
}

# free_ports N: a run of N UDP ports on loopback that nobody has
free_ports() {
	port=$((20000 + $$ % 20000))
	while :; do
		taken=0
		i=0
		while [ $i -lt "$1" ]; do
			grep -qi ":$(printf '%04X' $((port + i))) " /proc/net/udp && taken=1
			i=$((i + 1))
		done
		[ $taken = 0 ] && break
		port=$((port + 97))
	done
	echo $port
}

# org NAME GLN ROLE "TEXT" "CONTACT" PORT [OPTION]...: a node in $work/NAME
org() {
	name=$1 gln=$2 role=$3 text=$4 contact=$5 port_=$6
	shift 6
	"$bin/rxnode" init "$work/$name" --gln "$gln" --role "$role" --name "$text" --contact "$contact" --listen "127.0.0.1:$port_" \
		"$@" >/dev/null
}

# serve NAME [OPTION]...: run its node, wait until it answers
serve() {
	name=$1
	shift
	"$bin/rxnode" serve --config "$work/$name/rxnode.conf" "$@" >>"$work/$name/log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	echo $pid >"$work/$name/pid"
	until_true 20 "$bin/rxnode" status --config "$work/$name/rxnode.conf" || {
		bad "node $name answers"
		tail -5 "$work/$name/log"
		return 1
	}
}

# node NAME COMMAND...: rxnode for that organisation
node() {
	name=$1 cmd=$2
	shift 2
	"$bin/rxnode" "$cmd" --config "$work/$name/rxnode.conf" "$@"
}

height() { node "$1" status --json 2>/dev/null | sed -n 's/.*"height":\([0-9]*\).*/\1/p'; }
same_height() { [ -n "$(height "$1")" ] && [ "$(height "$1")" = "$(height "$2")" ]; }
# in_step NAME NAME...: wait until the others are where the first is
in_step() {
	first=$1
	shift
	for other in "$@"; do
		until_true 20 same_height "$first" "$other" || bad "$other follows $first"
	done
}

finish() { # finish NAME
	stop_all
	printf '\n%s: %d passed, %d failed\n' "$1" $passed $failed
	[ $failed = 0 ]
}
