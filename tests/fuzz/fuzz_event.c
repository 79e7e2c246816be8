/* Event payloads: whatever is accepted is the one encoding of what it says. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fakes/fuzz.h"
#include "tests/fakes/world.h"

#define BIG_PACKS 500

/* Whether the packs of ev can be walked, and as many and in such order as decoding found. */
static bool packs_walk(const struct event *ev)
{
	struct pack_id now = { 0 }, last = { 0 };
	struct event_packs it;
	size_t n = 0;

	event_packs_init(&it, ev);
	for (; event_packs_next(&it, &now.serial); n++) {
		now.gtin = it.gtin;
		now.lot = it.lot;
		if (n > 0 && pack_id_cmp(&last, &now) >= 0)
			return false;
		last = now;
	}
	return n == ev->packs_n && it.r.err == ERR_OK;
}

static bool ssccs_walk(const struct event *ev)
{
	struct event_ssccs it;
	uint64_t sscc;
	size_t n = 0;

	event_ssccs_init(&it, ev);
	while (event_ssccs_next(&it, &sscc))
		n++;
	return n == ev->ssccs_n && it.r.err == ERR_OK;
}

static enum fuzz_result one(struct bytes in)
{
	static uint8_t again[EVENT_BYTES_MAX];
	struct bytes out;
	struct event ev;

	if (event_decode(&ev, in))
		return FUZZ_REFUSED;
	if (!packs_walk(&ev) || !ssccs_walk(&ev))
		return FUZZ_WRONG;
	if (event_encode(&ev, again, sizeof(again), &out) || !bytes_eq(in, out))
		return FUZZ_WRONG;
	return FUZZ_ACCEPTED;
}

/* Many packs in a few groups, the lengths of whose heads differ. */
static void seed_many_packs(void)
{
	static char serials[BIG_PACKS][SERIAL_MAX + 1];
	static uint8_t groups[32 * 1024], payload[32 * 1024];
	struct event ev = { .type = EV_RECEIVE, .time_s = 1700000000, .not_after_s = 1700864000, .place = world_gln(DIST) };
	struct pack_id packs[BIG_PACKS];
	struct bytes out;

	for (size_t i = 0; i < BIG_PACKS; i++) {
		snprintf(serials[i], sizeof(serials[i]), "%zu", i * 7919);
		packs[i] = (struct pack_id){ world_gtin(i % 2 ? MFR : MFR2), i < 20 ? BYTES_LIT("A") : BYTES_LIT("LOT-B"),
					     bytes_of_str(serials[i]) };
	}
	qsort(packs, BIG_PACKS, sizeof(packs[0]), pack_id_cmp);
	world_must(event_groups_encode(packs, BIG_PACKS, groups, sizeof(groups), &ev.groups));
	world_must(event_encode(&ev, payload, sizeof(payload), &out));
	fuzz_seed(out);
}

int main(int argc, char **argv)
{
	fuzz_seed_tsv("tests/vectors/event_payloads.tsv", 4, 2);
	seed_many_packs();
	return fuzz_run("fuzz_event", argc, argv, 1000000, one);
}
