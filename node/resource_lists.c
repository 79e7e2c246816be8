/* GET /where, /recalls, /alerts, /handovers. */
#include "node/core/rules.h"
#include "node/reading.h"
#include "node/server.h"

#include "labels/gs1/gs1_id.h"

#include <stdlib.h>
#include <time.h>

/* A list that grows as its rows come; what is one row fits ROW_BYTES_MAX. */
#define ROW_BYTES_MAX 1024
#define LIST_COST 40 /* a list is a walk over all rows of its kind: with the rates as they come, five a second */

struct list {
	struct node *n;
	struct asker asker;
	bool all;
	struct country market; /* of where; none: everywhere */
	uint8_t *buf;
	size_t used, cap, rows;
};

static enum err list_begin(struct list *l, struct node *n, const struct net_request *req)
{
	struct chain_head head = { .time_ms = 0 };
	enum err e = store_head(n->reader, &head);

	*l = (struct list){ .n = n, .asker = { &n->state, req->peer->gln, head.time_ms } };
	if (e == ERR_OK && !req->changed && !server_may_ask(n, req->peer, LIST_COST))
		return ERR_RATE_LIMITED;
	return e;
}

/* Room for one row; list_took() when it is written. */
static enum err list_row(struct list *l, struct wr *w)
{
	if (l->cap - l->used < ROW_BYTES_MAX) {
		size_t cap = l->cap ? l->cap * 2 : 16 * ROW_BYTES_MAX;
		uint8_t *buf = cap <= NET_ANSWER_MAX ? realloc(l->buf, cap) : NULL;

		if (!buf)
			return cap > NET_ANSWER_MAX ? ERR_TOO_LARGE : ERR_NO_MEMORY;
		l->buf = buf;
		l->cap = cap;
	}
	wr_init(w, l->buf + l->used, l->cap - l->used);
	return ERR_OK;
}

static enum err list_took(struct list *l, const struct wr *w)
{
	struct bytes row;
	enum err e = wr_end(w, &row);

	l->used += e == ERR_OK ? row.n : 0;
	l->rows += e == ERR_OK;
	return e;
}

/* head: what stands before the rows, a finished piece; the rows as an array. */
static void list_answer(struct list *l, struct net_exchange *x, enum err e, struct bytes head, const char *detail)
{
	struct bytes body;
	uint8_t *whole = e == ERR_OK ? malloc(head.n + l->used + 16) : NULL;
	struct wr w;

	if (e == ERR_OK && !whole)
		e = ERR_NO_MEMORY;
	if (e == ERR_OK) {
		wr_init(&w, whole, head.n + l->used + 16);
		wr_raw(&w, head);
		wr_array(&w, l->rows);
		wr_raw(&w, bytes_of(l->buf, l->used));
		e = wr_end(&w, &body);
	}
	if (e != ERR_OK)
		answer_error(x, e, detail);
	else
		answer_bytes(x, NET_CONTENT, CF_CBOR, body);
	free(whole);
	free(l->buf);
}

/* A member's name; "" for nobody. */
static enum err write_name(struct list *l, struct wr *w, uint64_t gln)
{
	struct member_row m = { .name_n = 0 };
	enum err e = gln ? state_member(&l->n->state, gln, &m) : ERR_OK;

	wr_tstr(w, bytes_of(m.name, m.name_n));
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err write_product(struct list *l, struct wr *w, uint64_t gtin)
{
	struct product_row p = { .name_n = 0 };
	enum err e = state_product(&l->n->state, gtin, &p);

	wr_tstr(w, bytes_of(p.name, e == ERR_OK ? p.name_n : 0)); /* an alarm may be about one that nobody registered */
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- where ---- */

static enum err in_market(struct list *l, uint64_t gln, bool *yes)
{
	struct member_row m;
	enum err e;

	*yes = !l->market.c[0];
	if (*yes || gln == 0)
		return ERR_OK;
	e = state_member(&l->n->state, gln, &m);
	*yes = e == ERR_OK && rules_in_market(&l->market, &m.country);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* node.cddl: whereabouts = [ holder: gln, name: tstr, state: 1..8, peer: gln / 0, peer-name: tstr, packs: uint ] */
static enum err take_whereabouts(void *ctx, const struct where_row *row)
{
	struct list *l = ctx;
	struct wr w;
	bool there = false;
	enum err e = in_market(l, row->holder, &there);

	if (e == ERR_OK && !there)
		e = in_market(l, row->peer, &there);
	if (e != ERR_OK || !there)
		return e;
	e = list_row(l, &w);
	if (e != ERR_OK)
		return e;
	wr_array(&w, 6);
	wr_uint(&w, row->holder);
	e = write_name(l, &w, row->holder);
	wr_uint(&w, (uint64_t)row->state);
	wr_uint(&w, row->peer);
	if (e == ERR_OK)
		e = write_name(l, &w, row->peer);
	wr_uint(&w, row->packs);
	return e == ERR_OK ? list_took(l, &w) : e;
}

/* The lot is the rest of the query, which ends before it: CSET 82 has '&' and '='. */
static void cut_lot(struct bytes *query, struct bytes *lot)
{
	*lot = bytes_of(NULL, 0);
	if (!query_text(*query, "lot", lot))
		return;
	lot->n = (size_t)(query->p + query->n - lot->p);
	query->n -= lot->n;
}

static enum err parse_where(struct bytes query, uint64_t *gtin, struct country *market, struct bytes lot)
{
	struct bytes text;

	if (!query_text(query, "gtin", &text) || gs1_gtin_parse(text, gtin) != ERR_OK)
		return ERR_BAD_REQUEST;
	if (query_text(query, "market", &text)) {
		if (text.n != sizeof(market->c))
			return ERR_BAD_REQUEST;
		memcpy(market->c, text.p, sizeof(market->c));
	}
	return lot.p && (lot.n > LOT_MAX || !gs1_is_cset82(lot)) ? ERR_BAD_REQUEST : ERR_OK;
}

static enum err known_lot(struct node *n, uint64_t gtin, struct bytes lot)
{
	struct product_row product;
	struct lot_row row;
	enum err e = state_product(&n->state, gtin, &product);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_UNKNOWN_PRODUCT : e;
	e = lot.p ? state_lot(&n->state, gtin, lot, &row) : ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_LOT : e;
}

/* node.cddl: where = [ height: uint, time-ms: uint, gtin, lot: tstr / null, [* whereabouts] ] */
static struct bytes write_where_head(uint8_t *buf, size_t cap, const struct chain_head *head, uint64_t gtin, struct bytes lot)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_array(&w, 5);
	wr_uint(&w, head->height);
	wr_uint(&w, head->time_ms);
	wr_uint(&w, gtin);
	if (lot.p)
		wr_tstr(&w, lot);
	else
		wr_null(&w);
	return bytes_of(buf, w.n);
}

void where_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint8_t buf[64 + LOT_MAX];
	char what[READ_WHAT_MAX];
	struct chain_head head;
	struct bytes query = req->query, lot, start = bytes_of(NULL, 0);
	uint64_t gtin, as_of;
	struct list l;
	enum err e = list_begin(&l, n, req);

	(void)rest;
	cut_lot(&query, &lot);
	if (e == ERR_OK)
		e = parse_where(query, &gtin, &l.market, lot);
	if (e == ERR_OK)
		e = query_as_of(n, query, &as_of);
	if (e == ERR_OK)
		e = read_may_where(&l.asker, gtin, read_what_lot(what, gtin, lot));
	if (e == ERR_OK)
		e = known_lot(n, gtin, lot);
	if (e == ERR_OK)
		e = store_where(n->reader, gtin, lot, as_of, take_whereabouts, &l);
	if (e == ERR_OK)
		e = store_head(n->reader, &head);
	if (e == ERR_OK)
		start = write_where_head(buf, sizeof(buf), &head, gtin, lot);
	list_answer(&l, x, e, start, e == ERR_BAD_REQUEST ? "where?gtin={14 digits}&at={event} or &time={ms}&market={CC}&lot={lot}, the lot last" : NULL);
}

/* ---- recalls ---- */

static enum err time_of(struct list *l, uint64_t ev, uint64_t *ms)
{
	struct event_row row = { .header_ms = 0 };
	enum err e = ev ? state_event(&l->n->state, ev, &row) : ERR_OK;

	*ms = row.header_ms;
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static void write_market(struct wr *w, const struct country *c)
{
	if (c->c[0])
		wr_tstr(w, bytes_of(c->c, sizeof(c->c)));
	else
		wr_null(w);
}

/* node.cddl: recall = [ ev, id: hash, type: uint, gtin, lot: tstr / null, market: tstr / null, class: 1..3, why: tstr, state: 1..4, */
static enum err write_recall(struct list *l, struct wr *w, uint64_t ev, const struct event_row *row, const struct recall_row *r)
{
	uint64_t force_ms, retract_ms;
	enum err e = time_of(l, r->force_ev, &force_ms);

	if (e == ERR_OK)
		e = time_of(l, r->retract_ev, &retract_ms);
	if (e != ERR_OK)
		return e;
	wr_array(w, 17);
	wr_uint(w, ev);
	wr_bstr(w, hash_bytes(&row->id));
	wr_uint(w, row->type);
	wr_uint(w, r->gtin);
	if (r->lot_n)
		wr_tstr(w, bytes_of(r->lot, r->lot_n));
	else
		wr_null(w);
	write_market(w, &r->market);
	wr_uint(w, r->defect);
	wr_tstr(w, bytes_of(r->why, r->why_n));
	wr_uint(w, (uint64_t)r->state);
	wr_uint(w, r->proposer);
	e = write_name(l, w, r->proposer);
	wr_uint(w, r->second);
	wr_uint(w, row->header_ms);
	wr_uint(w, force_ms);
	wr_uint(w, retract_ms);
	if (e == ERR_OK)
		e = write_product(l, w, r->gtin);
	return e == ERR_OK ? write_name(l, w, r->second) : e;
}

static enum err take_recall(void *ctx, struct bytes key, struct bytes value)
{
	struct list *l = ctx;
	struct event_row row;
	struct recall_row r;
	struct key_parts k;
	struct wr w;
	enum err e = key_parse(key, &k);

	if (e == ERR_OK)
		e = recall_row_decode(value, &r);
	if (e != ERR_OK || (r.state == RECALL_OVER && !l->all))
		return e;
	e = state_event(&l->n->state, k.n, &row);
	if (e == ERR_OK)
		e = list_row(l, &w);
	if (e == ERR_OK)
		e = write_recall(l, &w, k.n, &row, &r);
	return e == ERR_OK ? list_took(l, &w) : e;
}

void recalls_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint64_t all = 0;
	struct list l;
	enum err e = list_begin(&l, n, req);

	(void)rest;
	l.all = query_uint(req->query, "all", &all) && all != 0;
	if (e == ERR_OK)
		e = store_facts(n->reader, KEY_RECALL, take_recall, &l);
	list_answer(&l, x, e, bytes_of(NULL, 0), NULL);
}

/* ---- alerts ---- */

/* node.cddl: alert = [ alarm: hash, gtin, serial: tstr, product: tstr, reason: uint, state: 1..3, by: gln, by-name: tstr, place: gln, */
static enum err write_alert(struct list *l, struct wr *w, struct bytes id, const struct alarm_row *a)
{
	struct event_row raised, first = { .signer = 0 };
	bool told = false;
	enum err e = state_event(&l->n->state, a->raised_ev, &raised);

	if (e == ERR_OK)
		e = read_may_first(&l->asker, a, &told);
	if (e == ERR_OK && told)
		e = state_event(&l->n->state, a->first_ev, &first);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	wr_array(w, 19);
	wr_bstr(w, id);
	wr_uint(w, a->gtin);
	wr_tstr(w, bytes_of(a->serial, a->serial_n));
	e = write_product(l, w, a->gtin);
	wr_uint(w, a->reason);
	wr_uint(w, (uint64_t)a->state);
	wr_uint(w, a->by);
	if (e == ERR_OK)
		e = write_name(l, w, a->by);
	wr_uint(w, a->place);
	wr_uint(w, a->time_s);
	wr_uint(w, a->raised_ev);
	wr_bstr(w, hash_bytes(&raised.id));
	wr_uint(w, told ? a->first_ev : 0);
	wr_uint(w, first.signer);
	if (e == ERR_OK)
		e = write_name(l, w, first.signer);
	wr_uint(w, first.place);
	wr_uint(w, first.time_s);
	wr_uint(w, a->seen);
	wr_tstr(w, bytes_of(a->cause, a->cause_n));
	return e;
}

static enum err take_alert(void *ctx, struct bytes key, struct bytes value)
{
	struct list *l = ctx;
	struct alarm_row a;
	struct key_parts k;
	struct wr w;
	bool may = false;
	enum err e = key_parse(key, &k);

	if (e == ERR_OK)
		e = alarm_row_decode(value, &a);
	if (e != ERR_OK || a.state == ALARM_CLOSED)
		return e;
	e = read_may_alarm(&l->asker, &a, &may);
	if (e != ERR_OK || !may)
		return e;
	e = list_row(l, &w);
	if (e == ERR_OK)
		e = write_alert(l, &w, k.b, &a);
	return e == ERR_OK ? list_took(l, &w) : e;
}

void alerts_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	struct list l;
	enum err e = list_begin(&l, n, req);

	(void)rest;
	if (e == ERR_OK)
		e = store_facts(n->reader, KEY_ALARM, take_alert, &l);
	list_answer(&l, x, e, bytes_of(NULL, 0), NULL);
}

/* ---- handovers ---- */

/* node.cddl: handover = [ what: child, giver: gln, giver-name: tstr, taker: gln, taker-name: tstr, claimed: bool, ev, id: hash, time: uint, */
static enum err write_handover(struct list *l, struct wr *w, const struct handover_row *h)
{
	uint64_t now = (uint64_t)time(NULL), since = h->event.header_ms / 1000;
	enum err e;

	wr_array(w, 10);
	if (h->what.sscc) {
		wr_uint(w, h->what.sscc);
	} else {
		wr_array(w, 2);
		wr_uint(w, h->what.gtin);
		wr_tstr(w, bytes_of(h->what.serial, h->what.serial_n));
	}
	wr_uint(w, h->giver);
	e = write_name(l, w, h->giver);
	wr_uint(w, h->taker);
	if (e == ERR_OK)
		e = write_name(l, w, h->taker);
	wr_bool(w, h->claimed);
	wr_uint(w, h->ev);
	wr_bstr(w, hash_bytes(&h->event.id));
	wr_uint(w, h->event.time_s);
	wr_uint(w, now > since ? now - since : 0);
	return e;
}

static enum err take_handover(void *ctx, const struct handover_row *h)
{
	struct list *l = ctx;
	struct wr w;
	enum err e = list_row(l, &w);

	if (e == ERR_OK)
		e = write_handover(l, &w, h);
	return e == ERR_OK ? list_took(l, &w) : e;
}

void handovers_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	struct member_row m;
	struct list l;
	enum err e = list_begin(&l, n, req);

	(void)rest;
	if (e == ERR_OK)
		e = state_member(&n->state, req->peer->gln, &m);
	if (e == ERR_OK)
		e = store_handovers(n->reader, m.role == ROLE_REGULATOR ? 0 : req->peer->gln, STORE_NOW, take_handover, &l);
	list_answer(&l, x, e, bytes_of(NULL, 0), NULL);
}
