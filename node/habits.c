#include "node/habits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct habits {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct risk_habit *all; /* ascending by party */
	size_t n, cap;

	/* of the thread */
	pthread_t thread;
	bool running, wanted;
	atomic_bool stopping;
	struct store *store;
	uint64_t done; /* events learnt from */
};

/* ---- the table ---- */

/* Where party is or belongs. */
static size_t place_of(const struct habits *h, uint64_t party)
{
	size_t lo = 0, hi = h->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (h->all[mid].party < party)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum err grow(struct habits *h)
{
	size_t cap = h->cap ? 2 * h->cap : 64;
	struct risk_habit *all = realloc(h->all, cap * sizeof(*all));

	if (!all)
		return ERR_NO_MEMORY;
	h->all = all;
	h->cap = cap;
	return ERR_OK;
}

static enum err add_locked(struct habits *h, uint64_t party, uint64_t dwell_s)
{
	size_t i = place_of(h, party);

	if (i == h->n || h->all[i].party != party) {
		enum err e = h->n == h->cap && h->n < HABITS_PARTIES_MAX ? grow(h) : ERR_OK;

		if (e != ERR_OK || h->n == HABITS_PARTIES_MAX)
			return e;
		memmove(&h->all[i + 1], &h->all[i], (h->n - i) * sizeof(h->all[0]));
		h->all[i] = (struct risk_habit){.party = party};
		h->n++;
	}
	risk_habit_learn(&h->all[i], dwell_s);
	return ERR_OK;
}

bool habits_of(const struct habits *h, uint64_t party, struct risk_habit *out)
{
	struct habits *table = (struct habits *)h; /* its lock is no part of what it says */
	size_t i;
	bool there;

	pthread_mutex_lock(&table->lock);
	i = place_of(h, party);
	there = i < h->n && h->all[i].party == party;
	if (there)
		*out = h->all[i];
	pthread_mutex_unlock(&table->lock);
	return there;
}

/* ---- one event ---- */

struct first {
	struct store_child child;
	bool found;
};

static enum err take_first(void *ctx, const struct store_child *c)
{
	struct first *f = ctx;

	if (!f->found)
		f->child = *c;
	f->found = true;
	return ERR_EXISTS; /* that is enough */
}

/* A pack in the unit: as of ev, so that what was taken out since is still there. */
static enum err find_inside(struct store *s, uint64_t ev, struct store_child *what)
{
	for (int level = 0; level <= UNIT_LEVELS_MAX && what->sscc; level++) {
		struct first f = {.found = false};
		enum err e = store_children(s, what->sscc, ev, take_first, &f);

		if (e != ERR_OK && e != ERR_EXISTS)
			return e;
		if (!f.found)
			return ERR_NOT_FOUND;
		*what = f.child;
	}
	return what->sscc ? ERR_CORRUPT : ERR_OK;
}

/* The first pack that the event's bytes name.  ERR_NOT_FOUND: none, or hidden from this copy. */
static enum err find_pack(struct store *s, uint64_t ev, struct store_child *what)
{
	struct event_packs packs;
	struct event_ssccs ssccs;
	struct event event;
	struct sign1 env;
	struct bytes cose, serial;
	enum err e = store_event_cose(s, ev, &cose);

	if (e == ERR_OK)
		e = sign1_open(&env, cose, CT_EVENT, false);
	if (e == ERR_OK)
		e = event_decode(&event, env.payload_unverified); /* of the own chain: it held when it was ordered */
	if (e != ERR_OK)
		return e;
	*what = (struct store_child){.sscc = 0};
	event_packs_init(&packs, &event);
	if (event_packs_next(&packs, &serial)) {
		what->gtin = packs.gtin;
		memcpy(what->serial, serial.p, what->serial_n = serial.n);
		return ERR_OK;
	}
	event_ssccs_init(&ssccs, &event);
	if (!event_ssccs_next(&ssccs, &what->sscc))
		return ERR_NOT_FOUND;
	return find_inside(s, ev, what);
}

struct stay {
	uint64_t ev, party; /* the event that ended it, and whose */
	uint64_t came_s;    /* 0: not there yet, or gone again */
};

static enum err take_step(void *ctx, const struct history_row *row)
{
	struct stay *stay = ctx;
	enum risk_act act;

	if (row->ev >= stay->ev || row->event.signer != stay->party || !risk_act_of((enum event_type)row->event.type, &act))
		return ERR_OK;
	if (act == SEEN_COMMISSION || act == SEEN_RECEIVE)
		stay->came_s = row->event.time_s;
	else if (act == SEEN_SHIP || act == SEEN_DISPENSE)
		stay->came_s = 0;
	return ERR_OK;
}

enum err habits_learn(struct habits *h, struct store *s, uint64_t ev)
{
	const struct state now = store_state(s, STORE_NOW);
	struct stay stay = {.ev = ev};
	struct store_child what;
	struct event_row row;
	enum risk_act act;
	enum err e = state_event(&now, ev, &row);

	if (e != ERR_OK || !risk_act_of((enum event_type)row.type, &act) || (act != SEEN_SHIP && act != SEEN_DISPENSE))
		return e;
	stay.party = row.signer;
	e = find_pack(s, ev, &what);
	if (e == ERR_OK)
		e = store_history(s, what.gtin, bytes_of(what.serial, what.serial_n), ev, take_step, &stay);
	if (e != ERR_OK || stay.came_s == 0 || row.time_s <= stay.came_s)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	pthread_mutex_lock(&h->lock);
	e = add_locked(h, row.signer, row.time_s - stay.came_s);
	pthread_mutex_unlock(&h->lock);
	return e;
}

/* ---- the thread ---- */

static void learn_new(struct habits *h)
{
	struct chain_head head;
	uint64_t newest;

	if (store_head(h->store, &head) != ERR_OK)
		return;
	newest = head.log.size;
	if (newest > HABITS_AT_ONCE && h->done < newest - HABITS_AT_ONCE)
		h->done = newest - HABITS_AT_ONCE;
	while (h->done < newest && !atomic_load(&h->stopping))
		if (habits_learn(h, h->store, ++h->done) == ERR_NO_MEMORY)
			return;
}

static void *run(void *arg)
{
	struct habits *h = arg;

	pthread_mutex_lock(&h->lock);
	while (!atomic_load(&h->stopping)) {
		if (!h->wanted) {
			pthread_cond_wait(&h->more, &h->lock);
			continue;
		}
		h->wanted = false;
		pthread_mutex_unlock(&h->lock);
		learn_new(h);
		pthread_mutex_lock(&h->lock);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

struct habits *habits_new(void)
{
	struct habits *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->more, NULL);
	return h;
}

void habits_follow(struct habits *h)
{
	pthread_mutex_lock(&h->lock);
	h->wanted = true;
	pthread_cond_signal(&h->more);
	pthread_mutex_unlock(&h->lock);
}

enum err habits_start(struct habits **out, const char *db_path)
{
	struct habits *h = habits_new();
	enum err e = h ? store_open(&h->store, db_path, STORE_READ) : ERR_NO_MEMORY;

	if (e == ERR_OK) {
		h->wanted = true;
		h->running = pthread_create(&h->thread, NULL, run, h) == 0;
		e = h->running ? ERR_OK : ERR_NO_MEMORY;
	}
	if (e != ERR_OK) {
		habits_stop(h);
		return e;
	}
	*out = h;
	return ERR_OK;
}

void habits_stop(struct habits *h)
{
	if (!h)
		return;
	if (h->running) {
		atomic_store(&h->stopping, true);
		habits_follow(h);
		pthread_join(h->thread, NULL);
	}
	store_close(h->store);
	pthread_cond_destroy(&h->more);
	pthread_mutex_destroy(&h->lock);
	free(h->all);
	free(h);
}
