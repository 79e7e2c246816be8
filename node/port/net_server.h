/* Inside the CoAP server: net_server.c (sessions, requests, answers), net_server_block.c (bodies in blocks),
 * net_observe.c (observers). */
#ifndef RX_NET_SERVER_H
#define RX_NET_SERVER_H

#include "node/port/net_internal.h"

#define TOKEN_MAX 8
#define INLINE_BODY_MAX SESSION_MTU
#define PARTIALS_BYTES_MAX (8u * 1024 * 1024) /* bodies half received, all sessions together */
#define PARTIAL_AGE_MS 30000 /* a body whose next block does not come is forgotten */

/* A body on its way in. */
struct partial {
	uint8_t *p;
	size_t n, cap;
	uint64_t touched_ms;
};

/* The last answer that took more than one block. */
struct sent {
	uint8_t *p;
	size_t n;
	int code, content_format;
	uint8_t etag[8];
	char key[2 * NET_PATH_MAX + 16]; /* what was asked */
	struct hash body_hash;
};

struct peer {
	struct net_peer pub;
	coap_session_t *session;
	struct peer *next, *prev;
	unsigned held; /* exchanges of it */
	bool gone; /* its session has ended */
	uint64_t asked_ms; /* when it asked for something last */
	struct partial partial;
	struct sent sent;
};

struct observer {
	struct observer *next;
	struct peer *peer;
	uint8_t token[TOKEN_MAX];
	size_t token_n;
	struct net_options options; /* path and query */
	uint32_t number; /* RFC 7641 4.4 */
	uint64_t told_ms; /* when it was notified; 0: nothing to repeat */
};

struct net_exchange {
	struct net_exchange *next, *prev; /* held, or free */
	struct net_server *server;
	struct peer *peer;
	coap_session_t *session; /* referenced while held */
	coap_pdu_t *response; /* inside the handler only */
	struct observer *observer;
	bool repeated; /* a notification sent once more */
	uint8_t token[TOKEN_MAX];
	size_t token_n;
	bool answered;
	uint8_t etag[8];
	struct net_request req;
	struct net_options options;
	uint8_t *body; /* a body put together from blocks */
	uint8_t inline_body[INLINE_BODY_MAX];
};

struct net_server {
	struct net *net;
	struct net_server_config cfg;
	char cert_path[512], key_path[512], ca_path[512];
	uint16_t port;
	struct net_context *context;
	uv_timer_t *sweep;
	struct peer *peers;
	unsigned peers_n, held_n;
	uint64_t sessions_made;
	struct net_exchange *held, *free_exchanges;
	struct observer *observers;
	size_t partial_bytes;
	struct { coap_session_t *session; uint64_t since_ms; } half_open[NET_HALF_OPEN_MAX];
	size_t half_open_n;
};

uint64_t server_now_ms(void);
struct net_exchange *server_exchange(struct net_server *s, struct peer *p);
void server_exchange_free(struct net_exchange *x);

/* Options and the slice of the answer that was asked for, into pdu. */
void server_fill(struct net_exchange *x, coap_pdu_t *pdu, const struct net_answer *a);

/* net_server_block.c */
/* One block of a body.  True: it is whole, in x->req.body; false: the response says how to go on or what is wrong. */
bool server_take_block(struct net_exchange *x, struct bytes block);
void server_drop_partial(struct net_server *s, struct peer *p);
void server_drop_old_partials(struct net_server *s, uint64_t now_ms);
/* Keep a long answer for its other blocks. */
void server_keep_sent(struct net_exchange *x, const struct net_answer *a);
/* A later block of the answer kept: filled into the response. */
bool server_answer_from_sent(struct net_exchange *x);
/* Port 0 is not told by libcoap: ask the system for a free one. */
MUST_CHECK enum err server_free_port(coap_address_t *address, uint16_t *port);

/* net_observe.c */
void server_observe(struct net_exchange *x); /* register or deregister, as the option says */
void server_unobserve(struct net_exchange *x);
uint32_t server_observe_number(struct net_exchange *x);
/* Notify once more whoever was notified REPEAT_MS ago and has asked for nothing since: it may not have heard. */
void server_repeat_notifications(struct net_server *s, uint64_t now_ms);
/* token NULL: all of the session; session NULL: all. */
void server_forget_observers(struct net_server *s, const coap_session_t *session, const coap_bin_const_t *token);

#endif
