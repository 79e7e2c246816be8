/* sim_main [PACKS [FIRST_SEED [SEEDS]]]: the figures of the reported seeds, or of those named. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define PACKS 20000

static void tell_classes(const struct sim_figures *f)
{
	static const char *const names[SIM_CLASSES] = { "honest", "clone", "made-up serial", "altered expiry", "stolen" };

	printf("%-16s %8s %8s %8s\n", "identities", "put in", "caught", "recall");
	for (int c = SIM_CLONE; c < SIM_CLASSES; c++)
		printf("%-16s %8llu %8llu %7.1f%%\n", names[c], (unsigned long long)f->injected[c], (unsigned long long)f->caught[c],
		       f->injected[c] ? 100.0 * (double)f->caught[c] / (double)f->injected[c] : 0.0);
	printf("%-16s %8llu %8llu flagged\n", names[0], (unsigned long long)f->injected[0], (unsigned long long)f->honest_flagged);
}

static void tell_false_alarms(const struct sim_figures *f)
{
	for (int i = 0; i <= REASON_NUMBER_MAX; i++)
		if (f->verdict_alarms[i])
			printf("  false alarms: verdict %s %llu\n", reason_row((uint64_t)i)->name, (unsigned long long)f->verdict_alarms[i]);
	for (int i = 0; i <= RISK_REASONS_MAX; i++)
		if (f->risk_alarms[i])
			printf("  false alarms: risk %s %llu\n", risk_row((uint64_t)i)->name, (unsigned long long)f->risk_alarms[i]);
}

static void tell(const struct sim_figures *f)
{
	tell_classes(f);
	printf("precision %.4f, recall %.4f, F1 %.4f (above %.2f: %s)\n", sim_precision(f), sim_recall(f), sim_f1(f), SIM_REACH_F1,
	       sim_f1(f) > SIM_REACH_F1 ? "reached" : "MISSED");
	printf("alarms for each honest scan %.4f %% of %llu (at most %.2f %%: %s); without a second reading %.4f %%\n",
	       100 * sim_alarm_rate(f), (unsigned long long)f->honest_scans, 100 * SIM_REACH_ALARMS,
	       sim_alarm_rate(f) <= SIM_REACH_ALARMS ? "reached" : "MISSED",
	       100 * (double)f->honest_alarms_at_first / (double)f->honest_scans);
	tell_false_alarms(f);
	printf("clones seen in two copies %llu, caught by the second one's first scan %llu (every one: %s); of the others %llu had been "
	       "returned by a pharmacy in between, and %llu were accepted\n",
	       (unsigned long long)f->clones_twice, (unsigned long long)f->clones_caught_twice,
	       f->clones_twice == f->clones_caught_twice ? "reached" : "MISSED", (unsigned long long)f->clones_sent_on,
	       (unsigned long long)f->clones_accepted);
	for (unsigned i = 0; i <= RISK_SCORE_MAX; i++)
		if (f->risk_of_honest[i])
			printf("  honest scans with score %u: %llu\n", i, (unsigned long long)f->risk_of_honest[i]);
}

int main(int argc, char **argv)
{
	int packs = argc > 1 ? atoi(argv[1]) : PACKS, seeds = argc > 3 ? atoi(argv[3]) : SIM_SEEDS;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : SIM_REPORTED_SEED;
	struct sim_figures f = { .seeds = 0 };
	struct sim_rates rates;

	if (packs < SIM_LOT_PACKS || !sim_rates_read(&rates, SIM_RATES_PATH))
		return 1;
	for (int i = 0; i < seeds; i++)
		sim_run(&rates, first + (uint64_t)i, packs, &f);
	printf("seeds %llu to %llu, %llu packs, %llu events (%llu refused), %llu scans, %llu alarms and %llu sightings signed\n", (unsigned long long)first,
	       (unsigned long long)(first + f.seeds - 1), (unsigned long long)f.packs, (unsigned long long)f.events,
	       (unsigned long long)f.refused, (unsigned long long)f.scans, (unsigned long long)f.alarms,
	       (unsigned long long)f.sightings);
	tell(&f);
	return 0;
}
