/* A block reaches every follower soon, although datagrams are lost on the way and although the validator forgets who
 * observes it: processes of their own, real DTLS, a relay that loses.  bench_spread measures the same with 50. */
#include "node/sync.h"
#include "tests/fakes/swarm.h"
#include "tests/t.h"

#include <stdlib.h>

#define FOLLOWERS 8
#define ROUNDS 8
#define LOSS_PERMILLE 50 /* of 8 followers two hear late in a round, as of 50 do with 10: 3 datagrams each count */
#define SOON_S 2.0 /* what is asked of 50 with 10; a repeat costs 0.35 s, libcoap's own would cost 2 s to 3 s by default */

static struct swarm *swarm;

static void test_start(void)
{
	NEED(swarm_start(&swarm, FOLLOWERS, 20260117, 300));
}

/* Rounds in which somebody heard late. */
static unsigned late_rounds(void)
{
	double worst = 0;
	unsigned late = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct swarm_times t = { 0 };

		swarm_pause_between(swarm, 0, 300);
		CHECK(swarm_spread(swarm, i % 2 ? SWARM_FOLLOWER : SWARM_VALIDATOR, &t));
		late += t.last > SOON_S;
		worst = t.last > worst ? t.last : worst;
	}
	printf(" (the last of %d at the latest after %.2f s; %llu datagrams lost) ", FOLLOWERS, worst,
	       (unsigned long long)swarm_lost(swarm));
	return late;
}

static void test_losses_cost_little(void)
{
	unsigned late;

	NEED(swarm != NULL);
	swarm_loss(swarm, LOSS_PERMILLE);
	late = late_rounds();
	for (int more = 2; more > 0 && late > 1; more--) /* the machine may have been busy elsewhere */
		late = late_rounds();
	CHECK(swarm_lost(swarm) > 0);
	CHECK(late <= 1); /* three losses in a row may be among them */
	swarm_loss(swarm, 0);
}

/* Seconds to the last follower. */
static double spread(void)
{
	struct swarm_times t = { .last = 1e9 };

	CHECK(swarm_spread(swarm, SWARM_VALIDATOR, &t));
	return t.last;
}

static void test_a_forgotten_follower_finds_it_and_is_told_again(void)
{
	double found = 1e9, told = 1e9;

	NEED(swarm != NULL);
	swarm_pause(swarm, 1500); /* libcoap's own repeats of what was lost */
	for (int tries = 3; tries > 0 && found > SOON_S; tries--) {
		swarm_forget_observers(swarm);
		found = spread();
	}
	CHECK(found < SOON_S); /* SYNC_POLL_MS, and the fetch */
	/* By polls alone all eight of them would be so early once in 256 times. */
	for (int tries = 3; tries > 0 && told > SYNC_POLL_MS / 2000.0; tries--) {
		swarm_pause(swarm, 200);
		told = spread();
	}
	printf(" (found after %.2f s, told after %.2f s) ", found, told);
	CHECK(told < SYNC_POLL_MS / 2000.0);
}

static void test_a_recall_reaches_all_who_hold_the_lot_and_ends(void)
{
	struct swarm_recall r = { 0 };

	NEED(swarm != NULL);
	NEED(swarm_goods(swarm));
	swarm_loss(swarm, LOSS_PERMILLE);
	for (int i = 0; i < 2; i++)
		CHECK(swarm_recall(swarm, i == 1, &r));
	swarm_loss(swarm, 0);
	CHECK(r.preview > 0 && r.preview < SOON_S);
}

static void test_end(void)
{
	CHECK(swarm_stop(swarm));
}

T_MAIN("spread", T(test_start), T(test_losses_cost_little), T(test_a_forgotten_follower_finds_it_and_is_told_again),
       T(test_a_recall_reaches_all_who_hold_the_lot_and_ends), T(test_end))
