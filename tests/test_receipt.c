/* Receipts: offline proof that an event is final, and of no other event. */
#include "node/core/receipt.h"
#include "tests/fakes/votes.h"
#include "tests/t.h"

static struct hash ids[BLOCK_EVENTS_MAX];
static struct receipt_tree tree;
static uint8_t header_buf[HEADER_BYTES_MAX], certificate_buf[CERTIFICATE_BYTES_MAX];

static void root_of(size_t n, struct hash *out)
{
	struct merkle_edge edge;
	struct hash leaf;

	merkle_edge_init(&edge);
	for (size_t i = 0; i < n; i++) {
		merkle_leaf(&leaf, hash_bytes(&ids[i]));
		merkle_edge_add(&edge, &leaf);
	}
	merkle_edge_root(&edge, out);
}

/* A receipt of event number index of a certified block with n events. */
static struct receipt make_receipt(const struct validator_set *set, size_t n, size_t index)
{
	struct receipt r = { .header = { .rules_version = 1, .height = 3, .time_ms = 5, .count = n, .log_size = n }, .index = index };

	for (size_t i = 0; i < n; i++)
		crypto_sha256(&ids[i], bytes_of(&i, sizeof(i)));
	root_of(n, &r.header.events_root);
	r.id = ids[index];
	CHECK(header_encode(&r.header, header_buf, sizeof(header_buf), &r.header_bytes) == ERR_OK);
	r.certificate = votes_certify(set, &r.header, r.header_bytes, certificate_buf, sizeof(certificate_buf));
	receipt_tree_make(&tree, ids, n);
	receipt_tree_path(&tree, &r);
	return r;
}

static void test_every_event_of_every_size(void)
{
	struct receipt r;
	struct hash root, leaf;

	for (size_t i = 0; i < BLOCK_EVENTS_MAX; i++)
		crypto_sha256(&ids[i], bytes_of(&i, sizeof(i)));
	for (size_t n = 1; n <= BLOCK_EVENTS_MAX; n = n < 40 ? n + 1 : n < 1000 ? 1000 : n + 1) {
		root_of(n, &root);
		receipt_tree_make(&tree, ids, n);
		for (r.index = 0; r.index < n; r.index++) {
			receipt_tree_path(&tree, &r);
			merkle_leaf(&leaf, hash_bytes(&ids[r.index]));
			CHECK(r.path_n <= RECEIPT_PATH_MAX &&
			      merkle_verify_inclusion(&leaf, r.index, n, r.path, r.path_n, &root) == ERR_OK);
		}
	}
}

static void test_it_verifies_offline_and_no_byte_can_change(void)
{
	static const size_t validators[] = { 1, 4 };
	uint8_t buf[RECEIPT_BYTES_MAX], again[RECEIPT_BYTES_MAX];

	for (size_t k = 0; k < 2; k++) {
		struct validator_set set;
		struct receipt r, back;
		struct bytes bytes, copy;

		votes_set(&set, validators[k]);
		r = make_receipt(&set, 5, 3);
		NEED(receipt_encode(&r, buf, sizeof(buf), &bytes) == ERR_OK && receipt_decode(&back, bytes) == ERR_OK);
		CHECK(receipt_verify(&back, &set) == ERR_OK);
		CHECK(receipt_encode(&back, again, sizeof(again), &copy) == ERR_OK && bytes_eq(copy, bytes));
		CHECK(receipt_encode(&r, again, bytes.n - 1, &copy) == ERR_NO_SPACE);
		for (size_t i = 0; i < bytes.n; i++) {
			CHECK(receipt_decode(&back, bytes_of(buf, i)) != ERR_OK);
			for (unsigned bit = 0; bit < 8; bit += 7) {
				buf[i] ^= (uint8_t)(1u << bit);
				CHECK(receipt_decode(&back, bytes) != ERR_OK || receipt_verify(&back, &set) != ERR_OK);
				buf[i] ^= (uint8_t)(1u << bit);
			}
		}
	}
}

static void test_it_proves_no_other_event(void)
{
	struct validator_set set, other;
	struct receipt r, good;

	votes_set(&set, 4);
	good = make_receipt(&set, 5, 3);
	NEED(receipt_verify(&good, &set) == ERR_OK);
	r = good;
	r.id = ids[2];
	CHECK_EQ(receipt_verify(&r, &set), ERR_BAD_PROOF, "another event of the block");
	r = good;
	r.index = 2;
	CHECK_EQ(receipt_verify(&r, &set), ERR_BAD_PROOF, "another place");
	r = good;
	r.index = 5;
	CHECK_EQ(receipt_verify(&r, &set), ERR_BAD_PROOF, "a place that is not there");
	r = good;
	r.path_n--;
	CHECK_EQ(receipt_verify(&r, &set), ERR_BAD_PROOF, "a path too short");
	r = good;
	r.path[r.path_n++] = ids[0];
	CHECK_EQ(receipt_verify(&r, &set), ERR_BAD_PROOF, "a path too long");
	votes_set(&other, 5);
	CHECK_EQ(receipt_verify(&good, &other), ERR_BAD_CERTIFICATE, "another validator set");
}

static void test_a_path_beyond_any_block_is_refused(void)
{
	uint8_t buf[RECEIPT_BYTES_MAX + 64];
	struct validator_set set;
	struct receipt r, back;
	struct bytes bytes;
	size_t head;

	votes_set(&set, 1);
	r = make_receipt(&set, BLOCK_EVENTS_MAX, 0);
	NEED(r.path_n == RECEIPT_PATH_MAX && receipt_encode(&r, buf, sizeof(buf), &bytes) == ERR_OK);
	CHECK(receipt_decode(&back, bytes) == ERR_OK && receipt_verify(&back, &set) == ERR_OK);
	head = bytes.n - RECEIPT_PATH_MAX * (HASH_LEN + 2) - 1;
	buf[head]++; /* one hash more */
	memcpy(buf + bytes.n, buf + head + 1, HASH_LEN + 2);
	CHECK_EQ(receipt_decode(&back, bytes_of(buf, bytes.n + HASH_LEN + 2)), ERR_TOO_LARGE, "eleven hashes");
}

T_MAIN("receipt", T(test_every_event_of_every_size), T(test_it_verifies_offline_and_no_byte_can_change),
       T(test_it_proves_no_other_event), T(test_a_path_beyond_any_block_is_refused))
