/* What commands' arguments name, how it becomes an event's subject, and what nodes tell of units. */
#include "labels/gs1/gs1_id.h"
#include "node/item.h"
#include "node/things.h"
#include "tests/t.h"

#include <stdlib.h>

#define A "(01)09506000134352(10)L1(21)A"
#define B "(01)09506000134352(10)L1(21)B"
#define EARLIER_LOT "(01)09506000134352(10)K9(21)Z"
#define CASE "(00)106141412345678908"
#define PALLET "(00)095060001340000017"

static const struct {
	const char *name, *args[4];
	int status; /* of the first step that fails: taking, or making the subject */
	const char *count, *labels[5];
} rows[] = {
	{ "one pack", { A }, 0, "1 pack", { A } },
	{ "one unit", { CASE }, 0, "1 unit", { CASE } },
	{ "packs before units, each sorted", { CASE, B, PALLET, A }, 0, "2 units and 2 packs", { A, B, PALLET, CASE } },
	{ "lots before serials", { A, EARLIER_LOT }, 0, "2 packs", { EARLIER_LOT, A } },
	{ "links", { "https://id.gs1.org/00/106141412345678908", "https://id.gs1.org/01/09506000134352/10/L1/21/A" }, 0,
	  "1 unit and 1 pack", { A, CASE } },
	{ "what a handheld sends", { "]C100106141412345678908" }, 0, "1 unit", { CASE } },
	{ "a pack twice", { A, CASE, A }, 65, "", { NULL } },
	{ "a unit twice, as code and as link", { CASE, "https://id.gs1.org/00/106141412345678908" }, 65, "", { NULL } },
	{ "an SSCC with a wrong check digit", { "(00)106141412345678909" }, 65, "", { NULL } },
	{ "a product, no pack", { "(01)09506000134352(10)L1" }, 65, "", { NULL } },
	{ "neither", { "hello" }, 65, "", { NULL } },
	{ "no such file", { "@/nonexistent" }, 66, "", { NULL } },
};

static void test_arguments(void)
{
	uint8_t *buf = malloc(EVENT_BYTES_MAX);

	NEED(buf != NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char count[THINGS_COUNT_MAX], label[THING_LABEL_MAX];
		struct event ev = { .type = EV_SHIP };
		struct things t = { 0 };
		int status = 0;

		for (size_t j = 0; j < 4 && rows[i].args[j] && status == 0; j++)
			status = things_take(&t, rows[i].args[j]);
		if (status == 0)
			status = things_subject(&t, &ev, buf);
		CHECK_EQ(status, rows[i].status, rows[i].name);
		if (status == 0) {
			size_t n = 0;

			CHECK_ROW(strcmp(things_count(count, &t), rows[i].count) == 0, rows[i].name);
			for (; rows[i].labels[n]; n++)
				CHECK_ROW(thing_label(&ev, n, label) && strcmp(label, rows[i].labels[n]) == 0, rows[i].name);
			CHECK_ROW(!thing_label(&ev, n, label), rows[i].name);
		}
		things_free(&t);
	}
	free(buf);
}

static void test_too_many_units(void)
{
	uint8_t *buf = malloc(EVENT_BYTES_MAX);
	struct event ev = { .type = EV_SHIP };
	struct things t = { 0 };

	NEED(buf != NULL);
	for (uint64_t i = 0; i <= EVENT_UNITS_MAX; i++)
		NEED(things_add_unit(&t, i) == ERR_OK);
	CHECK_EQ(things_subject(&t, &ev, buf), err_exit(ERR_TOO_MANY_UNITS), "one more than an event takes");
	t.units_n--;
	CHECK_EQ(things_subject(&t, &ev, buf), 0, "as many as an event takes");
	things_free(&t);
	free(buf);
}

static const struct { const char *text; bool ok; } ssccs[] = {
	{ "106141412345678908", true }, { CASE, true }, { "https://id.gs1.org/00/106141412345678908", true },
	{ "106141412345678909", false }, { "10614141234567890", false }, { A, false }, { "", false },
};

static void test_sscc_parse(void)
{
	for (size_t i = 0; i < sizeof(ssccs) / sizeof(ssccs[0]); i++) {
		uint64_t sscc = 0;

		CHECK_ROW(sscc_parse(ssccs[i].text, &sscc) == ssccs[i].ok, ssccs[i].text);
		CHECK_ROW(!ssccs[i].ok || sscc == 106141412345678908ULL, ssccs[i].text);
	}
}

static const struct { const char *prefix; uint64_t random, sscc; } made[] = {
	{ "9506000134", 0, 95060001340000000ULL },
	{ "9506000134", 4321001, 95060001341001235ULL },
	{ "9506000134", UINT64_MAX, 95060001345161553ULL },
	{ "9506", 1, 95061000000000007ULL },
	{ "950600013456", 12345, 95060001345654321ULL },
};

static void test_sscc_make(void)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		struct prefix p = { .n = (uint8_t)strlen(made[i].prefix) }, of;
		uint64_t sscc;

		memcpy(p.digits, made[i].prefix, p.n);
		sscc = sscc_make(&p, made[i].random);
		prefix_of_sscc(&of, sscc);
		CHECK_ROW(gs1_sscc_ok(sscc), made[i].prefix);
		CHECK_ROW(memcmp(of.digits, p.digits, p.n) == 0, made[i].prefix);
		CHECK_EQ(sscc, made[i].sscc, made[i].prefix);
	}
}

/* ---- what a node tells of a unit ---- */

static void write_step(struct wr *w, uint64_t ev, enum event_type type)
{
	static const uint8_t id[HASH_LEN] = { 7 };

	wr_array(w, 14);
	wr_uint(w, ev);
	wr_bstr(w, bytes_of(id, HASH_LEN));
	wr_uint(w, type);
	for (int i = 0; i < 3; i++)
		wr_uint(w, 0);
	wr_tstr(w, bytes_of_str("Maker"));
	for (int i = 0; i < 7; i++)
		wr_uint(w, 0);
}

static struct bytes write_unit(uint8_t *buf, size_t cap, size_t steps, bool told)
{
	struct bytes body = { 0 };
	struct wr w;

	wr_init(&w, buf, cap);
	wr_array(&w, 7);
	wr_uint(&w, 9);
	wr_uint(&w, 1000);
	wr_array(&w, 3);
	wr_uint(&w, 106141412345678908ULL);
	wr_uint(&w, 11);
	if (told) {
		wr_array(&w, 2);
		wr_uint(&w, 95060001340000017ULL);
		wr_array(&w, 3);
		wr_uint(&w, 9506000134352ULL);
		wr_tstr(&w, bytes_of_str("A"));
		wr_tstr(&w, bytes_of_str("L1"));
	} else {
		wr_null(&w);
	}
	wr_array(&w, steps);
	for (size_t i = 0; i < steps; i++)
		write_step(&w, i + 1, EV_PACK);
	wr_uint(&w, 3);
	wr_array(&w, 0);
	wr_bool(&w, false);
	CHECK(wr_end(&w, &body) == ERR_OK);
	return body;
}

static void test_unit(void)
{
	static struct item_unit u;
	struct item_children it;
	struct item_child c;
	uint8_t buf[512];

	NEED(item_unit_read(&u, write_unit(buf, sizeof(buf), 2, true)) == ERR_OK);
	CHECK(u.height == 9 && u.sscc == 106141412345678908ULL && u.packs == 11 && u.way.steps_n == 2 && u.way.steps[1].ev == 2 &&
	      u.way.withheld == 3);
	item_children_init(&it, &u);
	CHECK(item_children_next(&it, &c) && c.sscc == 95060001340000017ULL);
	CHECK(item_children_next(&it, &c) && c.sscc == 0 && c.gtin == 9506000134352ULL && bytes_eq(c.serial, BYTES_LIT("A")) &&
	      bytes_eq(c.lot, BYTES_LIT("L1")));
	CHECK(!item_children_next(&it, &c) && it.r.err == ERR_OK);
	NEED(item_unit_read(&u, write_unit(buf, sizeof(buf), 0, false)) == ERR_OK); /* nothing of it is for the asker */
	item_children_init(&it, &u);
	CHECK(u.children.p == NULL && u.way.steps_n == 0 && !item_children_next(&it, &c));
	CHECK(item_unit_read(&u, BYTES_LIT("\x84\x01")) != ERR_OK);
}

static const struct {
	const char *name;
	uint64_t types[4];
	size_t n, in_force;
} steps[] = {
	{ "the last one", { EV_COMMISSION, EV_SHIP }, 2, 1 },
	{ "a lock is not undone by an undo", { EV_COMMISSION, EV_DISPENSE, EV_LOCK, EV_UNLOCK }, 4, 1 },
	{ "missing is in force", { EV_COMMISSION, EV_SHIP, EV_MISSING, EV_STOLEN }, 4, 2 },
	{ "surplus, sightings and releases are not", { EV_SHIP, EV_SURPLUS, EV_SIGHT, EV_LOT_RELEASE }, 4, 0 },
	{ "a unit's first step", { EV_PACK }, 1, 0 },
};

static void test_in_force(void)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct item_step s[4] = { { 0 } };

		for (size_t j = 0; j < steps[i].n; j++)
			s[j].type = steps[i].types[j];
		CHECK_EQ(item_in_force(s, steps[i].n) - s, (long long)steps[i].in_force, steps[i].name);
	}
	CHECK(item_in_force(NULL, 0) == NULL);
}

T_MAIN("things", T(test_arguments), T(test_too_many_units), T(test_sscc_parse), T(test_sscc_make), T(test_unit), T(test_in_force))
