/* FETCH /verify: what the ledger knows about one pack.  It is an oracle for serials, so a device may ask only so often. */
#include "node/core/verdict.h"
#include "node/relay.h"
#include "node/risk_gather.h"
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

/* Advice: what keeps it from being told keeps no verdict from being told. */
static void add_risk(struct node *n, const struct verdict_question *q, struct verdict_facts *f)
{
	enum err e = risk_gather(n->reader, n->habits, q, f->asker, f->now_ms / 1000, &f->risk);

	f->risk_told = e == ERR_OK;
	if (e != ERR_OK)
		node_log("error", "a pack's risk cannot be told: %s", err_text(e));
}

/* A pack in a unit that this member received, as a full node told it then: it stands as the unit does.  Others stay unknown. */
static enum err gather_content(struct node *n, const struct verdict_question *q, uint64_t asker, struct verdict_facts *f)
{
	struct pack_view v;
	uint8_t lot[LOT_MAX];
	size_t lot_n;
	uint64_t sscc;
	int64_t unit;
	enum err e = store_content(n->reader, q->gtin, q->serial, lot, &lot_n, &sscc);

	if (e == ERR_OK)
		e = state_unit(&n->state, sscc, &unit);
	if (e == ERR_OK)
		e = state_unit_view(&n->state, unit, &v);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	memcpy(v.batch.lot, lot, v.batch.lot_n = lot_n);
	v.batch.ev = UINT64_MAX; /* nobody here knows when it was commissioned */
	return verdict_gather_as(&n->state, q, asker, &v, f);
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
	if (e == ERR_OK && cut_off && !f.pack_known)
		e = gather_content(n, &q, req->peer->gln, &f);
	if (e == ERR_OK)
		e = store_head(n->reader, &head);
	if (e == ERR_OK) {
		f.height = head.height;
		f.head_ms = head.time_ms;
		f.now_ms = wall_ms();
		f.cut_off = cut_off;
		if (q.risk_wanted && !cut_off)
			add_risk(n, &q, &f);
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
