/* Who may read what: every type of event against every relation that a reader can have to it. */
#include "node/core/may_read.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

/* Written by hand: what everybody may read. */
static const char *const public_types[] = { "MEMBER", "MEMBER_REVOKE", "KEY_ROTATE", "KEY_REVOKE", "DEVICE_REVOKE", "LABEL_KEY",
					    "LABEL_KEY_STATE", "PRODUCT", "LOT", "LOT_RELEASE", "LOT_NOTICE", "RELEASE_KEY",
					    "RECALL", "WITHDRAW", "RETRACT", "CONFIRM", "VALIDATORS", "RULES_VERSION" };

static bool is_public(const char *name)
{
	for (size_t i = 0; i < sizeof(public_types) / sizeof(public_types[0]); i++)
		if (strcmp(public_types[i], name) == 0)
			return true;
	return false;
}

static void test_types(void)
{
	const struct reader signer = { world_gln(DIST), false }, named = { world_gln(PHARM), false },
			    stranger = { world_gln(PHARM2), false }, all = { world_gln(REG), true };
	size_t seen = 0;

	for (uint64_t type = 0; type < 256; type++) {
		const struct event_kind *kind = event_kind(type);
		struct event ev = { .type = (enum event_type)type };
		struct parties parties;
		bool names;

		if (!kind)
			continue;
		if (is_public(kind->name))
			seen++;
		names = type == EV_SHIP || type == EV_RETURN;
		ev.u.gln = world_gln(PHARM);
		parties_of_event(&parties, &ev, world_gln(DIST));
		CHECK_ROW(may_read(&all, ev.type, &parties), kind->name);
		CHECK_ROW(may_read(&signer, ev.type, &parties), kind->name);
		CHECK_ROW(may_read(&named, ev.type, &parties) == (names || is_public(kind->name)), kind->name);
		CHECK_ROW(may_read(&stranger, ev.type, &parties) == is_public(kind->name), kind->name);
	}
	CHECK(seen == sizeof(public_types) / sizeof(public_types[0]));
}

static void test_parties(void)
{
	const struct reader nobody = { 0, false }, last = { world_gln(PHARM2), false };
	struct parties p = { .n = 0 };

	CHECK(!may_read(&last, EV_SHIP, &p));
	for (size_t i = 0; i + 1 < PARTIES_MAX; i++)
		parties_add(&p, world_gln(DIST));
	CHECK(!may_read(&last, EV_SHIP, &p));
	parties_add(&p, world_gln(PHARM2));
	CHECK(may_read(&last, EV_SHIP, &p));
	parties_add(&p, world_gln(PHARM)); /* beyond the most: no harm */
	CHECK(p.n == PARTIES_MAX && may_read(&last, EV_SHIP, &p) && !may_read(&nobody, EV_SHIP, &p));
}

struct who {
	const char *name;
	enum world_member member;
	bool full, validator, blocks, answers;
};
static const struct who readers[] = {
	{ "manufacturer, a validator", MFR, false, true, true, false },
	{ "manufacturer", MFR2, false, false, false, false },
	{ "manufacturer with a full copy", MFR2, true, false, true, false },
	{ "distributor with a full copy", DIST, true, false, true, false },
	{ "pharmacy", PHARM, false, false, false, false },
	{ "pharmacy with a full copy", PHARM2, true, false, true, false },
	{ "regulator", REG, false, false, true, true },
};

static void put_member(struct world *w, const struct who *who)
{
	struct member_row row;
	uint8_t buf[4096], key[STATE_KEY_MAX];
	struct writes ws;
	struct bytes out;

	world_must(state_member(&w->st, world_gln(who->member), &row));
	row.full = who->full;
	writes_init(&ws, buf, sizeof(buf));
	member_row_write(writes_put(&ws, key_member(key, world_gln(who->member))), &row);
	world_must(wr_end(&ws.w, &out));
	memstate_apply(w->mem, out);
}

static void test_readers(void)
{
	struct world w;
	struct reader r;

	world_init(&w, 1); /* MFR validates */
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const struct who *who = &readers[i];

		put_member(&w, who);
		CHECK_ROW(reader_of_blocks(&w.st, world_gln(who->member), &r) == ERR_OK && r.all == who->blocks, who->name);
		CHECK_ROW(r.gln == world_gln(who->member), who->name);
		CHECK_ROW(reader_of_answers(&w.st, world_gln(who->member), &r) == ERR_OK && r.all == who->answers, who->name);
	}
	CHECK(reader_of_blocks(&w.st, world_gln(NEWCOMER), &r) == ERR_UNKNOWN_MEMBER);
	CHECK(reader_of_answers(&w.st, world_gln(NEWCOMER), &r) == ERR_UNKNOWN_MEMBER);
	memstate_fail(w.mem, ERR_DATABASE);
	CHECK(reader_of_blocks(&w.st, world_gln(REG), &r) == ERR_DATABASE);
	world_free(&w);
}

T_MAIN("may_read", T(test_types), T(test_parties), T(test_readers))
