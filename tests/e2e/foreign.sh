#!/bin/bash
# foreign.sh BUILD: other people's CoAP clients, with OpenSSL and with GnuTLS, speak to a node.
bin=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d)
. "$(dirname "$0")/lib.inc"
. "$(dirname "$0")/pair.inc"

pair
url=coaps://127.0.0.1:$base
for client in coap-client-openssl coap-client-gnutls; do
	certificate="-c $work/shop/node.crt -j $work/shop/node.key -C $work/maker/ca.crt -R $work/maker/ca.crt"
	check "$client reads the list of resources" timeout 20 $client -m get $certificate $url/.well-known/core
	check_has "$client: all of them" "</verify>"
	check "$client reads the status" timeout 20 $client -m get $certificate -o "$work/status.cbor" $url/status
	grep -qa Maker "$work/status.cbor" && ok "$client: of the right node" || bad "$client: of the right node"
	timeout 20 $client -m get $certificate $url/nowhere >"$work/last.out" 2>&1
	check_has "$client: 4.04 for what is not there" "4.04"
	timeout 10 $client -v 6 -B 3 -m get -C "$work/maker/ca.crt" $url/status >"$work/last.out" 2>&1
	if grep -qa Maker "$work/last.out"; then bad "$client without a certificate reads nothing"; else ok "$client without a certificate reads nothing"; fi
	grep -qi "no certificate" "$work/last.out" && ok "$client without a certificate is told so" || bad "$client without a certificate is told so"
done
check "the node goes on" node maker status
rm -rf "$work"
finish foreign
