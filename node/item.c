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

static enum err read_item(struct bytes body, struct item *out)
{
	struct rd r;
	size_t n;

	rd_init(&r, body);
	rd_array_n(&r, 8);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	out->gtin = rd_uint(&r);
	out->serial = rd_tstr(&r);
	out->lot = rd_tstr(&r);
	out->expiry = (uint32_t)rd_uint_max(&r, UINT32_MAX);
	out->product = rd_tstr(&r);
	n = rd_array(&r);
	if (n == 0 || n > ITEM_STEPS_MAX)
		return ERR_BAD_VALUE;
	out->steps_n = n;
	for (size_t i = 0; i < n; i++)
		read_step(&r, &out->steps[i]);
	return rd_end(&r);
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

const char *item_state_name(uint64_t state)
{
	static const char *const names[] = { "unknown", "active", "in transit", "dispensed", "destroyed", "sample", "free sample",
					    "exported", "checked out" };

	return names[state < sizeof(names) / sizeof(names[0]) ? state : 0];
}
