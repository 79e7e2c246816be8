#include "node/ledger_internal.h"

#include <stdlib.h>

/* A batch of submitted events on its way into one block. */
struct batch {
	struct input **subs;
	size_t n;
	struct writes ws;
	struct chain_proposal proposal;
};

static void answer_all(struct ledger *l, struct batch *b, enum err e)
{
	struct refusal why = { .err = e };

	for (size_t i = 0; i < b->n; i++)
		ledger_tell_refused(l, &b->subs[i]->id, &why, false);
}

static enum err propose(struct ledger *l, struct batch *b)
{
	struct chain_overlay ov;

	for (size_t i = 0; i < b->n; i++)
		l->events[i] = b->subs[i]->signed_event;
	overlay_clear(l->overlay);
	ov = overlay_chain(l->overlay);
	writes_init(&b->ws, l->writes, CHAIN_WRITES_MAX);
	return chain_propose(&l->head, &ov, ledger_now_ms(), l->cfg.gln, l->events, b->n, l->refused, l->taken, &b->ws,
			     l->header_buf, sizeof(l->header_buf), &b->proposal);
}

static enum err commit(struct ledger *l, struct batch *b, const struct order_action *a)
{
	struct store_append ap = { .header = &b->proposal.header, .header_bytes = b->proposal.header_bytes };
	unsigned changes = 0;
	enum err e = certificate_build(&l->order.set, a->view, a->votes, a->votes_n, l->certificate_buf,
				       sizeof(l->certificate_buf), &ap.certificate);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < b->proposal.taken; i++) {
		const struct signed_event *se = &l->events[l->taken[i]];

		l->coses[i] = se->cose;
		l->ids[i] = se->event.id;
		changes |= ledger_changes(se->event.type);
	}
	ap.events = l->coses;
	ap.ids = l->ids;
	ap.events_n = b->proposal.taken;
	ap.outbox_done = l->ids;
	ap.outbox_done_n = b->proposal.taken;
	e = wr_end(&b->ws.w, &ap.writes);
	if (e == ERR_OK)
		e = store_append(l->store, &ap);
	if (e == ERR_OK)
		ledger_appended(l, &b->proposal.header, b->proposal.header_bytes, l->ids, changes);
	return e;
}

/* What the ordering asks for, until it asks for nothing more. */
static enum err follow_orders(struct ledger *l, struct batch *b, const struct order_input *first)
{
	struct order_action actions[ORDER_ACTIONS_MAX];
	struct order_input in = *first;
	size_t n = 0;
	enum err e = order_step(&l->order, &in, actions, &n);

	for (size_t i = 0; e == ERR_OK && i < n; i++) {
		const struct order_action *a = &actions[i];

		switch (a->kind) {
		case ORDER_DO_BUILD:
			e = propose(l, b);
			if (e != ERR_OK)
				break;
			in = (struct order_input){ .kind = b->proposal.taken ? ORDER_IN_BUILT : ORDER_IN_EMPTY };
			header_hash(&in.header_hash, b->proposal.header_bytes);
			e = follow_orders(l, b, &in);
			break;
		case ORDER_DO_SIGN:
			in = (struct order_input){ .kind = ORDER_IN_SIGNED };
			e = signer_sign(l->cfg.signer, &a->digest, in.sig);
			if (e == ERR_OK)
				e = follow_orders(l, b, &in);
			break;
		case ORDER_DO_COMMIT:
			e = commit(l, b, a);
			break;
		}
	}
	return e;
}

/* Answer those that were refused; those that found no room stay. */
static size_t answer_refused(struct ledger *l, struct batch *b, struct input **left)
{
	size_t left_n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct input *in = b->subs[i];
		const struct refusal *why = &l->refused[i];

		if (why->err == ERR_BUSY) {
			left[left_n++] = in;
			continue;
		}
		if (why->err != ERR_OK)
			ledger_tell_refused(l, &in->id, why, why->err != ERR_DUPLICATE_EVENT);
		ledger_input_free(in);
	}
	return left_n;
}

void ledger_order_batch(struct ledger *l, struct input **subs, size_t n, struct input **left, size_t *left_n)
{
	struct batch b = { .subs = subs, .n = n };
	struct order_input in = { .kind = ORDER_IN_WAITING };
	enum err e = ERR_NOT_READY;

	*left_n = 0;
	if (!l->restored && !l->forked)
		e = follow_orders(l, &b, &in);
	if (e == ERR_OK) {
		*left_n = answer_refused(l, &b, left);
		return;
	}
	if (e != ERR_NOT_READY) {
		ledger_tell(l, LEDGER_TROUBLE, e, l->head.height, store_error(l->store));
		if (ledger_reorder(l) != ERR_OK)
			l->forked = true;
	}
	answer_all(l, &b, e);
	for (size_t i = 0; i < n; i++)
		ledger_input_free(subs[i]);
}
