#include "node/overlay.h"

#include <stdlib.h>

#define CHUNK (256 * 1024) /* memory is taken in pieces of this size and never moves */
#define SLOTS_MIN 1024

/* One version of a key's value; key and value follow in memory. */
struct version {
	struct version *older;
	uint64_t ev0, ev1;
	uint32_t value_n;
	uint16_t key_n;
	bool present, seen;
	uint8_t data[];
};

struct chunk {
	struct chunk *next;
	size_t used, cap;
	uint8_t data[];
};

struct overlay {
	const struct state *base;
	bool history;
	uint64_t ev; /* of the event whose writes come */
	struct version **slots; /* open addressing; the newest version of each key */
	size_t slots_n, used;
	struct chunk *chunks, *current;
};

static uint64_t hash_of(struct bytes key)
{
	uint64_t h = 0xcbf29ce484222325ULL, w;
	size_t i = 0;

	for (; i + 8 <= key.n; i += 8) {
		memcpy(&w, key.p + i, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	for (; i < key.n; i++)
		h = (h ^ key.p[i]) * 0x100000001b3ULL;
	return h ^ h >> 32;
}

static struct bytes key_of(const struct version *v)
{
	return bytes_of(v->data, v->key_n);
}

static struct version **slot_of(const struct overlay *o, struct bytes key)
{
	size_t i = (size_t)hash_of(key) & (o->slots_n - 1);

	while (o->slots[i] && !bytes_eq(key_of(o->slots[i]), key))
		i = (i + 1) & (o->slots_n - 1);
	return &o->slots[i];
}

static enum err grow(struct overlay *o)
{
	struct overlay bigger = { .slots_n = o->slots_n * 2 };

	bigger.slots = calloc(bigger.slots_n, sizeof(*bigger.slots));
	if (!bigger.slots)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < o->slots_n; i++)
		if (o->slots[i])
			*slot_of(&bigger, key_of(o->slots[i])) = o->slots[i];
	free(o->slots);
	o->slots = bigger.slots;
	o->slots_n = bigger.slots_n;
	return ERR_OK;
}

static void *take(struct overlay *o, size_t n)
{
	struct chunk *c = o->current;
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (!c || c->cap - c->used < n) {
		c = c ? c->next : o->chunks;
		if (!c || c->cap < n) {
			size_t cap = n > CHUNK ? n : CHUNK;
			struct chunk *fresh = malloc(sizeof(*fresh) + cap);

			if (!fresh)
				return NULL;
			*fresh = (struct chunk){ .next = c, .cap = cap };
			if (o->current)
				o->current->next = fresh;
			else
				o->chunks = fresh;
			c = fresh;
		}
		c->used = 0;
		o->current = c;
	}
	p = c->data + c->used;
	c->used += n;
	return p;
}

static enum err put_one(struct overlay *o, struct bytes key, struct bytes val)
{
	struct version **slot, *v;

	if ((o->used + 1) * 4 > o->slots_n * 3 && grow(o) != ERR_OK)
		return ERR_NO_MEMORY;
	slot = slot_of(o, key);
	v = take(o, sizeof(*v) + key.n + val.n);
	if (!v)
		return ERR_NO_MEMORY;
	*v = (struct version){ .ev0 = o->ev, .ev1 = UINT64_MAX, .value_n = (uint32_t)val.n, .key_n = (uint16_t)key.n,
			       .present = val.p != NULL };
	memcpy(v->data, key.p, key.n);
	if (val.n)
		memcpy(v->data + key.n, val.p, val.n);
	if (!*slot) {
		o->used++;
	} else if (o->history && (*slot)->ev0 == o->ev) {
		v->older = (*slot)->older; /* the same event wrote it twice: the last word counts */
	} else if (o->history) {
		(*slot)->ev1 = o->ev;
		v->older = *slot;
	}
	*slot = v;
	return ERR_OK;
}

enum err overlay_put(struct overlay *o, struct bytes writes)
{
	struct writes_it it;
	struct bytes key, val;
	struct key_parts k;
	enum err e = ERR_OK;

	writes_it_init(&it, writes);
	while (e == ERR_OK && writes_it_next(&it, &key, &val)) {
		uint8_t buf[STATE_KEY_MAX], num[12];
		struct wr w;
		struct rd r;

		/* [1, ev] leads an event's writes; that its id is taken follows from it */
		if (key.n >= 3 && key.p[0] == 0x82 && key.p[1] == KEY_EVENT && key_parse(key, &k) == ERR_OK) {
			struct hash id;
			struct bytes b;

			o->ev = k.n;
			rd_init(&r, val);
			rd_array(&r);
			b = rd_bstr_n(&r, HASH_LEN);
			if (r.err != ERR_OK)
				return ERR_CORRUPT;
			memcpy(id.b, b.p, HASH_LEN);
			wr_init(&w, num, sizeof(num));
			wr_uint(&w, k.n);
			e = put_one(o, key_event_id(buf, &id), bytes_of(num, w.n));
		}
		if (e == ERR_OK)
			e = put_one(o, key, val);
	}
	return e == ERR_OK && rd_end(&it.r) != ERR_OK ? ERR_CORRUPT : e;
}

static enum err get(void *ctx, struct bytes key, struct bytes *val)
{
	struct overlay *o = ctx;
	const struct version *v = *slot_of(o, key);

	if (v) {
		*val = v->present ? bytes_of(v->data + v->key_n, v->value_n) : bytes_of(NULL, 0);
		return ERR_OK;
	}
	*val = bytes_of(NULL, 0);
	return o->base ? o->base->get(o->base->ctx, key, val) : ERR_OK;
}

static enum err put(void *ctx, struct bytes writes)
{
	return overlay_put(ctx, writes);
}

struct chain_overlay overlay_chain(struct overlay *o)
{
	return (struct chain_overlay){ .state = { .ctx = o, .get = get }, .put = put };
}

enum err overlay_version(struct overlay *o, struct bytes key, uint64_t ev0, struct bytes *val, uint64_t *ev1)
{
	struct version *v = *slot_of(o, key);

	while (v && v->ev0 > ev0)
		v = v->older;
	if (!v || v->ev0 != ev0 || !v->present)
		return ERR_NOT_FOUND;
	v->seen = true;
	*val = bytes_of(v->data + v->key_n, v->value_n);
	*ev1 = v->ev1;
	return ERR_OK;
}

/* Kinds without a row of their own on disk. */
static bool is_derived(const struct version *v)
{
	return v->key_n > 1 && v->data[1] == KEY_EVENT_ID;
}

bool overlay_unseen(const struct overlay *o, struct bytes *key, uint64_t *ev0)
{
	for (size_t i = 0; i < o->slots_n; i++)
		for (const struct version *v = o->slots[i]; v; v = v->older)
			if (v->present && !v->seen && !is_derived(v)) {
				*key = key_of(v);
				*ev0 = v->ev0;
				return true;
			}
	return false;
}

void overlay_clear(struct overlay *o)
{
	if (o->used > 0)
		memset(o->slots, 0, o->slots_n * sizeof(*o->slots));
	o->used = 0;
	o->ev = 0;
	o->current = NULL;
}

enum err overlay_new(struct overlay **out, const struct state *base, bool history)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return ERR_NO_MEMORY;
	o->base = base;
	o->history = history;
	o->slots_n = SLOTS_MIN;
	o->slots = calloc(o->slots_n, sizeof(*o->slots));
	if (!o->slots) {
		free(o);
		return ERR_NO_MEMORY;
	}
	*out = o;
	return ERR_OK;
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	while (o->chunks) {
		struct chunk *next = o->chunks->next;

		free(o->chunks);
		o->chunks = next;
	}
	free(o->slots);
	free(o);
}
