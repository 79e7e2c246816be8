#include "node/item.h"

#include <inttypes.h>
#include <stdio.h>

static void read_step(struct rd *r, struct item_step *s)
{
	struct bytes id;

	rd_array_n(r, 14);
	s->ev = rd_uint(r);
	id = rd_bstr_n(r, HASH_LEN);
	if (id.n == HASH_LEN)
		memcpy(s->id.b, id.p, HASH_LEN);
	s->type = rd_uint(r);
	s->time_s = rd_uint(r);
	s->place = rd_uint(r);
	s->signer = rd_uint(r);
	s->signer_name = rd_tstr(r);
	s->header_ms = rd_uint(r);
	s->state = rd_uint(r);
	s->holder = rd_uint(r);
	s->peer = rd_uint(r);
	s->sscc = rd_uint(r);
	s->flags = rd_uint(r);
	s->corrected = rd_uint(r);
}

/* [* step]; errors latch in r. */
static size_t read_steps(struct rd *r, struct item_step steps[static ITEM_STEPS_MAX])
{
	size_t n = rd_array(r);

	if (n > ITEM_STEPS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++)
		read_step(r, &steps[i]);
	return n;
}

/* history = [ height: uint, time-ms: uint, what: pack-item, [* step], withheld: uint ]
 * pack-item = [ gtin, serial: tstr, lot: tstr, expiry: uint, product: tstr ] */
static enum err read_item(struct bytes body, struct item *out)
{
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 5);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	rd_array_n(&r, 5);
	out->gtin = rd_uint(&r);
	out->serial = rd_tstr(&r);
	out->lot = rd_tstr(&r);
	out->expiry = (uint32_t)rd_uint_max(&r, UINT32_MAX);
	out->product = rd_tstr(&r);
	out->steps_n = read_steps(&r, out->steps);
	out->withheld = rd_uint(&r);
	return rd_end(&r);
}

/* history = [ height: uint, time-ms: uint, what: unit-item, [* step], withheld: uint ]
 * unit-item = [ sscc, packs: uint, [* child] / null ] */
enum err item_unit_read(struct item_unit *out, struct bytes body)
{
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 5);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	rd_array_n(&r, 3);
	out->sscc = rd_uint(&r);
	out->packs = rd_uint(&r);
	out->children = bytes_of(NULL, 0);
	if (!rd_null(&r))
		out->children = rd_skip(&r);
	out->steps_n = read_steps(&r, out->steps);
	out->withheld = rd_uint(&r);
	return rd_end(&r);
}

void item_children_init(struct item_children *it, const struct item_unit *u)
{
	rd_init(&it->r, u->children);
	it->left = u->children.p ? rd_array(&it->r) : 0;
}

/* child = sscc / [ gtin, serial: tstr ] */
bool item_children_next(struct item_children *it, struct item_child *out)
{
	*out = (struct item_child){ 0 };
	if (it->left == 0)
		return false;
	it->left--;
	if (rd_peek(&it->r) >> 5 == 0) {
		out->sscc = rd_uint(&it->r);
	} else {
		rd_array_n(&it->r, 2);
		out->gtin = rd_uint(&it->r);
		out->serial = rd_tstr_max(&it->r, SERIAL_MAX);
	}
	return it->r.err == ERR_OK;
}

/* Characters of a serial that would end a path segment or a query are percent-encoded by libcoap's options: none need it,
 * but '/' splits segments, and the node joins them again. */
enum err item_fetch(struct client *c, uint64_t gtin, struct bytes serial, const uint64_t *at, struct item *out,
		    struct config_fault *why)
{
	char path[64], query[32];
	struct net_result r;
	enum err e;

	if (serial.n == 0 || serial.n > SERIAL_MAX) {
		snprintf(why->text, sizeof(why->text), "a serial has 1 to %d characters", SERIAL_MAX);
		return ERR_BAD_VALUE;
	}
	snprintf(path, sizeof(path), "items/01/%014" PRIu64 "/21/%.*s", gtin, (int)serial.n, (const char *)serial.p);
	if (at)
		snprintf(query, sizeof(query), "at=%" PRIu64, *at);
	e = client_get(c, path, at ? query : NULL, &r, why);
	if (e != ERR_OK)
		return e;
	e = read_item(r.body, out);
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "the node's answer cannot be read: %s", err_text(e));
	return e;
}

enum err item_fetch_unit(struct client *c, uint64_t sscc, const uint64_t *at, struct item_unit *out, struct config_fault *why)
{
	char path[64], query[32];
	struct net_result r;
	enum err e;

	snprintf(path, sizeof(path), "items/00/%018" PRIu64, sscc);
	if (at)
		snprintf(query, sizeof(query), "at=%" PRIu64, *at);
	e = client_get(c, path, at ? query : NULL, &r, why);
	if (e != ERR_OK)
		return e;
	e = item_unit_read(out, r.body);
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "the node's answer cannot be read: %s", err_text(e));
	return e;
}

/* Locks, reports and packing leave state and holder as they are. */
static bool moves(uint64_t type)
{
	static const enum event_type moving[] = { EV_COMMISSION, EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_DISPENSE, EV_UNDO_DISPENSE,
						  EV_DESTROY, EV_UNPACK, EV_MISSING, EV_RETURN, EV_SAMPLE, EV_FREE_SAMPLE,
						  EV_UNDO_SAMPLE, EV_EXPORT, EV_CHECK_OUT, EV_UNDO_CHECK_OUT };

	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		if (moving[i] == type)
			return true;
	return false;
}

const struct item_step *item_in_force(const struct item_step *steps, size_t n)
{
	for (size_t i = n; i > 0; i--)
		if (moves(steps[i - 1].type))
			return &steps[i - 1];
	return n > 0 ? &steps[0] : NULL;
}

const char *item_state_name(uint64_t state)
{
	static const char *const names[] = { "unknown", "active", "in transit", "dispensed", "destroyed", "sample", "free sample",
					    "exported", "checked out" };

	return names[state < sizeof(names) / sizeof(names[0]) ? state : 0];
}
