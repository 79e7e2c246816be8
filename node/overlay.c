#include "node/overlay.h"

#include "node/port/signer.h"

#include <stdlib.h>

#define CHUNK (256 * 1024) /* memory is taken in pieces of this size and never moves */
#define SLOTS_MIN 1024

/* One value of a key. */
struct version {
	struct version *older;
	uint64_t ev0; /* the next newer one's is the ev that ended it */
	uint32_t n; /* bytes of value */
	bool absent, seen;
	uint8_t value[];
};

struct entry {
	struct version *newest;
	uint16_t key_n;
	uint8_t key[STATE_KEY_MAX]; /* only key_n bytes of it are there */
};

/* Open addressing.  The hash stands beside, so that most probes and all of growing leave the keys alone; a slot of an
 * older generation is empty, so that clearing costs nothing. */
struct slot {
	struct entry *entry;
	uint32_t hash, generation;
};

struct chunk {
	struct chunk *next;
	uint8_t data[CHUNK];
};

struct overlay {
	struct state base;
	bool history;
	uint64_t seed; /* secret: else members could choose serials that all meet in one slot */
	uint64_t ev; /* of the event whose writes come */
	struct slot *slots;
	size_t slots_n, used;
	uint32_t generation;
	struct chunk *chunks, *current; /* current NULL: none used since the last clear */
	size_t at, bytes;
};

/* ---- memory ---- */

static void *take(struct overlay *o, size_t n)
{
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (!o->current || n > CHUNK - o->at) {
		struct chunk **next = o->current ? &o->current->next : &o->chunks;

		if (n > CHUNK)
			return NULL;
		if (!*next) {
			*next = malloc(sizeof(**next));
			if (!*next)
				return NULL;
			(*next)->next = NULL;
		}
		o->current = *next;
		o->at = 0;
	}
	p = o->current->data + o->at;
	o->at += n;
	o->bytes += n;
	return p;
}

/* ---- the table ---- */

__extension__ typedef unsigned __int128 wide;

static uint64_t mix(uint64_t a, uint64_t b)
{
	wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Eight bytes at a time, folded (as in wyhash). */
static uint32_t hash_of(const struct overlay *o, struct bytes key)
{
	uint64_t h = o->seed ^ key.n, w = 0;
	size_t i = 0;

	for (; key.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, key.p + i, sizeof(w));
		h = mix(h ^ w, 0x9e3779b97f4a7c15ULL);
	}
	w = 0;
	memcpy(&w, key.p + i, key.n - i);
	h = mix(h ^ w, 0xe7037ed1a0b428dbULL);
	return (uint32_t)(h ^ h >> 32);
}

/* The slot of key, or the empty one where it would be. */
static struct slot *slot_of(const struct overlay *o, struct bytes key, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *s = &o->slots[i & (o->slots_n - 1)];

		if (s->generation != o->generation)
			return s;
		if (s->hash == hash && s->entry->key_n == key.n && memcmp(s->entry->key, key.p, key.n) == 0)
			return s;
	}
}

static enum err grow(struct overlay *o)
{
	size_t n = o->slots_n * 2;
	struct slot *slots = calloc(n, sizeof(*slots)); /* generation 0 is no overlay's */

	if (!slots)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < o->slots_n; i++) {
		size_t at = o->slots[i].hash;

		if (o->slots[i].generation != o->generation)
			continue;
		while (slots[at & (n - 1)].generation)
			at++;
		slots[at & (n - 1)] = o->slots[i];
	}
	free(o->slots);
	o->slots = slots;
	o->slots_n = n;
	return ERR_OK;
}

static enum err entry_of(struct overlay *o, struct bytes key, struct entry **out)
{
	uint32_t hash = hash_of(o, key);
	struct slot *s = slot_of(o, key, hash);
	struct entry *e;

	if (s->generation == o->generation) {
		*out = s->entry;
		return ERR_OK;
	}
	if (key.n > STATE_KEY_MAX)
		return ERR_TOO_LARGE;
	if (o->used + 1 > o->slots_n / 4 * 3) {
		if (grow(o) != ERR_OK)
			return ERR_NO_MEMORY;
		s = slot_of(o, key, hash);
	}
	e = take(o, offsetof(struct entry, key) + key.n);
	if (!e)
		return ERR_NO_MEMORY;
	e->newest = NULL;
	e->key_n = (uint16_t)key.n;
	memcpy(e->key, key.p, key.n);
	*s = (struct slot){ .entry = e, .hash = hash, .generation = o->generation };
	o->used++;
	*out = e;
	return ERR_OK;
}

/* ---- writing ---- */

enum err overlay_set(struct overlay *o, struct bytes key, struct bytes val)
{
	struct entry *entry;
	struct version *v;
	enum err e = entry_of(o, key, &entry);

	if (e != ERR_OK)
		return e;
	v = take(o, sizeof(*v) + val.n);
	if (!v)
		return ERR_NO_MEMORY;
	*v = (struct version){ .ev0 = o->ev, .n = (uint32_t)val.n, .absent = val.p == NULL };
	if (val.n)
		memcpy(v->value, val.p, val.n);
	if (o->history && entry->newest) /* what one event writes twice counts once, as it was last */
		v->older = entry->newest->ev0 == o->ev ? entry->newest->older : entry->newest;
	entry->newest = v;
	return ERR_OK;
}

/* [1, ev] leads an event's writes, and makes its id known. */
static enum err begin_event(struct overlay *o, struct bytes key, struct bytes val)
{
	uint8_t id_key[STATE_KEY_MAX], number[16];
	struct event_row row;
	struct key_parts k;
	struct wr w;
	enum err e = key_parse(key, &k);

	if (e == ERR_OK)
		e = event_row_decode(val, &row);
	if (e != ERR_OK)
		return ERR_CORRUPT;
	o->ev = k.n;
	wr_init(&w, number, sizeof(number));
	wr_uint(&w, k.n);
	return overlay_set(o, key_event_id(id_key, &row.id), bytes_of(number, w.n));
}

static bool is_kind(struct bytes key, enum key_kind kind)
{
	return key.n > 1 && key.p[1] == kind; /* behind the head of an array of few */
}

enum err overlay_put(struct overlay *o, struct bytes writes)
{
	struct writes_it it;
	struct bytes key, val;
	enum err e = ERR_OK;

	writes_it_init(&it, writes);
	while (e == ERR_OK && writes_it_next(&it, &key, &val)) {
		if (is_kind(key, KEY_EVENT))
			e = begin_event(o, key, val);
		if (e == ERR_OK)
			e = overlay_set(o, key, val);
	}
	return e == ERR_OK && rd_end(&it.r) != ERR_OK ? ERR_CORRUPT : e;
}

static enum err put(void *ctx, struct bytes writes)
{
	return overlay_put(ctx, writes);
}

/* ---- reading ---- */

static struct bytes value_of(const struct version *v)
{
	return v->absent ? bytes_of(NULL, 0) : bytes_of(v->value, v->n);
}

bool overlay_find(const struct overlay *o, struct bytes key, struct bytes *val)
{
	const struct slot *s = slot_of(o, key, hash_of(o, key));

	if (s->generation != o->generation || !s->entry->newest)
		return false;
	*val = value_of(s->entry->newest);
	return true;
}

static enum err get(void *ctx, struct bytes key, struct bytes *val)
{
	const struct overlay *o = ctx;

	if (overlay_find(o, key, val))
		return ERR_OK;
	*val = bytes_of(NULL, 0);
	return o->base.get ? o->base.get(o->base.ctx, key, val) : ERR_OK;
}

struct chain_overlay overlay_chain(struct overlay *o)
{
	return (struct chain_overlay){ .state = { .ctx = o, .get = get }, .put = put };
}

size_t overlay_bytes(const struct overlay *o)
{
	return o->bytes;
}

/* ---- history ---- */

enum err overlay_version(struct overlay *o, struct bytes key, uint64_t ev0, struct bytes *val, uint64_t *ev1)
{
	struct slot *s = slot_of(o, key, hash_of(o, key));
	struct version *v = s->generation == o->generation ? s->entry->newest : NULL;

	*ev1 = UINT64_MAX;
	for (; v && v->ev0 > ev0; v = v->older)
		*ev1 = v->ev0;
	if (!v || v->ev0 != ev0 || v->absent)
		return ERR_NOT_FOUND;
	v->seen = true;
	*val = value_of(v);
	return ERR_OK;
}

bool overlay_unseen(const struct overlay *o, struct bytes *key, uint64_t *ev0)
{
	bool found = false;

	for (size_t i = 0; i < o->slots_n; i++) {
		struct bytes k;

		if (o->slots[i].generation != o->generation)
			continue;
		k = bytes_of(o->slots[i].entry->key, o->slots[i].entry->key_n);
		if (is_kind(k, KEY_EVENT_ID))
			continue;
		for (const struct version *v = o->slots[i].entry->newest; v; v = v->older) {
			if (v->absent || v->seen || (found && (v->ev0 > *ev0 || (v->ev0 == *ev0 && bytes_cmp(k, *key) > 0))))
				continue;
			found = true;
			*key = k;
			*ev0 = v->ev0;
		}
	}
	return found;
}

/* ---- making ---- */

void overlay_clear(struct overlay *o)
{
	if (++o->generation == 0) {
		memset(o->slots, 0, o->slots_n * sizeof(*o->slots));
		o->generation = 1;
	}
	o->used = 0;
	o->ev = 0;
	o->current = NULL;
	o->bytes = 0;
}

enum err overlay_new(struct overlay **out, const struct state *base, bool history)
{
	struct overlay *o = calloc(1, sizeof(*o));
	enum err e;

	if (!o)
		return ERR_NO_MEMORY;
	if (base)
		o->base = *base;
	o->history = history;
	o->generation = 1;
	o->slots_n = SLOTS_MIN;
	o->slots = calloc(o->slots_n, sizeof(*o->slots));
	e = o->slots ? signer_random((uint8_t *)&o->seed, sizeof(o->seed)) : ERR_NO_MEMORY;
	if (e != ERR_OK) {
		overlay_free(o);
		return e;
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
