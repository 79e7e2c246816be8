/* Inside the CoAP client: net_client.c (the session, calls and their ends, answers), net_client_send.c (messages, and
 * sending them once more). */
#ifndef RX_NET_CLIENT_H
#define RX_NET_CLIENT_H

#include "node/port/net_internal.h"

#define CLIENT_TOKEN_LEN 4

struct call {
	struct call *next;
	uint32_t token;
	enum net_method method;
	char path[NET_PATH_MAX + 1], query[NET_PATH_MAX + 1];
	int content_format;
	net_result_fn *done;
	void *ctx;
	unsigned timeout_ms;
	uint64_t deadline_ms;
	uint64_t sent_ms, again_ms; /* its message; when it is sent once more */
	unsigned wait_ms; /* from one to the next */
	bool observe;
	bool over; /* done was called: to be freed when it is safe */
	size_t sent; /* bytes of the body in blocks before the one in flight */
	/* an answer in blocks */
	uint8_t *got;
	size_t got_n, got_cap;
	uint8_t etag[8];
	size_t etag_n;
	size_t n; /* of body */
	uint8_t body[];
};

struct net_client {
	struct net_client *next;
	struct net *net;
	char address[64], cert_path[512], key_path[512], ca_path[512], sni[40];
	uint16_t port;
	struct net_context *context;
	uv_timer_t *timer;
	coap_session_t *session;
	bool dead, refused; /* the session ended; by a handshake that failed */
	bool reopening; /* what libcoap tells of the session that goes is not news */
	bool reopened; /* once for each time that a session is needed */
	uint64_t opened_ms;
	bool in_callback;
	uint32_t tokens;
	unsigned answer_ms; /* how long answers take, smoothed as RFC 6298 does round trips */
	struct call *calls;
	uint64_t heard_ms, pinged_ms; /* pinged_ms 0: no ping is out */
	bool pinged_twice; /* the first may have been lost */
};

uint64_t client_now_ms(void);

/* net_client_send.c */
/* One message of a call: its only one, or the next block of its body or of its answer. */
MUST_CHECK enum err client_send_message(struct net_client *c, struct call *k);
/* What is not answered soon goes out again. */
void client_repeat(struct net_client *c, uint64_t now_ms);
/* The session is up, and what waited for it goes out now. */
void client_sent_now(struct net_client *c);
/* An answer to k came. */
void client_learn(struct net_client *c, const struct call *k);

#endif
