#include "node/waiting.h"

#include <stdlib.h>

#define BUCKETS 4096 /* a power of two; ids are hashes already */

struct held {
	struct held *next; /* in its bucket */
	struct held *newer, *older; /* in order of arrival, which is the order of deadlines */
	struct hash id;
	struct net_exchange *x;
	uint64_t deadline_ms;
};

struct waiting {
	struct held *buckets[BUCKETS];
	struct held *oldest, *newest;
	size_t n;
};

static size_t bucket_of(const struct hash *id)
{
	return ((size_t)id->b[0] | (size_t)id->b[1] << 8) % BUCKETS;
}

enum err waiting_new(struct waiting **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? ERR_OK : ERR_NO_MEMORY;
}

void waiting_free(struct waiting *w)
{
	free(w);
}

enum err waiting_add(struct waiting *w, const struct hash *id, struct net_exchange *x, uint64_t deadline_ms)
{
	struct held *h;
	struct held **bucket = &w->buckets[bucket_of(id)];

	if (w->n >= WAITING_MAX)
		return ERR_BUSY;
	h = malloc(sizeof(*h));
	if (!h)
		return ERR_NO_MEMORY;
	*h = (struct held){ .next = *bucket, .older = w->newest, .id = *id, .x = x, .deadline_ms = deadline_ms };
	*bucket = h;
	if (w->newest)
		w->newest->newer = h;
	else
		w->oldest = h;
	w->newest = h;
	w->n++;
	return ERR_OK;
}

static struct held **find(const struct waiting *w, const struct hash *id)
{
	struct held *const *at = &w->buckets[bucket_of(id)];

	while (*at && !hash_eq(&(*at)->id, id))
		at = &(*at)->next;
	return (struct held **)at;
}

bool waiting_has(const struct waiting *w, const struct hash *id)
{
	return *find(w, id) != NULL;
}

static struct net_exchange *take(struct waiting *w, struct held **at)
{
	struct held *h = *at;
	struct net_exchange *x;

	if (!h)
		return NULL;
	*at = h->next;
	if (h->newer)
		h->newer->older = h->older;
	else
		w->newest = h->older;
	if (h->older)
		h->older->newer = h->newer;
	else
		w->oldest = h->newer;
	w->n--;
	x = h->x;
	free(h);
	return x;
}

struct net_exchange *waiting_take(struct waiting *w, const struct hash *id)
{
	return take(w, find(w, id));
}

struct net_exchange *waiting_take_late(struct waiting *w, uint64_t now_ms, struct hash *id)
{
	if (!w->oldest || w->oldest->deadline_ms > now_ms)
		return NULL;
	*id = w->oldest->id;
	return waiting_take(w, id);
}
