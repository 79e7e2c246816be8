#include "node/core/merkle.h"
#include "tests/fakes/tsv.h"
#include "tests/t.h"

#include <stdlib.h>

#define SIZES 300

static void hash_hex(const char *hex, struct hash *h)
{
	CHECK(from_hex(hex, h->b, HASH_LEN) == HASH_LEN);
}

/* Comma-separated hashes; 0 for an empty field.  SIZE_MAX: an element that is no hash, which the reader of the wire refuses. */
static size_t path_hex(const char *text, struct hash *path)
{
	size_t n = 0, len = strlen(text);

	if (len > 0 && text[len - 1] == ',')
		return SIZE_MAX;

	while (*text && n < MERKLE_PATH_MAX) {
		char one[65];

		snprintf(one, sizeof(one), "%.64s", text);
		if (strlen(one) != 64 || strspn(one, "0123456789abcdef") != 64)
			return SIZE_MAX;
		hash_hex(one, &path[n++]);
		text += 64;
		text += *text == ',';
	}
	return n;
}

static void test_root_vectors(void)
{
	struct merkle_edge e;
	struct tsv t;
	size_t rows = 0;

	NEED(tsv_open(&t, "tests/vectors/merkle_roots.tsv", 3));
	merkle_edge_init(&e);
	while (tsv_next(&t)) {
		uint8_t data[64];
		struct hash root, want, leaf;

		if (strcmp(t.field[0], "size") == 0)
			continue;
		if (rows++ > 0) {
			merkle_leaf(&leaf, bytes_of(data, from_hex(t.field[2], data, sizeof(data))));
			merkle_edge_add(&e, &leaf);
		}
		merkle_edge_root(&e, &root);
		hash_hex(t.field[1], &want);
		CHECK_ROW(e.size == strtoull(t.field[0], NULL, 10) && hash_eq(&root, &want), t.field[0]);
	}
	tsv_close(&t);
	CHECK(rows == 9);
}

/* A root of a wrong length is no hash: what reads the wire refuses it before any proof is looked at. */
static bool is_hash(const char *hex)
{
	return strlen(hex) == 2 * HASH_LEN;
}

/* A row's two hashes and its path; false when a piece cannot be one. */
static bool proof_of(const struct tsv *t, struct hash *first, struct hash *second, struct hash *path, size_t *n)
{
	*n = path_hex(t->field[6], path);
	if (!is_hash(t->field[4]) || !is_hash(t->field[5]) || *n == SIZE_MAX)
		return false;
	hash_hex(t->field[4], first);
	hash_hex(t->field[5], second);
	return true;
}

/* Its proof has one element of no length, which the comma-separated column cannot show: there it reads as no proof. */
static const char unwritable[] = "inclusion/0/trailing-garbage.json";

static void test_inclusion_vectors(void)
{
	struct tsv t;
	size_t rows = 0;

	NEED(tsv_open(&t, "tests/vectors/merkle_inclusion.tsv", 8));
	while (tsv_next(&t)) {
		struct hash leaf, root, path[MERKLE_PATH_MAX];
		enum err e = ERR_BAD_PROOF;
		size_t n;

		if (strcmp(t.field[0], "file") == 0)
			continue;
		rows++;
		if (proof_of(&t, &leaf, &root, path, &n))
			e = merkle_verify_inclusion(&leaf, strtoull(t.field[2], NULL, 10), strtoull(t.field[3], NULL, 10), path, n, &root);
		CHECK_ROW((e == ERR_OK) == (strcmp(t.field[1], "valid") == 0) || strcmp(t.field[0], unwritable) == 0, t.field[0]);
	}
	tsv_close(&t);
	CHECK(rows == 49);
}

static void test_consistency_vectors(void)
{
	struct tsv t;
	size_t rows = 0;

	NEED(tsv_open(&t, "tests/vectors/merkle_consistency.tsv", 8));
	while (tsv_next(&t)) {
		struct hash a, b, path[MERKLE_PATH_MAX];
		enum err e = ERR_BAD_PROOF;
		size_t n;

		if (strcmp(t.field[0], "file") == 0)
			continue;
		rows++;
		if (proof_of(&t, &a, &b, path, &n))
			e = merkle_verify_consistency(strtoull(t.field[2], NULL, 10), strtoull(t.field[3], NULL, 10), &a, &b, path, n);
		CHECK_ROW((e == ERR_OK) == (strcmp(t.field[1], "valid") == 0), t.field[0]);
	}
	tsv_close(&t);
	CHECK(rows == 53);
}

/* The definition, word for word (RFC 9162 2.1.1). */
static void naive_root(const struct hash *leaves, size_t n, struct hash *out)
{
	struct hash l, r;
	size_t k = 1;

	if (n == 1) {
		*out = leaves[0];
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(leaves, k, &l);
	naive_root(leaves + k, n - k, &r);
	merkle_node(out, &l, &r);
}

static struct hash leaves[SIZES], roots[SIZES + 1];
static bool odd_level;

static enum err watched_get(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
	struct merkle_source inner = merkle_array_source(ctx);

	odd_level |= level % MERKLE_TILE != 0;
	return inner.get(inner.ctx, level, index, out);
}

static void test_all_sizes(void)
{
	struct merkle_array a = { leaves, SIZES };
	struct merkle_source src = { &a, watched_get };
	struct hash path[MERKLE_PATH_MAX], root;
	struct merkle_edge e, loaded;
	size_t n;

	merkle_edge_init(&e);
	for (size_t i = 0; i < SIZES; i++) {
		uint8_t d[2] = { (uint8_t)i, (uint8_t)(i >> 8) };

		merkle_leaf(&leaves[i], bytes_of(d, 2));
		merkle_edge_add(&e, &leaves[i]);
		merkle_edge_root(&e, &roots[i + 1]);
		naive_root(leaves, i + 1, &root);
		CHECK(hash_eq(&root, &roots[i + 1]));
	}
	for (size_t size = 1; size <= SIZES; size++) {
		CHECK(merkle_edge_load(&src, size, &loaded) == ERR_OK);
		merkle_edge_root(&loaded, &root);
		CHECK(hash_eq(&root, &roots[size]));
		for (size_t i = 0; i < size; i += 1 + size / 16) {
			CHECK(merkle_inclusion(&src, i, size, path, &n) == ERR_OK);
			CHECK(merkle_verify_inclusion(&leaves[i], i, size, path, n, &roots[size]) == ERR_OK);
			CHECK(merkle_verify_inclusion(&leaves[i], i + 1, size, path, n, &roots[size]) != ERR_OK || size == 1);
		}
		for (size_t old = 1; old <= size; old += 1 + size / 16) {
			CHECK(merkle_consistency(&src, old, size, path, &n) == ERR_OK);
			CHECK(merkle_verify_consistency(old, size, &roots[old], &roots[size], path, n) == ERR_OK);
			if (old < size)
				CHECK(merkle_verify_consistency(old, size, &roots[old + 1], &roots[size], path, n) == ERR_BAD_PROOF);
		}
	}
	CHECK(!odd_level);
	CHECK(merkle_inclusion(&src, 5, 5, path, &n) == ERR_BAD_VALUE);
	CHECK(merkle_consistency(&src, 0, 5, path, &n) == ERR_BAD_VALUE);
}

T_MAIN("merkle", T(test_root_vectors), T(test_inclusion_vectors), T(test_consistency_vectors), T(test_all_sizes))
