#include "node/ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t ledger_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- queues ---- */

static struct input *input_new(struct ledger *l, enum input_kind kind, struct bytes data)
{
	struct input *in = calloc(1, sizeof(*in) + data.n);

	if (!in)
		return NULL;
	in->ledger = l;
	in->kind = kind;
	in->n = data.n;
	if (data.n)
		memcpy(in->data, data.p, data.n);
	return in;
}

/* Room in the queue is taken before anything is copied and given back by ledger_input_free(). */
static bool reserve(struct ledger *l, size_t n)
{
	bool ok;

	pthread_mutex_lock(&l->lock);
	ok = l->queued + n <= QUEUE_BYTES_MAX;
	if (ok)
		l->queued += n;
	pthread_mutex_unlock(&l->lock);
	return ok;
}

static void release(struct ledger *l, size_t n)
{
	pthread_mutex_lock(&l->lock);
	l->queued -= n;
	pthread_mutex_unlock(&l->lock);
}

static enum err input_make(struct ledger *l, enum input_kind kind, struct bytes data, struct input **out)
{
	if (!reserve(l, data.n))
		return ERR_BUSY;
	*out = input_new(l, kind, data);
	if (*out)
		return ERR_OK;
	release(l, data.n);
	return ERR_NO_MEMORY;
}

void ledger_input_free(struct input *in)
{
	release(in->ledger, in->n);
	free(in);
}

static void push_locked(struct ledger *l, struct input *in)
{
	in->next = NULL;
	*l->in_tail = in;
	l->in_tail = &in->next;
	pthread_cond_signal(&l->more);
}

static void push(struct ledger *l, struct input *in)
{
	pthread_mutex_lock(&l->lock);
	push_locked(l, in);
	pthread_mutex_unlock(&l->lock);
}

static void post(struct ledger *l, struct output *o)
{
	pthread_mutex_lock(&l->lock);
	o->next = NULL;
	*l->out_tail = o;
	l->out_tail = &o->next;
	pthread_mutex_unlock(&l->lock);
	uv_async_send(&l->async);
}

static struct output *output_new(enum ledger_news_kind kind, enum err e, uint64_t height, size_t ids_n)
{
	struct output *o = calloc(1, sizeof(*o) + ids_n * sizeof(struct hash));

	if (!o)
		abort(); /* an outcome that cannot be told would leave a client believing in nothing */
	o->news = (struct ledger_news){ .kind = kind, .err = e, .height = height, .ids = o->ids, .ids_n = ids_n,
					.text = o->text };
	return o;
}

void ledger_tell(struct ledger *l, enum ledger_news_kind kind, enum err e, uint64_t height, const char *text)
{
	struct output *o = output_new(kind, e, height, 0);

	snprintf(o->text, sizeof(o->text), "%s", text);
	post(l, o);
}

void ledger_tell_stored(struct ledger *l, const struct hash *id)
{
	struct output *o = output_new(LEDGER_STORED, ERR_OK, l->head.height, 0);

	o->news.id = *id;
	post(l, o);
}

/* Sign the refusal, so that whoever relays it cannot make one up. */
static void sign_refusal(struct ledger *l, struct output *o)
{
	struct refusal_statement s = { .id = o->news.id, .reason = o->news.refusal.err, .height = l->head.height,
				       .at_pack = o->news.refusal.at_pack, .pack_pos = o->news.refusal.pack_pos };
	uint8_t payload[REFUSAL_BYTES_MAX];
	struct bytes statement, out;

	if (l->cfg.signer && refusal_encode(&s, payload, sizeof(payload), &statement) == ERR_OK &&
	    signer_sign1(l->cfg.signer, CT_REFUSAL, statement, false, o->refusal, sizeof(o->refusal), &out) == ERR_OK)
		o->news.signed_refusal = out;
}

void ledger_tell_refused(struct ledger *l, const struct hash *id, const struct refusal *why, bool final)
{
	struct output *o = output_new(LEDGER_REFUSED, why->err, l->head.height, 0);

	o->news.id = *id;
	o->news.refusal = *why;
	if (final)
		sign_refusal(l, o);
	post(l, o);
}

/* ---- the thread ---- */

enum err ledger_reorder(struct ledger *l)
{
	struct validator_set set;
	enum err e = state_validator_set(&l->base, &set);

	if (e != ERR_OK)
		return e;
	order_init(&l->order, &l->head.chain_id, l->head.height, &set, l->cfg.gln);
	atomic_store(&l->validator, l->order.self != ORDER_FOLLOWER);
	return ERR_OK;
}

unsigned ledger_changes(enum event_type type)
{
	if (type == EV_MEMBER || type == EV_MEMBER_REVOKE || type == EV_DEVICE_REVOKE)
		return CHANGES_MEMBERS;
	if (type == EV_RECALL || type == EV_WITHDRAW || type == EV_RETRACT || type == EV_CONFIRM)
		return CHANGES_RECALLS;
	return type == EV_ALARM || type == EV_ALARM_CASE ? CHANGES_ALARMS : 0;
}

void ledger_appended(struct ledger *l, const struct header *h, struct bytes header_bytes, const struct hash *ids,
		     unsigned changes)
{
	struct output *o = output_new(LEDGER_APPENDED, ERR_OK, h->height, h->count);
	enum err e;

	chain_advance(&l->head, h, header_bytes, ids);
	if (!l->restored && guard_raise(l->guard, h->height) != ERR_OK) {
		l->restored = true; /* certify nothing more: the promise could not be kept on disk */
		ledger_tell(l, LEDGER_TROUBLE, ERR_IO, h->height, "the guard file cannot be written: no more blocks are certified");
	}
	atomic_store(&l->height, h->height);
	e = ledger_reorder(l);
	if (e != ERR_OK)
		ledger_tell(l, LEDGER_TROUBLE, e, h->height, store_error(l->store));
	memcpy(o->ids, ids, h->count * sizeof(*ids));
	o->news.changes = changes;
	post(l, o);
}

static void settle(struct ledger *l, struct input *in)
{
	struct bytes answer = bytes_of(in->data, in->n);
	enum err e = store_outbox_settle(l->store, &in->id, OUTBOX_REFUSED, answer);

	if (e != ERR_OK)
		ledger_tell(l, LEDGER_TROUBLE, e, l->head.height, store_error(l->store));
	ledger_tell_refused(l, &in->id, &in->refusal, false);
	ledger_input_free(in);
}

static void keep_content(struct ledger *l, struct input *in)
{
	enum err e = store_content_put(l->store, in->sscc, bytes_of(in->data, in->n));

	if (e != ERR_OK)
		ledger_tell(l, LEDGER_TROUBLE, e, l->head.height, store_error(l->store));
	ledger_input_free(in);
}

/* Everything that is not a submitted event. */
static void do_other(struct ledger *l, struct input *in)
{
	switch (in->kind) {
	case IN_OFFER:
		ledger_take_block(l, in);
		break;
	case IN_PEER_HEAD:
		ledger_take_peer_head(l, in);
		break;
	case IN_SETTLE:
		settle(l, in);
		break;
	case IN_CONTENT:
		keep_content(l, in);
		break;
	case IN_SUBMIT:
		break;
	}
}

static bool check_failed(struct ledger *l, struct input *in)
{
	struct refusal why = { .err = in->err };

	if (in->err == ERR_OK)
		return false;
	ledger_tell_refused(l, &in->id, &why, false);
	ledger_input_free(in);
	return true;
}

/* Take from the list the submitted events at its head, as one batch. */
static size_t take_batch(struct ledger *l, struct input **list, struct input **batch, size_t have)
{
	size_t n = have;

	while (*list && (*list)->kind == IN_SUBMIT && n < BLOCK_EVENTS_MAX) {
		struct input *in = *list;

		*list = in->next;
		if (check_failed(l, in))
			continue;
		if (atomic_load(&l->validator))
			batch[n++] = in;
		else
			ledger_keep(l, in);
	}
	return n;
}

static void do_list(struct ledger *l, struct input *list)
{
	static _Thread_local struct input *batch[BLOCK_EVENTS_MAX];
	size_t n = 0;

	while (list || n > 0) {
		n = take_batch(l, &list, batch, n);
		if (n > 0)
			ledger_order_batch(l, batch, n, batch, &n);
		if (list && list->kind != IN_SUBMIT) {
			struct input *in = list;

			list = in->next;
			do_other(l, in);
		}
	}
}

static void *run(void *arg)
{
	struct ledger *l = arg;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		struct input *list = l->in_head;

		if (!list) {
			if (l->stopping && l->checking == 0)
				break;
			pthread_cond_wait(&l->more, &l->lock);
			continue;
		}
		l->in_head = NULL;
		l->in_tail = &l->in_head;
		pthread_mutex_unlock(&l->lock);
		do_list(l, list);
		pthread_mutex_lock(&l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* ---- the loop's side ---- */

static void drain(struct ledger *l)
{
	struct output *o;

	pthread_mutex_lock(&l->lock);
	o = l->out_head;
	l->out_head = NULL;
	l->out_tail = &l->out_head;
	pthread_mutex_unlock(&l->lock);
	while (o) {
		struct output *next = o->next;

		l->news(l->news_ctx, &o->news);
		free(o);
		o = next;
	}
}

static void on_async(uv_async_t *a)
{
	drain(a->data);
}

static void check_signature(struct pool_job *job)
{
	struct input *in = (struct input *)((char *)job - offsetof(struct input, job));
	struct ledger *l = in->ledger;
	struct signed_event *se = &in->signed_event;
	struct event_envelope env;

	se->cose = bytes_of(in->data, in->n);
	se->key = in->key;
	in->err = event_open(&env, se->cose);
	if (in->err == ERR_OK)
		in->err = event_verify(&env, &se->key, &se->event);
	pthread_mutex_lock(&l->lock);
	l->checking--;
	push_locked(l, in);
	pthread_mutex_unlock(&l->lock);
}

enum err ledger_submit(struct ledger *l, struct bytes cose, const struct pubkey *key)
{
	struct event_envelope env;
	struct input *in;
	enum err e = event_open(&env, cose);

	if (e != ERR_OK)
		return e;
	e = input_make(l, IN_SUBMIT, cose, &in);
	if (e != ERR_OK)
		return e;
	in->key = *key;
	in->id = env.id;
	in->job.run = check_signature;
	pthread_mutex_lock(&l->lock);
	l->checking++;
	pthread_mutex_unlock(&l->lock);
	pool_add(l->pool, &in->job);
	return ERR_OK;
}

static enum err push_bytes(struct ledger *l, enum input_kind kind, struct bytes data)
{
	struct input *in;
	enum err e = input_make(l, kind, data, &in);

	if (e == ERR_OK)
		push(l, in);
	return e;
}

enum err ledger_offer(struct ledger *l, struct bytes certified_block)
{
	return push_bytes(l, IN_OFFER, certified_block);
}

enum err ledger_peer_head(struct ledger *l, struct bytes head)
{
	return push_bytes(l, IN_PEER_HEAD, head);
}

enum err ledger_settle(struct ledger *l, const struct hash *id, const struct refusal *why, struct bytes signed_refusal)
{
	struct input *in;
	enum err e = input_make(l, IN_SETTLE, signed_refusal, &in);

	if (e != ERR_OK)
		return e;
	in->id = *id;
	in->refusal = *why;
	push(l, in);
	return ERR_OK;
}

enum err ledger_keep_content(struct ledger *l, uint64_t sscc, struct bytes packs)
{
	struct input *in;
	enum err e = input_make(l, IN_CONTENT, packs, &in);

	if (e != ERR_OK)
		return e;
	in->sscc = sscc;
	push(l, in);
	return ERR_OK;
}

bool ledger_is_validator(const struct ledger *l)
{
	return atomic_load(&l->validator);
}

uint64_t ledger_height(const struct ledger *l)
{
	return atomic_load(&l->height);
}

/* ---- start and stop ---- */

static enum err open_guard(struct ledger *l)
{
	enum guard_state gs;
	enum err e = guard_open(&l->guard, l->cfg.guard_path, l->head.height, &gs);

	if (e != ERR_OK || gs == GUARD_INTACT)
		return e;
	if (l->cfg.alone || !atomic_load(&l->validator))
		return guard_accept(l->guard, l->head.height);
	l->restored = true;
	ledger_tell(l, LEDGER_TROUBLE, ERR_NOT_READY, l->head.height,
		    "this copy was restored: nothing is certified until a follower confirms the newest block, "
		    "or serve is started with --i-am-alone");
	return ERR_OK;
}

/* A copy that does not hold all events can follow, not validate. */
static enum err open_light(struct ledger *l)
{
	if (!store_is_light(l->store))
		return ERR_OK;
	if (atomic_load(&l->validator)) {
		ledger_tell(l, LEDGER_TROUBLE, ERR_NOT_READY, l->head.height,
			    "a validator needs a full copy: set profile = full, move ledger.db away and start again");
		l->restored = true;
	}
	l->light = malloc(BLOCK_EVENTS_MAX * sizeof(*l->light));
	return l->light ? ERR_OK : ERR_NO_MEMORY;
}

static enum err open_chain(struct ledger *l)
{
	enum err e = store_open(&l->store, l->cfg.db_path, STORE_WRITE);

	if (e != ERR_OK)
		return e;
	l->base = store_state(l->store, STORE_NOW);
	e = store_head(l->store, &l->head);
	if (e != ERR_OK)
		return e;
	e = overlay_new(&l->overlay, &l->base, false);
	if (e != ERR_OK)
		return e;
	e = ledger_reorder(l);
	if (e != ERR_OK)
		return e;
	atomic_store(&l->height, l->head.height);
	e = open_guard(l);
	return e == ERR_OK ? open_light(l) : e;
}

static enum err make_buffers(struct ledger *l)
{
	l->writes = malloc(CHAIN_WRITES_MAX);
	l->events = malloc(BLOCK_EVENTS_MAX * sizeof(*l->events));
	l->coses = malloc(BLOCK_EVENTS_MAX * sizeof(*l->coses));
	l->ids = malloc(BLOCK_EVENTS_MAX * sizeof(*l->ids));
	l->refused = malloc(BLOCK_EVENTS_MAX * sizeof(*l->refused));
	l->taken = malloc(BLOCK_EVENTS_MAX * sizeof(*l->taken));
	return l->writes && l->events && l->coses && l->ids && l->refused && l->taken ? ERR_OK : ERR_NO_MEMORY;
}

static void free_async(uv_handle_t *h)
{
	free(h->data);
}

/* Everything but the thread; the struct itself goes when the loop has closed the async handle. */
static void release_all(struct ledger *l)
{
	drain(l);
	guard_close(l->guard);
	overlay_free(l->overlay);
	store_close(l->store);
	free(l->writes);
	free(l->events);
	free(l->light);
	free(l->coses);
	free(l->ids);
	free(l->refused);
	free(l->taken);
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	uv_close((uv_handle_t *)&l->async, free_async);
}

enum err ledger_start(struct ledger **out, struct uv_loop_s *loop, struct pool *pool, const struct ledger_config *cfg,
		      ledger_news_fn *news, void *ctx)
{
	struct ledger *l = calloc(1, sizeof(*l));
	enum err e;

	if (!l)
		return ERR_NO_MEMORY;
	l->cfg = *cfg;
	l->pool = pool;
	l->news = news;
	l->news_ctx = ctx;
	l->in_tail = &l->in_head;
	l->out_tail = &l->out_head;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->more, NULL);
	if (uv_async_init(loop, &l->async, on_async) != 0) {
		free(l);
		return ERR_NO_MEMORY;
	}
	l->async.data = l;
	e = make_buffers(l);
	if (e == ERR_OK)
		e = open_chain(l);
	if (e == ERR_OK && pthread_create(&l->thread, NULL, run, l) != 0)
		e = ERR_NO_MEMORY;
	if (e != ERR_OK) {
		release_all(l);
		return e;
	}
	*out = l;
	return ERR_OK;
}

void ledger_stop(struct ledger *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->more);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	release_all(l);
}
