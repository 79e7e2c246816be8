/* The node's CoAP resources (schemas/coap.csv): routing and what all of them share. */
#ifndef RX_SERVER_H
#define RX_SERVER_H

#include "node/node.h"
#include "node/problem.h"

#define CF_TEXT_LINKS 40
#define CF_CBOR 60
#define CF_RECEIPT 65003
#define CF_HEAD 65004
#define CF_VERIFY 65005
#define CF_HISTORY 65006
#define CF_CHUNK 65007
#define CF_REPORT 65009

#define CHUNK_BYTES 1000 /* blocks/{height}?c=i: fits one datagram with its CBOR heads */
#define WAIT_FINAL_MS 8000 /* POST /events is held so long before it is answered "pending" */

/* For net_server_config: ctx is the node. */
void server_on_request(void *ctx, struct net_exchange *x, const struct net_request *req);
void server_on_peer_gone(void *ctx, struct net_peer *peer);
enum err server_identify(void *ctx, struct bytes cert, struct net_peer *peer);

/* Resources.  rest: the path after the resource's own name and '/', empty when nothing follows. */
void events_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void events_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void verify_fetch(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void items_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void items_cut_off(struct node *n, struct net_exchange *x, const struct net_request *req);
void head_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void blocks_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void proof_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void where_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void recalls_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void alerts_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void alerts_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void handovers_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void order_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void status_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);
void core_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);

/* Whether the device may ask something more just now, of the cost of so many packs: who may ask without end can guess
 * serials, and keep the loop from its other work. */
bool server_may_ask(struct node *n, struct net_peer *peer, unsigned cost);
/* What an answer cost besides, once it is known: the device waits so much longer. */
void server_charge(struct net_peer *peer, unsigned cost);

/* What the ledger thread told, for those who wait (resource_events.c). */
void events_on_news(struct node *n, const struct ledger_news *news);
/* Answer "pending" to those who have waited long enough. */
void events_on_tick(struct node *n, uint64_t now_ms);

/* Answers. */
void answer_bytes(struct net_exchange *x, int code, int content_format, struct bytes body);
void answer_problem(struct net_exchange *x, const struct problem *p);
void answer_error(struct net_exchange *x, enum err e, const char *detail); /* detail may be NULL */

/* name=digits in a query.  False: absent or not a number. */
bool query_uint(struct bytes query, const char *name, uint64_t *out);
/* What stands behind name= up to the next '&'.  False: absent. */
bool query_text(struct bytes query, const char *name, struct bytes *out);
/* ?at={event number} or ?time={Unix ms}; STORE_NOW without.  ERR_BAD_REQUEST: not a number. */
MUST_CHECK enum err query_as_of(struct node *n, struct bytes query, uint64_t *as_of);
/* Digits alone.  False otherwise. */
bool digits_uint(struct bytes text, uint64_t *out);

#endif
