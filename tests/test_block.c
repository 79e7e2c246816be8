/* Headers and blocks as bytes: what is written is read back, and each way to be wrong has its error. */
#include "node/core/block.h"
#include "node/core/wr.h"
#include "tests/t.h"

#include <stdlib.h>

static struct header good_header(void)
{
	struct header h = { .rules_version = 1, .height = 7, .time_ms = 1764000000123, .proposer = 9506000134307, .count = 2,
			    .log_size = 900 };

	memset(&h.chain_id, 1, HASH_LEN);
	memset(&h.prev, 2, HASH_LEN);
	memset(&h.events_root, 3, HASH_LEN);
	memset(&h.log_root, 4, HASH_LEN);
	memset(&h.effects, 5, HASH_LEN);
	memset(&h.next_validators, 6, HASH_LEN);
	memset(&h.public_root, 7, HASH_LEN);
	return h;
}

static void test_a_header_is_read_back(void)
{
	struct header h = good_header();
	uint8_t buf[HEADER_BYTES_MAX], again[HEADER_BYTES_MAX];
	struct bytes bytes, copy;
	struct header back;

	for (int with_root = 0; with_root < 2; with_root++) {
		h.has_state_root = with_root;
		NEED(header_encode(&h, buf, sizeof(buf), &bytes) == ERR_OK && header_decode(&back, bytes) == ERR_OK);
		CHECK(back.has_state_root == h.has_state_root && back.time_ms == h.time_ms && back.proposer == h.proposer);
		CHECK(header_encode(&back, again, sizeof(again), &copy) == ERR_OK && bytes_eq(copy, bytes));
		for (size_t n = 0; n < bytes.n; n++)
			CHECK(header_decode(&back, bytes_of(buf, n)) != ERR_OK);
	}
	h.rules_version = h.height = h.time_ms = h.proposer = h.log_size = UINT64_MAX;
	h.count = BLOCK_EVENTS_MAX;
	CHECK(header_encode(&h, buf, sizeof(buf), &bytes) == ERR_OK && header_decode(&back, bytes) == ERR_OK);
	CHECK(header_encode(&h, buf, bytes.n - 1, &bytes) == ERR_NO_SPACE);
}

/* One place of a good header's bytes changed.  Its keys stand at 1, 3, 5, 40, 42 .. */
static const struct {
	const char *name;
	size_t at;
	uint8_t from, to;
	enum err err;
} bad_bytes[] = {
	{ "an array", 0, 0xae, 0x8e, ERR_BAD_TYPE },
	{ "thirteen fields", 0, 0xae, 0xad, ERR_MISSING_FIELD },
	{ "sixteen fields", 0, 0xae, 0xb0, ERR_UNKNOWN_FIELD },
	{ "another version", 2, 0x01, 0x02, ERR_BAD_VERSION },
	{ "a field left out", 3, 0x01, 0x02, ERR_MISSING_FIELD },
	{ "a field that is text", 4, 0x01, 0x60, ERR_BAD_TYPE },
	{ "a hash of 31 bytes", 7, 0x20, 0x1f, ERR_BAD_VALUE },
	{ "height 0", 41, 0x07, 0x00, ERR_BAD_BLOCK },
};

static void test_a_wrong_header_has_its_error(void)
{
	struct header h = good_header(), back;
	uint8_t buf[HEADER_BYTES_MAX + 1];
	struct bytes bytes;

	NEED(header_encode(&h, buf, sizeof(buf), &bytes) == ERR_OK);
	for (size_t i = 0; i < sizeof(bad_bytes) / sizeof(bad_bytes[0]); i++) {
		CHECK_EQ(buf[bad_bytes[i].at], bad_bytes[i].from, bad_bytes[i].name);
		buf[bad_bytes[i].at] = bad_bytes[i].to;
		CHECK_EQ(header_decode(&back, bytes), bad_bytes[i].err, bad_bytes[i].name);
		buf[bad_bytes[i].at] = bad_bytes[i].from;
	}
	CHECK(header_decode(&back, bytes) == ERR_OK);
	buf[bytes.n] = 0;
	CHECK_EQ(header_decode(&back, bytes_of(buf, bytes.n + 1)), ERR_TRAILING, "a byte more");
	for (int i = 0; i < 2; i++) {
		h.count = i == 0 ? 0 : BLOCK_EVENTS_MAX + 1;
		CHECK(header_encode(&h, buf, sizeof(buf), &bytes) == ERR_OK);
		CHECK_EQ(header_decode(&back, bytes), ERR_BAD_BLOCK, "count");
	}
}

static void test_the_hash_is_of_the_bytes(void)
{
	struct hash a, b;

	header_hash(&a, BYTES_LIT("header"));
	crypto_sha256(&b, BYTES_LIT("header"));
	CHECK(hash_eq(&a, &b));
}

/* A block of n events that are small numbers; header.count says count. */
static struct bytes make_block(uint8_t *buf, size_t cap, size_t n, size_t count)
{
	static struct bytes events[BLOCK_EVENTS_MAX + 1];
	uint8_t header_buf[HEADER_BYTES_MAX];
	struct header h = good_header();
	struct bytes header, out = { 0 };

	h.count = count;
	CHECK(header_encode(&h, header_buf, sizeof(header_buf), &header) == ERR_OK);
	for (size_t i = 0; i < n; i++)
		events[i] = bytes_of("\x05", 1);
	CHECK(block_encode(header, events, n, buf, cap, &out) == ERR_OK);
	CHECK(out.n == block_size(header, events, n));
	CHECK(block_encode(header, events, n, buf, out.n - 1, &header) == ERR_NO_SPACE);
	CHECK(block_encode(header, events, n, buf, cap, &out) == ERR_OK);
	return out;
}

static void test_a_block_is_taken_apart(void)
{
	static struct bytes events[BLOCK_EVENTS_MAX];
	static uint8_t buf[8192];
	struct bytes bytes;
	struct block b;

	for (size_t n = 1; n <= BLOCK_EVENTS_MAX; n += n < 3 ? 1 : 1021) {
		bytes = make_block(buf, sizeof(buf), n, n);
		NEED(block_decode(&b, events, n, bytes) == ERR_OK);
		CHECK(b.events == events && b.events_n == n && b.header.height == 7 && b.events[n - 1].n == 1 &&
		      b.events[n - 1].p == bytes.p + bytes.n - 1);
		CHECK_EQ(block_decode(&b, events, n - 1, bytes), ERR_TOO_LARGE, "more than the caller has room for");
	}
}

static void test_a_wrong_block_has_its_error(void)
{
	static struct bytes events[BLOCK_EVENTS_MAX];
	static uint8_t buf[8192];
	uint8_t long_header[HEADER_BYTES_MAX + 1] = { 0 };
	struct bytes bytes = make_block(buf, sizeof(buf), 3, 3);
	uint8_t *large;
	struct block b;

	for (size_t n = 0; n < bytes.n; n++)
		CHECK(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes_of(buf, n)) != ERR_OK);
	buf[bytes.n] = 0;
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes_of(buf, bytes.n + 1)), ERR_TRAILING, "a byte more");
	bytes = make_block(buf, sizeof(buf), 3, 2);
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes), ERR_BAD_BLOCK, "one event more than the header says");
	bytes = make_block(buf, sizeof(buf), 3, 4);
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes), ERR_BAD_BLOCK, "one event less");
	bytes = make_block(buf, sizeof(buf), BLOCK_EVENTS_MAX + 1, 4);
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes), ERR_TOO_LARGE, "1,025 events");
	NEED(block_encode(bytes_of(long_header, sizeof(long_header)), NULL, 0, buf, sizeof(buf), &bytes) == ERR_OK);
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes), ERR_BAD_VALUE, "a header too long");
	large = calloc(1, BLOCK_BYTES_MAX + 1);
	NEED(large != NULL);
	CHECK_EQ(block_decode(&b, events, BLOCK_EVENTS_MAX, bytes_of(large, BLOCK_BYTES_MAX + 1)), ERR_TOO_LARGE, "2 MiB and a byte");
	free(large);
}

T_MAIN("block", T(test_a_header_is_read_back), T(test_a_wrong_header_has_its_error), T(test_the_hash_is_of_the_bytes),
       T(test_a_block_is_taken_apart), T(test_a_wrong_block_has_its_error))
