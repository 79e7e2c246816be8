/* What links blocks: proposing and checking, with real signatures on a state in memory. */
#include "node/core/chain.h"
#include "node/core/genesis.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/memstate.h"
#include "tests/fakes/votes.h"
#include "tests/t.h"

#include <stdlib.h>

#define MAKER 9506000134307ULL /* signer 0, the validator */
#define OTHER 9506000134314ULL /* signer 1 */
#define GTIN 9506000134352ULL
#define T0 1764000000ULL
#define NOW_MS ((T0 + 20) * 1000)
#define MANY 1000
#define WRITES_MAX ((size_t)1 << 20)

static struct memstate *mem;
static enum err put_fails;
static struct chain_overlay ov;
static struct chain_head head;
static uint8_t ws_buf[WRITES_MAX], header_buf[HEADER_BYTES_MAX], certificate_buf[CERTIFICATE_BYTES_MAX];
static struct writes ws;
static struct signed_event events[BLOCK_EVENTS_MAX + 1];
static uint8_t *event_bytes[BLOCK_EVENTS_MAX + 1];
static struct refusal refused[BLOCK_EVENTS_MAX + 1];
static size_t order[BLOCK_EVENTS_MAX + 1];
static struct chain_proposal proposal;

static enum err put(void *ctx, struct bytes writes)
{
	(void)ctx;
	if (put_fails == ERR_OK)
		memstate_apply(mem, writes);
	return put_fails;
}

/* A chain of two members, one of whom validates, at its genesis. */
static void begin(void)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	struct member_fields m[2] = { test_member(0, ROLE_MANUFACTURER, MAKER), test_member(1, ROLE_DISTRIBUTOR, OTHER) };
	struct genesis_draft d = { .time_s = T0, .name = BYTES_LIT("test"), .members = m, .members_n = 2,
				   .validators = { { MAKER }, 1 } };
	struct bytes bytes, writes;
	struct hash id;

	memcpy(m[0].prefixes.v[0].digits, "9506000134", 10);
	m[0].prefixes.v[0].n = 10;
	m[0].prefixes.n = 1;
	memstate_free(mem);
	mem = memstate_new();
	put_fails = ERR_OK;
	ov = (struct chain_overlay){ memstate_state(mem), put };
	CHECK(genesis_encode(&d, genesis, sizeof(genesis), &bytes) == ERR_OK);
	writes_init(&ws, ws_buf, sizeof(ws_buf));
	CHECK(genesis_apply(bytes, &ws) == ERR_OK && wr_end(&ws.w, &writes) == ERR_OK);
	memstate_apply(mem, writes);
	crypto_sha256(&id, bytes);
	chain_head_init(&head, &id, T0);
}

/* Sign ev as event number i. */
static struct bytes sign(unsigned i, struct event *ev, unsigned signer, uint64_t gln)
{
	uint8_t payload[512];
	struct bytes p, cose;

	ev->chain_id = head.chain_id;
	ev->time_s = T0 + 10;
	ev->not_after_s = T0 + 1000;
	ev->place = gln;
	ev->nonce[0] = (uint8_t)i;
	ev->nonce[1] = (uint8_t)(i >> 8);
	CHECK(event_encode(ev, payload, sizeof(payload), &p) == ERR_OK);
	free(event_bytes[i]);
	event_bytes[i] = malloc(p.n + SIGN1_OVERHEAD);
	CHECK(signer_sign1(test_signer(signer), CT_EVENT, p, false, event_bytes[i], p.n + SIGN1_OVERHEAD, &cose) == ERR_OK);
	return cose;
}

/* Event number i: the product, then lots. */
static void make_event(unsigned i)
{
	struct event ev = { .type = i == 0 ? EV_PRODUCT : EV_LOT };
	char lot[16];

	snprintf(lot, sizeof(lot), "L%u", i);
	if (i == 0) {
		ev.u.product.gtin = GTIN;
		ev.u.product.name = BYTES_LIT("Test");
	} else {
		ev.u.lot.gtin = GTIN;
		ev.u.lot.lot = bytes_of_str(lot);
		ev.u.lot.expiry = 20400101;
	}
	CHECK(chain_open_event(&ov.state, sign(i, &ev, 0, MAKER), &events[i]) == ERR_OK);
}

static void make_events(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		make_event(i);
}

static enum err try_propose(size_t n, size_t room)
{
	proposal = (struct chain_proposal){ 0 };
	writes_init(&ws, ws_buf, room);
	return chain_propose(&head, &ov, NOW_MS, MAKER, events, n, refused, order, &ws, header_buf, sizeof(header_buf), &proposal);
}

static size_t propose(size_t n)
{
	CHECK(try_propose(n, sizeof(ws_buf)) == ERR_OK);
	return proposal.taken;
}

/* The block proposed, of the first taken events. */
static struct block proposed(void)
{
	return (struct block){ .header_bytes = proposal.header_bytes, .header = proposal.header, .events_n = proposal.taken };
}

static enum err check(const struct block *b, struct bytes certificate, size_t *bad)
{
	writes_init(&ws, ws_buf, sizeof(ws_buf));
	return chain_check(&head, &ov, b, certificate, events, &ws, bad);
}

static const struct bytes uncertified = { NULL, 0 };

/* By the validator that the state now names, who is signer 0. */
static struct bytes certify(const struct block *b)
{
	struct validator_set set;

	CHECK(state_validator_set(&ov.state, &set) == ERR_OK);
	return votes_certify(&set, &b->header, b->header_bytes, certificate_buf, sizeof(certificate_buf));
}

static void advance(const struct block *b)
{
	static struct hash ids[BLOCK_EVENTS_MAX];

	for (size_t i = 0; i < b->events_n; i++)
		ids[i] = events[i].event.id;
	chain_advance(&head, &b->header, b->header_bytes, ids);
}

/* RFC 9162 root over the ids of the first n events. */
static struct hash root_of(size_t n)
{
	struct merkle_edge edge;
	struct hash h;

	merkle_edge_init(&edge);
	for (size_t i = 0; i < n; i++) {
		merkle_leaf(&h, hash_bytes(&events[i].event.id));
		merkle_edge_add(&edge, &h);
	}
	merkle_edge_root(&edge, &h);
	return h;
}

/* ---- propose and check ---- */

static void test_what_is_proposed_is_accepted(void)
{
	static uint8_t first[WRITES_MAX];
	struct bytes certificate;
	struct hash effects, root;
	struct event_row row;
	struct block b;
	size_t bad, first_n;

	begin();
	make_events(MANY);
	CHECK_EQ(propose(MANY), MANY, "taken");
	CHECK(proposal.header.count == MANY && proposal.header.height == 1 && proposal.header.log_size == MANY &&
	      proposal.header.time_ms == NOW_MS && hash_eq(&proposal.header.prev, &head.chain_id));
	memcpy(first, ws_buf, ws.w.n);
	first_n = ws.w.n;
	effects = proposal.header.effects;
	b = proposed();
	certificate = certify(&b);

	begin();
	CHECK(check(&b, certificate, &bad) == ERR_OK && bad == SIZE_MAX);
	CHECK(ws.w.n == first_n && memcmp(first, ws_buf, first_n) == 0);
	advance(&b);
	CHECK(head.height == 1 && head.log.size == MANY && head.time_ms == NOW_MS);
	root = root_of(MANY);
	CHECK(hash_eq(&b.header.events_root, &root) && hash_eq(&b.header.log_root, &root));
	for (size_t i = 0; i < MANY; i++)
		CHECK(state_event(&ov.state, i + 1, &row) == ERR_OK && hash_eq(&row.id, &events[i].event.id) &&
		      row.header_ms == NOW_MS);

	/* effects as the schema has them: SHA-256 over one array of all writes; 3 bytes of head */
	CHECK(ws.n >= 256 && ws.n <= 65535);
	memmove(first + 3, first, first_n);
	first[0] = 0x99;
	first[1] = (uint8_t)(ws.n >> 8);
	first[2] = (uint8_t)ws.n;
	crypto_sha256(&effects, bytes_of(first, first_n + 3));
	CHECK(hash_eq(&effects, &b.header.effects));
}

static void test_the_next_block_goes_on(void)
{
	struct hash hash, all;
	struct event_row row;
	struct block b;
	size_t bad;

	begin();
	make_events(3);
	all = root_of(3);
	CHECK(propose(2) == 2);
	b = proposed();
	advance(&b);
	header_hash(&hash, b.header_bytes);
	CHECK(hash_eq(&hash, &head.hash));
	events[0] = events[2];
	CHECK(propose(1) == 1 && proposal.header.height == 2 && hash_eq(&proposal.header.prev, &head.hash));
	CHECK_EQ(proposal.header.time_ms, head.time_ms + 1, "though the clock stood still");
	b = proposed();
	hash = root_of(1);
	CHECK(hash_eq(&b.header.events_root, &hash) && hash_eq(&b.header.log_root, &all) && b.header.log_size == 3);
	CHECK(state_event(&ov.state, 3, &row) == ERR_OK && hash_eq(&row.id, &events[0].event.id));
	advance(&b);
	merkle_edge_root(&head.log, &hash);
	CHECK(head.log.size == 3 && hash_eq(&hash, &all));
	CHECK_EQ(check(&b, uncertified, &bad), ERR_NOT_LINKED, "the same block once more");
}

/* Each field of a header, changed alone: before there are votes, and when the votes were for the header as it was. */
static const struct {
	const char *name;
	size_t at;
	uint8_t bit;
	enum err uncertified, certified;
} fields[] = {
	{ "rules_version", offsetof(struct header, rules_version), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "chain_id", offsetof(struct header, chain_id), 4, ERR_WRONG_CHAIN, ERR_WRONG_CHAIN },
	{ "height", offsetof(struct header, height), 4, ERR_NOT_LINKED, ERR_NOT_LINKED },
	{ "prev", offsetof(struct header, prev), 4, ERR_NOT_LINKED, ERR_NOT_LINKED },
	{ "time_ms", offsetof(struct header, time_ms), 4, ERR_EFFECTS_DIFFER, ERR_BAD_CERTIFICATE },
	{ "time_ms, long ago", offsetof(struct header, time_ms) + 5, 1, ERR_BAD_BLOCK_TIME, ERR_BAD_BLOCK_TIME },
	{ "proposer", offsetof(struct header, proposer), 4, ERR_BAD_BLOCK, ERR_BAD_BLOCK },
	{ "count", offsetof(struct header, count), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "events_root", offsetof(struct header, events_root), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "log_root", offsetof(struct header, log_root), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "log_size", offsetof(struct header, log_size), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "effects", offsetof(struct header, effects), 4, ERR_EFFECTS_DIFFER, ERR_BAD_CERTIFICATE },
	{ "next_validators", offsetof(struct header, next_validators), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "public_root", offsetof(struct header, public_root), 4, ERR_BAD_BLOCK, ERR_BAD_CERTIFICATE },
	{ "state_root", offsetof(struct header, has_state_root), 1, ERR_BAD_BLOCK, ERR_BAD_BLOCK },
};

static void test_each_header_field_is_checked(void)
{
	struct bytes certificate;
	struct block good;
	size_t bad;

	begin();
	make_events(2);
	CHECK(propose(2) == 2);
	good = proposed();
	certificate = certify(&good);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct block b = good;
		uint8_t buf[HEADER_BYTES_MAX];

		((uint8_t *)&b.header)[fields[i].at] ^= fields[i].bit;
		CHECK(header_encode(&b.header, buf, sizeof(buf), &b.header_bytes) == ERR_OK);
		begin();
		CHECK_EQ(check(&b, uncertified, &bad), fields[i].uncertified, fields[i].name);
		begin();
		CHECK_EQ(check(&b, certificate, &bad), fields[i].certified, fields[i].name);
		CHECK_ROW(bad == SIZE_MAX, fields[i].name);
	}
	begin();
	certificate_buf[certificate.n - 5] ^= 1;
	CHECK_EQ(check(&good, certificate, &bad), ERR_BAD_CERTIFICATE, "a vote that is none");
	head.time_ms = good.header.time_ms;
	CHECK_EQ(check(&good, uncertified, &bad), ERR_BAD_BLOCK_TIME, "at its parent's time");
}

/* ---- events that do not apply ---- */

static void test_what_is_refused_is_left_out(void)
{
	struct block b;
	size_t bad;

	begin();
	make_events(2);
	events[2] = events[1]; /* the same statement again */
	make_event(3);
	events[3].key = *signer_pubkey(test_signer(1)); /* checked with another key than the kid's */
	make_event(4);
	CHECK(propose(5) == 3);
	CHECK(order[0] == 0 && order[1] == 1 && order[2] == 4);
	CHECK(refused[0].err == ERR_OK && refused[2].err == ERR_DUPLICATE_EVENT && refused[3].err == ERR_BAD_SIGNATURE);
	b = proposed();
	events[2] = events[4];
	begin();
	CHECK_EQ(check(&b, uncertified, &bad), ERR_OK, "what was left out is not in the writes");

	begin();
	make_event(1); /* a lot of no product */
	events[0] = events[1];
	CHECK(propose(1) == 0 && refused[0].err == ERR_UNKNOWN_PRODUCT && ws.n == 0);
}

/* A block that holds an event that does not apply is no block, and says which. */
static void test_a_bad_event_is_named(void)
{
	struct block b;
	size_t bad;

	begin();
	make_events(4);
	CHECK(propose(4) == 4);
	b = proposed();
	events[2] = events[1];
	begin();
	CHECK_EQ(check(&b, uncertified, &bad), ERR_DUPLICATE_EVENT, "twice the same");
	CHECK_EQ(bad, 2, "twice the same");
	make_event(2);
	events[3].key = *signer_pubkey(test_signer(1));
	begin();
	CHECK_EQ(check(&b, uncertified, &bad), ERR_BAD_SIGNATURE, "another key than the kid's");
	CHECK_EQ(bad, 3, "another key than the kid's");
}

static void test_a_key_that_changes_within_the_block(void)
{
	struct event rotate = { .type = EV_KEY_ROTATE, .u.key = *signer_pubkey(test_signer(5)) };
	struct event product = { .type = EV_PRODUCT, .u.product = { .gtin = GTIN, .name = BYTES_LIT("Test") } };
	struct signed_event by_new;
	struct bytes cose;

	begin();
	CHECK(chain_open_event(&ov.state, sign(0, &rotate, 0, MAKER), &events[0]) == ERR_OK);
	CHECK(chain_open_event(&ov.state, sign(1, &product, 0, MAKER), &events[1]) == ERR_OK);
	cose = sign(2, &product, 5, MAKER);
	CHECK_EQ(chain_open_event(&ov.state, cose, &by_new), ERR_UNKNOWN_KEY, "the new key, before the block");
	CHECK(propose(2) == 1 && refused[0].err == ERR_OK);
	CHECK_EQ(refused[1].err, ERR_REVOKED_KEY, "the old key, behind its rotation");
	CHECK_EQ(chain_open_event(&ov.state, cose, &by_new), ERR_OK, "the new key, after the block");
	event_bytes[2][cose.n - 1] ^= 1;
	CHECK_EQ(chain_open_event(&ov.state, cose, &by_new), ERR_BAD_SIGNATURE, "a signature that is none");
	CHECK_EQ(chain_open_event(&ov.state, bytes_of(cose.p, 5), &by_new), ERR_BAD_CBOR, "no event");
}

/* ---- validators that change ---- */

static void test_the_set_before_the_block_certifies_it(void)
{
	struct event ev = { .type = EV_VALIDATORS, .u.validators = { { OTHER }, 1 } };
	struct validator_set old, new;
	uint8_t other_header[HEADER_BYTES_MAX];
	struct bytes certificate;
	struct block b;
	size_t bad;

	begin();
	CHECK(state_validator_set(&ov.state, &old) == ERR_OK);
	CHECK(chain_open_event(&ov.state, sign(0, &ev, 0, MAKER), &events[0]) == ERR_OK);
	CHECK(propose(1) == 1);
	CHECK(state_validator_set(&ov.state, &new) == ERR_OK && new.n == 1 && new.v[0].gln == OTHER);
	b = proposed();
	CHECK(hash_eq(&b.header.next_validators, &new.hash) && !hash_eq(&new.hash, &old.hash));
	certificate = votes_certify(&old, &b.header, b.header_bytes, certificate_buf, sizeof(certificate_buf));
	begin();
	CHECK_EQ(check(&b, certificate, &bad), ERR_OK, "by the set before it");
	advance(&b);

	make_event(0);
	CHECK(propose(1) == 1);
	b = proposed();
	CHECK_EQ(check(&b, uncertified, &bad), ERR_BAD_BLOCK, "proposed by who was a validator");
	b.header.proposer = OTHER;
	CHECK(header_encode(&b.header, other_header, sizeof(other_header), &b.header_bytes) == ERR_OK);
	certificate = votes_certify(&old, &b.header, b.header_bytes, certificate_buf, sizeof(certificate_buf));
	CHECK_EQ(check(&b, certificate, &bad), ERR_BAD_CERTIFICATE, "certified by who was a validator");
}

/* ---- caps and trouble ---- */

/* Blocks as full as they may be.  What an event weighs is said to be so: execution does not look. */
static const struct {
	const char *name;
	size_t n, bytes, packs, units, taken;
} caps[] = {
	{ "bytes", 5, EVENT_BYTES_MAX, 1, 0, 4 },
	{ "packs", 5, 400, EVENT_PACKS_MAX, 0, 4 },
	{ "packs, one too many", 3, 400, BLOCK_PACKS_MAX / 2 + 1, 0, 1 },
	{ "units, one too many", 3, 400, 0, BLOCK_PACKS_MAX / 2 + 1, 1 },
	{ "packs and units", 5, 400, EVENT_PACKS_MAX - 400, 400, 4 },
	{ "none of them", 5, 400, 1, 1, 5 },
};

static void test_a_block_is_full(void)
{
	struct block b;
	size_t bad;

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		begin();
		make_events((unsigned)caps[i].n + 1);
		for (size_t k = 0; k < caps[i].n; k++) {
			events[k].cose.n = caps[i].bytes;
			events[k].event.packs_n = caps[i].packs;
			events[k].event.ssccs_n = caps[i].units;
		}
		/* the last one is small enough for any room left, but must not overtake */
		CHECK_EQ(propose(caps[i].n + 1), caps[i].taken + (caps[i].taken == caps[i].n), caps[i].name);
		for (size_t k = proposal.taken; k <= caps[i].n; k++)
			CHECK_EQ(refused[k].err, ERR_BUSY, caps[i].name);
		if (proposal.taken > caps[i].n)
			continue;
		b = proposed();
		b.events_n++;
		begin();
		CHECK_EQ(check(&b, uncertified, &bad), ERR_BAD_BLOCK, caps[i].name);
		CHECK_EQ(bad, caps[i].taken, caps[i].name);
	}
}

static void test_a_block_of_most_events(void)
{
	begin();
	make_events(BLOCK_EVENTS_MAX + 1);
	CHECK_EQ(propose(BLOCK_EVENTS_MAX + 1), BLOCK_EVENTS_MAX, "taken");
	CHECK_EQ(refused[BLOCK_EVENTS_MAX].err, ERR_BUSY, "one too many");
}

static void test_writes_that_find_no_room(void)
{
	size_t two;

	begin();
	make_events(3);
	CHECK(propose(2) == 2);
	two = ws.w.n;
	begin();
	CHECK_EQ(try_propose(3, two + 20), ERR_OK, "room for two");
	CHECK(proposal.taken == 2 && ws.w.n == two && refused[2].err == ERR_BUSY);
	begin();
	CHECK_EQ(try_propose(3, 20), ERR_NO_SPACE, "room for none");
}

static void test_trouble_is_no_refusal(void)
{
	struct block b;
	size_t bad;

	begin();
	make_events(2);
	CHECK(propose(2) == 2);
	b = proposed();
	begin();
	memstate_fail(mem, ERR_DATABASE);
	CHECK_EQ(try_propose(2, sizeof(ws_buf)), ERR_DATABASE, "propose, reading");
	CHECK_EQ(check(&b, uncertified, &bad), ERR_DATABASE, "check, reading");
	memstate_fail(mem, ERR_OK);
	put_fails = ERR_NO_MEMORY;
	CHECK_EQ(try_propose(2, sizeof(ws_buf)), ERR_NO_MEMORY, "propose, writing");
	CHECK_EQ(check(&b, uncertified, &bad), ERR_NO_MEMORY, "check, writing");
	CHECK(bad == SIZE_MAX);
}

static void test_end(void)
{
	for (unsigned i = 0; i <= BLOCK_EVENTS_MAX; i++)
		free(event_bytes[i]);
	memstate_free(mem);
}

T_MAIN("chain", T(test_what_is_proposed_is_accepted), T(test_the_next_block_goes_on), T(test_each_header_field_is_checked),
       T(test_what_is_refused_is_left_out), T(test_a_bad_event_is_named), T(test_a_key_that_changes_within_the_block),
       T(test_the_set_before_the_block_certifies_it), T(test_a_block_is_full), T(test_a_block_of_most_events),
       T(test_writes_that_find_no_room), T(test_trouble_is_no_refusal), T(test_end))
