/* What the analytics reach on seeds that nobody looked at while tuning, and that a seed is a seed. */
#include "tests/sim/sim.h"
#include "tests/t.h"

#define PACKS 20000 /* a seed: the first runs of those that make sim reports */
#define SEEDS 4 /* 145,000 honest scans, where 73 alarms are too many: there are 54 */
#define QUIET_PACKS 8000

static struct sim_rates rates;

static void test_rates(void)
{
	struct sim_rates none;

	NEED(sim_rates_read(&rates, SIM_RATES_PATH));
	CHECK(!sim_rates_read(&none, "tests/sim/no_such_file.csv"));
}

static void test_a_seed_is_a_seed(void)
{
	struct sim_figures a = { .seeds = 0 }, b = { .seeds = 0 }, c = { .seeds = 0 };

	sim_run(&rates, SIM_TUNING_SEED, 500, &a);
	sim_run(&rates, SIM_TUNING_SEED, 500, &b);
	sim_run(&rates, SIM_TUNING_SEED + 1, 500, &c);
	CHECK(memcmp(&a, &b, sizeof(a)) == 0);
	CHECK(memcmp(&a, &c, sizeof(a)) != 0);
}

/* Without noise nothing alarms and nothing is refused: the honest plans are honest. */
static void test_without_noise(void)
{
	static const enum sim_rate noise[] = { RATE_late_ship, RATE_late_commission, RATE_misread, RATE_wrong_delivery, RATE_loan,
					       RATE_seen_after, RATE_clone, RATE_made_up, RATE_altered, RATE_stolen };
	struct sim_rates quiet = rates;
	struct sim_figures f = { .seeds = 0 };

	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		quiet.v[noise[i]] = 0;
	sim_run(&quiet, SIM_TUNING_SEED, QUIET_PACKS, &f);
	CHECK(f.honest_scans > 1.5 * QUIET_PACKS && f.honest_scans == f.scans);
	CHECK_EQ(f.honest_alarms, 0, "alarms");
	CHECK_EQ(f.refused, 0, "refused events");
	CHECK_EQ(f.risk_of_honest[0] + f.risk_of_honest[15], f.scans, "nothing but an unusual dwell");
}

static void test_reach(void)
{
	struct sim_figures f = { .seeds = 0 };

	for (uint64_t i = 0; i < SEEDS; i++)
		sim_run(&rates, SIM_REPORTED_SEED + i, PACKS, &f);
	printf("alarms %.4f %% of %llu honest scans, F1 %.4f, clones %llu of %llu ", 100 * sim_alarm_rate(&f),
	       (unsigned long long)f.honest_scans, sim_f1(&f), (unsigned long long)f.clones_caught_twice,
	       (unsigned long long)f.clones_twice);
	CHECK(f.honest_scans > 1.5 * PACKS * SEEDS);
	CHECK(f.injected[SIM_CLONE] > 100 && f.injected[SIM_MADE_UP] > 50 && f.injected[SIM_ALTERED] > 50 && f.injected[SIM_STOLEN] > 50);
	CHECK(f.clones_twice > 100);
	CHECK(f.sightings > 100 && f.alarms > 100);
	CHECK_EQ(f.clones_caught_twice + f.clones_sent_on, f.clones_twice, "every clone at its second appearance");
	CHECK_EQ(f.clones_accepted, 0, "set aside until then");
	CHECK(f.clones_sent_on * 100 <= f.clones_twice); /* but for those of packs returned in between, which are few */
	CHECK_EQ(f.caught[SIM_CLONE], f.injected[SIM_CLONE], "and none gets away");
	CHECK(sim_alarm_rate(&f) <= SIM_REACH_ALARMS);
	CHECK(sim_f1(&f) > SIM_REACH_F1);
}

T_MAIN("sim", T(test_rates), T(test_a_seed_is_a_seed), T(test_without_noise), T(test_reach))
