#include "node/audit_internal.h"

#include "node/core/genesis.h"

#include <stdio.h>
#include <stdlib.h>

/* Events whose signatures are checked at a time, over as many blocks as that takes. */
#define AHEAD_EVENTS BLOCK_EVENTS_MAX
#define AHEAD_BYTES (4 * 1024 * 1024)

enum err audit_fault(struct audit *a, enum err e, uint64_t height, uint64_t ev, const char *what)
{
	struct audit_fault *f = &a->out->fault;

	*f = (struct audit_fault){ .err = e, .height = height, .ev = ev };
	snprintf(f->what, sizeof(f->what), "%s", what);
	return e;
}

enum err audit_fault_table(struct audit *a, uint64_t height, const char *table, const char *what)
{
	enum err e = audit_fault(a, ERR_CORRUPT, height, 0, what);

	snprintf(a->out->fault.table, sizeof(a->out->fault.table), "%s", table);
	return e;
}

/* Errors that say something of this machine or of the file as a whole, not of one block. */
static bool is_trouble(enum err e)
{
	return e == ERR_NO_MEMORY || e == ERR_NO_SPACE || e == ERR_IO || e == ERR_DATABASE || e == ERR_BUSY;
}

/* ---- reading ahead ---- */

static struct bytes keep(struct audit *a, struct bytes b)
{
	uint8_t *p = a->bytes + a->bytes_n;

	if (b.n)
		memcpy(p, b.p, b.n);
	a->bytes_n += b.n;
	return bytes_of(p, b.n);
}

/* An event hidden from a light copy, as it came: its id. */
static enum err read_hidden(struct audit *a, uint64_t ev, struct bytes *item)
{
	struct state now = store_state(a->s, STORE_NOW);
	struct event_row row;
	struct wr w;
	enum err e = state_event(&now, ev, &row);

	if (e == ERR_OK && row.type != 0)
		e = ERR_NOT_FOUND;
	if (e != ERR_OK)
		return e;
	wr_init(&w, a->hidden, sizeof(a->hidden));
	wr_bstr(&w, hash_bytes(&row.id));
	return wr_end(&w, item);
}

static enum err read_events(struct audit *a, struct audit_block *b)
{
	b->first = a->events_n;
	for (uint64_t i = 0; i < b->header.count; i++) {
		uint64_t ev = a->read_ev + i + 1;
		struct bytes cose;
		enum err e = store_event_cose(a->s, ev, &cose);

		if (e == ERR_NOT_FOUND && a->light)
			e = read_hidden(a, ev, &cose);
		if (e == ERR_NOT_FOUND)
			return audit_fault(a, ERR_CORRUPT, b->header.height, ev, "the event's signed bytes are missing");
		if (e != ERR_OK)
			return e;
		if (cose.n > EVENT_BYTES_MAX || cose.n > a->bytes_cap - a->bytes_n)
			return audit_fault(a, ERR_TOO_LARGE, b->header.height, ev, err_text(ERR_TOO_LARGE));
		a->events[a->events_n++].cose = keep(a, cose);
	}
	return ERR_OK;
}

/* Header and certificate; where its events are follows from those before it, not from what the row says. */
static enum err read_block(struct audit *a, uint64_t height)
{
	struct audit_block *b = &a->blocks[a->blocks_n];
	struct bytes header, certificate;
	uint64_t first_ev, n;
	enum err e = store_block_head(a->s, height, &header, &certificate, &first_ev, &n);

	if (e == ERR_NOT_FOUND)
		return audit_fault(a, ERR_CORRUPT, height, 0, "the block is missing");
	if (e != ERR_OK)
		return e;
	if (header.n > HEADER_BYTES_MAX || certificate.n > CERTIFICATE_BYTES_MAX)
		return audit_fault(a, ERR_TOO_LARGE, height, 0, "header or certificate are larger than any may be");
	b->header_bytes = keep(a, header);
	b->certificate = keep(a, certificate);
	e = header_decode(&b->header, b->header_bytes);
	if (e != ERR_OK)
		return audit_fault(a, e, height, 0, "the header cannot be read");
	if (b->header.count > BLOCK_EVENTS_MAX || b->header.height != height)
		return audit_fault(a, ERR_BAD_BLOCK, height, 0, err_text(ERR_BAD_BLOCK));
	e = read_events(a, b);
	if (e != ERR_OK)
		return e;
	a->blocks_n++;
	a->read_height = height;
	a->read_ev += b->header.count;
	return ERR_OK;
}

static bool has_room(const struct audit *a)
{
	return a->blocks_n < AHEAD_EVENTS && a->events_n < AHEAD_EVENTS && a->bytes_n < AHEAD_BYTES;
}

static enum err read_ahead(struct audit *a)
{
	enum err e = ERR_OK;

	a->blocks_n = a->events_n = a->bytes_n = 0;
	a->read_height = a->out->head.height;
	a->read_ev = a->out->head.log.size;
	while (e == ERR_OK && has_room(a) && a->read_height < a->last)
		e = read_block(a, a->read_height + 1);
	return e;
}

static enum err open_event(struct audit *a, size_t i)
{
	if (!a->light)
		return chain_open_event(&a->ov.state, a->events[i].cose, &a->events[i]);
	return light_open(&a->ov.state, a->events[i].cose, &a->light[i]);
}

/* On many threads: they read the overlay, which stands still meanwhile. */
static void open_one(void *ctx, size_t i)
{
	struct audit *a = ctx;

	a->errs[i] = open_event(a, i);
}

/* ---- a block's turn ---- */

/* A key that came with one of the blocks read ahead is known only now. */
static enum err settle(struct audit *a, const struct audit_block *b)
{
	for (size_t i = b->first; i < b->first + b->header.count; i++) {
		enum err e = a->errs[i];

		if (e == ERR_UNKNOWN_KEY)
			e = open_event(a, i);
		if (e != ERR_OK)
			return audit_fault(a, e, b->header.height, a->out->head.log.size + 1 + (i - b->first), err_text(e));
		a->coses[i - b->first] = a->events[i].cose;
		a->ids[i - b->first] = a->light ? a->light[i].id : a->events[i].event.id;
	}
	return ERR_OK;
}

/* What the store keeps of the block just replayed. */
static enum err check_kept(struct audit *a, uint64_t events_n)
{
	const char *table;
	enum err e = store_check_block(a->s, &a->out->head, events_n, &table);

	if (e != ERR_CORRUPT)
		return e;
	return audit_fault_table(a, a->out->head.height, table, "a column differs from what the block says");
}

static enum err check_block(struct audit *a, const struct audit_block *b)
{
	struct block block = { .header_bytes = b->header_bytes, .header = b->header, .events = a->coses,
			       .events_n = b->header.count };
	struct writes ws;
	size_t bad = SIZE_MAX;
	enum err e = settle(a, b);

	if (e != ERR_OK)
		return e;
	writes_init(&ws, a->writes, CHAIN_WRITES_MAX);
	if (a->light)
		e = light_check(&a->out->head, &a->ov, &block, b->certificate, a->light + b->first, &ws, &bad);
	else
		e = chain_check(&a->out->head, &a->ov, &block, b->certificate, a->events + b->first, &ws, &bad);
	if (is_trouble(e))
		return e;
	if (e != ERR_OK)
		return audit_fault(a, e, b->header.height, bad == SIZE_MAX ? 0 : a->out->head.log.size + 1 + bad, err_text(e));
	chain_advance(&a->out->head, &b->header, b->header_bytes, a->ids);
	a->out->blocks++;
	a->out->events += b->header.count;
	return check_kept(a, b->header.count);
}

/* The first fault in the chain's order is the one told: blocks read before one that cannot be read still have their turn. */
static enum err replay_some(struct audit *a)
{
	enum err after = read_ahead(a);

	pool_each(a->pool, a->events_n, open_one, a);
	for (size_t i = 0; i < a->blocks_n; i++) {
		enum err e = check_block(a, &a->blocks[i]);

		if (e != ERR_OK)
			return e;
	}
	return after;
}

static enum err replay_genesis(struct audit *a)
{
	struct bytes bytes, writes;
	struct genesis genesis;
	struct writes ws;
	enum err e = store_genesis(a->s, &bytes);

	if (e != ERR_OK)
		return e;
	writes_init(&ws, a->writes, CHAIN_WRITES_MAX);
	e = genesis_apply(bytes, &ws);
	if (e == ERR_OK)
		e = genesis_read(&genesis, bytes);
	if (e != ERR_OK)
		return audit_fault(a, e, 0, 0, "the genesis block is not valid");
	chain_head_init(&a->out->head, &genesis.chain_id, genesis.time_s);
	e = wr_end(&ws.w, &writes);
	return e == ERR_OK ? overlay_put(a->overlay, writes) : e;
}

static enum err replay(struct audit *a, audit_progress_fn *progress, void *ctx)
{
	struct chain_row chain;
	enum err e = store_height(a->s, &a->last);

	if (e == ERR_OK)
		e = replay_genesis(a);
	if (e == ERR_OK)
		e = check_kept(a, 0);
	while (e == ERR_OK && a->out->head.height < a->last) {
		e = replay_some(a);
		if (progress)
			progress(ctx, a->out->head.height, a->last);
	}
	if (e == ERR_OK)
		e = state_chain(&a->ov.state, &chain);
	if (e == ERR_OK)
		a->out->packs = chain.next_pack - 1;
	return e;
}

/* ---- the whole ---- */

static enum err make(struct audit *a)
{
	enum err e = overlay_new(&a->overlay, NULL, true);

	if (e != ERR_OK)
		return e;
	a->ov = overlay_chain(a->overlay);
	a->bytes_cap = AHEAD_BYTES + (size_t)BLOCK_BYTES_MAX + HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX;
	a->bytes = malloc(a->bytes_cap);
	a->writes = malloc(CHAIN_WRITES_MAX);
	a->blocks = malloc(AHEAD_EVENTS * sizeof(*a->blocks));
	/* room for less than AHEAD_EVENTS, and then one whole block */
	a->events = malloc((AHEAD_EVENTS + BLOCK_EVENTS_MAX) * sizeof(*a->events));
	a->errs = malloc((AHEAD_EVENTS + BLOCK_EVENTS_MAX) * sizeof(*a->errs));
	a->coses = malloc(BLOCK_EVENTS_MAX * sizeof(*a->coses));
	a->ids = malloc(BLOCK_EVENTS_MAX * sizeof(*a->ids));
	if (store_is_light(a->s)) {
		a->light = malloc((AHEAD_EVENTS + BLOCK_EVENTS_MAX) * sizeof(*a->light));
		if (!a->light)
			return ERR_NO_MEMORY;
	}
	return a->bytes && a->writes && a->blocks && a->events && a->errs && a->coses && a->ids ? ERR_OK : ERR_NO_MEMORY;
}

static void release(struct audit *a)
{
	overlay_free(a->overlay);
	free(a->bytes);
	free(a->writes);
	free(a->blocks);
	free(a->events);
	free(a->light);
	free(a->errs);
	free(a->coses);
	free(a->ids);
}

enum err audit_run(struct store *s, struct pool *pool, audit_progress_fn *progress, void *ctx, struct audit_report *out)
{
	struct audit a = { .s = s, .pool = pool, .out = out };
	enum err e;

	*out = (struct audit_report){ 0 };
	e = store_read_begin(s);
	if (e == ERR_OK)
		e = make(&a);
	if (e == ERR_OK)
		e = replay(&a, progress, ctx);
	if (e == ERR_OK)
		e = audit_compare(&a);
	store_read_end(s);
	release(&a);
	return out->fault.err != ERR_OK ? ERR_OK : e;
}
