#include "node/core/order.h"

void order_init(struct order *o, const struct hash *chain_id, uint64_t height, const struct validator_set *set, uint64_t self_gln)
{
	*o = (struct order){ .set = *set, .self = ORDER_FOLLOWER, .height = height + 1, .phase = ORDER_IDLE };
	o->final.chain_id = *chain_id;
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].gln == self_gln)
			o->self = i;
}

static void act(struct order_action *a, enum order_action_kind kind, const struct order *o, size_t *n)
{
	*a = (struct order_action){ .kind = kind, .height = o->height, .view = o->view };
	*n = 1;
}

static void begin(struct order *o, struct order_action *a, size_t *n)
{
	o->phase = ORDER_BUILDING;
	act(a, ORDER_DO_BUILD, o, n);
}

static enum err ask_vote(struct order *o, const struct order_input *in, struct order_action *a, size_t *n)
{
	struct hash digest;
	enum err e;

	o->final.height = o->height;
	o->final.view = o->view;
	o->final.header_hash = in->header_hash;
	e = final_digest(&o->final, &o->set.v[o->self].kid, &digest);
	if (e != ERR_OK)
		return e;
	o->phase = ORDER_SIGNING;
	act(a, ORDER_DO_SIGN, o, n);
	a->digest = digest;
	return ERR_OK;
}

/* With one validator its own vote is the quorum. */
static void commit(struct order *o, const struct order_input *in, struct order_action *a, size_t *n)
{
	o->phase = ORDER_IDLE;
	act(a, ORDER_DO_COMMIT, o, n);
	a->votes[0].index = o->self;
	memcpy(a->votes[0].sig, in->sig, SIG_LEN);
	a->votes_n = 1;
}

enum err order_step(struct order *o, const struct order_input *in, struct order_action *actions, size_t *n)
{
	*n = 0;
	if (o->self == ORDER_FOLLOWER || o->set.n != 1)
		return ERR_NOT_VALIDATOR;
	switch (in->kind) {
	case ORDER_IN_WAITING:
		if (o->phase == ORDER_IDLE)
			begin(o, &actions[0], n);
		return ERR_OK;
	case ORDER_IN_BUILT:
		return o->phase == ORDER_BUILDING ? ask_vote(o, in, &actions[0], n) : ERR_BAD_VALUE;
	case ORDER_IN_EMPTY:
		if (o->phase != ORDER_BUILDING)
			return ERR_BAD_VALUE;
		o->phase = ORDER_IDLE;
		return ERR_OK;
	case ORDER_IN_SIGNED:
		if (o->phase != ORDER_SIGNING)
			return ERR_BAD_VALUE;
		commit(o, in, &actions[0], n);
		return ERR_OK;
	}
	return ERR_BAD_VALUE;
}
