#include "tests/fakes/memstate.h"

#include <stdlib.h>

#define BUCKETS 65536

struct entry {
	struct entry *next;
	struct bytes key, val; /* owned */
};

struct memstate {
	struct entry *buckets[BUCKETS];
	enum err fail;
};

static void *need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static struct bytes copy(struct bytes b)
{
	uint8_t *p;

	if (b.p == NULL)
		return b;
	p = need(malloc(b.n + 1));
	memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

struct memstate *memstate_new(void)
{
	return need(calloc(1, sizeof(struct memstate)));
}

void memstate_free(struct memstate *m)
{
	for (size_t i = 0; m && i < BUCKETS; i++) {
		for (struct entry *e = m->buckets[i], *next; e; e = next) {
			next = e->next;
			free((void *)e->key.p);
			free((void *)e->val.p);
			free(e);
		}
	}
	free(m);
}

/* Where the entry of key hangs, or would. */
static struct entry **place(struct memstate *m, struct bytes key)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	struct entry **at;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * 16777619u;
	at = &m->buckets[h % BUCKETS];
	while (*at && !bytes_eq((*at)->key, key))
		at = &(*at)->next;
	return at;
}

void memstate_set(struct memstate *m, struct bytes key, struct bytes val)
{
	struct entry **at = place(m, key);

	if (*at == NULL) {
		*at = need(calloc(1, sizeof(**at)));
		(*at)->key = copy(key);
	}
	free((void *)(*at)->val.p);
	(*at)->val = copy(val);
}

static enum err get(void *ctx, struct bytes key, struct bytes *val)
{
	struct memstate *m = ctx;
	struct entry *e = *place(m, key);

	*val = e ? e->val : (struct bytes){ 0 };
	return m->fail;
}

struct state memstate_state(struct memstate *m)
{
	return (struct state){ m, get };
}

static void set_event_id(struct memstate *m, uint64_t ev)
{
	const struct state st = memstate_state(m);
	uint8_t key[STATE_KEY_MAX], val[16];
	struct event_row row;
	struct wr w;

	if (state_event(&st, ev, &row))
		abort();
	wr_init(&w, val, sizeof(val));
	wr_uint(&w, ev);
	memstate_set(m, key_event_id(key, &row.id), bytes_of(val, w.n));
}

void memstate_apply(struct memstate *m, struct bytes writes)
{
	struct bytes key, val;
	struct key_parts parts;
	struct writes_it it;

	writes_it_init(&it, writes);
	while (writes_it_next(&it, &key, &val)) {
		memstate_set(m, key, val);
		if (key_parse(key, &parts))
			abort();
		if (parts.kind == KEY_EVENT)
			set_event_id(m, parts.n);
	}
	if (it.r.err)
		abort();
}

void memstate_fail(struct memstate *m, enum err e)
{
	m->fail = e;
}
