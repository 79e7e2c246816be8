/* GET /items/01/{gtin}/21/{serial}, /items/00/{sscc}: the history of one pack or logistic unit. */
#include "node/reading.h"
#include "node/server.h"

#include "labels/gs1/gs1_id.h"

#include <stdlib.h>

#define STEP_BYTES_MAX 260
#define NAMES_MAX 64 /* parties named in one answer; who is beyond them stays a number */
#define NAME_BYTES_MAX 96 /* party-name */
#define CHILD_BYTES_MAX 56 /* [gtin, serial, lot] */
#define STEPS_AT_COST 64 /* a long history costs more than a short one */
#define CHILDREN_MAX 50000 /* more than goes on a pallet; such an answer still fits NET_ANSWER_MAX */

struct item_path {
	bool unit;
	uint64_t sscc; /* of a unit; of a pack: */
	uint64_t gtin;
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
};

static bool begins(struct bytes text, const char *with)
{
	return text.n >= strlen(with) && memcmp(text.p, with, strlen(with)) == 0;
}

/* "01/{14 digits}/21/{serial}"; the serial may hold any CSET 82 character, '/' too: it is the rest of the path. */
static bool parse_pack(struct bytes rest, struct item_path *out)
{
	static const char second[] = "/21/";
	const size_t second_at = 3 + GTIN_DIGITS, serial_at = second_at + sizeof(second) - 1;

	if (rest.n <= serial_at || rest.n > serial_at + SERIAL_MAX || !begins(rest, "01/") ||
	    memcmp(rest.p + second_at, second, serial_at - second_at) != 0)
		return false;
	if (gs1_gtin_parse(bytes_of(rest.p + 3, GTIN_DIGITS), &out->gtin) != ERR_OK)
		return false;
	out->serial_n = rest.n - serial_at;
	memcpy(out->serial, rest.p + serial_at, out->serial_n);
	return true;
}

static bool parse_path(struct bytes rest, struct item_path *out)
{
	out->unit = begins(rest, "00/");
	if (out->unit)
		return gs1_sscc_parse(bytes_of(rest.p + 3, rest.n - 3), &out->sscc) == ERR_OK;
	return parse_pack(rest, out);
}

/* One answer being made. */
struct telling {
	struct node *n;
	const struct item_path *it;
	uint64_t asker, as_of;
	struct state then;
	struct pack_view view; /* as of then */
	struct chain_head head;
	bool all; /* every step is for the asker */
	struct wr steps, children;
	size_t steps_n, children_n;
	uint64_t earlier; /* steps that are not told */
	bool cut_off; /* a light copy's own word */
	uint64_t withheld;
	uint64_t holder, peer; /* before the step */
	uint64_t named[NAMES_MAX]; /* in the steps told */
	size_t named_n;
};

/* ---- steps ---- */

static uint64_t flags_of(const struct history_row *row)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < FLAG_KINDS; i++)
		flags |= (uint64_t)row->flags[i] << i;
	return flags;
}

/* step (node.cddl) */
static void write_step(struct wr *w, const struct history_row *row, const struct member_row *signer)
{
	wr_array(w, 14);
	wr_uint(w, row->ev);
	wr_bstr(w, hash_bytes(&row->event.id));
	wr_uint(w, row->event.type);
	wr_uint(w, row->event.time_s);
	wr_uint(w, row->event.place);
	wr_uint(w, row->event.signer);
	wr_tstr(w, bytes_of(signer->name, signer->name_n));
	wr_uint(w, row->event.header_ms);
	wr_uint(w, (uint64_t)row->state);
	wr_uint(w, row->holder);
	wr_uint(w, row->peer);
	wr_uint(w, row->sscc);
	wr_uint(w, flags_of(row));
	wr_uint(w, row->corrected);
}

static void note_name(struct telling *t, uint64_t gln)
{
	for (size_t i = 0; i < t->named_n; i++)
		if (t->named[i] == gln)
			return;
	if (gln && t->named_n < NAMES_MAX)
		t->named[t->named_n++] = gln;
}

static enum err take_step(void *ctx, const struct history_row *row)
{
	struct telling *t = ctx;
	const struct reader reader = { t->asker, t->all };
	struct member_row signer;
	struct parties parties;
	enum err e;

	read_step_parties(&parties, row, t->holder, t->peer);
	t->holder = row->holder;
	t->peer = row->peer;
	t->earlier = row->earlier;
	if (!may_read(&reader, (enum event_type)row->event.type, &parties)) {
		t->withheld++;
		return ERR_OK;
	}
	t->steps_n++;
	note_name(t, row->holder);
	note_name(t, row->peer);
	note_name(t, row->event.place);
	e = state_member(&t->n->state, row->event.signer, &signer);
	if (e == ERR_OK)
		write_step(&t->steps, row, &signer);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* ---- what it is ---- */

/* node.cddl: pack-item = [ gtin, serial: tstr, lot: tstr, expiry: uint, product: tstr ] */
static enum err write_pack(struct telling *t, struct wr *w)
{
	struct bytes lot = bytes_of(t->view.batch.lot, t->view.batch.lot_n);
	struct product_row product;
	struct lot_row lot_row;
	enum err e = state_lot(&t->n->state, t->it->gtin, lot, &lot_row);

	if (e == ERR_OK)
		e = state_product(&t->n->state, t->it->gtin, &product);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	wr_array(w, 5);
	wr_uint(w, t->it->gtin);
	wr_tstr(w, bytes_of(t->it->serial, t->it->serial_n));
	wr_tstr(w, lot);
	wr_uint(w, lot_row.expiry);
	wr_tstr(w, bytes_of(product.name, product.name_n));
	return ERR_OK;
}

/* node.cddl: child = sscc / [ gtin, serial: tstr, lot: tstr ] */
static enum err take_child(void *ctx, const struct store_child *c)
{
	struct telling *t = ctx;

	if (t->children_n++ == CHILDREN_MAX)
		return ERR_TOO_LARGE;
	if (c->sscc) {
		wr_uint(&t->children, c->sscc);
		return ERR_OK;
	}
	wr_array(&t->children, 3);
	wr_uint(&t->children, c->gtin);
	wr_tstr(&t->children, bytes_of(c->serial, c->serial_n));
	wr_tstr(&t->children, bytes_of(c->lot, c->lot_n));
	return ERR_OK;
}

/* node.cddl: unit-item = [ sscc, packs: uint, [* child] / null ] */
static enum err write_unit(struct telling *t, struct wr *w)
{
	bool may = t->all || t->view.custody.holder == t->asker || t->view.custody.peer == t->asker;
	struct bytes children;
	struct unit_row row;
	enum err e = may ? state_unit_row(&t->then, t->view.unit, &row) : ERR_OK;
	uint8_t *buf = NULL;

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	wr_array(w, 3);
	wr_uint(w, t->it->sscc);
	wr_uint(w, may ? row.packs : 0);
	if (!may) {
		wr_null(w);
		return ERR_OK;
	}
	buf = malloc(row.children < CHILDREN_MAX ? ((size_t)row.children + 1) * CHILD_BYTES_MAX : 1);
	if (!buf)
		return ERR_NO_MEMORY;
	wr_init(&t->children, buf, row.children < CHILDREN_MAX ? (size_t)row.children * CHILD_BYTES_MAX : 0);
	e = store_children(t->n->reader, t->it->sscc, t->as_of, take_child, t);
	if (e == ERR_OK)
		e = wr_end(&t->children, &children) == ERR_OK ? ERR_OK : ERR_TOO_LARGE;
	if (e == ERR_OK) {
		wr_array(w, t->children_n);
		wr_raw(w, children);
	}
	free(buf);
	return e;
}

/* ---- the answer ---- */

/* The thing as of then, and whether the asker may read on. */
static enum err look(struct telling *t)
{
	struct bytes serial = bytes_of(t->it->serial, t->it->serial_n);
	char what[READ_WHAT_MAX];
	const struct asker r = { &t->n->state, t->asker, t->head.time_ms };
	int64_t unit;
	enum err e;

	t->then = store_state(t->n->reader, t->as_of);
	if (!t->it->unit) {
		e = state_pack_view(&t->then, t->it->gtin, serial, &t->view);
		if (e != ERR_OK)
			return e == ERR_NOT_FOUND ? ERR_UNKNOWN_PACK : e;
		return read_may_history(&r, &t->then, &t->view, read_what_pack(what, t->it->gtin, serial), &t->all);
	}
	e = state_unit(&t->then, t->it->sscc, &unit);
	if (e == ERR_OK)
		e = state_unit_view(&t->then, unit, &t->view);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_UNKNOWN_UNIT : e;
	return read_may_history(&r, &t->then, &t->view, read_what_unit(what, t->it->sscc), &t->all);
}

/* node.cddl: party-name = [ gln, name: tstr ] */
static enum err write_names(struct telling *t, struct wr *w)
{
	uint8_t buf[NAMES_MAX * NAME_BYTES_MAX];
	struct member_row m;
	struct bytes all;
	size_t n = 0;
	struct wr names;
	enum err e = ERR_OK;

	wr_init(&names, buf, sizeof(buf));
	for (size_t i = 0; i < t->named_n && e == ERR_OK; i++) {
		e = state_member(&t->n->state, t->named[i], &m);
		if (e == ERR_OK) {
			n++;
			wr_array(&names, 2);
			wr_uint(&names, t->named[i]);
			wr_tstr(&names, bytes_of(m.name, m.name_n));
		}
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	if (e == ERR_OK)
		e = wr_end(&names, &all);
	if (e != ERR_OK)
		return e;
	wr_array(w, n);
	wr_raw(w, all);
	return ERR_OK;
}

/* node.cddl: history = [ height: uint, time-ms: uint, what: pack-item / unit-item, [* step], withheld: uint, [* party-name], */
static enum err write_history(struct telling *t, struct wr *w)
{
	struct bytes steps;
	enum err e;

	wr_array(w, 7);
	wr_uint(w, t->head.height);
	wr_uint(w, t->head.time_ms);
	e = t->it->unit ? write_unit(t, w) : write_pack(t, w);
	if (e == ERR_OK && t->it->unit)
		e = store_unit_history(t->n->reader, t->it->sscc, t->as_of, take_step, t);
	else if (e == ERR_OK)
		e = store_history(t->n->reader, t->it->gtin, bytes_of(t->it->serial, t->it->serial_n), t->as_of, take_step, t);
	if (e == ERR_OK)
		e = wr_end(&t->steps, &steps);
	if (e != ERR_OK)
		return e;
	wr_array(w, t->steps_n);
	wr_raw(w, steps);
	wr_uint(w, t->withheld + t->earlier);
	e = write_names(t, w);
	wr_bool(w, t->cut_off);
	return e;
}

static void answer_history(struct telling *t, struct net_exchange *x)
{
	const size_t steps_cap = HISTORY_MOST * STEP_BYTES_MAX, cap = steps_cap + CHILDREN_MAX * CHILD_BYTES_MAX + NAMES_MAX * NAME_BYTES_MAX;
	uint8_t *buf = malloc(cap + steps_cap);
	struct bytes body;
	struct wr w;
	enum err e = buf ? store_head(t->n->reader, &t->head) : ERR_NO_MEMORY;

	if (e == ERR_OK)
		e = look(t);
	if (e == ERR_OK) {
		wr_init(&w, buf, cap < NET_ANSWER_MAX ? cap : NET_ANSWER_MAX);
		wr_init(&t->steps, buf + cap, steps_cap);
		e = write_history(t, &w);
	}
	if (e == ERR_OK)
		e = wr_end(&w, &body) == ERR_OK ? ERR_OK : ERR_TOO_LARGE;
	if (e != ERR_OK)
		answer_error(x, e, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_HISTORY, body);
	free(buf);
}

static void answer_items(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest, bool cut_off)
{
	struct item_path it = { .unit = false };
	struct telling t = { .n = n, .it = &it, .asker = req->peer->gln, .cut_off = cut_off };
	enum err e;

	if (!server_may_ask(n, req->peer, 1)) {
		answer_error(x, ERR_RATE_LIMITED, NULL);
		return;
	}
	if (!parse_path(rest, &it)) {
		answer_error(x, ERR_BAD_REQUEST, "items/01/{14-digit GTIN}/21/{serial} or items/00/{18-digit SSCC}");
		return;
	}
	e = query_as_of(n, req->query, &t.as_of);
	if (e != ERR_OK)
		answer_error(x, e, "at: the number of an event in the log; time: milliseconds since 1970");
	else
		answer_history(&t, x);
	server_charge(req->peer, (unsigned)((t.steps_n + t.withheld + t.earlier) / STEPS_AT_COST));
}

void items_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	answer_items(n, x, req, rest, false);
}

/* What a light copy knows of own goods, when no full node answers. */
void items_cut_off(struct node *n, struct net_exchange *x, const struct net_request *req)
{
	size_t at = sizeof("items/") - 1;
	struct bytes rest = req->path.n > at ? bytes_of(req->path.p + at, req->path.n - at) : bytes_of(req->path.p, 0);
	enum err e = store_read_begin(n->reader);

	if (e != ERR_OK)
		answer_error(x, e, "the database cannot be read");
	else
		answer_items(n, x, req, rest, true);
}
