#include "node/forward.h"

#include "node/server.h"
#include "node/sync.h"

#include <inttypes.h>
#include <stdlib.h>

#define CALL_TIMEOUT_MS 15000 /* the validator holds the request until the event is final; each block of a body: as long */

struct sending {
	struct forward *forward; /* NULL: free */
	struct hash id;
};

struct forward {
	struct node *node;
	uv_timer_t *timer;
	struct sending sending[FORWARD_IN_FLIGHT];
	uint64_t not_before_ms; /* after a failure */
};

/* Errors that say "not now" or "not you", and nothing of the event, unless a validator signed that they do. */
static bool says_try_again(const struct problem *p)
{
	enum err e = p->err;

	if (p->refusal.p && err_coap(e) < 500)
		return false;
	return err_coap(e) >= 500 || e == ERR_UNAUTHORIZED || e == ERR_RATE_LIMITED || e == ERR_INCOMPLETE ||
	       e == ERR_BAD_REQUEST || e == ERR_NOT_VALIDATOR || e == ERR_FORBIDDEN;
}

static void back_off(struct forward *f)
{
	f->not_before_ms = uv_now(f->node->loop) + FORWARD_RETRY_MS;
}

/* A refusal counts when a validator of this chain signed it; without a signature when it came on the validator's own
 * session (the request then failed before the event was looked at). */
static bool refusal_holds(struct forward *f, const struct hash *id, const struct problem *p, struct refusal *why)
{
	struct refusal_statement s;
	struct bytes payload;
	struct key_row row;
	struct sign1 sign1;
	struct hash digest;

	*why = (struct refusal){ .err = p->err, .at_pack = p->at_pack, .pack_pos = (size_t)p->pack_pos };
	if (!p->refusal.p)
		return true;
	if (sign1_open(&sign1, p->refusal, CT_REFUSAL, false) != ERR_OK ||
	    state_key(&f->node->state, &sign1.kid, &row) != ERR_OK)
		return false;
	sign1_digest(&sign1, bytes_of(NULL, 0), &digest);
	if (sign1_verify(&sign1, &row.key, &digest, bytes_of(NULL, 0), &payload) != ERR_OK ||
	    refusal_decode(&s, payload) != ERR_OK || !hash_eq(&s.id, id))
		return false;
	*why = (struct refusal){ .err = s.reason, .at_pack = s.at_pack, .pack_pos = (size_t)s.pack_pos };
	return true;
}

static void take_problem(struct forward *f, const struct hash *id, struct bytes body)
{
	struct refusal why;
	struct problem p;

	if (problem_decode(&p, body) != ERR_OK || says_try_again(&p) || !refusal_holds(f, id, &p, &why) ||
	    ledger_settle(f->node->ledger, id, &why, p.refusal) != ERR_OK)
		back_off(f);
}

static void on_answer(void *ctx, const struct net_result *r)
{
	struct sending *s = ctx;
	struct forward *f = s->forward;
	struct hash id = s->id;

	s->forward = NULL;
	if (r->err != ERR_OK)
		back_off(f);
	else if (r->code >= 400)
		take_problem(f, &id, r->body);
	else if (r->code == NET_CREATED)
		sync_poke(f->node->sync); /* it is final there: fetch the block that holds it */
	else
		back_off(f);
}

static bool is_sending(const struct forward *f, const struct hash *id)
{
	for (size_t i = 0; i < FORWARD_IN_FLIGHT; i++)
		if (f->sending[i].forward && hash_eq(&f->sending[i].id, id))
			return true;
	return false;
}

static struct sending *free_slot(struct forward *f)
{
	for (size_t i = 0; i < FORWARD_IN_FLIGHT; i++)
		if (!f->sending[i].forward)
			return &f->sending[i];
	return NULL;
}

/* Once chain time has passed not_after the event can never be ordered: a human must look. */
static bool has_expired(struct forward *f, const struct hash *id, struct bytes cose)
{
	struct refusal why = { .err = ERR_EVENT_TOO_LATE };
	struct chain_head head;
	struct sign1 s;
	struct event ev;

	if (store_head(f->node->reader, &head) != ERR_OK || sign1_open(&s, cose, CT_EVENT, false) != ERR_OK ||
	    event_decode(&ev, s.payload_unverified) != ERR_OK || head.time_ms / 1000 <= ev.not_after_s)
		return false;
	return ledger_settle(f->node->ledger, id, &why, bytes_of(NULL, 0)) == ERR_OK;
}

static enum err send_one(void *ctx, const struct hash *id, struct bytes cose, uint64_t added_ms, enum outbox_state st,
			 struct bytes answer)
{
	struct forward *f = ctx;
	struct net_call call = { .method = NET_POST, .path = "events", .content_format = CT_EVENT, .body = cose,
				 .timeout_ms = CALL_TIMEOUT_MS };
	struct sending *s = free_slot(f);
	struct net_client *validator = sync_validator(f->node->sync);

	(void)added_ms, (void)answer;
	if (!s || !validator)
		return ERR_BUSY; /* ends the walk */
	if (st != OUTBOX_WAITING || is_sending(f, id) || has_expired(f, id, cose))
		return ERR_OK;
	*s = (struct sending){ .forward = f, .id = *id };
	if (net_client_send(validator, &call, on_answer, s) != ERR_OK) {
		s->forward = NULL;
		return ERR_BUSY;
	}
	return ERR_OK;
}

void forward_kick(struct forward *f)
{
	enum err e;

	if (ledger_is_validator(f->node->ledger) || uv_now(f->node->loop) < f->not_before_ms)
		return;
	e = store_outbox_each(f->node->reader, send_one, f);
	if (e != ERR_OK && e != ERR_BUSY)
		node_log("error", "the outbox cannot be read: %s", err_text(e));
}

static void on_timer(uv_timer_t *t)
{
	forward_kick(t->data);
}

enum err forward_new(struct forward **out, struct node *n)
{
	struct forward *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_NO_MEMORY;
	f->node = n;
	f->timer = malloc(sizeof(*f->timer));
	if (!f->timer) {
		free(f);
		return ERR_NO_MEMORY;
	}
	uv_timer_init(n->loop, f->timer);
	f->timer->data = f;
	uv_timer_start(f->timer, on_timer, 200, FORWARD_RETRY_MS);
	*out = f;
	return ERR_OK;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void forward_free(struct forward *f)
{
	if (!f)
		return;
	uv_close((uv_handle_t *)f->timer, free_handle);
	free(f);
}
