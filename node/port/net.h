/* CoAP (RFC 7252) over DTLS 1.2 with mutual certificates, in our words; only net_*.c sees libcoap.
 * One loop thread owns everything here; other threads reach it through uv_async of their own.
 * Requests and answers are whole bodies: block-wise transfer (RFC 7959) and Observe (RFC 7641) are inside. */
#ifndef RX_NET_H
#define RX_NET_H

#include "node/core/crypto.h"

struct uv_loop_s; /* <uv.h> */
struct net; /* one CoAP context on one loop */

#define NET_BODY_MAX (512 * 1024) /* POST /events: 10,000 packs of 20-character serials take 210 kB; with room */
#define NET_ANSWER_MAX (4 * 1024 * 1024) /* largest answer a client collects; histories of many packs */
#define NET_POST_ANSWER_MAX 1024 /* an answer to POST fits one datagram: no blocks to ask again for */
#define NET_PATH_MAX 255
#define NET_HALF_OPEN_MAX 256 /* handshakes in progress, about 67 kB each: states the memory bound under forged hellos */
#define NET_HALF_OPEN_MANY 64 /* while more than this wait ... */
#define NET_HALF_OPEN_MS 500 /* ... a handshake not done by then is dropped */
#define NET_NSTART 64 /* RFC 7252 4.7, raised: 48 replies/s at 20 ms round trip with the default 1 */

enum net_method { NET_GET, NET_POST, NET_FETCH };

/* Code as class * 100 + detail: 205 is 2.05. */
#define NET_CREATED 201
#define NET_CHANGED 204
#define NET_CONTENT 205
#define NET_FORMAT_NONE (-1)

/* MUST run on the loop's thread.  ERR_NO_MEMORY, ERR_NET. */
MUST_CHECK enum err net_new(struct net **out, struct uv_loop_s *loop);
void net_free(struct net *n); /* closes servers and clients; accepts NULL */

/* ---- server ---- */

struct net_exchange; /* one request waiting for its answer */

struct net_peer { /* who is on the line, from the certificate; constant for the session's life */
	uint64_t gln;
	struct hash device; /* SHA-256 of the device certificate (DER) */
	uint64_t session; /* number of the session, never used twice by this process */
	void *user; /* the server's own (rate limits); freed with on_peer_gone */
};

struct net_request {
	enum net_method method;
	struct bytes path; /* "blocks/17": no leading slash, percent-decoded */
	struct bytes query; /* "c=3&x=4": Uri-Query options joined by '&' */
	int content_format, accept; /* NET_FORMAT_NONE when absent */
	struct bytes body; /* whole; stays until the exchange is answered */
	bool observe; /* the peer asks to be told of changes */
	bool changed; /* net_server_changed() asks on the observing peer's behalf */
	struct net_peer *peer; /* stays until the exchange is answered */
};

struct net_answer {
	int code;
	int content_format; /* NET_FORMAT_NONE without body */
	struct bytes body; /* copied */
	uint32_t max_age_s;
};

struct net_server_config {
	const char *address; /* numeric, "127.0.0.1" or "::1" */
	uint16_t port; /* 0: any free one, see net_server_port() */
	const char *cert_path, *key_path; /* this node's device certificate and key, PEM */
	const char *ca_path; /* PEM bundle of all members' device CAs; read anew for each session */
	void *ctx;
	/* Which organisation is this device certificate (DER) of?  Called at a session's first request, on its own
	 * verification (libcoap's CN callback is never called).  Not ERR_OK: every request gets 4.01. */
	enum err (*identify)(void *ctx, struct bytes cert_der, struct net_peer *peer);
	void (*on_peer_gone)(void *ctx, struct net_peer *peer); /* may be NULL */
	/* Answer now or later with net_answer(), exactly once for each call; an observed resource (req->observe, or a call
	 * that net_server_changed() makes) must be answered before returning. */
	void (*on_request)(void *ctx, struct net_exchange *x, const struct net_request *req);
};

struct net_server;
MUST_CHECK enum err net_server_new(struct net_server **out, struct net *n, const struct net_server_config *cfg);
uint16_t net_server_port(const struct net_server *s);
void net_server_free(struct net_server *s);

/* Answer and forget x.  Works after on_request has returned (a separate response, RFC 7252 5.2.2) and when the
 * peer has gone meanwhile (then nothing is sent).  Bodies over 1 KB go block-wise for GET and FETCH; for POST
 * they must be at most NET_POST_ANSWER_MAX (asserted). */
void net_answer(struct net_exchange *x, const struct net_answer *a);

/* The resource at path changed: each observer of it gets on_request() called anew (GET) and its answer sent, confirmable. */
void net_server_changed(struct net_server *s, struct bytes path);

/* End every session for which match says true (a member or a device was revoked). */
void net_server_drop(struct net_server *s, bool (*match)(void *ctx, const struct net_peer *peer), void *ctx);

struct net_server_stats {
	unsigned sessions, half_open, exchanges_held;
};
struct net_server_stats net_server_stats(const struct net_server *s);

/* ---- client ---- */

struct net_client_config {
	const char *address; /* numeric host */
	uint16_t port;
	const char *cert_path, *key_path; /* own device */
	const char *ca_path; /* the device CA (or CAs) the peer must chain to */
	uint64_t peer_gln; /* the organisation that must answer: SAN DNS "g<GLN>.rxchain" (cert.h) */
};

struct net_client; /* one peer; the session is opened at the first request, kept open, opened anew after a miss */

struct net_result {
	enum err err; /* ERR_OK: an answer came, whatever its code; ERR_TIMEOUT, ERR_NET, ERR_UNAUTHORIZED (handshake refused) */
	int code;
	int content_format;
	struct bytes body; /* borrowed for the call */
};
typedef void net_result_fn(void *ctx, const struct net_result *r);

MUST_CHECK enum err net_client_new(struct net_client **out, struct net *n, const struct net_client_config *cfg);
void net_client_free(struct net_client *c); /* outstanding requests end with ERR_NET first; accepts NULL */

struct net_call {
	enum net_method method;
	const char *path; /* "blocks/17" */
	const char *query; /* "c=3" or NULL */
	int content_format; /* of the body */
	struct bytes body; /* copied; sent block-wise over 1 KB (one in flight, in order: RFC 7959 2.5) */
	unsigned timeout_ms; /* own deadline for the whole exchange; for big bodies for each block */
};

/* Send; done is called exactly once, later, on the loop's thread (never from inside this call).
 * Many may be in flight. */
MUST_CHECK enum err net_client_send(struct net_client *c, const struct net_call *call, net_result_fn *done, void *ctx);

/* Ask to be told when path changes; changed is called with each notification, and with an error when the
 * session went (the caller asks again).  A hint only: read the resource as well.  Asked again while it stands, with the same
 * changed and ctx, it is registered anew: the server may have forgotten. */
MUST_CHECK enum err net_client_observe(struct net_client *c, const char *path, net_result_fn *changed, void *ctx);

/* Run the loop until the answer is there: for commands.  body of out: into buf.  Returns out->err.
 * ERR_NO_SPACE when buf is too small. */
MUST_CHECK enum err net_client_call(struct net_client *c, const struct net_call *call, struct net_result *out, uint8_t *buf,
				    size_t cap);

#endif
