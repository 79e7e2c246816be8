#include "node/core/light.h"

#include "node/core/rules_parts.h"

/* block.cddl: light-block = [ header: bstr .cbor header, [* event / id: hash] ] */
bool light_is_id(struct bytes item)
{
	return item.n > 0 && item.p[0] >> 5 == 2;
}

enum err light_open(const struct state *st, struct bytes item, struct light_event *out)
{
	struct rd r;
	enum err e;

	rd_init(&r, item);
	out->hidden = light_is_id(item);
	if (out->hidden) {
		struct bytes id = rd_bstr_n(&r, HASH_LEN);

		e = rd_end(&r);
		if (e == ERR_OK)
			memcpy(out->id.b, id.p, HASH_LEN);
		return e;
	}
	e = chain_open_event(st, item, &out->shown);
	if (e == ERR_OK)
		out->id = out->shown.event.id;
	return e;
}

struct run {
	const struct chain_overlay *ov;
	struct writes *ws;
	struct rules_at at;
	struct chain_roots roots;
};

static void put_hidden(struct run *r, const struct hash *id)
{
	const struct event_row row = { .id = *id, .header_ms = r->at.header_ms };
	uint8_t buf[STATE_KEY_MAX];

	event_row_write(writes_put(r->ws, key_event(buf, r->at.ev)), &row);
}

/* Public facts follow from public events alone: those must apply.  Of goods this copy may have missed what came before. */
static enum err put_shown(struct run *r, const struct signed_event *se)
{
	struct refusal why;
	enum err e = rules_apply(&r->ov->state, &se->event, &r->at, r->ws, &why);

	if (e == ERR_OK || event_is_public(se->event.type) || (chain_is_trouble(e) && e != ERR_CORRUPT))
		return e;
	return rules_believe(&r->ov->state, &se->event, &r->at, r->ws);
}

static enum err run_event(struct run *r, const struct light_event *le)
{
	size_t from = r->ws->w.n;
	enum err e = ERR_OK;

	if (le->hidden)
		put_hidden(r, &le->id);
	else
		e = put_shown(r, &le->shown);
	if (e == ERR_OK && r->ws->w.n > r->ws->w.cap)
		e = ERR_NO_SPACE;
	if (e == ERR_OK)
		e = r->ov->put(r->ov->state.ctx, bytes_of(r->ws->w.p + from, r->ws->w.n - from));
	if (e != ERR_OK)
		return e;
	chain_roots_add(&r->roots, &le->id, !le->hidden && event_is_public(le->shown.event.type));
	r->at.ev++;
	return ERR_OK;
}

enum err light_check(const struct chain_head *head, const struct chain_overlay *ov, const struct block *b, struct bytes certificate,
		     const struct light_event *events, struct writes *ws, size_t *bad)
{
	struct run r = { .ov = ov, .ws = ws };
	struct header ours;
	enum err e = chain_check_head(head, &ov->state, &b->header, b->header_bytes, certificate);

	*bad = SIZE_MAX;
	if (e != ERR_OK)
		return e;
	r.at = (struct rules_at){ .ev = head->log.size + 1, .header_ms = b->header.time_ms, .chain_id = head->chain_id };
	chain_roots_init(&r.roots, head);
	for (size_t i = 0; i < b->events_n && e == ERR_OK; i++) {
		*bad = i;
		e = run_event(&r, &events[i]);
	}
	if (e != ERR_OK)
		return e;
	*bad = SIZE_MAX;
	e = chain_roots_end(&r.roots, &ov->state, &ours);
	return e == ERR_OK ? chain_compare(&b->header, &ours) : e;
}
