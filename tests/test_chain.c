/* Blocks, certificates, receipts, ordering, and what links them: with real signatures on a state in memory. */
#include "node/core/chain.h"
#include "node/core/genesis.h"
#include "node/core/order.h"
#include "node/core/receipt.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/memstate.h"
#include "tests/t.h"

#include <stdlib.h>

#define MAKER 9506000134307ULL
#define T0 1764000000ULL
#define MANY 200

static struct memstate *mem;
static struct chain_overlay ov;
static struct chain_head head;
static uint8_t ws_buf[1 << 20], header_buf[HEADER_BYTES_MAX], certificate_buf[CERTIFICATE_BYTES_MAX];
static struct signed_event events[MANY];
static uint8_t *event_bytes[MANY];

static enum err put(void *ctx, struct bytes writes)
{
	(void)ctx;
	memstate_apply(mem, writes);
	return ERR_OK;
}

/* A chain of one member that validates, at its genesis. */
static void begin(void)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	struct member_fields m = test_member(0, ROLE_MANUFACTURER, MAKER);
	struct genesis_draft d = { .time_s = T0, .name = BYTES_LIT("test"), .members = &m, .members_n = 1,
				   .validators = { { MAKER }, 1 } };
	struct bytes bytes, writes;
	struct writes ws;
	struct hash id;

	memcpy(m.prefixes.v[0].digits, "9506000134", 10);
	m.prefixes.v[0].n = 10;
	m.prefixes.n = 1;
	memstate_free(mem);
	mem = memstate_new();
	ov = (struct chain_overlay){ memstate_state(mem), put };
	CHECK(genesis_encode(&d, genesis, sizeof(genesis), &bytes) == ERR_OK);
	writes_init(&ws, ws_buf, sizeof(ws_buf));
	CHECK(genesis_apply(bytes, &ws) == ERR_OK && wr_end(&ws.w, &writes) == ERR_OK);
	memstate_apply(mem, writes);
	crypto_sha256(&id, bytes);
	chain_head_init(&head, &id, T0);
}

/* Event number i: the product, then lots. */
static void make_event(unsigned i)
{
	struct event ev = { .type = i == 0 ? EV_PRODUCT : EV_LOT, .chain_id = head.chain_id, .time_s = T0 + 10,
			    .not_after_s = T0 + 1000, .place = MAKER };
	uint8_t payload[512];
	char lot[16];
	struct bytes p, cose;

	snprintf(lot, sizeof(lot), "L%u", i);
	ev.nonce[0] = (uint8_t)i;
	ev.nonce[1] = (uint8_t)(i >> 8);
	if (i == 0) {
		ev.u.product.gtin = 9506000134352ULL;
		ev.u.product.name = BYTES_LIT("Test");
	} else {
		ev.u.lot.gtin = 9506000134352ULL;
		ev.u.lot.lot = bytes_of_str(lot);
		ev.u.lot.expiry = 20400101;
	}
	ev.kid = *signer_kid(test_signer(0));
	CHECK(event_encode(&ev, payload, sizeof(payload), &p) == ERR_OK);
	free(event_bytes[i]);
	event_bytes[i] = malloc(p.n + SIGN1_OVERHEAD);
	CHECK(signer_sign1(test_signer(0), CT_EVENT, p, false, event_bytes[i], p.n + SIGN1_OVERHEAD, &cose) == ERR_OK);
	CHECK(chain_open_event(&ov.state, cose, &events[i]) == ERR_OK);
}

static size_t propose(size_t n, struct refusal *refused, size_t *order, struct writes *ws, struct chain_proposal *p)
{
	writes_init(ws, ws_buf, sizeof(ws_buf));
	CHECK(chain_propose(&head, &ov, (T0 + 20) * 1000, MAKER, events, n, refused, order, ws, header_buf, sizeof(header_buf), p) ==
	      ERR_OK);
	return p->taken;
}

static struct bytes certify(const struct header *h, struct bytes header_bytes)
{
	struct final f = { .chain_id = h->chain_id, .height = h->height };
	struct validator_set set;
	struct vote v = { .index = 0 };
	struct hash digest;
	struct bytes out = { 0 };

	header_hash(&f.header_hash, header_bytes);
	CHECK(state_validator_set(&ov.state, &set) == ERR_OK);
	CHECK(final_digest(&f, &set.v[0].kid, &digest) == ERR_OK);
	CHECK(signer_sign(test_signer(0), &digest, v.sig) == ERR_OK);
	CHECK(certificate_build(&set, 0, &v, 1, certificate_buf, sizeof(certificate_buf), &out) == ERR_OK);
	return out;
}

/* ---- propose and check ---- */

static struct refusal refused[MANY];
static size_t order[MANY];

static void test_what_is_proposed_is_accepted(void)
{
	static uint8_t first[1 << 20];
	struct bytes coses[MANY], block_bytes, certificate, decoded[MANY];
	static uint8_t block_buf[1 << 20];
	struct chain_proposal p;
	struct writes ws;
	struct block b;
	size_t bad, n;

	begin();
	for (unsigned i = 0; i < MANY; i++)
		make_event(i);
	n = propose(MANY, refused, order, &ws, &p);
	CHECK(n == MANY && p.header.count == MANY && p.header.height == 1 && p.header.log_size == MANY);
	memcpy(first, ws_buf, ws.w.n);
	certificate = certify(&p.header, p.header_bytes);
	for (size_t i = 0; i < n; i++)
		coses[i] = events[i].cose;
	CHECK(block_encode(p.header_bytes, coses, n, block_buf, sizeof(block_buf), &block_bytes) == ERR_OK);
	CHECK(block_bytes.n == block_size(p.header_bytes, coses, n));

	begin();
	CHECK(block_decode(&b, decoded, MANY, block_bytes) == ERR_OK && b.events_n == n);
	writes_init(&ws, ws_buf, sizeof(ws_buf));
	CHECK(chain_check(&head, &ov, &b, certificate, events, &ws, &bad) == ERR_OK);
	CHECK(memcmp(first, ws_buf, ws.w.n) == 0);
	CHECK(block_decode(&b, decoded, n - 1, block_bytes) == ERR_TOO_LARGE);
	CHECK(block_decode(&b, decoded, MANY, bytes_of(block_bytes.p, block_bytes.n - 1)) != ERR_OK);
}

/* Each field of a header, changed alone. */
static const struct {
	const char *name;
	size_t offset;
	enum err err;
} fields[] = {
	{ "rules_version", offsetof(struct header, rules_version), ERR_BAD_BLOCK },
	{ "chain_id", offsetof(struct header, chain_id), ERR_WRONG_CHAIN },
	{ "height", offsetof(struct header, height), ERR_NOT_LINKED },
	{ "prev", offsetof(struct header, prev), ERR_NOT_LINKED },
	{ "count", offsetof(struct header, count), ERR_BAD_BLOCK },
	{ "events_root", offsetof(struct header, events_root), ERR_BAD_BLOCK },
	{ "log_root", offsetof(struct header, log_root), ERR_BAD_BLOCK },
	{ "log_size", offsetof(struct header, log_size), ERR_BAD_BLOCK },
	{ "effects", offsetof(struct header, effects), ERR_EFFECTS_DIFFER },
	{ "next_validators", offsetof(struct header, next_validators), ERR_BAD_BLOCK },
};

static void test_each_header_field_is_checked(void)
{
	struct chain_proposal p;
	struct header good;
	struct writes ws;

	begin();
	make_event(0);
	make_event(1);
	CHECK(propose(2, refused, order, &ws, &p) == 2);
	good = p.header;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct block b = { .events_n = 2, .header = good };
		size_t bad;

		begin();
		((uint8_t *)&b.header)[fields[i].offset] ^= 4;
		CHECK(header_encode(&b.header, header_buf, sizeof(header_buf), &b.header_bytes) == ERR_OK);
		writes_init(&ws, ws_buf, sizeof(ws_buf));
		CHECK_ROW(chain_check(&head, &ov, &b, bytes_of(NULL, 0), events, &ws, &bad) == fields[i].err, fields[i].name);
	}
}

static void test_time_and_certificate(void)
{
	struct chain_proposal p;
	struct bytes certificate;
	struct writes ws;
	size_t bad;

	begin();
	make_event(0);
	CHECK(propose(1, refused, order, &ws, &p) == 1);
	certificate = certify(&p.header, p.header_bytes);
	for (int i = 0; i < 3; i++) {
		struct block b = { .events_n = 1, .header = p.header };
		struct bytes c = certificate;

		begin();
		CHECK(header_encode(&b.header, header_buf, sizeof(header_buf), &b.header_bytes) == ERR_OK);
		if (i == 1)
			head.time_ms = b.header.time_ms; /* not after its parent's */
		if (i == 2)
			certificate_buf[c.n - 5] ^= 1;
		writes_init(&ws, ws_buf, sizeof(ws_buf));
		CHECK(chain_check(&head, &ov, &b, c, events, &ws, &bad) ==
		      (i == 0 ? ERR_OK : i == 1 ? ERR_BAD_BLOCK_TIME : ERR_BAD_CERTIFICATE));
	}
}

static void test_what_is_refused_is_left_out(void)
{
	struct chain_proposal p;
	struct writes ws;

	begin();
	make_event(0);
	make_event(1);
	events[2] = events[1]; /* the same statement again */
	make_event(3);
	events[3].key = *signer_pubkey(test_signer(1)); /* checked with another key than the kid's */
	make_event(4);
	CHECK(propose(5, refused, order, &ws, &p) == 3);
	CHECK(order[0] == 0 && order[1] == 1 && order[2] == 4);
	CHECK(refused[0].err == ERR_OK && refused[2].err == ERR_DUPLICATE_EVENT && refused[3].err == ERR_BAD_SIGNATURE);
	CHECK(p.header.count == 3);
	begin();
	make_event(1); /* a lot of no product */
	events[0] = events[1];
	CHECK(propose(1, refused, order, &ws, &p) == 0 && refused[0].err == ERR_UNKNOWN_PRODUCT);
}

static void test_the_tip_moves(void)
{
	struct chain_proposal p;
	struct writes ws;
	struct hash ids[2], root;

	begin();
	make_event(0);
	make_event(1);
	CHECK(propose(2, refused, order, &ws, &p) == 2);
	ids[0] = events[0].event.id;
	ids[1] = events[1].event.id;
	chain_advance(&head, &p.header, p.header_bytes, ids);
	merkle_edge_root(&head.log, &root);
	CHECK(head.height == 1 && head.log.size == 2 && hash_eq(&root, &p.header.log_root) && head.time_ms == p.header.time_ms);
	make_event(2);
	events[0] = events[2];
	CHECK(propose(1, refused, order, &ws, &p) == 1 && p.header.height == 2 && hash_eq(&p.header.prev, &head.hash));
	CHECK(p.header.time_ms > head.time_ms); /* though the clock stood still */
}

/* ---- certificates of several ---- */

static void make_set(struct validator_set *set, size_t n)
{
	set->n = n;
	for (size_t i = 0; i < n; i++) {
		set->v[i].gln = 1000 + i;
		set->v[i].key = *signer_pubkey(test_signer((unsigned)i));
		set->v[i].kid = *signer_kid(test_signer((unsigned)i));
	}
}

static void sign_votes(const struct validator_set *set, const struct final *f, struct vote *votes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hash digest;

		votes[i].index = i;
		CHECK(final_digest(f, &set->v[i].kid, &digest) == ERR_OK);
		CHECK(signer_sign(test_signer((unsigned)i), &digest, votes[i].sig) == ERR_OK);
	}
}

static void test_quorums(void)
{
	static const size_t want[14] = { 0, 1, 0, 0, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9 };
	struct header h = { .height = 7, .count = 1 };
	struct bytes header_bytes, c;

	CHECK(header_encode(&h, header_buf, sizeof(header_buf), &header_bytes) == ERR_OK);
	for (size_t n = 1; n <= VALIDATORS_MAX; n++) {
		struct vote votes[VALIDATORS_MAX];
		struct validator_set set;
		struct final f = { .height = 7, .view = 3 };
		size_t q;

		if (!want[n])
			continue;
		q = quorum(n);
		CHECK(q == want[n]);
		make_set(&set, n);
		header_hash(&f.header_hash, header_bytes);
		sign_votes(&set, &f, votes, n);
		CHECK(certificate_build(&set, 3, votes, q, certificate_buf, sizeof(certificate_buf), &c) == ERR_OK);
		CHECK(certificate_verify(&set, &h, header_bytes, c) == ERR_OK);
		CHECK(certificate_build(&set, 3, votes, q - 1, certificate_buf, sizeof(certificate_buf), &c) == ERR_BAD_CERTIFICATE);
		h.height = 8; /* the votes are for another height */
		CHECK(certificate_build(&set, 3, votes, q, certificate_buf, sizeof(certificate_buf), &c) == ERR_OK);
		CHECK(certificate_verify(&set, &h, header_bytes, c) == ERR_BAD_CERTIFICATE);
		h.height = 7;
		CHECK(certificate_build(&set, 4, votes, q, certificate_buf, sizeof(certificate_buf), &c) == ERR_OK);
		CHECK(certificate_verify(&set, &h, header_bytes, c) == ERR_BAD_CERTIFICATE); /* another view */
		if (q > 1) {
			votes[0] = votes[1]; /* one validator twice */
			CHECK(certificate_build(&set, 3, votes, q, certificate_buf, sizeof(certificate_buf), &c) == ERR_NOT_SORTED);
		}
	}
}

/* ---- receipts ---- */

static struct receipt_tree tree;

static void test_a_receipt_proves_its_event_and_no_other(void)
{
	static uint8_t buf[RECEIPT_BYTES_MAX], copy[RECEIPT_BYTES_MAX];
	struct validator_set set;
	struct chain_proposal p;
	struct hash ids[5];
	struct receipt r, back;
	struct bytes bytes;
	struct writes ws;
	unsigned survived = 0;

	begin();
	for (unsigned i = 0; i < 5; i++) {
		make_event(i);
		ids[i] = events[i].event.id;
	}
	CHECK(propose(5, refused, order, &ws, &p) == 5);
	CHECK(state_validator_set(&ov.state, &set) == ERR_OK);
	r = (struct receipt){ .id = ids[3], .header_bytes = p.header_bytes, .index = 3 };
	r.certificate = certify(&p.header, p.header_bytes);
	receipt_tree_make(&tree, ids, 5);
	receipt_tree_path(&tree, &r);
	CHECK(receipt_encode(&r, buf, sizeof(buf), &bytes) == ERR_OK);
	CHECK(receipt_decode(&back, bytes) == ERR_OK && receipt_verify(&back, &set) == ERR_OK);
	for (size_t i = 0; i < bytes.n; i++) {
		memcpy(copy, bytes.p, bytes.n);
		copy[i] ^= 1;
		if (receipt_decode(&back, bytes_of(copy, bytes.n)) == ERR_OK && receipt_verify(&back, &set) == ERR_OK)
			survived++;
	}
	CHECK(survived == 0);
}

/* In a block of any size, of any of its events: the path of RFC 9162. */
static void test_receipt_paths(void)
{
	static struct hash ids[BLOCK_EVENTS_MAX], leaves[BLOCK_EVENTS_MAX];
	static const size_t large[] = { 511, 512, 513, 1000, 1023, 1024 };
	struct hash path[MERKLE_PATH_MAX];
	unsigned bad = 0;

	for (uint64_t i = 0; i < BLOCK_EVENTS_MAX; i++) {
		crypto_sha256(&ids[i], bytes_of(&i, sizeof(i)));
		merkle_leaf(&leaves[i], hash_bytes(&ids[i]));
	}
	for (size_t k = 1; k <= 40 + sizeof(large) / sizeof(large[0]); k++) {
		size_t size = k <= 40 ? k : large[k - 41], n;
		struct merkle_array leaves_of = { leaves, size };
		struct merkle_source src = merkle_array_source(&leaves_of);

		receipt_tree_make(&tree, ids, size);
		for (uint64_t i = 0; i < size; i += k <= 40 ? 1 : 73) {
			struct receipt r = { .index = i };

			receipt_tree_path(&tree, &r);
			bad += merkle_inclusion(&src, i, size, path, &n) != ERR_OK || n != r.path_n ||
			       memcmp(path, r.path, n * sizeof(path[0])) != 0;
		}
	}
	CHECK(bad == 0);
}

/* ---- ordering ---- */

static void test_one_validator_orders(void)
{
	struct order_action a[ORDER_ACTIONS_MAX];
	struct order_input in = { .kind = ORDER_IN_WAITING };
	struct validator_set set;
	struct order o;
	size_t n;

	make_set(&set, 1);
	order_init(&o, &head.chain_id, 4, &set, 1000);
	CHECK(order_step(&o, &in, a, &n) == ERR_OK && n == 1 && a[0].kind == ORDER_DO_BUILD && a[0].height == 5);
	in.kind = ORDER_IN_SIGNED;
	CHECK(order_step(&o, &in, a, &n) == ERR_BAD_VALUE && n == 0); /* nothing was asked to be signed */
	in.kind = ORDER_IN_BUILT;
	CHECK(order_step(&o, &in, a, &n) == ERR_OK && n == 1 && a[0].kind == ORDER_DO_SIGN);
	in.kind = ORDER_IN_SIGNED;
	in.sig[5] = 9;
	CHECK(order_step(&o, &in, a, &n) == ERR_OK && n == 1 && a[0].kind == ORDER_DO_COMMIT && a[0].votes_n == 1 &&
	      a[0].votes[0].sig[5] == 9);
	in.kind = ORDER_IN_WAITING;
	CHECK(order_step(&o, &in, a, &n) == ERR_OK && n == 1);
	in.kind = ORDER_IN_EMPTY;
	CHECK(order_step(&o, &in, a, &n) == ERR_OK && n == 0 && o.phase == ORDER_IDLE);
	order_init(&o, &head.chain_id, 4, &set, 1);
	in.kind = ORDER_IN_WAITING;
	CHECK(order_step(&o, &in, a, &n) == ERR_NOT_VALIDATOR);
}

static void test_end(void)
{
	for (unsigned i = 0; i < MANY; i++)
		free(event_bytes[i]);
	memstate_free(mem);
}

T_MAIN("chain", T(test_what_is_proposed_is_accepted), T(test_each_header_field_is_checked), T(test_time_and_certificate),
       T(test_what_is_refused_is_left_out), T(test_the_tip_moves), T(test_quorums),
       T(test_a_receipt_proves_its_event_and_no_other), T(test_receipt_paths), T(test_one_validator_orders), T(test_end))
