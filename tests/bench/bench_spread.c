/* How long a block takes from its event's POST to the last of 50 followers: as they are told by Observe, without loss and with
 * 1 % of all datagrams lost, posted at the validator or at a follower; and when the validator has forgotten who observes it,
 * so that they find it by themselves.  And the recall of a lot that 20 of them hold: its preview, and from the POST of the
 * second signature until the last of them shows it in force, or over.
 *	bench_spread [BUILD [FOLLOWERS ROUNDS]] */
#include "tests/bench/bench.h"
#include "tests/fakes/swarm.h"

#include <unistd.h>

#define ROUNDS_MAX 1000
#define LOSS_PERMILLE 10
#define REACH_S 2.0
#define RUN_S 1800

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

struct figure {
	const char *what;
	double v[ROUNDS_MAX], p95;
};

static void sum_up(struct figure *f)
{
	qsort(f->v, rounds, sizeof(f->v[0]), bench_cmp);
	f->p95 = at(f->v, 0.95);
	printf("  %-48s p50 %.3f p95 %.3f max %.3f s\n", f->what, at(f->v, 0.5), f->p95, f->v[rounds - 1]);
}

/* p95 of the second signature alone, and of preview, proposal and second signature together. */
static void recalls(struct swarm *s, const char *what, unsigned loss_permille, bool observers, double *second, double *whole)
{
	static struct figure preview = { .what = "preview" }, proposed = { .what = "proposal, until the regulator's node shows it" },
			     force = { .what = "second signature, until the last shows it" },
			     median = { .what = "... the median follower" },
			     reached = { .what = "preview and second signature" }, all = { .what = "preview, proposal, second signature" },
			     over = { .what = "second signature of its end, likewise" };
	struct figure *figures[] = { &preview, &proposed, &force, &median, &reached, &all, &over };
	uint64_t lost = swarm_lost(s);

	swarm_loss(s, loss_permille);
	for (unsigned i = 0; i < rounds; i++) {
		struct swarm_recall r;

		must(swarm_recall(s, !observers, &r), what);
		preview.v[i] = r.preview;
		proposed.v[i] = r.proposed;
		force.v[i] = r.force.last;
		median.v[i] = r.force.median;
		reached.v[i] = r.preview + r.force.last;
		all.v[i] = reached.v[i] + r.proposed;
		over.v[i] = r.over.last;
	}
	swarm_loss(s, 0);
	printf("%s: %u recalls, %llu datagrams lost\n", what, rounds, (unsigned long long)(swarm_lost(s) - lost));
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		sum_up(figures[i]);
	fflush(stdout);
	*second = force.p95;
	*whole = all.p95;
}

static void any_event(struct swarm *s)
{
	double bare = spread(s, "no loss", SWARM_VALIDATOR, 0, true);
	double lossy = spread(s, "1 % loss", SWARM_VALIDATOR, LOSS_PERMILLE, true);
	double forwarded = spread(s, "1 % loss, posted at a follower", SWARM_FOLLOWER, LOSS_PERMILLE, true);
	double polled = spread(s, "1 % loss, observers forgotten", SWARM_VALIDATOR, LOSS_PERMILLE, false);

	tell("p95 of the last follower, no loss", bare);
	tell("the same, 1 % of datagrams lost", lossy);
	tell("the same, posted at a follower, which forwards it", forwarded);
	tell("1 % lost, and observers forgotten: found by polling", polled);
}

static void a_recall(struct swarm *s)
{
	double bare[2], lossy[2], polled[2];

	must(swarm_goods(s), "goods");
	recalls(s, "recall, no loss", 0, true, &bare[0], &bare[1]);
	recalls(s, "recall, 1 % loss", LOSS_PERMILLE, true, &lossy[0], &lossy[1]);
	recalls(s, "recall, 1 % loss, observers forgotten", LOSS_PERMILLE, false, &polled[0], &polled[1]);
	tell("p95 of a recall's second signature, no loss", bare[0]);
	tell("the same, 1 % of datagrams lost", lossy[0]);
	tell("1 % lost, preview and proposal included", lossy[1]);
	tell("1 % lost, and observers forgotten: found by polling", polled[0]);
	tell("... preview and proposal included", polled[1]);
}

int main(int argc, char **argv)
{
	struct swarm *s;
	double load = 0;

	if (argc == 4) {
		followers = (unsigned)atoi(argv[2]);
		rounds = (unsigned)atoi(argv[3]);
	}
	must(followers > 2 && followers <= SWARM_FOLLOWERS_MAX && rounds > 0 && rounds <= ROUNDS_MAX, "arguments");
	(void)getloadavg(&load, 1);
	printf("load before: %.2f\n", load);
	alarm(RUN_S);
	must(swarm_start(&s, followers, 20260117, RUN_S), "start");
	any_event(s);
	a_recall(s);
	must(swarm_stop(s), "a clean end");
	return 0;
}
