#include "node/ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>

void ledger_keep(struct ledger *l, struct input *in)
{
	struct refusal why = { .err = store_outbox_add(l->store, &in->id, in->signed_event.cose, ledger_now_ms()) };

	if (why.err == ERR_OK)
		ledger_tell_stored(l, &in->id);
	else
		ledger_tell_refused(l, &in->id, &why, false);
	ledger_input_free(in);
}

/* certified-block = [ certificate, block ] */
static enum err split(struct bytes in, struct bytes *certificate, struct bytes *block)
{
	struct rd r;

	rd_init(&r, in);
	rd_array_n(&r, 2);
	*certificate = rd_skip(&r);
	*block = rd_skip(&r);
	return rd_end(&r);
}

/* The events of a block being opened on many threads. */
struct opening {
	struct ledger *l;
	const struct block *block;
	struct event_envelope *envelopes;
	enum err *errs;
};

static void verify_one(void *ctx, size_t i)
{
	struct opening *o = ctx;
	struct signed_event *se = &o->l->events[i];

	o->errs[i] = event_verify(&o->envelopes[i], &se->key, &se->event);
}

/* Keys are read here, on the thread that may read the store; signatures are checked on the pool. */
static enum err find_key(struct ledger *l, struct opening *o, size_t i)
{
	struct signed_event *se = &l->events[i];
	enum err e;

	if (light_is_id(o->block->events[i]))
		return ERR_FORBIDDEN; /* shown to members that may not read all */
	e = chain_open_key(&l->base, o->block->events[i], &o->envelopes[i], &se->key);
	if (e != ERR_OK)
		return e;
	se->cose = o->block->events[i];
	l->ids[i] = o->envelopes[i].id;
	return ERR_OK;
}

static enum err open_events(struct ledger *l, const struct block *b, size_t *bad)
{
	struct opening o = { .l = l, .block = b };
	enum err e = ERR_OK;

	o.envelopes = malloc(b->events_n * sizeof(*o.envelopes));
	o.errs = calloc(b->events_n, sizeof(*o.errs));
	if (!o.envelopes || !o.errs)
		e = ERR_NO_MEMORY;
	for (size_t i = 0; i < b->events_n && e == ERR_OK; i++) {
		*bad = i;
		e = find_key(l, &o, i);
	}
	if (e == ERR_OK)
		pool_each(l->pool, b->events_n, verify_one, &o);
	for (size_t i = 0; i < b->events_n && e == ERR_OK; i++) {
		*bad = i;
		e = o.errs[i];
	}
	free(o.envelopes);
	free(o.errs);
	return e;
}

void ledger_follow_begin(struct ledger *l, struct chain_overlay *ov, struct writes *ws)
{
	overlay_clear(l->overlay);
	*ov = overlay_chain(l->overlay);
	writes_init(ws, l->writes, CHAIN_WRITES_MAX);
}

enum err ledger_follow_end(struct ledger *l, const struct block *b, struct bytes certificate, const struct writes *ws, unsigned changes)
{
	struct store_append ap = { .header = &b->header, .header_bytes = b->header_bytes, .certificate = certificate,
				   .events = b->events, .ids = l->ids, .events_n = b->events_n,
				   .outbox_done = l->ids, .outbox_done_n = b->events_n };
	enum err e = wr_end(&ws->w, &ap.writes);

	if (e == ERR_OK)
		e = store_append(l->store, &ap);
	if (e == ERR_OK)
		ledger_appended(l, &b->header, b->header_bytes, l->ids, changes);
	return e;
}

static enum err check_and_store(struct ledger *l, const struct block *b, struct bytes certificate, size_t *bad)
{
	struct chain_overlay ov;
	struct writes ws;
	unsigned changes = 0;
	enum err e = open_events(l, b, bad);

	if (e != ERR_OK)
		return e;
	ledger_follow_begin(l, &ov, &ws);
	e = chain_check(&l->head, &ov, b, certificate, l->events, &ws, bad);
	for (size_t i = 0; i < b->events_n; i++)
		changes |= ledger_changes(l->events[i].event.type);
	return e == ERR_OK ? ledger_follow_end(l, b, certificate, &ws, changes) : e;
}

static void tell_bad(struct ledger *l, uint64_t height, size_t bad, enum err e)
{
	char text[120];

	if (e == ERR_FORBIDDEN)
		snprintf(text, sizeof(text), "this member may not read all events: set profile = light, move ledger.db away, start again");
	else if (bad == SIZE_MAX)
		snprintf(text, sizeof(text), "%s", err_text(e));
	else
		snprintf(text, sizeof(text), "event %zu of the block: %s", bad, err_text(e));
	ledger_tell(l, LEDGER_BLOCK_BAD, e, height, text);
}

/* The validator set in force for the block at height: of the state after the block before it. */
static enum err set_for(struct ledger *l, uint64_t height, struct validator_set *set)
{
	struct bytes header, certificate;
	uint64_t first_ev, events;
	struct state st;
	enum err e = store_block_head(l->store, height, &header, &certificate, &first_ev, &events);

	if (e != ERR_OK)
		return e;
	st = store_state(l->store, first_ev - 1);
	e = state_validator_set(&st, set);
	l->base = store_state(l->store, STORE_NOW);
	return e;
}

/* A certified header at a height we have, that is not ours: two quorums signed two chains. */
static enum err keep_evidence(struct ledger *l, const struct header *h, struct bytes header, struct bytes certificate)
{
	struct validator_set set;
	enum err e = set_for(l, h->height, &set);

	if (e == ERR_OK)
		e = certificate_verify(&set, h, header, certificate);
	if (e == ERR_OK)
		e = store_evidence_add(l->store, h->height, header, certificate, ledger_now_ms());
	if (e != ERR_OK)
		return e;
	l->forked = true;
	ledger_tell(l, LEDGER_TROUBLE, ERR_FORK, h->height,
		    "two certified blocks at one height: both are kept as evidence, nothing more is followed or certified");
	return ERR_FORK;
}

/* Compare a certified header with the block we have at its height.  ERR_OK: the same one. */
static enum err compare(struct ledger *l, const struct header *h, struct bytes header, struct bytes certificate)
{
	struct bytes ours, our_certificate;
	uint64_t first_ev, events;
	enum err e = store_block_head(l->store, h->height, &ours, &our_certificate, &first_ev, &events);

	if (e != ERR_OK)
		return e;
	if (bytes_eq(ours, header))
		return ERR_OK;
	return keep_evidence(l, h, header, certificate);
}

void ledger_take_block(struct ledger *l, struct input *in)
{
	struct bytes certificate, bytes;
	struct block b;
	size_t bad = SIZE_MAX;
	uint64_t height = 0;
	enum err e = l->forked ? ERR_FORK : split(bytes_of(in->data, in->n), &certificate, &bytes);

	if (e == ERR_OK)
		e = block_decode(&b, l->coses, BLOCK_EVENTS_MAX, bytes);
	if (e == ERR_OK) {
		height = b.header.height;
		if (height > l->head.height)
			e = l->light ? ledger_follow_light(l, &b, certificate, &bad) : check_and_store(l, &b, certificate, &bad);
		else if (height > 0)
			e = compare(l, &b.header, b.header_bytes, certificate);
	}
	if (e == ERR_DISK_FULL || e == ERR_DATABASE || e == ERR_IO)
		ledger_tell(l, LEDGER_TROUBLE, e, height, store_error(l->store));
	if (e != ERR_OK)
		tell_bad(l, height, bad, e);
	ledger_input_free(in);
}

static void confirm_restored(struct ledger *l)
{
	if (guard_accept(l->guard, l->head.height) != ERR_OK) {
		ledger_tell(l, LEDGER_TROUBLE, ERR_IO, l->head.height, "the guard file cannot be written");
		return;
	}
	l->restored = false;
	ledger_tell(l, LEDGER_READY, ERR_OK, l->head.height, "a follower confirmed the newest block");
}

/* head = [ header: bstr, certificate ], or [ h'', null ] at height 0 */
void ledger_take_peer_head(struct ledger *l, struct input *in)
{
	struct bytes header, certificate;
	struct header h;
	struct rd r;

	rd_init(&r, bytes_of(in->data, in->n));
	rd_array_n(&r, 2);
	header = rd_bstr(&r);
	certificate = rd_skip(&r);
	if (rd_end(&r) == ERR_OK && header.n > 0 && header_decode(&h, header) == ERR_OK && !l->forked &&
	    h.height <= l->head.height && h.height > 0 && compare(l, &h, header, certificate) == ERR_OK &&
	    l->restored && h.height == l->head.height)
		confirm_restored(l);
	ledger_input_free(in);
}
