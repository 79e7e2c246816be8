/* Who is told what: every resource that answers questions, asked by every member, read as clients read it. */
#define net_answer catch_answer /* of server.c, which all answers go through: here they go no further */
#include "node/server.c"

#include "node/core/verdict.h"
#include "node/item.h"
#include "node/reading.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

static struct consortium con;
static struct node node;

/* ---- asking without a network ---- */

static struct {
	int code;
	enum err err; /* of a problem */
	uint8_t buf[1 << 20];
	struct bytes body;
} told;

void catch_answer(struct net_exchange *x, const struct catch_answer *a)
{
	struct problem p;

	(void)x;
	if (a->body.n > sizeof(told.buf))
		abort();
	memcpy(told.buf, a->body.p, a->body.n);
	told.body = bytes_of(told.buf, a->body.n);
	told.code = a->code;
	told.err = a->code >= 400 && problem_decode(&p, told.body) == ERR_OK ? p.err : ERR_OK;
}

static enum err ask(enum world_member who, const char *path, const char *query)
{
	struct net_peer peer = { .gln = world_gln(who) };
	struct net_request req = { .method = NET_GET, .path = bytes_of_str(path), .query = bytes_of_str(query), .peer = &peer };

	store_read_end(node.reader); /* as the node does when a block came */
	server_on_request(&node, NULL, &req);
	free(peer.user);
	return told.err;
}

static size_t ask_list(enum world_member who, const char *path, const char *query)
{
	struct rd r;

	if (ask(who, path, query) != ERR_OK)
		return SIZE_MAX;
	rd_init(&r, told.body);
	return rd_array(&r);
}

/* ---- a small trade ---- */

static char serials[4][17];
static char pack_path[4][112], unit_path[2][32];
static uint64_t case1, pallet;

static void do_packs(enum world_member who, enum event_type type, uint64_t first, size_t n, enum world_member peer)
{
	consortium_packs(&con, who, type, first, n, peer);
	world_must(consortium_block(&con));
}

static void do_event(enum world_member who, struct event *ev)
{
	consortium_add(&con, who, ev);
	world_must(consortium_block(&con));
}

static void do_unit(enum world_member who, enum event_type type, uint64_t sscc, enum world_member to, uint64_t into)
{
	struct event ev = { .type = type };
	uint8_t buf[16];
	struct wr w;

	if (type == EV_SHIP)
		ev.u.gln = world_gln(to);
	if (type == EV_PACK)
		ev.u.sscc = into;
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 1);
	wr_uint(&w, sscc);
	world_must(wr_end(&w, &ev.ssccs));
	do_event(who, &ev);
}

static void pack_into_case(void)
{
	struct pack_id packs[2];
	struct event ev = { .type = EV_PACK, .u.sscc = case1 };

	for (size_t i = 0; i < 2; i++)
		packs[i] = (struct pack_id){ world_gtin(MFR), BYTES_LIT(LOT_GOOD), bytes_of(serials[i], 16) };
	qsort(packs, 2, sizeof(packs[0]), pack_id_cmp);
	world_must(event_groups_encode(packs, 2, con.groups, EVENT_BYTES_MAX, &ev.groups));
	do_event(MFR, &ev);
}

/* Packs 0 and 1 in a case on a pallet, to DIST and on to PHARM; 2 loose to DIST, on its way; 3 at MFR's. */
static void begin(void)
{
	consortium_init(&con, NULL);
	consortium_release(&con);
	case1 = world_check(9521000100000001);
	pallet = world_check(9521000100000002);
	for (unsigned i = 0; i < 4; i++) {
		consortium_serial(serials[i], i);
		snprintf(pack_path[i], sizeof(pack_path[i]), "items/01/%014llu/21/%s", (unsigned long long)world_gtin(MFR), serials[i]);
	}
	snprintf(unit_path[0], sizeof(unit_path[0]), "items/00/%018llu", (unsigned long long)case1);
	snprintf(unit_path[1], sizeof(unit_path[1]), "items/00/%018llu", (unsigned long long)pallet);
	do_packs(MFR, EV_COMMISSION, 0, 4, 0);
	pack_into_case();
	do_unit(MFR, EV_PACK, case1, 0, pallet);
	do_unit(MFR, EV_SHIP, pallet, DIST, 0);
	do_unit(DIST, EV_RECEIVE, pallet, 0, 0);
	do_unit(DIST, EV_SHIP, pallet, PHARM, 0);
	do_unit(PHARM, EV_RECEIVE, pallet, 0, 0);
	do_packs(MFR, EV_SHIP, 2, 1, DIST);
	node = (struct node){ .loop = uv_default_loop(), .cfg.verify_per_s = 1000 };
	world_must(store_open(&node.reader, con.path, STORE_READ));
	node.state = store_state(node.reader, STORE_NOW);
}

static void end(void)
{
	store_close(node.reader);
	consortium_free(&con);
}

static void query(enum world_member who, struct bytes what)
{
	struct event ev = { .type = EV_QUERY, .u.query = { what, BYTES_LIT("test") } };

	do_event(who, &ev);
}

/* ---- histories ---- */

/* Pack 0: commission, pack, pack its case, ship, receive, ship, receive. */
static const struct {
	const char *name;
	enum world_member who;
	enum err err; /* without a query */
	size_t steps, withheld;
} readers[] = {
	{ "maker: its own, and the receipt that ended it", MFR, ERR_OK, 5, 2 },
	{ "distributor: from its supplier's shipment to its customer's receipt", DIST, ERR_OK, 4, 3 },
	{ "pharmacy: from its supplier's shipment", PHARM, ERR_OK, 2, 5 },
	{ "another pharmacy", PHARM2, ERR_OK, 0, 7 },
	{ "another manufacturer", MFR2, ERR_OK, 0, 7 },
	{ "a regulator that has not said why", REG, ERR_NOT_QUERIED, 0, 0 },
	{ "nobody", NEWCOMER, ERR_FORBIDDEN, 0, 0 },
};

static void test_own_steps_and_neighbours(void)
{
	static struct item item;

	begin();
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		CHECK_EQ(ask(readers[i].who, pack_path[0], ""), readers[i].err, readers[i].name);
		if (readers[i].err != ERR_OK)
			continue;
		CHECK_EQ(item_read(&item, told.body), ERR_OK, readers[i].name);
		CHECK_EQ(item.way.steps_n, readers[i].steps, readers[i].name);
		CHECK_EQ(item.way.withheld, readers[i].withheld, readers[i].name);
		CHECK_ROW(bytes_eq(item.lot, BYTES_LIT(LOT_GOOD)) && item.gtin == world_gtin(MFR), readers[i].name);
	}
	end();
}

static size_t steps_for(enum world_member who, const char *path)
{
	static struct item item;

	return ask(who, path, "") == ERR_OK && item_read(&item, told.body) == ERR_OK ? item.way.steps_n : SIZE_MAX;
}

/* Who saw a pack may read that, and to whom it was on its way that it is no longer. */
static void test_steps_of_those_beside_the_way(void)
{
	struct pack_id pack = { world_gtin(MFR), BYTES_LIT(LOT_GOOD), { NULL, 16 } };
	struct event sight = { .type = EV_SIGHT }, back = { .type = EV_VOID_SHIP };

	begin();
	back.u.hash = con.ids[0]; /* of the block made last: pack 2 to DIST */
	pack.serial.p = (const uint8_t *)serials[2];
	world_must(event_groups_encode(&pack, 1, con.groups, EVENT_BYTES_MAX, &sight.groups));
	back.groups = sight.groups;
	do_event(PHARM2, &sight);
	do_event(MFR, &back);
	CHECK_EQ(steps_for(PHARM2, pack_path[2]), 1, "who saw it");
	CHECK_EQ(steps_for(DIST, pack_path[2]), 3, "shipped, seen on its way, shipment void");
	CHECK_EQ(steps_for(MFR, pack_path[2]), 4, "whose it is");
	end();
}

static bool regulator_reads(enum world_member who, const char *path, size_t steps)
{
	static struct item item;

	return ask(who, path, "") == ERR_OK && item_read(&item, told.body) == ERR_OK && item.way.steps_n == steps && item.way.withheld == 0;
}

static void test_a_query_opens_one_history_for_a_while(void)
{
	char what[READ_WHAT_MAX];

	begin();
	query(REG, read_what_pack(what, world_gtin(MFR), bytes_of(serials[0], 16)));
	CHECK(regulator_reads(REG, pack_path[0], 7));
	CHECK(ask(REG, pack_path[1], "") == ERR_NOT_QUERIED); /* another pack */
	CHECK(ask(REG2, pack_path[0], "") == ERR_NOT_QUERIED); /* another regulator */
	CHECK(ask(REG, unit_path[0], "") == ERR_NOT_QUERIED); /* what it is in */
	con.now_ms = con.head.time_ms + READ_QUERY_HOLDS_MS;
	do_packs(MFR, EV_COMMISSION, 50, 1, 0);
	CHECK(con.head.time_ms % 1000 == 0 && regulator_reads(REG, pack_path[0], 7)); /* to the last moment */
	con.now_ms = con.head.time_ms + 1;
	do_packs(MFR, EV_COMMISSION, 51, 1, 0);
	CHECK(ask(REG, pack_path[0], "") == ERR_NOT_QUERIED);
	end();
}

static void test_a_query_of_a_unit_holds_for_what_is_in_it(void)
{
	static struct item_unit unit;
	char what[READ_WHAT_MAX];

	begin();
	query(REG, read_what_unit(what, pallet));
	CHECK(regulator_reads(REG, pack_path[0], 7) && regulator_reads(REG, pack_path[1], 7));
	CHECK(ask(REG, pack_path[2], "") == ERR_NOT_QUERIED); /* loose */
	CHECK(ask(REG, unit_path[0], "") == ERR_OK && item_unit_read(&unit, told.body) == ERR_OK && unit.packs == 2);
	do_packs(PHARM, EV_DISPENSE, 0, 1, 0); /* and so out of its case */
	CHECK(ask(REG, pack_path[0], "") == ERR_NOT_QUERIED);
	CHECK(ask(REG, pack_path[1], "") == ERR_OK);
	end();
}

static const struct {
	const char *name;
	enum world_member who;
	const char *query;
	bool may;
	size_t packs, children, steps;
} unit_rows[] = {
	{ "its holder", PHARM, "", true, 2, 2, 2 },
	{ "who has handed it on", DIST, "", false, 0, 0, 4 },
	{ "while it was on its way there", PHARM, "at=10", true, 2, 2, 1 },
	{ "while it was there", DIST, "at=9", true, 2, 2, 2 },
	{ "who made it", MFR, "", false, 0, 0, 4 },
	{ "others", PHARM2, "", false, 0, 0, 0 },
};

static void test_what_a_unit_holds(void)
{
	static struct item_unit unit;

	begin();
	for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
		struct item_children it;
		struct item_child c;
		size_t n = 0;

		CHECK_EQ(ask(unit_rows[i].who, unit_path[0], unit_rows[i].query), ERR_OK, unit_rows[i].name);
		CHECK_EQ(item_unit_read(&unit, told.body), ERR_OK, unit_rows[i].name);
		CHECK_ROW((unit.children.p != NULL) == unit_rows[i].may && unit.packs == unit_rows[i].packs, unit_rows[i].name);
		CHECK_EQ(unit.way.steps_n, unit_rows[i].steps, unit_rows[i].name);
		item_children_init(&it, &unit);
		while (item_children_next(&it, &c))
			n += c.gtin == world_gtin(MFR) && c.serial.n == 16;
		CHECK_EQ(n, unit_rows[i].children, unit_rows[i].name);
	}
	end();
}

static const struct {
	const char *name, *path, *query;
	enum err err;
} bad_rows[] = {
	{ "no such pack", "items/01/09521000100015/21/NONE", "", ERR_UNKNOWN_PACK },
	{ "a GTIN's check digit", "items/01/09521000100016/21/NONE", "", ERR_BAD_REQUEST },
	{ "no such unit", "items/00/095210001000000992", "", ERR_UNKNOWN_UNIT },
	{ "an event number that is none", "items/00/095210001000000015", "at=x", ERR_BAD_REQUEST },
	{ "a time that is none", "items/00/095210001000000015", "time=", ERR_BAD_REQUEST },
	{ "before it was there", "items/00/095210001000000015", "at=3", ERR_UNKNOWN_UNIT },
	{ "before the chain", "items/00/095210001000000015", "time=5", ERR_UNKNOWN_UNIT },
	{ "no GTIN", "where", "", ERR_BAD_REQUEST },
	{ "a lot too long", "where", "gtin=09521000100015&lot=123456789012345678901", ERR_BAD_REQUEST },
	{ "a market that is no country", "where", "gtin=09521000100015&market=FRA", ERR_BAD_REQUEST },
};

static void test_wrong_questions(void)
{
	begin();
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++)
		CHECK_EQ(ask(PHARM, bad_rows[i].path, bad_rows[i].query), bad_rows[i].err, bad_rows[i].name);
	node.cfg.verify_per_s = 0;
	CHECK_EQ(ask(PHARM, pack_path[0], ""), ERR_RATE_LIMITED, "more than may be asked: it is an oracle for serials");
	end();
}

static void test_lists_cost_more(void)
{
	static const char *const lists[] = { "handovers", "alerts", "recalls", "where" };
	struct net_peer peer = { .gln = world_gln(PHARM) };

	begin();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct net_request req = { .method = NET_GET, .path = bytes_of_str(lists[i]), .query = bytes_of_str(""), .peer = &peer };
		unsigned asked = 0;

		for (told.err = ERR_OK; told.err != ERR_RATE_LIMITED && asked < 1000; asked++)
			server_on_request(&node, NULL, &req);
		CHECK_EQ(told.err, ERR_RATE_LIMITED, lists[i]);
		CHECK_EQ(asked, i == 0 ? 5 * 1000 / 40 + 1 : 1, lists[i]);
		req.changed = true;
		server_on_request(&node, NULL, &req);
		CHECK_EQ(told.err == ERR_RATE_LIMITED, false, "its observers are told");
	}
	free(peer.user);
	end();
}

static void test_cut_off(void)
{
	static const char *const paths[] = { "items", "items/", "items/0" };
	struct net_peer peer = { .gln = world_gln(PHARM) };

	begin();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		size_t n = strlen(paths[i]);
		uint8_t *path = malloc(n); /* nothing behind it */
		struct net_request req = { .method = NET_GET, .path = bytes_of(path, n), .query = bytes_of_str(""), .peer = &peer };

		NEED(path != NULL);
		memcpy(path, paths[i], n);
		items_cut_off(&node, NULL, &req);
		CHECK_EQ(told.err, ERR_BAD_REQUEST, paths[i]);
		free(path);
	}
	free(peer.user);
	end();
}

/* A holder that locks and unlocks without end hides nothing: the newest steps are told, those before as of then. */
static void test_more_steps_than_are_told(void)
{
	const size_t more = 10;
	static struct item item;
	char at[32];

	begin();
	for (size_t i = 0; i < ITEM_STEPS_MAX + more; i++) {
		consortium_packs(&con, MFR, i % 2 ? EV_UNLOCK : EV_LOCK, 3, 1, 0);
		if (i % 512 == 511)
			world_must(consortium_block(&con));
	}
	world_must(consortium_block(&con));
	CHECK(ask(MFR, pack_path[3], "") == ERR_OK && item_read(&item, told.body) == ERR_OK);
	CHECK(item.way.steps_n == ITEM_STEPS_MAX && item.way.withheld == more + 1);
	CHECK(item.way.steps[ITEM_STEPS_MAX - 1].ev == con.head.log.size);
	snprintf(at, sizeof(at), "at=%llu", (unsigned long long)item.way.steps[0].ev - 1);
	CHECK(ask(MFR, pack_path[3], at) == ERR_OK && item_read(&item, told.body) == ERR_OK);
	CHECK(item.way.withheld == 0 && item.way.steps_n == more + 1); /* its commission */
	end();
}

/* ---- where ---- */

static void test_where(void)
{
	char where[96], what[READ_WHAT_MAX];

	begin();
	snprintf(where, sizeof(where), "gtin=%014llu&lot=%s", (unsigned long long)world_gtin(MFR), LOT_GOOD);
	CHECK_EQ(ask(MFR, "where", where), ERR_OK, "whose product it is");
	CHECK_EQ(ask(MFR2, "where", where), ERR_FORBIDDEN, "another manufacturer");
	CHECK_EQ(ask(PHARM, "where", where), ERR_FORBIDDEN, "a holder");
	CHECK_EQ(ask(REG, "where", where), ERR_NOT_QUERIED, "a regulator that has not said why");
	query(REG, read_what_lot(what, world_gtin(MFR), bytes_of(NULL, 0)));
	CHECK_EQ(ask(REG, "where", where), ERR_NOT_QUERIED, "or has of the product, not of the lot");
	query(REG, read_what_lot(what, world_gtin(MFR), BYTES_LIT(LOT_GOOD)));
	CHECK_EQ(ask(REG, "where", where), ERR_OK, "and has");
	CHECK_EQ(ask(MFR, "where", "gtin=09521000100015&lot=A&at=x"), ERR_UNKNOWN_LOT, "the lot is the rest of the query");
	CHECK_EQ(ask(MFR, "where", "gtin=09521000100015&market=FR&lot=A&market=F"), ERR_UNKNOWN_LOT, "behind a market too");
	end();
}

/* ---- lists ---- */

static const char *name_of(size_t m)
{
	return (const char *)world_member((enum world_member)m).name.p;
}

static void test_handovers(void)
{
	static const size_t seen[WORLD_MEMBERS] = { [MFR] = 1, [DIST] = 1, [REG] = 1, [REG2] = 1 };

	begin();
	for (size_t m = 0; m < WORLD_MEMBERS; m++)
		CHECK_EQ(ask_list((enum world_member)m, "handovers", ""), seen[m], name_of(m));
	do_packs(DIST, EV_RECEIVE, 2, 1, 0);
	CHECK_EQ(ask_list(REG, "handovers", ""), 0, "received");
	end();
}

static void test_alerts(void)
{
	/* of pack 0, raised by PHARM2 against PHARM's receipt */
	static const size_t seen[WORLD_MEMBERS] = { [MFR] = 1, [PHARM] = 1, [PHARM2] = 1, [REG] = 1, [REG2] = 1 };
	struct event alarm = { .type = EV_ALARM }, closing = { .type = EV_ALARM_CASE };

	begin();
	alarm.u.alarm.gtin = world_gtin(MFR);
	alarm.u.alarm.serial = bytes_of(serials[0], 16);
	alarm.u.alarm.reason = REASON_DISPENSED_ELSEWHERE;
	do_event(PHARM2, &alarm);
	for (size_t m = 0; m < WORLD_MEMBERS; m++)
		CHECK_EQ(ask_list((enum world_member)m, "alerts", ""), seen[m], name_of(m));
	alarm_id(&closing.u.about.hash, alarm.u.alarm.gtin, alarm.u.alarm.serial, alarm.u.alarm.reason);
	closing.u.about.state = ALARM_EXPLAINED;
	closing.u.about.text = BYTES_LIT("test");
	do_event(REG, &closing);
	CHECK_EQ(ask_list(MFR, "alerts", ""), 1, "explained");
	closing.u.about.state = ALARM_CLOSED;
	do_event(REG, &closing);
	CHECK_EQ(ask_list(MFR, "alerts", ""), 0, "closed");
	end();
}

static void test_recalls(void)
{
	struct event recall = { .type = EV_RECALL, .u.recall = { .defect = 1, .why = BYTES_LIT("test") } };
	struct event confirm = { .type = EV_CONFIRM }, retract = { .type = EV_RETRACT };

	begin();
	recall.u.recall.gtin = world_gtin(MFR);
	recall.u.recall.lot = BYTES_LIT(LOT_GOOD);
	CHECK_EQ(ask_list(PHARM2, "recalls", ""), 0, "none");
	do_event(MFR, &recall);
	confirm.u.hash = retract.u.about.hash = con.ids[0];
	retract.u.about.text = BYTES_LIT("test");
	CHECK_EQ(ask_list(PHARM2, "recalls", ""), 1, "proposed");
	do_event(REG, &confirm);
	CHECK_EQ(ask_list(PHARM2, "recalls", ""), 1, "in force");
	do_event(REG, &retract);
	CHECK_EQ(ask_list(PHARM2, "recalls", ""), 1, "its end proposed");
	do_event(MFR, &confirm);
	CHECK_EQ(ask_list(PHARM2, "recalls", ""), 0, "over");
	CHECK_EQ(ask_list(PHARM2, "recalls", "all=1"), 1, "and not forgotten");
	CHECK_EQ(ask_list(PHARM2, "recalls", "all=0"), 0, "asked for no");
	end();
}

T_MAIN("reading", T(test_own_steps_and_neighbours), T(test_steps_of_those_beside_the_way),
       T(test_a_query_opens_one_history_for_a_while),
       T(test_a_query_of_a_unit_holds_for_what_is_in_it), T(test_what_a_unit_holds), T(test_wrong_questions), T(test_lists_cost_more),
       T(test_cut_off), T(test_more_steps_than_are_told), T(test_where),
       T(test_handovers), T(test_alerts), T(test_recalls))
