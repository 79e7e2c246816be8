#include "tests/fakes/world.h"
#include "tests/t.h"

#define MEMBERS 5

static uint8_t genesis_buf[GENESIS_BYTES_MAX], writes_buf[GENESIS_BYTES_MAX];
static struct member_fields members[GENESIS_MEMBERS_MAX + 1]; /* MEMBERS of them meant */

/* MFR, MFR2, DIST, DIST2, PHARM, validated by the first four. */
static struct genesis_draft draft(void)
{
	struct genesis_draft d = { .time_s = WORLD_T0, .name = BYTES_LIT("Test"), .members = members, .members_n = MEMBERS };

	for (size_t i = 0; i < MEMBERS; i++)
		members[i] = world_member((enum world_member)i);
	d.validators.n = 4;
	for (size_t i = 0; i < 4; i++)
		d.validators.gln[i] = members[3 - i].gln;
	return d;
}

static struct bytes encode(const struct genesis_draft *d)
{
	struct bytes out = { 0 };

	CHECK(genesis_encode(d, genesis_buf, sizeof(genesis_buf), &out) == ERR_OK);
	return out;
}

static enum err apply(struct bytes genesis, size_t cap, struct writes *ws)
{
	writes_init(ws, writes_buf, cap);
	return genesis_apply(genesis, ws);
}

/* Also a third member with a prefix, so that a beginning which all three share is written three times. */
static void test_state(void)
{
	struct genesis_draft d = draft();
	struct memstate *mem = memstate_new();
	const struct state st = memstate_state(mem);
	struct bytes bytes, written;
	struct prefix_row shared;
	struct prefix prefix;
	struct validator_set set;
	struct member_row member;
	struct chain_row chain;
	struct genesis g;
	struct writes ws;
	struct hash id;
	uint64_t gln;

	members[4].prefixes = members[0].prefixes;
	members[4].prefixes.v[0].digits[4] = '9';
	bytes = encode(&d);
	NEED(apply(bytes, sizeof(writes_buf), &ws) == ERR_OK);
	CHECK(genesis_read(&g, bytes) == ERR_OK);
	crypto_sha256(&id, bytes);
	CHECK(hash_eq(&g.chain_id, &id) && g.time_s == WORLD_T0 && g.rules_version == RULES_VERSION);
	CHECK(bytes_eq(g.name, BYTES_LIT("Test")));
	CHECK(wr_end(&ws.w, &written) == ERR_OK);
	memstate_apply(mem, written);
	CHECK(state_chain(&st, &chain) == ERR_OK && chain.rules_version == RULES_VERSION);
	CHECK(chain.next_pack == 1 && chain.next_unit == 1);
	CHECK(state_validator_set(&st, &set) == ERR_OK && set.n == 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(set.v[i].gln == members[3 - i].gln);
	for (size_t i = 0; i < MEMBERS; i++)
		CHECK(state_member(&st, members[i].gln, &member) == ERR_OK && member.role == members[i].role && !member.revoked);
	CHECK(state_gtin_owner(&st, world_gtin(MFR2), &gln, &prefix) == ERR_OK && gln == members[MFR2].gln);
	CHECK(state_prefix(&st, BYTES_LIT("9521"), &shared) == ERR_OK && shared.owner == 0 && shared.below == 3);
	memstate_free(mem);
}

/* ---- one thing wrong at a time ---- */

struct wrong {
	const char *name;
	enum err want;
	void (*spoil)(struct genesis_draft *d);
};

static void nothing(struct genesis_draft *d) { (void)d; }
static void no_members(struct genesis_draft *d) { d->members_n = 0; }
static void no_name(struct genesis_draft *d) { d->name = BYTES_LIT(""); }
static void late(struct genesis_draft *d) { d->time_s = 253402300800; }
static void one_validator(struct genesis_draft *d) { d->validators.n = 1; }
static void two_validators(struct genesis_draft *d) { d->validators.n = 2; }
static void validator_unknown(struct genesis_draft *d) { d->validators.gln[2] = world_gln(REG); }
static void validator_twice(struct genesis_draft *d) { d->validators.gln[2] = d->validators.gln[1]; }
static void key_twice(struct genesis_draft *d) { (void)d; members[4].key = members[0].key; }
static void prefix_twice(struct genesis_draft *d) { (void)d; members[4].prefixes = members[0].prefixes; }
static void bad_gln(struct genesis_draft *d) { (void)d; members[4].gln++; }
static void bad_key(struct genesis_draft *d) { (void)d; members[4].key.b[64] ^= 1; }

/* All right but for their keys, which are not looked at before the count. */
static void too_many_members(struct genesis_draft *d)
{
	d->members_n = GENESIS_MEMBERS_MAX + 1;
	for (size_t i = MEMBERS; i < d->members_n; i++) {
		members[i] = members[4];
		members[i].gln = world_gln((enum world_member)i);
	}
}

static void prefix_overlaps(struct genesis_draft *d)
{
	(void)d;
	members[4].prefixes = members[0].prefixes;
	members[4].prefixes.v[0].n--;
}

static void members_swapped(struct genesis_draft *d)
{
	(void)d;
	members[3] = world_member(PHARM);
	members[4] = world_member(DIST2);
}

static void member_twice(struct genesis_draft *d)
{
	(void)d;
	members[4].gln = members[3].gln;
}

static const struct wrong rows[] = {
	{ "nothing", ERR_OK, nothing },
	{ "no members", ERR_BAD_VALUE, no_members },
	{ "65 members", ERR_BAD_VALUE, too_many_members },
	{ "no name", ERR_BAD_VALUE, no_name },
	{ "beyond year 9999", ERR_BAD_VALUE, late },
	{ "one validator", ERR_OK, one_validator },
	{ "two validators", ERR_BAD_VALUE, two_validators },
	{ "validator is no member", ERR_UNKNOWN_MEMBER, validator_unknown },
	{ "validator twice", ERR_NOT_SORTED, validator_twice },
	{ "key twice", ERR_EXISTS, key_twice },
	{ "prefix twice", ERR_EXISTS, prefix_twice },
	{ "prefixes overlap", ERR_EXISTS, prefix_overlaps },
	{ "GLN with wrong check digit", ERR_GS1_CHECK_DIGIT, bad_gln },
	{ "key not on the curve", ERR_BAD_KEY, bad_key },
	{ "members not ascending", ERR_NOT_SORTED, members_swapped },
	{ "member twice", ERR_NOT_SORTED, member_twice },
};

static void test_wrong(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct genesis_draft d = draft();
		struct writes ws;
		enum err e;

		rows[i].spoil(&d);
		e = apply(encode(&d), sizeof(writes_buf), &ws);
		CHECK_ROW(e == rows[i].want, rows[i].name);
		CHECK_ROW((e == ERR_OK) == (ws.n > 0) && (e == ERR_OK) == (ws.w.n > 0), rows[i].name);
	}
}

static void test_bytes(void)
{
	const struct genesis_draft d = draft();
	struct bytes bytes = encode(&d);
	struct genesis g = { .time_s = 4711 };
	struct writes ws;
	size_t need;

	CHECK(rd_check(bytes, false) == ERR_OK);
	for (size_t cut = 0; cut < bytes.n; cut++)
		CHECK(apply(bytes_of(bytes.p, cut), sizeof(writes_buf), &ws) != ERR_OK && ws.w.n == 0);
	NEED(apply(bytes, sizeof(writes_buf), &ws) == ERR_OK);
	need = ws.w.n;
	for (size_t cap = 0; cap < need; cap += 7)
		CHECK(apply(bytes, cap, &ws) == ERR_NO_SPACE && ws.w.n == 0 && ws.n == 0);
	genesis_buf[bytes.n] = 0;
	CHECK(apply(bytes_of(bytes.p, bytes.n + 1), sizeof(writes_buf), &ws) == ERR_TRAILING);
	CHECK(apply(bytes_of(genesis_buf, GENESIS_BYTES_MAX + 1), sizeof(writes_buf), &ws) == ERR_TOO_LARGE);
	for (size_t cap = 0; cap < bytes.n; cap++) {
		struct bytes out;

		CHECK(genesis_encode(&d, writes_buf, cap, &out) == ERR_NO_SPACE);
	}
	genesis_buf[2] = 2; /* the version: a6 00 01 */
	CHECK(apply(bytes, sizeof(writes_buf), &ws) == ERR_BAD_VERSION);
	CHECK(genesis_read(&g, bytes) == ERR_BAD_VERSION && g.time_s == 4711);
}

/* The rules version stands in the genesis; this code knows one. */
static void test_rules_version(void)
{
	const struct genesis_draft d = draft();
	struct bytes bytes = encode(&d);
	struct writes ws;
	/* a6 00 01 01 1a.. (time) 02 64 "Test" 03 version */
	size_t at = 3 + 1 + 5 + 1 + 5 + 1;

	NEED(genesis_buf[at - 1] == 3 && genesis_buf[at] == RULES_VERSION);
	genesis_buf[at] = RULES_VERSION + 1;
	CHECK(apply(bytes, sizeof(writes_buf), &ws) == ERR_BAD_VERSION);
	genesis_buf[at] = 0;
	CHECK(apply(bytes, sizeof(writes_buf), &ws) == ERR_BAD_VERSION);
}

T_MAIN("genesis", T(test_state), T(test_wrong), T(test_bytes), T(test_rules_version))
