/* Ordering by one validator: every input in every phase, and whom it refuses. */
#include "node/core/order.h"
#include "tests/fakes/votes.h"
#include "tests/t.h"

static const struct hash chain_id = { { 7 } };

static struct order make_order(size_t validators, uint64_t self)
{
	struct validator_set set;
	struct order o;

	votes_set(&set, validators);
	order_init(&o, &chain_id, 4, &set, self);
	return o;
}

#define NOTHING -1
/* What a phase does with an input: the error, the action asked for, the phase that follows. */
static const struct {
	const char *name;
	int phase, input;
	enum err err;
	int action, next;
} steps[] = {
	{ "idle, waiting", ORDER_IDLE, ORDER_IN_WAITING, ERR_OK, ORDER_DO_BUILD, ORDER_BUILDING },
	{ "idle, built", ORDER_IDLE, ORDER_IN_BUILT, ERR_BAD_VALUE, NOTHING, ORDER_IDLE },
	{ "idle, empty", ORDER_IDLE, ORDER_IN_EMPTY, ERR_BAD_VALUE, NOTHING, ORDER_IDLE },
	{ "idle, signed", ORDER_IDLE, ORDER_IN_SIGNED, ERR_BAD_VALUE, NOTHING, ORDER_IDLE },
	{ "building, waiting", ORDER_BUILDING, ORDER_IN_WAITING, ERR_OK, NOTHING, ORDER_BUILDING },
	{ "building, built", ORDER_BUILDING, ORDER_IN_BUILT, ERR_OK, ORDER_DO_SIGN, ORDER_SIGNING },
	{ "building, empty", ORDER_BUILDING, ORDER_IN_EMPTY, ERR_OK, NOTHING, ORDER_IDLE },
	{ "building, signed", ORDER_BUILDING, ORDER_IN_SIGNED, ERR_BAD_VALUE, NOTHING, ORDER_BUILDING },
	{ "signing, waiting", ORDER_SIGNING, ORDER_IN_WAITING, ERR_OK, NOTHING, ORDER_SIGNING },
	{ "signing, built", ORDER_SIGNING, ORDER_IN_BUILT, ERR_BAD_VALUE, NOTHING, ORDER_SIGNING },
	{ "signing, empty", ORDER_SIGNING, ORDER_IN_EMPTY, ERR_BAD_VALUE, NOTHING, ORDER_SIGNING },
	{ "signing, signed", ORDER_SIGNING, ORDER_IN_SIGNED, ERR_OK, ORDER_DO_COMMIT, ORDER_IDLE },
};

static void test_each_input_in_each_phase(void)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct order_action a[ORDER_ACTIONS_MAX];
		struct order o = make_order(1, 1000);
		struct order_input in = { .kind = (enum order_input_kind)steps[i].input };
		size_t n = 9;

		if (steps[i].phase == ORDER_BUILDING)
			o.phase = ORDER_BUILDING;
		if (steps[i].phase == ORDER_SIGNING)
			o.phase = ORDER_SIGNING;
		CHECK_EQ(order_step(&o, &in, a, &n), steps[i].err, steps[i].name);
		CHECK_EQ(n, steps[i].action != NOTHING, steps[i].name);
		CHECK_EQ(n ? (int)a[0].kind : NOTHING, steps[i].action, steps[i].name);
		CHECK_EQ(o.phase, steps[i].next, steps[i].name);
	}
}

static void test_the_vote_makes_a_certificate(void)
{
	struct order o = make_order(1, 1000);
	struct order_action a[ORDER_ACTIONS_MAX];
	struct order_input in = { .kind = ORDER_IN_WAITING };
	struct header h = { .chain_id = chain_id, .height = 5, .count = 1 };
	struct final f = { .chain_id = chain_id, .height = 5 };
	uint8_t header_buf[HEADER_BYTES_MAX], buf[CERTIFICATE_BYTES_MAX];
	struct bytes header, certificate;
	struct hash digest;
	struct vote vote;
	size_t n;

	NEED(header_encode(&h, header_buf, sizeof(header_buf), &header) == ERR_OK);
	header_hash(&f.header_hash, header);
	NEED(order_step(&o, &in, a, &n) == ERR_OK && n == 1 && a[0].height == 5);
	in = (struct order_input){ .kind = ORDER_IN_BUILT, .header_hash = f.header_hash };
	NEED(order_step(&o, &in, a, &n) == ERR_OK && n == 1);
	NEED(final_digest(&f, &o.set.v[0].kid, &digest) == ERR_OK);
	CHECK(hash_eq(&a[0].digest, &digest));
	vote = votes_sign(&o.set, &f, 0, 0);
	in = (struct order_input){ .kind = ORDER_IN_SIGNED };
	memcpy(in.sig, vote.sig, SIG_LEN);
	NEED(order_step(&o, &in, a, &n) == ERR_OK && n == 1);
	NEED(certificate_build(&o.set, a[0].view, a[0].votes, a[0].votes_n, buf, sizeof(buf), &certificate) == ERR_OK);
	CHECK(certificate_verify(&o.set, &h, header, certificate) == ERR_OK);
}

static void test_whom_it_refuses(void)
{
	static const struct {
		const char *name;
		size_t validators;
		uint64_t self;
	} rows[] = { { "a follower", 1, 1 }, { "one of four", 4, 1002 }, { "a follower of four", 4, 1 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int kind = ORDER_IN_WAITING; kind <= ORDER_IN_SIGNED; kind++) {
			struct order o = make_order(rows[i].validators, rows[i].self), before = o;
			struct order_action a[ORDER_ACTIONS_MAX];
			struct order_input in = { .kind = (enum order_input_kind)kind };
			size_t n = 9;

			CHECK_EQ(order_step(&o, &in, a, &n), ERR_NOT_VALIDATOR, rows[i].name);
			CHECK_ROW(n == 0 && o.phase == before.phase && o.height == 5, rows[i].name);
		}
}

T_MAIN("order", T(test_each_input_in_each_phase), T(test_the_vote_makes_a_certificate), T(test_whom_it_refuses))
