#include "node/item.h"

#include "node/core/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#define CF_VERIFY 65005

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

/* [* step], withheld: uint, [* party-name], cut-off: bool */
static void read_way(struct rd *r, struct item_way *w)
{
	w->steps_n = rd_array(r);
	if (w->steps_n > ITEM_STEPS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < w->steps_n && r->err == ERR_OK; i++)
		read_step(r, &w->steps[i]);
	w->withheld = rd_uint(r);
	w->names_n = rd_array(r);
	if (w->names_n > ITEM_NAMES_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < w->names_n && r->err == ERR_OK; i++) {
		/* node.cddl: party-name = [ gln, name: tstr ] */
		rd_array_n(r, 2);
		w->names[i].gln = rd_uint(r);
		w->names[i].name = rd_tstr(r);
	}
	w->cut_off = rd_bool(r);
}

enum err item_read(struct item *out, struct bytes body)
{
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 7);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	/* node.cddl: pack-item = [ gtin, serial: tstr, lot: tstr, expiry: uint, product: tstr ] */
	rd_array_n(&r, 5);
	out->gtin = rd_uint(&r);
	out->serial = rd_tstr_max(&r, SERIAL_MAX);
	out->lot = rd_tstr_max(&r, LOT_MAX);
	out->expiry = (uint32_t)rd_uint_max(&r, UINT32_MAX);
	out->product = rd_tstr(&r);
	read_way(&r, &out->way);
	return rd_end(&r);
}

enum err item_unit_read(struct item_unit *out, struct bytes body)
{
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 7);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	/* node.cddl: unit-item = [ sscc, packs: uint, [* child] / null ] */
	rd_array_n(&r, 3);
	out->sscc = rd_uint(&r);
	out->packs = rd_uint(&r);
	out->children = bytes_of(NULL, 0);
	if (!rd_null(&r))
		out->children = rd_skip(&r);
	read_way(&r, &out->way);
	return rd_end(&r);
}

void item_children_init(struct item_children *it, const struct item_unit *u)
{
	rd_init(&it->r, u->children);
	it->left = u->children.p ? rd_array(&it->r) : 0;
}

/* node.cddl: child = sscc / [ gtin, serial: tstr, lot: tstr ] */
bool item_children_next(struct item_children *it, struct item_child *out)
{
	*out = (struct item_child){ 0 };
	if (it->left == 0)
		return false;
	it->left--;
	if (rd_peek(&it->r) >> 5 == 0) {
		out->sscc = rd_uint(&it->r);
	} else {
		rd_array_n(&it->r, 3);
		out->gtin = rd_uint(&it->r);
		out->serial = rd_tstr_max(&it->r, SERIAL_MAX);
		out->lot = rd_tstr_max(&it->r, LOT_MAX);
	}
	return it->r.err == ERR_OK;
}

static enum err get(struct client *c, const char *path, const struct as_of *then, struct net_result *r, struct config_fault *why)
{
	char query[32];

	if (then->kind == AS_OF_NOW)
		return client_get(c, path, NULL, r, why);
	snprintf(query, sizeof(query), "%s=%" PRIu64, then->kind == AS_OF_EVENT ? "at" : "time", then->n);
	return client_get(c, path, query, r, why);
}

static enum err not_read(enum err e, struct config_fault *why)
{
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "the node's answer cannot be read: %s", err_text(e));
	return e;
}

/* Characters of a serial that would end a path segment or a query are percent-encoded by libcoap's options: none need it,
 * but '/' splits segments, and the node joins them again. */
enum err item_fetch_then(struct client *c, uint64_t gtin, struct bytes serial, const struct as_of *then, struct item *out,
			 struct config_fault *why)
{
	struct net_result r;
	char path[64];
	enum err e;

	if (serial.n == 0 || serial.n > SERIAL_MAX) {
		snprintf(why->text, sizeof(why->text), "a serial has 1 to %d characters", SERIAL_MAX);
		return ERR_BAD_VALUE;
	}
	snprintf(path, sizeof(path), "items/01/%014" PRIu64 "/21/%.*s", gtin, (int)serial.n, (const char *)serial.p);
	e = get(c, path, then, &r, why);
	return e == ERR_OK ? not_read(item_read(out, r.body), why) : e;
}

enum err item_fetch_unit_then(struct client *c, uint64_t sscc, const struct as_of *then, struct item_unit *out,
			      struct config_fault *why)
{
	struct net_result r;
	char path[32];
	enum err e;

	snprintf(path, sizeof(path), "items/00/%018" PRIu64, sscc);
	e = get(c, path, then, &r, why);
	return e == ERR_OK ? not_read(item_unit_read(out, r.body), why) : e;
}

static struct as_of at_event(const uint64_t *at)
{
	return (struct as_of){ at ? AS_OF_EVENT : AS_OF_NOW, at ? *at : 0 };
}

enum err item_fetch(struct client *c, uint64_t gtin, struct bytes serial, const uint64_t *at, struct item *out,
		    struct config_fault *why)
{
	const struct as_of then = at_event(at);

	return item_fetch_then(c, gtin, serial, &then, out, why);
}

enum err item_fetch_unit(struct client *c, uint64_t sscc, const uint64_t *at, struct item_unit *out, struct config_fault *why)
{
	const struct as_of then = at_event(at);

	return item_fetch_unit_then(c, sscc, &then, out, why);
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

enum err item_lot(struct client *c, uint64_t gtin, struct bytes serial, uint8_t lot[static LOT_MAX], size_t *n,
		  struct config_fault *why)
{
	const struct verdict_question q = { .gtin = gtin, .serial = serial };
	uint8_t buf[VERDICT_BYTES_MAX];
	struct verdict_facts facts;
	struct net_result r;
	struct verdict v;
	struct bytes body;
	enum err e = question_encode(&q, buf, sizeof(buf), &body);

	if (e == ERR_OK)
		e = client_fetch(c, "verify", CF_VERIFY, body, &r, why);
	if (e != ERR_OK)
		return e;
	e = answer_decode(&v, &facts, r.body);
	if (e == ERR_OK && !facts.pack_known)
		e = ERR_UNKNOWN_PACK;
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "%s", err_text(e));
	else
		memcpy(lot, facts.lot, *n = facts.lot_n);
	return e;
}

const char *item_state_name(uint64_t state)
{
	static const char *const names[] = { "not commissioned", "active", "in transit", "dispensed", "destroyed", "sample",
					    "free sample", "exported", "checked out" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}
