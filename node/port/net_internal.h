/* Inside the CoAP seam.  A server and each client have a libcoap context of their own: libcoap keeps one set of DTLS
 * credentials in a context, and a client's would overwrite the server's. */
#ifndef RX_NET_INTERNAL_H
#define RX_NET_INTERNAL_H

#include "node/port/net.h"

#include <coap3/coap.h>
#include <uv.h>

#define BLOCK_SZX 6 /* 1024 bytes (RFC 7959 2.2) */
#define BLOCK_BYTES 1024
#define SESSION_MTU 1280 /* IPv6's minimum: no path fragments it */
#define ACK_TIMEOUT_MS 1000 /* libcoap 4.3.1 takes none below 1 s, and says nothing: its own 2 s then stay */
#define MAX_RETRANSMIT 2
#define REPEAT_MS 250 /* what is not answered by then is sent again: a loss costs less than libcoap's 1 s to 1.5 s */
#define KEEPALIVE_S 15
#define SESSIONS_MAX 4096 /* idle ones beyond that are dropped, oldest first */

/* A libcoap context on the loop. */
struct net_context {
	coap_context_t *coap;
	uv_poll_t poll;
	uv_prepare_t prepare;
	unsigned handles; /* still open */
	void (*after_io)(void *owner); /* may be NULL */
	void *owner;
};
MUST_CHECK enum err net_context_new(struct net_context **out, uv_loop_t *loop, void (*after_io)(void *owner), void *owner);
void net_context_free(struct net_context *c); /* accepts NULL */
/* A numeric address.  ERR_CONFIG. */
MUST_CHECK enum err net_address(const char *address, uint16_t port, coap_address_t *out);
/* Our timers on a session. */
void net_tune_session(coap_session_t *s);
/* Certificate, key and CA file for a context; requires the peer's certificate. */
void net_pki(coap_dtls_pki_t *pki, const char *cert_path, const char *key_path, const char *ca_path);

/* What we read of a message's options. */
struct net_options {
	char path[NET_PATH_MAX + 1], query[NET_PATH_MAX + 1];
	size_t path_n, query_n;
	int content_format, accept;
	int observe; /* -1: absent */
	bool has_block1, has_block2, too_long;
	coap_block_t block1, block2;
	uint64_t size1;
	uint8_t etag[8];
	size_t etag_n;
};
void net_read_options(const coap_pdu_t *pdu, struct net_options *o);

/* An unsigned option in its shortest form. */
void net_add_uint(coap_pdu_t *pdu, coap_option_num_t number, uint64_t v);
void net_add_block(coap_pdu_t *pdu, coap_option_num_t number, unsigned num, bool more);
/* Path and query, cut at their separators. */
void net_add_path(coap_pdu_t *pdu, const char *path);
void net_add_query(coap_pdu_t *pdu, const char *query);

/* libcoap's codes are class << 5 | detail. */
static inline int net_code_of(coap_pdu_code_t c)
{
	return (int)(c >> 5) * 100 + (int)(c & 31);
}
static inline coap_pdu_code_t net_code_to(int code)
{
	return (coap_pdu_code_t)(code / 100 << 5 | code % 100);
}

struct net {
	uv_loop_t *loop;
	struct net_server *server; /* at most one */
	struct net_client *clients;
};

#endif
