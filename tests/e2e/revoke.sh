#!/bin/bash
# revoke.sh BUILD: a revoked device loses its session and is let in no more; a revoked member's devices neither.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

pair
node maker ca scanner --out "$work/scanner" >/dev/null
node maker ca other --out "$work/other" >/dev/null
scan() { "$bin/rxscan" check --config "$work/$1/client.conf" --json "(01)$gtin(21)NOBODY"; }
check_status "the scanner gets a verdict" 2 scan scanner
# a session that stays open: the same scanner, reading lines
mkfifo "$work/in"
"$bin/rxscan" check --config "$work/scanner/client.conf" --json - <"$work/in" >"$work/session.out" 2>&1 &
session=$!
exec 3>"$work/in"
echo "(01)$gtin(21)ONE" >&3
until_true 10 grep -q PRODUCT_UNKNOWN "$work/session.out" && ok "its open session works" || bad "its open session works"

check "the device is revoked" node maker device revoke "$work/scanner/device.crt"
echo "(01)$gtin(21)TWO" >&3
exec 3>&-
wait $session
grep -q '"failure"' "$work/session.out" && ok "its open session is over" || bad "its open session is over: $(cat "$work/session.out")"
check_status "a new one is refused" 77 scan scanner
check_status "the other scanner works on" 2 scan other

# a device of the shop may ask the maker's node, until its organisation is revoked
node shop ca guest --out "$work/guest" >/dev/null
sed -i "s/^node = .*/node = $M@127.0.0.1:$base/" "$work/guest/client.conf"
cp "$work/maker/ca.crt" "$work/guest/ca.crt"
check_status "any member's device gets a verdict" 2 scan guest
check "the member is revoked" node maker member revoke "$S"
"$bin/rxscan" check --config "$work/guest/client.conf" --json "(01)$gtin(21)X" >"$work/last.out" 2>&1
[ $? -ge 64 ] && ok "its devices are let in no more" || bad "its devices are let in no more"
rm -rf "$work"
finish revoke
