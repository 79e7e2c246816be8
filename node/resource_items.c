/* GET /items/01/{gtin}/21/{serial}?at={event number}: the history of one pack. */
#include "node/server.h"

#include "labels/gs1/gs1_id.h"

#include <stdlib.h>

#define STEP_BYTES_MAX 240
#define STEPS_MAX 4096 /* far beyond what a pack lives through; bounds one answer */

struct item_path {
	uint64_t gtin;
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
};

/* "01/{14 digits}/21/{serial}"; the serial may hold any CSET 82 character, '/' too: it is the rest of the path. */
static bool parse_path(struct bytes rest, struct item_path *out)
{
	static const char first[] = "01/", second[] = "/21/";
	const size_t gtin_at = sizeof(first) - 1, second_at = gtin_at + 14, serial_at = second_at + sizeof(second) - 1;

	if (rest.n <= serial_at || rest.n > serial_at + SERIAL_MAX || memcmp(rest.p, first, gtin_at) != 0 ||
	    memcmp(rest.p + second_at, second, serial_at - second_at) != 0)
		return false;
	if (gs1_gtin_parse(bytes_of(rest.p + gtin_at, 14), &out->gtin) != ERR_OK)
		return false;
	out->serial_n = rest.n - serial_at;
	memcpy(out->serial, rest.p + serial_at, out->serial_n);
	return true;
}

struct steps {
	struct node *n;
	struct wr w;
	size_t count;
};

static uint64_t flags_of(const struct history_row *row)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < FLAG_KINDS; i++)
		flags |= (uint64_t)row->flags[i] << i;
	return flags;
}

/* step (node.cddl) */
static enum err write_step(void *ctx, const struct history_row *row)
{
	struct steps *s = ctx;
	struct member_row m;
	enum err e = state_member(&s->n->state, row->event.signer, &m);

	if (e != ERR_OK)
		return e;
	if (s->count == STEPS_MAX)
		return ERR_TOO_LARGE;
	s->count++;
	wr_array(&s->w, 14);
	wr_uint(&s->w, row->ev);
	wr_bstr(&s->w, hash_bytes(&row->event.id));
	wr_uint(&s->w, row->event.type);
	wr_uint(&s->w, row->event.time_s);
	wr_uint(&s->w, row->event.place);
	wr_uint(&s->w, row->event.signer);
	wr_tstr(&s->w, bytes_of(m.name, m.name_n));
	wr_uint(&s->w, row->event.header_ms);
	wr_uint(&s->w, (uint64_t)row->state);
	wr_uint(&s->w, row->holder);
	wr_uint(&s->w, row->peer);
	wr_uint(&s->w, row->sscc);
	wr_uint(&s->w, flags_of(row));
	wr_uint(&s->w, row->corrected);
	return ERR_OK;
}

/* history = [ height: uint, time-ms: uint, gtin, serial: tstr, lot: tstr, expiry: uint, product: tstr, [* step] ] */
static enum err write_history(struct node *n, const struct item_path *it, const struct pack_view *pv, struct bytes steps,
			      size_t steps_n, struct wr *w)
{
	struct bytes lot = bytes_of(pv->batch.lot, pv->batch.lot_n);
	struct product_row product;
	struct lot_row lot_row;
	struct chain_head head;
	enum err e = store_head(n->reader, &head);

	if (e == ERR_OK)
		e = state_lot(&n->state, it->gtin, lot, &lot_row);
	if (e == ERR_OK)
		e = state_product(&n->state, it->gtin, &product);
	if (e != ERR_OK)
		return e;
	wr_array(w, 8);
	wr_uint(w, head.height);
	wr_uint(w, head.time_ms);
	wr_uint(w, it->gtin);
	wr_tstr(w, bytes_of(it->serial, it->serial_n));
	wr_tstr(w, lot);
	wr_uint(w, lot_row.expiry);
	wr_tstr(w, bytes_of(product.name, product.name_n));
	wr_array(w, steps_n);
	wr_raw(w, steps);
	return ERR_OK;
}

static enum err history(struct node *n, const struct item_path *it, uint64_t as_of, struct steps *s, uint8_t *buf, size_t cap,
			struct bytes *body)
{
	struct bytes serial = bytes_of(it->serial, it->serial_n), steps;
	struct pack_view pv;
	struct wr w;
	enum err e = state_pack_view(&n->state, it->gtin, serial, &pv);

	if (e == ERR_NOT_FOUND)
		return ERR_UNKNOWN_PACK;
	if (e == ERR_OK)
		e = store_history(n->reader, it->gtin, serial, as_of, write_step, s);
	if (e == ERR_OK)
		e = wr_end(&s->w, &steps);
	if (e != ERR_OK)
		return e;
	wr_init(&w, buf, cap);
	e = write_history(n, it, &pv, steps, s->count, &w);
	return e == ERR_OK ? wr_end(&w, body) : e;
}

void items_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	const size_t cap = STEPS_MAX * STEP_BYTES_MAX;
	struct steps s = { .n = n };
	uint64_t as_of = STORE_NOW;
	struct item_path it;
	struct bytes body;
	uint8_t *buf;
	enum err e;

	if (!parse_path(rest, &it)) {
		answer_error(x, ERR_BAD_REQUEST, "items/01/{14-digit GTIN}/21/{serial}");
		return;
	}
	if (req->query.n > 0 && !query_uint(req->query, "at", &as_of)) {
		answer_error(x, ERR_BAD_REQUEST, "at: the number of an event in the log");
		return;
	}
	buf = malloc(2 * cap);
	if (!buf) {
		answer_error(x, ERR_NO_MEMORY, NULL);
		return;
	}
	wr_init(&s.w, buf + cap, cap);
	e = history(n, &it, as_of, &s, buf, cap, &body);
	if (e != ERR_OK)
		answer_error(x, e, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_HISTORY, body);
	free(buf);
}
