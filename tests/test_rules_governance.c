/* Members, keys, prefixes and validators: who must agree, and what is so afterwards. */
#include "tests/fakes/world.h"
#include "tests/t.h"

#include <stdlib.h>

/* ---- the events ---- */

static enum err put_member(struct world *w, enum world_member signer, const struct member_fields *m)
{
	struct event ev = world_event(w, signer, EV_MEMBER);

	ev.u.member = *m;
	return world_apply(w, signer, &ev);
}

static enum err revoke_member(struct world *w, enum world_member signer, enum world_member whom)
{
	struct event ev = world_event(w, signer, EV_MEMBER_REVOKE);

	ev.u.gln = world_gln(whom);
	return world_apply(w, signer, &ev);
}

static enum err set_validators(struct world *w, enum world_member signer, const enum world_member *who, size_t n)
{
	struct event ev = world_event(w, signer, EV_VALIDATORS);

	ev.u.validators.n = n;
	for (size_t i = 0; i < n; i++)
		ev.u.validators.gln[i] = world_gln(who[i]);
	return world_apply(w, signer, &ev);
}

static enum err set_version(struct world *w, uint64_t version)
{
	struct event ev = world_event(w, MFR, EV_RULES_VERSION);

	ev.u.version = version;
	return world_apply(w, MFR, &ev);
}

static struct prefixes prefixes_of(const char *const *digits)
{
	struct prefixes p = { .n = 0 };

	for (; digits[p.n]; p.n++) {
		p.v[p.n].n = (uint8_t)strlen(digits[p.n]);
		memcpy(p.v[p.n].digits, digits[p.n], p.v[p.n].n);
	}
	return p;
}

/* Give a member these prefixes and nothing else new. */
static enum err set_prefixes(struct world *w, enum world_member whom, const char *const *digits)
{
	struct member_fields m = world_member(whom);

	m.prefixes = prefixes_of(digits);
	return put_member(w, MFR, &m);
}

/* ---- what is so ---- */

static bool is_member(struct world *w, enum world_member m, struct member_row *row)
{
	return state_member(&w->st, world_gln(m), row) == ERR_OK && row->revoked == 0;
}

static struct key_row key_of(struct world *w, size_t key)
{
	const struct pubkey k = world_key(key);
	struct key_row row = { .owner = 0 };
	struct kid kid;

	kid_of(&kid, &k);
	CHECK(state_key(&w->st, &kid, &row) == ERR_OK);
	return row;
}

/* The proposal of the last event: its validators so far, 0 when none is pending. */
static size_t pending(struct world *w, enum event_type type, const struct member_fields *m, struct validator_list *list)
{
	uint8_t buf[4096];
	struct hash proposal;
	struct wr out;

	/* state.cddl: proposal = hash                        ; SHA-256 of [event-type, fields] */
	wr_init(&out, buf, sizeof(buf));
	wr_array(&out, 2);
	wr_uint(&out, type);
	member_write(&out, m);
	crypto_sha256(&proposal, bytes_of(buf, out.n));
	if (state_proposal(&w->st, &proposal, list) != ERR_OK)
		list->n = 0;
	return list->n;
}

/* ---- one validator ---- */

static void test_admit_alone(void)
{
	struct member_fields m = world_member(NEWCOMER);
	struct validator_list list;
	struct member_row row;
	struct world w;

	world_init(&w, 1);
	CHECK(put_member(&w, MFR2, &m) == ERR_NOT_VALIDATOR);
	CHECK(put_member(&w, MFR, &m) == ERR_OK);
	NEED(is_member(&w, NEWCOMER, &row));
	CHECK(row.role == ROLE_PHARMACY && row.name_n == m.name.n && memcmp(row.name, m.name.p, m.name.n) == 0);
	CHECK(row.contact_n == m.contact.n && row.ca_n == m.ca.n && !row.located);
	CHECK(key_of(&w, NEWCOMER).owner == world_gln(NEWCOMER) && key_of(&w, NEWCOMER).purpose == KEY_FOR_EVENTS);
	CHECK(pending(&w, EV_MEMBER, &m, &list) == 0);
	world_use_key(&w, NEWCOMER, NEWCOMER);
	CHECK(world_rotate(&w, NEWCOMER, 10) == ERR_OK);
	world_free(&w);
}

static void test_replace_member(void)
{
	struct member_fields m = world_member(DIST);
	struct member_row row;
	struct world w;

	world_init(&w, 1);
	m.role = ROLE_PHARMACY;
	m.located = true;
	m.lat_udeg = 50846700;
	m.lon_udeg = -4352500;
	CHECK(put_member(&w, MFR, &m) == ERR_OK); /* keeps its key */
	CHECK(is_member(&w, DIST, &row) && row.role == ROLE_PHARMACY && key_of(&w, DIST).revoked == 0);
	CHECK(row.located && row.lat_udeg == m.lat_udeg && row.lon_udeg == m.lon_udeg);
	m.key = world_key(PHARM);
	CHECK(put_member(&w, MFR, &m) == ERR_EXISTS);
	m.key = world_key(10);
	CHECK(put_member(&w, MFR, &m) == ERR_OK);
	CHECK(key_of(&w, DIST).revoked == w.ev - 1 && key_of(&w, 10).revoked == 0);
	CHECK(world_rotate(&w, DIST, 11) == ERR_REVOKED_KEY);
	m.key = world_key(DIST);
	CHECK(put_member(&w, MFR, &m) == ERR_EXISTS); /* a used key stays used */
	world_free(&w);
}

static void test_revoke_member(void)
{
	struct member_fields m = world_member(DIST);
	struct member_row row;
	struct world w;
	uint64_t revoked;

	world_init(&w, 1);
	CHECK(revoke_member(&w, MFR2, DIST) == ERR_NOT_VALIDATOR);
	CHECK(revoke_member(&w, MFR, NEWCOMER) == ERR_UNKNOWN_MEMBER);
	CHECK(revoke_member(&w, MFR, MFR) == ERR_STILL_VALIDATOR);
	CHECK(revoke_member(&w, MFR, DIST) == ERR_OK);
	CHECK(state_member(&w.st, world_gln(DIST), &row) == ERR_OK && row.revoked == w.ev - 1);
	revoked = w.ev - 1;
	CHECK(key_of(&w, DIST).revoked == revoked);
	CHECK(revoke_member(&w, MFR, DIST) == ERR_MEMBER_REVOKED);
	CHECK(put_member(&w, MFR, &m) == ERR_EXISTS); /* not with the key it was revoked with */
	m.key = world_key(10);
	CHECK(put_member(&w, MFR, &m) == ERR_OK && is_member(&w, DIST, &row));
	CHECK(key_of(&w, DIST).revoked == revoked);
	CHECK(world_rotate(&w, DIST, 11) == ERR_REVOKED_KEY);
	world_use_key(&w, DIST, 10);
	CHECK(world_rotate(&w, DIST, 11) == ERR_OK);
	world_free(&w);
}

static void test_keys(void)
{
	struct event ev;
	struct label_key_row label;
	struct member_row row;
	struct world w;
	uint64_t n, revoked;

	world_init(&w, 1);
	CHECK(world_rotate(&w, DIST, 10) == ERR_OK);
	CHECK(key_of(&w, DIST).revoked == w.ev - 1 && key_of(&w, 10).revoked == 0);
	CHECK(key_of(&w, 10).owner == world_gln(DIST) && key_of(&w, 10).purpose == KEY_FOR_EVENTS);
	world_use_key(&w, DIST, 10);
	CHECK(is_member(&w, DIST, &row) && kid_eq(&row.kid, &w.kid[DIST]));

	ev = world_event(&w, DIST, EV_DEVICE_REVOKE);
	ev.u.hash.b[0] = 3;
	CHECK(world_apply(&w, DIST, &ev) == ERR_OK);
	CHECK(state_device_revoked(&w.st, world_gln(DIST), &ev.u.hash, &revoked) == ERR_OK && revoked == w.ev - 1);
	CHECK(state_device_revoked(&w.st, world_gln(PHARM), &ev.u.hash, &revoked) == ERR_NOT_FOUND);

	ev = world_event(&w, MFR, EV_LABEL_KEY);
	ev.u.label_key.id[0] = 7;
	ev.u.label_key.key = world_key(11);
	ev.u.label_key.prefixes = world_member(MFR).prefixes;
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	CHECK(state_label_key(&w.st, ev.u.label_key.id, &label) == ERR_OK);
	CHECK(label.owner == world_gln(MFR) && label.state == LABEL_KEY_ACTIVE && label.ev == w.ev - 1);
	CHECK(label.prefixes.n == 1 && memcmp(&label.key, &ev.u.label_key.key, sizeof(label.key)) == 0);
	CHECK(key_of(&w, 11).owner == world_gln(MFR) && key_of(&w, 11).purpose == KEY_FOR_LABELS);
	CHECK(state_label_keys(&w.st, world_gln(MFR), &n) == ERR_OK && n == 1);

	ev = world_event(&w, MFR, EV_LABEL_KEY_STATE);
	ev.u.label_key.id[0] = 7;
	ev.u.label_key.state = LABEL_KEY_COMPROMISED;
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	CHECK(state_label_key(&w.st, ev.u.label_key.id, &label) == ERR_OK);
	CHECK(label.state == LABEL_KEY_COMPROMISED && label.ev == w.ev - 1 && label.owner == world_gln(MFR));
	world_free(&w);
}

static void test_validators(void)
{
	static const enum world_member four[] = { REG, MFR, DIST, PHARM }, with_stranger[] = { MFR, DIST, PHARM, NEWCOMER };
	struct validator_set set;
	struct kid kid;
	struct event ev;
	struct world w;

	world_init(&w, 1);
	CHECK(set_validators(&w, MFR, with_stranger, 4) == ERR_UNKNOWN_MEMBER);
	CHECK(set_validators(&w, MFR, four, 4) == ERR_OK);
	CHECK(state_validator_set(&w.st, &set) == ERR_OK && set.n == 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(set.v[i].gln == world_gln(four[i]) && kid_eq(&set.v[i].kid, &w.kid[four[i]]));
	world_free(&w);

	world_init(&w, 1);
	CHECK(revoke_member(&w, MFR, DIST) == ERR_OK);
	CHECK(set_validators(&w, MFR, four, 4) == ERR_MEMBER_REVOKED);
	world_free(&w);

	world_init(&w, 1);
	kid = w.kid[PHARM];
	ev = world_event(&w, PHARM, EV_KEY_REVOKE);
	ev.u.kid = kid;
	CHECK(world_apply(&w, PHARM, &ev) == ERR_OK);
	CHECK(set_validators(&w, MFR, four, 4) == ERR_REVOKED_KEY);
	world_free(&w);
}

static void test_rules_version(void)
{
	const struct chain_row old = { 0, 5, 1 };
	uint8_t key[STATE_KEY_MAX], val[32];
	struct chain_row row;
	struct world w;
	struct wr out;

	world_init(&w, 1);
	CHECK(set_version(&w, RULES_VERSION) == ERR_BAD_VERSION); /* the present one */
	CHECK(set_version(&w, RULES_VERSION + 1) == ERR_BAD_VERSION); /* not known to this code */
	wr_init(&out, val, sizeof(val));
	chain_row_write(&out, &old);
	memstate_set(w.mem, key_chain(key), bytes_of(val, out.n));
	CHECK(set_version(&w, RULES_VERSION) == ERR_OK);
	CHECK(state_chain(&w.st, &row) == ERR_OK && row.rules_version == RULES_VERSION && row.next_pack == 5);
	world_free(&w);
}

/* ---- four and more ---- */

static void test_quorum_of_four(void)
{
	struct member_fields m = world_member(NEWCOMER), other = m;
	struct validator_list list;
	struct member_row row;
	struct world w;

	world_init(&w, 4); /* MFR, MFR2, DIST, DIST2: three of them must agree */
	other.name = BYTES_LIT("Newcomers");
	CHECK(put_member(&w, DIST, &m) == ERR_OK && pending(&w, EV_MEMBER, &m, &list) == 1);
	CHECK(put_member(&w, MFR2, &other) == ERR_OK); /* another proposal: does not count for this one */
	CHECK(put_member(&w, DIST, &m) == ERR_EXISTS);
	CHECK(put_member(&w, PHARM, &m) == ERR_NOT_VALIDATOR);
	CHECK(put_member(&w, MFR, &m) == ERR_OK && pending(&w, EV_MEMBER, &m, &list) == 2);
	CHECK(list.gln[0] == world_gln(MFR) && list.gln[1] == world_gln(DIST));
	CHECK(!is_member(&w, NEWCOMER, &row));
	CHECK(put_member(&w, DIST2, &m) == ERR_OK);
	CHECK(is_member(&w, NEWCOMER, &row) && row.name_n == m.name.n);
	CHECK(pending(&w, EV_MEMBER, &m, &list) == 0);
	CHECK(pending(&w, EV_MEMBER, &other, &list) == 1);
	/* counted anew from here */
	CHECK(put_member(&w, DIST, &m) == ERR_OK && pending(&w, EV_MEMBER, &m, &list) == 1);
	world_free(&w);
}

static void test_nonsense_is_refused_at_once(void)
{
	struct member_fields m = world_member(NEWCOMER);
	struct world w;

	world_init(&w, 4);
	m.prefixes = world_member(MFR).prefixes;
	CHECK(put_member(&w, DIST, &m) == ERR_EXISTS);
	CHECK(revoke_member(&w, DIST, NEWCOMER) == ERR_UNKNOWN_MEMBER);
	CHECK(revoke_member(&w, DIST, DIST2) == ERR_STILL_VALIDATOR);
	world_free(&w);
}

/* Who is no validator any more does not count for what it signed before. */
static void test_former_validator(void)
{
	static const enum world_member without_dist[] = { MFR, MFR2, DIST2, PHARM };
	struct member_fields m = world_member(NEWCOMER);
	struct member_row row;
	struct world w;

	world_init(&w, 5); /* MFR, MFR2, DIST, DIST2, PHARM: four must agree */
	CHECK(put_member(&w, MFR, &m) == ERR_OK && put_member(&w, DIST, &m) == ERR_OK);
	for (size_t i = 0; i < 4; i++)
		CHECK(set_validators(&w, without_dist[i], without_dist, 4) == ERR_OK);
	CHECK(put_member(&w, DIST, &m) == ERR_NOT_VALIDATOR);
	CHECK(put_member(&w, MFR2, &m) == ERR_OK && !is_member(&w, NEWCOMER, &row)); /* two of the three */
	CHECK(put_member(&w, PHARM, &m) == ERR_OK && is_member(&w, NEWCOMER, &row));
	world_free(&w);
}

/* ---- prefixes ---- */

static void test_prefix_overlaps(void)
{
	static const struct { const char *name; const char *digits[4]; enum err want; } rows[] = {
		{ "the same", { "95210001" }, ERR_EXISTS },
		{ "goes on from another's", { "952100011" }, ERR_EXISTS },
		{ "another's goes on from it", { "952100" }, ERR_EXISTS },
		{ "the shortest, others go on from it", { "9521" }, ERR_EXISTS },
		{ "one of three", { "9400", "9521000", "9600" }, ERR_EXISTS },
		{ "beside another's", { "95210000", "95210002" }, ERR_OK },
		{ "elsewhere", { "4000" }, ERR_OK },
		{ "none", { NULL }, ERR_OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;

		world_init(&w, 1);
		CHECK_ROW(set_prefixes(&w, DIST, rows[i].digits) == rows[i].want, rows[i].name);
		world_free(&w);
	}
}

static void test_prefix_moves(void)
{
	struct prefix_row row;
	struct world w;

	world_init(&w, 1);
	/* one split in two, while its beginnings stay; then all given up, to another */
	CHECK(set_prefixes(&w, MFR, (const char *const[]){ "952100010", "952100011", NULL }) == ERR_OK);
	CHECK(state_prefix(&w.st, BYTES_LIT("95210001"), &row) == ERR_OK && row.owner == 0 && row.below == 2);
	CHECK(state_prefix(&w.st, BYTES_LIT("952100"), &row) == ERR_OK && row.owner == 0 && row.below == 3);
	CHECK(set_prefixes(&w, DIST, (const char *const[]){ "95210001", NULL }) == ERR_EXISTS);
	CHECK(set_prefixes(&w, MFR, (const char *const[]){ NULL }) == ERR_OK);
	CHECK(state_prefix(&w.st, BYTES_LIT("95210001"), &row) == ERR_NOT_FOUND);
	CHECK(state_prefix(&w.st, BYTES_LIT("952100"), &row) == ERR_OK && row.below == 1);
	CHECK(set_prefixes(&w, DIST, (const char *const[]){ "95210001", NULL }) == ERR_OK);
	CHECK(state_prefix(&w.st, BYTES_LIT("95210001"), &row) == ERR_OK && row.owner == world_gln(DIST) && row.below == 0);
	world_free(&w);
}

/* Random changes of three members' prefixes from a small pool, against a plain list of who has what. */
#define POOL 11
static const char *const pool[POOL] = { /* ascending */
	"9400", "94001", "940012", "94002", "940021", "9401", "94010000000", "940100000000", "940100000001", "9500", "95001",
};

static bool begins(const char *a, const char *b)
{
	return strncmp(a, b, strlen(a)) == 0;
}

struct pool_model {
	int owner[POOL]; /* -1: nobody */
};

/* May member have exactly the pool's prefixes in set? */
static bool may_have(const struct pool_model *model, int member, const bool *set)
{
	for (int i = 0; i < POOL; i++)
		for (int k = 0; set[i] && k < POOL; k++)
			if (model->owner[k] >= 0 && model->owner[k] != member &&
			    (begins(pool[i], pool[k]) || begins(pool[k], pool[i])))
				return false;
	return true;
}

/* Some of the pool, none the beginning of another; NULL last.  In this order a beginning stands right before. */
static void random_set(bool *set, const char **digits)
{
	size_t n = 0;

	for (int i = 0; i < POOL; i++) {
		set[i] = rand() % 3 == 0 && (n == 0 || !begins(digits[n - 1], pool[i]));
		if (set[i])
			digits[n++] = pool[i];
	}
	digits[n] = NULL;
}

static void check_owners(struct world *w, const struct pool_model *model, const enum world_member *who)
{
	for (int i = 0; i < POOL; i++) {
		struct prefix_row row = { 0 };
		uint64_t below = 0;
		enum err e = state_prefix(&w->st, bytes_of_str(pool[i]), &row);

		for (int k = 0; k < POOL; k++)
			below += k != i && model->owner[k] >= 0 && begins(pool[i], pool[k]);
		CHECK_ROW(row.below == below, pool[i]);
		CHECK_ROW(row.owner == (model->owner[i] < 0 ? 0 : world_gln(who[model->owner[i]])), pool[i]);
		CHECK_ROW((e == ERR_NOT_FOUND) == (row.owner == 0 && row.below == 0), pool[i]);
	}
}

static void test_prefixes_at_random(void)
{
	static const enum world_member who[] = { DIST, PHARM, REG };
	struct pool_model model;
	unsigned accepted = 0, refused = 0;
	struct world w;

	srand(20);
	world_init(&w, 1);
	for (int i = 0; i < POOL; i++)
		model.owner[i] = -1;
	for (int step = 0; step < 2000; step++) {
		const char *digits[POOL + 1];
		int member = rand() % 3;
		bool set[POOL], may;

		random_set(set, digits);
		may = may_have(&model, member, set);
		CHECK((set_prefixes(&w, who[member], digits) == ERR_OK) == may);
		accepted += may;
		refused += !may;
		for (int i = 0; may && i < POOL; i++)
			if (set[i])
				model.owner[i] = member;
			else if (model.owner[i] == member)
				model.owner[i] = -1;
		check_owners(&w, &model, who);
	}
	CHECK(accepted > 200 && refused > 200);
	world_free(&w);
}

T_MAIN("rules_governance", T(test_admit_alone), T(test_replace_member), T(test_revoke_member), T(test_keys),
       T(test_validators), T(test_rules_version), T(test_quorum_of_four), T(test_nonsense_is_refused_at_once),
       T(test_former_validator), T(test_prefix_overlaps), T(test_prefix_moves), T(test_prefixes_at_random))
