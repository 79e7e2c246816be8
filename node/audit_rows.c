/* What is on disk against what the chain makes. */
#include "node/audit_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- keys for people ---- */

struct text {
	char *p;
	size_t cap;
};

static void hex(struct text out, const char *what, struct bytes b)
{
	size_t at = (size_t)snprintf(out.p, out.cap, "%s ", what);

	for (size_t i = 0; i < b.n && at + 2 < out.cap; i++, at += 2)
		snprintf(out.p + at, out.cap - at, "%02x", b.p[i]);
}

static void gtin_and(struct text out, uint64_t gtin, const char *ai, struct bytes b)
{
	snprintf(out.p, out.cap, "(01)%014" PRIu64 "%s%.*s", gtin, ai, (int)b.n, (const char *)b.p);
}

/* A pack by what is printed on it. */
static void unit(struct store *s, struct text out, int64_t n)
{
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
	uint64_t gtin;

	if (n > 0 && store_pack_of(s, (uint64_t)n, &gtin, serial, &serial_n) == ERR_OK)
		gtin_and(out, gtin, "(21)", bytes_of(serial, serial_n));
	else
		snprintf(out.p, out.cap, "unit %" PRId64, n);
}

static void name_key(struct store *s, const struct key_parts *k, struct text out)
{
	switch (k->kind) {
	case KEY_CHAIN:
		snprintf(out.p, out.cap, "the chain's counters");
		return;
	case KEY_EVENT:
		snprintf(out.p, out.cap, "event %" PRIu64, k->n);
		return;
	case KEY_EVENT_ID:
		hex(out, "event", k->b);
		return;
	case KEY_MEMBER:
		snprintf(out.p, out.cap, "GLN %013" PRIu64, k->n);
		return;
	case KEY_KEY:
		hex(out, "key", k->b);
		return;
	case KEY_LABEL_KEY:
		hex(out, "label key", k->b);
		return;
	case KEY_PRODUCT:
		gtin_and(out, k->n, "", BYTES_LIT(""));
		return;
	case KEY_LOT:
		gtin_and(out, k->n, "(10)", k->b);
		return;
	case KEY_BATCH:
		snprintf(out.p, out.cap, "packs from number %" PRIu64, k->n);
		return;
	case KEY_PACK:
		gtin_and(out, k->n, "(21)", k->b);
		return;
	case KEY_RECALL:
		snprintf(out.p, out.cap, "the recall proposed by event %" PRIu64, k->n);
		return;
	case KEY_ALARM:
		hex(out, "alarm", k->b);
		return;
	case KEY_CORRECTION:
		snprintf(out.p, out.cap, "the correction of event %" PRIu64, k->n);
		return;
	case KEY_QUERIED:
		snprintf(out.p, out.cap, "a query of GLN %013" PRIu64, k->n);
		return;
	case KEY_SPENT:
		snprintf(out.p, out.cap, "what GLN %013" PRIu64 " has said on a day", k->n);
		return;
	case KEY_UNIT_LOT:
	case KEY_UNIT_LOT_AT:
	case KEY_UNIT_ROW:
	case KEY_SIGHT:
	case KEY_CUSTODY:
	case KEY_INSIDE:
	case KEY_FLAG:
		unit(s, out, k->unit);
		return;
	case KEY_UNIT:
		snprintf(out.p, out.cap, "(00)%018" PRIu64, k->n);
		return;
	case KEY_DEVICE:
		hex(out, "device", k->b);
		return;
	case KEY_PROPOSAL:
		hex(out, "proposal", k->b);
		return;
	case KEY_VALIDATORS:
		snprintf(out.p, out.cap, "the validators");
		return;
	case KEY_PREFIX:
		snprintf(out.p, out.cap, "company prefix %.*s", (int)k->b.n, (const char *)k->b.p);
		return;
	case KEY_LABEL_KEYS:
		snprintf(out.p, out.cap, "label keys of GLN %013" PRIu64, k->n);
		return;
	}
}

/* ---- rows ---- */

static enum err fault_row(struct audit *a, const char *table, struct bytes key, uint64_t ev0, const char *what)
{
	struct audit_fault *f = &a->out->fault;
	struct key_parts k;
	enum err e = audit_fault_table(a, 0, table, what);

	f->ev = ev0;
	if (key_parse(key, &k) == ERR_OK)
		name_key(a->s, &k, (struct text){ f->key, sizeof(f->key) });
	else
		hex((struct text){ f->key, sizeof(f->key) }, "no key of any kind:", key);
	return e;
}

static enum err compare_row(void *ctx, const struct state_row *row)
{
	struct audit *a = ctx;
	struct bytes val;
	uint64_t ev1;

	a->out->rows++;
	if (overlay_version(a->overlay, row->key, row->ev0, &val, &ev1) != ERR_OK)
		return fault_row(a, row->table, row->key, row->ev0, "the chain makes no such row");
	if (!bytes_eq(val, row->value))
		return fault_row(a, row->table, row->key, row->ev0, "the chain makes another value");
	if (ev1 != row->ev1)
		return fault_row(a, row->table, row->key, row->ev0, "the chain ends this row at another event");
	return ERR_OK;
}

static enum err find_missing(struct audit *a)
{
	struct key_parts k;
	struct bytes key;
	uint64_t ev0;

	if (!overlay_unseen(a->overlay, &key, &ev0))
		return ERR_OK;
	if (key_parse(key, &k) != ERR_OK)
		return ERR_CORRUPT;
	return fault_row(a, store_table(k.kind), key, ev0, "the row that the chain makes is missing");
}

/* ---- the rest ---- */

static enum err compare_rest(struct audit *a)
{
	const char *table;
	enum err e = store_check_log(a->s, &a->out->head, &table);

	if (e == ERR_CORRUPT)
		return audit_fault_table(a, 0, table, "rows are missing, too many or differ from what the events give");
	if (e == ERR_OK)
		e = store_check_file(a->s);
	if (e == ERR_CORRUPT)
		return audit_fault(a, e, 0, 0, store_error(a->s));
	return e;
}

enum err audit_compare(struct audit *a)
{
	enum err e = store_each_row(a->s, compare_row, a);

	if (e == ERR_OK)
		e = find_missing(a);
	return e == ERR_OK ? compare_rest(a) : e;
}
