#include "node/core/genesis.h"
#include "node/core/rules_parts.h"

#define GENESIS_VERSION 1

/* The state that is being made: what ws holds so far, the last write of a key counting.  A walk for each read, which a
 * few members allow. */
static enum err get_written(void *ctx, struct bytes key, struct bytes *val)
{
	const struct writes *ws = ctx;
	struct writes_it it;
	struct bytes written, k, v;
	enum err e = wr_end(&ws->w, &written);

	if (e)
		return e;
	*val = (struct bytes){ 0 };
	writes_it_init(&it, written);
	while (writes_it_next(&it, &k, &v))
		if (bytes_eq(k, key))
			*val = v;
	return it.r.err;
}

static enum err read_members(struct rd *r, const struct state *st, struct writes *ws)
{
	uint64_t prev = 0;
	size_t n = rd_array(r);
	enum err e = ERR_OK;

	/* event.cddl: 4: [1*64 member],                    ; ascending by GLN */
	if (n == 0 || n > GENESIS_MEMBERS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		struct member_fields m;

		member_read(r, &m);
		if (m.gln <= prev)
			rd_fail(r, ERR_NOT_SORTED);
		if (r->err)
			return r->err;
		prev = m.gln;
		e = rules_put_member(st, &m, 0, ws);
	}
	return e;
}

static void read_head(struct rd *r, struct event_map *m, struct genesis *g)
{
	/* event.cddl: 0: 1, 1: seconds, 2: name, 3: uint,  ; version, made at, name of the consortium, rules version */
	event_map_begin(m, r, 6, 6);
	event_map_key(m, 0);
	if (rd_uint(r) != GENESIS_VERSION)
		rd_fail(r, ERR_BAD_VERSION);
	event_map_key(m, 1);
	g->time_s = rd_uint_max(r, SECONDS_MAX);
	event_map_key(m, 2);
	g->name = event_read_name(r);
	event_map_key(m, 3);
	g->rules_version = rd_uint(r);
	if (g->rules_version < 1 || g->rules_version > RULES_VERSION)
		rd_fail(r, ERR_BAD_VERSION);
}

enum err genesis_read(struct genesis *out, struct bytes genesis)
{
	struct genesis g;
	struct event_map m;
	struct rd r;

	rd_init(&r, genesis);
	read_head(&r, &m, &g);
	if (r.err)
		return r.err;
	crypto_sha256(&g.chain_id, genesis);
	*out = g;
	return ERR_OK;
}

static enum err apply(struct rd *r, struct writes *ws)
{
	const struct state st = { ws, get_written };
	struct chain_row chain = { .next_pack = 1, .next_unit = 1 };
	struct validator_list validators = { .n = 0 };
	uint8_t buf[STATE_KEY_MAX];
	struct event_map m;
	struct genesis g;
	enum err e;

	read_head(r, &m, &g);
	chain.rules_version = g.rules_version;
	chain_row_write(writes_put(ws, key_chain(buf)), &chain);
	event_map_key(&m, 4);
	e = read_members(r, &st, ws);
	if (e)
		return e;
	event_map_key(&m, 5); /* event.cddl: 5: [1*13 gln],                       ; validators, as in VALIDATORS */
	event_read_validators(r, &validators);
	e = rd_end(r);
	return e ? e : rules_put_validators(&st, &validators, ws);
}

enum err genesis_apply(struct bytes genesis, struct writes *ws)
{
	struct writes before = *ws;
	struct bytes written;
	struct rd r;
	enum err e;

	if (genesis.n > GENESIS_BYTES_MAX)
		return ERR_TOO_LARGE;
	rd_init(&r, genesis);
	e = apply(&r, ws);
	if (e == ERR_OK)
		e = wr_end(&ws->w, &written);
	if (e)
		*ws = before;
	return e;
}

enum err genesis_encode(const struct genesis_draft *g, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, 6);
	wr_uint(&w, 0);
	wr_uint(&w, GENESIS_VERSION);
	wr_uint(&w, 1);
	wr_uint(&w, g->time_s);
	wr_uint(&w, 2);
	wr_tstr(&w, g->name);
	wr_uint(&w, 3);
	wr_uint(&w, RULES_VERSION);
	wr_uint(&w, 4);
	wr_array(&w, g->members_n);
	for (size_t i = 0; i < g->members_n; i++)
		member_write(&w, &g->members[i]);
	wr_uint(&w, 5);
	event_write_validators(&w, &g->validators);
	return wr_end(&w, out);
}
