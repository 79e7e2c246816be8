/* Inside the ledger thread: ledger.c (queues, thread), ledger_order.c (certifying), ledger_follow.c (following). */
#ifndef RX_LEDGER_INTERNAL_H
#define RX_LEDGER_INTERNAL_H

#include "node/core/light.h"
#include "node/core/order.h"
#include "node/guard.h"
#include "node/ledger.h"
#include "node/overlay.h"
#include "node/problem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define QUEUE_BYTES_MAX (16u * 1024 * 1024) /* events and blocks waiting: what a busy node may hold in memory */

enum input_kind { IN_SUBMIT, IN_OFFER, IN_SETTLE, IN_PEER_HEAD, IN_CONTENT };

/* Something for the thread to do; data follows the struct in one allocation. */
struct input {
	struct pool_job job; /* IN_SUBMIT: its signature check */
	struct input *next;
	struct ledger *ledger;
	enum input_kind kind;
	enum err err; /* IN_SUBMIT: what the check said */
	struct pubkey key;
	struct signed_event signed_event; /* IN_SUBMIT: views into data */
	struct hash id; /* IN_SUBMIT, IN_SETTLE */
	struct refusal refusal; /* IN_SETTLE */
	uint64_t sscc; /* IN_CONTENT */
	size_t n;
	uint8_t data[];
};

/* Something for the loop to hear. */
struct output {
	struct output *next;
	struct ledger_news news; /* its views point into this allocation */
	char text[200];
	uint8_t refusal[REFUSAL_BYTES_MAX + SIGN1_OVERHEAD];
	struct hash ids[];
};

struct ledger {
	/* both sides, under lock */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct input *in_head, **in_tail;
	struct output *out_head, **out_tail;
	size_t queued; /* bytes in inputs, those being checked on the pool included */
	unsigned checking; /* inputs on the pool */
	bool stopping;
	atomic_uint_fast64_t height;
	atomic_bool validator;

	/* the loop's side */
	uv_async_t async;
	struct pool *pool;
	ledger_news_fn *news;
	void *news_ctx;
	pthread_t thread;

	/* the thread's side */
	struct ledger_config cfg;
	struct store *store;
	struct state base; /* the store, now */
	struct overlay *overlay;
	struct guard *guard;
	bool restored, forked;
	struct chain_head head;
	struct order order;
	uint8_t *writes; /* CHAIN_WRITES_MAX */
	struct signed_event *events; /* BLOCK_EVENTS_MAX each */
	struct light_event *light; /* of a light copy, else NULL */
	struct bytes *coses;
	struct hash *ids;
	struct refusal *refused;
	size_t *taken;
	uint8_t header_buf[HEADER_BYTES_MAX];
	uint8_t certificate_buf[CERTIFICATE_BYTES_MAX];
};

/* Order up to BLOCK_EVENTS_MAX submitted events as one block; each input is answered with news and freed, but those that
 * found no room: they are given back through *left in their order. */
void ledger_order_batch(struct ledger *l, struct input **subs, size_t n, struct input **left, size_t *left_n);
/* Keep an event of our own member until a validator has ordered it; frees in. */
void ledger_keep(struct ledger *l, struct input *in);
/* A block from a peer, a peer's head; free in. */
void ledger_take_block(struct ledger *l, struct input *in);
void ledger_take_peer_head(struct ledger *l, struct input *in);

/* A block being followed: its writes are checked by the caller in between.  changes: ledger_change, added up. */
void ledger_follow_begin(struct ledger *l, struct chain_overlay *ov, struct writes *ws);
MUST_CHECK enum err ledger_follow_end(struct ledger *l, const struct block *b, struct bytes certificate, const struct writes *ws,
				      unsigned changes);
/* Check the block with what of it is shown to this copy, and store it; bad: as in chain_check(). */
MUST_CHECK enum err ledger_follow_light(struct ledger *l, const struct block *b, struct bytes certificate, size_t *bad);
/* After a block is durable: move the tip and the ordering, tell the loop. */
void ledger_appended(struct ledger *l, const struct header *h, struct bytes header_bytes, const struct hash *ids,
		     unsigned changes);
/* What an event of this type changes (enum ledger_change). */
unsigned ledger_changes(enum event_type type);
/* Set up ordering behind the present tip. */
MUST_CHECK enum err ledger_reorder(struct ledger *l);

/* Give an input back, and its room in the queue. */
void ledger_input_free(struct input *in);

/* News from the thread. */
void ledger_tell_refused(struct ledger *l, const struct hash *id, const struct refusal *why, bool final);
void ledger_tell_stored(struct ledger *l, const struct hash *id);
void ledger_tell(struct ledger *l, enum ledger_news_kind kind, enum err e, uint64_t height, const char *text);

uint64_t ledger_now_ms(void);

#endif
