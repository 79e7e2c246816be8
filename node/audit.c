#include "node/audit.h"

#include "node/core/genesis.h"
#include "node/overlay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITES_CAP ((size_t)BLOCK_PACKS_MAX * 160 + (size_t)BLOCK_EVENTS_MAX * 4096)
#define AHEAD_EVENTS 1024 /* signatures checked at a time, over as many blocks as that takes */
#define AHEAD_BYTES (4 * 1024 * 1024)

/* A block read from disk, waiting for its turn. */
struct waiting_block {
	uint64_t height;
	struct bytes header, certificate;
	size_t first, n; /* of its events, in audit.events */
};

struct audit {
	struct store *s;
	struct pool *pool;
	struct overlay *overlay;
	struct chain_overlay ov;
	struct audit_report *out;
	uint8_t *writes;
	/* what was read ahead */
	struct waiting_block *blocks;
	size_t blocks_n, events_n;
	struct signed_event *events;
	struct event_envelope *envelopes;
	enum err *errs;
	struct bytes *coses;
	struct hash *ids;
	uint8_t *bytes;
	size_t bytes_n, bytes_cap;
};

static enum err fault(struct audit *a, enum err e, uint64_t height, uint64_t ev, const char *what)
{
	struct audit_fault *f = &a->out->fault;

	*f = (struct audit_fault){ .err = e, .height = height, .ev = ev };
	snprintf(f->what, sizeof(f->what), "%s", what);
	return ERR_OK;
}

static bool green(const struct audit *a)
{
	return a->out->fault.err == ERR_OK;
}

/* ---- reading ahead ---- */

static struct bytes keep(struct audit *a, struct bytes b)
{
	uint8_t *p = a->bytes + a->bytes_n;

	memcpy(p, b.p, b.n);
	a->bytes_n += b.n;
	return bytes_of(p, b.n);
}

static enum err read_events(struct audit *a, struct waiting_block *w, uint64_t first_ev, uint64_t n)
{
	struct bytes cose;
	enum err e = ERR_OK;

	w->first = a->events_n;
	for (uint64_t i = 0; i < n && e == ERR_OK; i++) {
		e = store_event_cose(a->s, first_ev + i, &cose);
		if (e == ERR_NOT_FOUND)
			return fault(a, ERR_CORRUPT, w->height, first_ev + i, "the event's signed bytes are missing");
		if (e == ERR_OK && cose.n > a->bytes_cap - a->bytes_n)
			return fault(a, ERR_TOO_LARGE, w->height, first_ev + i, "the event is larger than any may be");
		if (e == ERR_OK)
			a->events[a->events_n++].cose = keep(a, cose);
	}
	w->n = (size_t)n;
	return e;
}

/* The block at height after those read already.  ERR_NOT_FOUND: there is none. */
static enum err read_block(struct audit *a, uint64_t height)
{
	struct waiting_block *w = &a->blocks[a->blocks_n];
	struct bytes header, certificate;
	uint64_t first_ev, n;
	enum err e = store_block_head(a->s, height, &header, &certificate, &first_ev, &n);

	if (e != ERR_OK)
		return e;
	w->height = height;
	if (n > BLOCK_EVENTS_MAX || header.n > HEADER_BYTES_MAX || certificate.n > CERTIFICATE_BYTES_MAX)
		return fault(a, ERR_BAD_BLOCK, height, 0, "the block's row is larger than any block");
	w->header = keep(a, header);
	w->certificate = keep(a, certificate);
	e = read_events(a, w, first_ev, n);
	if (e == ERR_OK && green(a))
		a->blocks_n++;
	return e;
}

static bool has_room(const struct audit *a)
{
	return a->blocks_n < AHEAD_EVENTS && a->events_n < AHEAD_EVENTS && a->bytes_n < AHEAD_BYTES;
}

/* ---- signatures ---- */

/* With the key that the state knows now; one that comes in between is found in the event's turn. */
static void open_one(struct audit *a, size_t i)
{
	struct key_row row;

	a->errs[i] = event_open(&a->envelopes[i], a->events[i].cose);
	if (a->errs[i] == ERR_OK && state_key(&a->ov.state, &a->envelopes[i].sign1.kid, &row) != ERR_OK)
		a->errs[i] = ERR_UNKNOWN_KEY;
	if (a->errs[i] == ERR_OK)
		a->events[i].key = row.key;
}

static void verify_one(void *ctx, size_t i)
{
	struct audit *a = ctx;

	if (a->errs[i] == ERR_OK)
		a->errs[i] = event_verify(&a->envelopes[i], &a->events[i].key, &a->events[i].event);
}

static void verify_ahead(struct audit *a)
{
	for (size_t i = 0; i < a->events_n; i++)
		open_one(a, i);
	pool_each(a->pool, a->events_n, verify_one, a);
}

/* ---- one block's turn ---- */

static enum err settle_keys(struct audit *a, const struct waiting_block *w)
{
	for (size_t i = w->first; i < w->first + w->n; i++) {
		enum err e = a->errs[i];

		if (e == ERR_UNKNOWN_KEY || e == ERR_BAD_SIGNATURE)
			e = chain_open_event(&a->ov.state, a->events[i].cose, &a->events[i]);
		if (e != ERR_OK)
			return fault(a, e, w->height, a->out->head.log.size + 1 + (i - w->first), err_text(e));
	}
	return ERR_OK;
}

static enum err check_block(struct audit *a, const struct waiting_block *w)
{
	struct block b = { .header_bytes = w->header, .events_n = w->n, .events = a->coses };
	struct writes ws;
	size_t bad = SIZE_MAX;
	enum err e = settle_keys(a, w);

	if (e != ERR_OK || !green(a))
		return e;
	e = header_decode(&b.header, w->header);
	if (e != ERR_OK)
		return fault(a, e, w->height, 0, "the header cannot be read");
	if (b.header.count != w->n)
		return fault(a, ERR_BAD_BLOCK, w->height, 0, "the count of events differs");
	for (size_t i = 0; i < w->n; i++) {
		a->coses[i] = a->events[w->first + i].cose;
		a->ids[i] = a->events[w->first + i].event.id;
	}
	writes_init(&ws, a->writes, WRITES_CAP);
	e = chain_check(&a->out->head, &a->ov, &b, w->certificate, a->events + w->first, &ws, &bad);
	if (e != ERR_OK)
		return fault(a, e, w->height, bad == SIZE_MAX ? 0 : a->out->head.log.size + 1 + bad, err_text(e));
	for (size_t i = 0; i < w->n; i++)
		if (a->events[w->first + i].event.type == EV_COMMISSION)
			a->out->packs += a->events[w->first + i].event.packs_n;
	chain_advance(&a->out->head, &b.header, w->header, a->ids);
	a->out->blocks++;
	a->out->events += w->n;
	return ERR_OK;
}

static enum err replay_some(struct audit *a, bool *end)
{
	uint64_t height = a->out->head.height + 1;
	enum err e = ERR_OK;

	a->blocks_n = a->events_n = a->bytes_n = 0;
	while (e == ERR_OK && green(a) && has_room(a))
		e = read_block(a, height + a->blocks_n);
	*end = e == ERR_NOT_FOUND;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	verify_ahead(a);
	e = ERR_OK;
	/* blocks before a fault in reading still have their turn: the first fault in the chain's order is the one told */
	for (size_t i = 0; i < a->blocks_n && e == ERR_OK; i++) {
		struct audit_fault later = a->out->fault;

		a->out->fault = (struct audit_fault){ 0 };
		e = check_block(a, &a->blocks[i]);
		if (!green(a))
			return e;
		a->out->fault = later;
	}
	return e;
}

static enum err replay(struct audit *a, uint64_t height, audit_progress_fn *progress, void *ctx)
{
	bool end = false;
	enum err e = ERR_OK;

	while (e == ERR_OK && !end && green(a)) {
		e = replay_some(a, &end);
		if (progress)
			progress(ctx, a->out->head.height, height);
	}
	return e;
}

/* ---- rows ---- */

static void name_key(struct bytes key, char *out, size_t cap)
{
	struct key_parts k;

	if (key_parse(key, &k) != ERR_OK) {
		snprintf(out, cap, "unreadable key");
		return;
	}
	switch ((int)k.kind) {
	case KEY_PACK:
		snprintf(out, cap, "(01)%014" PRIu64 "(21)%.*s", k.n, (int)k.b.n, (const char *)k.b.p);
		break;
	case KEY_CUSTODY:
	case KEY_INSIDE:
	case KEY_FLAG:
		snprintf(out, cap, "unit %" PRId64, k.unit);
		break;
	case KEY_LOT:
		snprintf(out, cap, "(01)%014" PRIu64 "(10)%.*s", k.n, (int)k.b.n, (const char *)k.b.p);
		break;
	case KEY_PRODUCT:
		snprintf(out, cap, "(01)%014" PRIu64, k.n);
		break;
	case KEY_MEMBER:
		snprintf(out, cap, "GLN %013" PRIu64, k.n);
		break;
	case KEY_EVENT:
		snprintf(out, cap, "event %" PRIu64, k.n);
		break;
	case KEY_BATCH:
		snprintf(out, cap, "packs from %" PRIu64, k.n);
		break;
	default:
		snprintf(out, cap, "kind %d", (int)k.kind);
	}
}

static void row_fault(struct audit *a, const char *table, struct bytes key, uint64_t ev0, const char *what)
{
	struct audit_fault *f = &a->out->fault;

	*f = (struct audit_fault){ .err = ERR_CORRUPT, .ev = ev0 };
	snprintf(f->table, sizeof(f->table), "%s", table);
	name_key(key, f->key, sizeof(f->key));
	snprintf(f->what, sizeof(f->what), "%s", what);
}

static enum err compare_row(void *ctx, const struct state_row *row)
{
	struct audit *a = ctx;
	struct bytes val;
	uint64_t ev1;

	a->out->rows++;
	if (!green(a))
		return ERR_OK;
	if (overlay_version(a->overlay, row->key, row->ev0, &val, &ev1) != ERR_OK)
		row_fault(a, row->table, row->key, row->ev0, "the chain makes no such row");
	else if (!bytes_eq(val, row->value))
		row_fault(a, row->table, row->key, row->ev0, "the chain makes another value");
	else if (ev1 != row->ev1)
		row_fault(a, row->table, row->key, row->ev0, "the chain ends this row at another event");
	return ERR_OK;
}

static const char *table_of(struct bytes key)
{
	struct key_parts k;

	if (key_parse(key, &k) != ERR_OK)
		return "fact";
	switch ((int)k.kind) {
	case KEY_PACK:
		return "pack";
	case KEY_CUSTODY:
		return "custody";
	case KEY_FLAG:
		return "flag";
	case KEY_BATCH:
		return "batch";
	case KEY_EVENT:
		return "event";
	case KEY_INSIDE:
		return "inside";
	default:
		return "fact";
	}
}

static enum err compare_rows(struct audit *a)
{
	struct bytes key;
	uint64_t ev0;
	enum err e = store_each_row(a->s, compare_row, a);

	if (e == ERR_OK && green(a) && overlay_unseen(a->overlay, &key, &ev0))
		row_fault(a, table_of(key), key, ev0, "the row that the chain makes is missing");
	return e;
}

/* The log's kept tree nodes give the root that the newest header certifies. */
static enum err compare_log(struct audit *a)
{
	struct merkle_source log = store_log(a->s);
	struct merkle_edge edge;
	struct hash root, want;
	enum err e = merkle_edge_load(&log, a->out->head.log.size, &edge);

	if (e == ERR_NOT_FOUND)
		return fault(a, ERR_CORRUPT, 0, 0, "nodes of the log's tree are missing (table tile)");
	if (e != ERR_OK)
		return e;
	merkle_edge_root(&edge, &root);
	merkle_edge_root(&a->out->head.log, &want);
	return hash_eq(&root, &want) ? ERR_OK : fault(a, ERR_CORRUPT, 0, 0, "the log's tree differs (table tile)");
}

/* ---- the whole ---- */

static enum err begin(struct audit *a)
{
	struct bytes bytes, writes;
	struct genesis genesis;
	struct writes ws;
	uint8_t *buf;
	enum err e = store_genesis(a->s, &bytes);

	if (e != ERR_OK)
		return e;
	buf = malloc(GENESIS_WRITES_MAX);
	if (!buf)
		return ERR_NO_MEMORY;
	writes_init(&ws, buf, GENESIS_WRITES_MAX);
	e = genesis_apply(bytes, &ws);
	if (e == ERR_OK)
		e = genesis_read(&genesis, bytes);
	if (e != ERR_OK)
		e = fault(a, e, 0, 0, "the genesis block is not valid");
	else if ((e = wr_end(&ws.w, &writes)) == ERR_OK) {
		chain_head_init(&a->out->head, &genesis.chain_id, genesis.time_s);
		e = overlay_put(a->overlay, writes);
	}
	free(buf);
	return e;
}

static enum err make(struct audit *a)
{
	a->bytes_cap = AHEAD_BYTES + (size_t)BLOCK_BYTES_MAX + HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX;
	a->bytes = malloc(a->bytes_cap);
	a->writes = malloc(WRITES_CAP);
	a->blocks = malloc(AHEAD_EVENTS * sizeof(*a->blocks));
	a->events = malloc(2 * AHEAD_EVENTS * sizeof(*a->events));
	a->envelopes = malloc(2 * AHEAD_EVENTS * sizeof(*a->envelopes));
	a->errs = malloc(2 * AHEAD_EVENTS * sizeof(*a->errs));
	a->coses = malloc(BLOCK_EVENTS_MAX * sizeof(*a->coses));
	a->ids = malloc(BLOCK_EVENTS_MAX * sizeof(*a->ids));
	if (!a->bytes || !a->writes || !a->blocks || !a->events || !a->envelopes || !a->errs || !a->coses || !a->ids)
		return ERR_NO_MEMORY;
	return overlay_new(&a->overlay, NULL, true);
}

static void release(struct audit *a)
{
	overlay_free(a->overlay);
	free(a->bytes);
	free(a->writes);
	free(a->blocks);
	free(a->events);
	free(a->envelopes);
	free(a->errs);
	free(a->coses);
	free(a->ids);
}

enum err audit_run(struct store *s, struct pool *pool, audit_progress_fn *progress, void *ctx, struct audit_report *out)
{
	struct audit a = { .s = s, .pool = pool, .out = out };
	struct store_counts counts = { 0 };
	enum err e;

	*out = (struct audit_report){ 0 };
	e = make(&a);
	if (e == ERR_OK)
		e = store_read_begin(s);
	if (e == ERR_OK)
		e = store_counts(s, &counts);
	if (e == ERR_OK) {
		a.ov = overlay_chain(a.overlay);
		e = begin(&a);
	}
	if (e == ERR_OK && green(&a))
		e = replay(&a, counts.blocks, progress, ctx);
	if (e == ERR_OK && green(&a))
		e = compare_rows(&a);
	if (e == ERR_OK && green(&a))
		e = compare_log(&a);
	store_read_end(s);
	release(&a);
	return e;
}
