/* How long a block takes from its event's POST to the last of 50 followers: as they are told by Observe, without loss and with
 * 1 % of all datagrams lost, posted at the validator or at a follower; and when the validator has forgotten who observes it,
 * so that they find it by themselves.
 *	bench_spread [BUILD [FOLLOWERS ROUNDS]] */
#include "tests/bench/bench.h"
#include "tests/fakes/swarm.h"

#include <unistd.h>

#define ROUNDS_MAX 1000
#define LOSS_PERMILLE 10
#define REACH_S 2.0

static unsigned followers = 50, rounds = 40;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_spread: %s failed\n", what);
	exit(1);
}

static double at(const double *sorted, double part)
{
	size_t i = (size_t)((double)rounds * part);

	return sorted[i < rounds ? i : rounds - 1];
}

/* p95 of the last follower. */
static double spread(struct swarm *s, const char *what, enum swarm_place place, unsigned loss_permille, bool observers)
{
	static double last[ROUNDS_MAX], median[ROUNDS_MAX], receipt[ROUNDS_MAX];
	uint64_t lost = swarm_lost(s);

	swarm_loss(s, loss_permille);
	for (unsigned i = 0; i < rounds; i++) {
		struct swarm_times t;

		swarm_pause_between(s, 300, 1200);
		if (!observers)
			swarm_forget_observers(s);
		must(swarm_spread(s, place, &t), what);
		last[i] = t.last;
		median[i] = t.median;
		receipt[i] = t.receipt;
	}
	swarm_loss(s, 0);
	qsort(last, rounds, sizeof(last[0]), bench_cmp);
	printf("%-36s last of %u: p50 %.3f p95 %.3f max %.3f s; median follower %.3f s, receipt %.3f s; %llu datagrams lost\n", what,
	       followers, at(last, 0.5), at(last, 0.95), last[rounds - 1], bench_median(median, rounds), bench_median(receipt, rounds),
	       (unsigned long long)(swarm_lost(s) - lost));
	fflush(stdout);
	return at(last, 0.95);
}

static void tell(const char *what, double p95)
{
	bench_tell(what, p95 * 1e3, "ms", REACH_S * 1e3, p95 / REACH_S, 1, 1);
}

int main(int argc, char **argv)
{
	double bare, lossy, forwarded, polled, load = 0;
	struct swarm *s;

	if (argc == 4) {
		followers = (unsigned)atoi(argv[2]);
		rounds = (unsigned)atoi(argv[3]);
	}
	must(followers > 0 && followers <= SWARM_FOLLOWERS_MAX && rounds > 0 && rounds <= ROUNDS_MAX, "arguments");
	(void)getloadavg(&load, 1);
	printf("load before: %.2f\n", load);
	alarm(1200);
	must(swarm_start(&s, followers, 20260117, 1200), "start");
	bare = spread(s, "no loss", SWARM_VALIDATOR, 0, true);
	lossy = spread(s, "1 % loss", SWARM_VALIDATOR, LOSS_PERMILLE, true);
	forwarded = spread(s, "1 % loss, posted at a follower", SWARM_FOLLOWER, LOSS_PERMILLE, true);
	polled = spread(s, "1 % loss, observers forgotten", SWARM_VALIDATOR, LOSS_PERMILLE, false);
	tell("p95 of the last follower, no loss", bare);
	tell("the same, 1 % of datagrams lost", lossy);
	tell("the same, posted at a follower, which forwards it", forwarded);
	tell("1 % lost, and observers forgotten: found by polling", polled);
	must(swarm_stop(s), "a clean end");
	return 0;
}
