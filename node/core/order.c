#include "node/core/order.h"

void order_init(struct order *o, const struct hash *chain_id, uint64_t height, const struct validator_set *set, uint64_t self_gln)
{
	*o = (struct order){ .set = *set, .self = ORDER_FOLLOWER, .height = height + 1, .phase = ORDER_IDLE };
	o->final.chain_id = *chain_id;
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].gln == self_gln)
			o->self = i;
}

static enum err one(struct order_action *a, enum order_action_kind kind, const struct order *o, size_t *n)
{
	*a = (struct order_action){ .kind = kind, .height = o->height, .view = o->view };
	*n = 1;
	return ERR_OK;
}

static enum err begin(struct order *o, struct order_action *a, size_t *n)
{
	o->phase = ORDER_BUILDING;
	return one(a, ORDER_DO_BUILD, o, n);
}

static enum err ask_vote(struct order *o, const struct order_input *in, struct order_action *a, size_t *n)
{
	enum err e;

	o->final.height = o->height;
	o->final.view = o->view;
	o->final.header_hash = in->header_hash;
	e = one(a, ORDER_DO_SIGN, o, n);
	if (e == ERR_OK)
		e = final_digest(&o->final, &o->set.v[o->self].kid, &a->digest);
	if (e == ERR_OK)
		o->phase = ORDER_SIGNING;
	return e;
}

/* With one validator its own vote is the quorum. */
static enum err commit(struct order *o, const struct order_input *in, struct order_action *a, size_t *n)
{
	enum err e = one(a, ORDER_DO_COMMIT, o, n);

	a->votes[0].index = o->self;
	memcpy(a->votes[0].sig, in->sig, SIG_LEN);
	a->votes_n = 1;
	o->phase = ORDER_IDLE;
	return e;
}

enum err order_step(struct order *o, const struct order_input *in, struct order_action *actions, size_t *n)
{
	*n = 0;
	if (o->self == ORDER_FOLLOWER || o->set.n != 1)
		return ERR_NOT_VALIDATOR;
	switch (in->kind) {
	case ORDER_IN_WAITING:
		return o->phase == ORDER_IDLE ? begin(o, &actions[0], n) : ERR_OK;
	case ORDER_IN_BUILT:
		return o->phase == ORDER_BUILDING ? ask_vote(o, in, &actions[0], n) : ERR_BAD_VALUE;
	case ORDER_IN_EMPTY:
		if (o->phase != ORDER_BUILDING)
			return ERR_BAD_VALUE;
		o->phase = ORDER_IDLE;
		return ERR_OK;
	case ORDER_IN_SIGNED:
		return o->phase == ORDER_SIGNING ? commit(o, in, &actions[0], n) : ERR_BAD_VALUE;
	}
	return ERR_BAD_VALUE;
}
