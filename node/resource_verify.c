/* FETCH /verify: what the ledger knows about one pack.  It is an oracle for serials, so a device may ask only so often. */
#include "node/core/verdict.h"
#include "node/relay.h"
#include "node/server.h"

#include <stdlib.h>
#include <time.h>

#define BURST_S 5 /* a device that was silent may ask so many seconds' worth at once */

struct bucket { /* in net_peer.user */
	uint64_t last_ms;
	double tokens;
};

bool server_may_ask(struct node *n, struct net_peer *peer, unsigned cost)
{
	double rate = n->cfg.verify_per_s, full = rate * BURST_S, price = cost > full && full >= 1 ? full : cost;
	uint64_t now = uv_now(n->loop);
	struct bucket *b = peer->user;

	if (!b) {
		b = peer->user = malloc(sizeof(*b));
		if (!b)
			return false;
		*b = (struct bucket){ .last_ms = now, .tokens = full };
	}
	b->tokens += (double)(now - b->last_ms) * rate / 1000;
	b->last_ms = now;
	if (b->tokens > full)
		b->tokens = full;
	if (b->tokens < price)
		return false;
	b->tokens -= price;
	return true;
}

void server_charge(struct net_peer *peer, unsigned cost)
{
	struct bucket *b = peer->user;

	if (b)
		b->tokens -= cost;
}

static uint64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void answer_verify(struct node *n, struct net_exchange *x, const struct net_request *req, bool cut_off)
{
	uint8_t buf[VERDICT_BYTES_MAX];
	struct verdict_question q;
	struct verdict_facts f;
	struct chain_head head;
	struct verdict v;
	struct bytes body;
	enum err e;

	e = question_decode(&q, req->body);
	if (e == ERR_OK)
		e = verdict_gather(&n->state, &q, req->peer->gln, &f);
	if (e == ERR_OK)
		e = store_head(n->reader, &head);
	if (e == ERR_OK) {
		f.height = head.height;
		f.head_ms = head.time_ms;
		f.now_ms = wall_ms();
		f.cut_off = cut_off;
		verdict_decide(&f, &q, LABEL_UNCHECKED, &v);
		e = answer_encode(&v, &f, buf, sizeof(buf), &body);
	}
	if (e != ERR_OK)
		answer_error(x, e, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_VERIFY, body);
}

/* No full node answers a light copy: own stock and public facts. */
static void verify_cut_off(struct node *n, struct net_exchange *x, const struct net_request *req)
{
	enum err e = store_read_begin(n->reader);

	if (e != ERR_OK)
		answer_error(x, e, "the database cannot be read");
	else
		answer_verify(n, x, req, true);
}

void verify_fetch(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	(void)rest;
	if (!server_may_ask(n, req->peer, 1))
		answer_error(x, ERR_RATE_LIMITED, NULL);
	else if (req->content_format != CF_VERIFY)
		answer_error(x, ERR_BAD_CONTENT_FORMAT, "content-format 65005 is wanted");
	else if (store_is_light(n->reader))
		relay_request(n, x, req, verify_cut_off);
	else
		answer_verify(n, x, req, false);
}
