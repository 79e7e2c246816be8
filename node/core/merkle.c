#include "node/core/merkle.h"

void merkle_leaf(struct hash *out, struct bytes data)
{
	static const uint8_t zero[1] = { 0 };
	struct sha256 s;

	crypto_sha256_start(&s);
	crypto_sha256_add(&s, bytes_of(zero, 1));
	crypto_sha256_add(&s, data);
	crypto_sha256_end(&s, out);
}

void merkle_node(struct hash *out, const struct hash *l, const struct hash *r)
{
	uint8_t buf[1 + 2 * HASH_LEN] = { 1 };

	memcpy(buf + 1, l->b, HASH_LEN);
	memcpy(buf + 1 + HASH_LEN, r->b, HASH_LEN);
	crypto_sha256(out, bytes_of(buf, sizeof(buf)));
}

/* ---- the right edge ---- */

void merkle_edge_init(struct merkle_edge *e)
{
	e->size = 0;
	e->n = 0;
}

void merkle_edge_add(struct merkle_edge *e, const struct hash *leaf)
{
	e->h[e->n++] = *leaf;
	/* each trailing one bit of the old size: two perfect subtrees of one size become one */
	for (uint64_t s = e->size; s & 1; s >>= 1) {
		merkle_node(&e->h[e->n - 2], &e->h[e->n - 2], &e->h[e->n - 1]);
		e->n--;
	}
	e->size++;
}

void merkle_edge_root(const struct merkle_edge *e, struct hash *out)
{
	if (e->n == 0) {
		crypto_sha256(out, bytes_of(NULL, 0));
		return;
	}
	*out = e->h[e->n - 1];
	for (unsigned i = e->n - 1; i > 0; i--)
		merkle_node(out, &e->h[i - 1], out);
}

/* ---- out of a source ---- */

/* An edge over part of a tree, for putting subtrees of kept levels together. */
static enum err fold(const struct merkle_source *src, unsigned level, uint64_t index, unsigned kept, struct hash *out)
{
	uint64_t first = index << (level - kept), n = 1ULL << (level - kept);
	struct merkle_edge e;
	struct hash h;
	enum err err = ERR_OK;

	merkle_edge_init(&e);
	for (uint64_t i = 0; i < n && err == ERR_OK; i++) {
		err = src->get(src->ctx, kept, first + i, &h);
		if (err == ERR_OK)
			merkle_edge_add(&e, &h);
	}
	if (err == ERR_OK)
		merkle_edge_root(&e, out);
	return err;
}

enum err merkle_subtree(const struct merkle_source *src, unsigned level, uint64_t index, struct hash *out)
{
	unsigned kept = level / MERKLE_TILE * MERKLE_TILE;

	if (kept == level)
		return src->get(src->ctx, level, index, out);
	return fold(src, level, index, kept, out);
}

static unsigned log2_floor(uint64_t n)
{
	unsigned k = 0;

	while (n >>= 1)
		k++;
	return k;
}

/* Root of leaves first .. first + n - 1, first a multiple of the largest power of two below n's (RFC 9162 2.1.1). */
static enum err range_root(const struct merkle_source *src, uint64_t first, uint64_t n, struct hash *out)
{
	struct hash parts[MERKLE_PATH_MAX];
	unsigned parts_n = 0;
	enum err e;

	while (n > 0) {
		unsigned level = log2_floor(n);

		e = merkle_subtree(src, level, first >> level, &parts[parts_n++]);
		if (e != ERR_OK)
			return e;
		first += 1ULL << level;
		n -= 1ULL << level;
	}
	*out = parts[parts_n - 1];
	for (unsigned i = parts_n - 1; i > 0; i--)
		merkle_node(out, &parts[i - 1], out);
	return ERR_OK;
}

/* Largest power of two smaller than n; n > 1. */
static uint64_t split(uint64_t n)
{
	return 1ULL << log2_floor(n - 1);
}

/* Going down from the root the sibling met first stands last in a path: turn it. */
static void reverse(struct hash *path, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct hash h = path[i];

		path[i] = path[n - 1 - i];
		path[n - 1 - i] = h;
	}
}

enum err merkle_inclusion(const struct merkle_source *src, uint64_t index, uint64_t size,
			  struct hash path[static MERKLE_PATH_MAX], size_t *n)
{
	uint64_t first = 0;
	size_t count = 0;
	enum err e;

	if (index >= size)
		return ERR_BAD_VALUE;
	while (size > 1) {
		uint64_t k = split(size);

		if (index < k) {
			e = range_root(src, first + k, size - k, &path[count++]);
			size = k;
		} else {
			e = range_root(src, first, k, &path[count++]);
			first += k;
			index -= k;
			size -= k;
		}
		if (e != ERR_OK)
			return e;
	}
	reverse(path, count);
	*n = count;
	return ERR_OK;
}

enum err merkle_consistency(const struct merkle_source *src, uint64_t size1, uint64_t size2,
			    struct hash path[static MERKLE_PATH_MAX], size_t *n)
{
	uint64_t first = 0, m = size1, size = size2;
	bool whole = true; /* the old tree's root itself is a node of the new tree so far */
	size_t count = 0;
	enum err e = ERR_OK;

	if (size1 == 0 || size1 > size2)
		return ERR_BAD_VALUE;
	while (m != size && e == ERR_OK) {
		uint64_t k = split(size);

		if (m <= k) {
			e = range_root(src, first + k, size - k, &path[count++]);
			size = k;
		} else {
			e = range_root(src, first, k, &path[count++]);
			first += k;
			m -= k;
			size -= k;
			whole = false;
		}
	}
	if (e == ERR_OK && !whole)
		e = range_root(src, first, m, &path[count++]);
	if (e != ERR_OK)
		return e;
	reverse(path, count);
	*n = count;
	return ERR_OK;
}

enum err merkle_edge_load(const struct merkle_source *src, uint64_t size, struct merkle_edge *out)
{
	uint64_t first = 0;

	merkle_edge_init(out);
	for (unsigned level = 63; level < 64; level--) {
		if (size >> level & 1) {
			enum err e = merkle_subtree(src, level, first >> level, &out->h[out->n]);

			if (e != ERR_OK)
				return e;
			out->n++;
			first += 1ULL << level;
		}
	}
	out->size = size;
	return ERR_OK;
}

static enum err array_get(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
	const struct merkle_array *a = ctx;
	struct merkle_edge e;
	uint64_t first = index << level, n = 1ULL << level;

	if (first + n > a->n)
		return ERR_BAD_VALUE;
	merkle_edge_init(&e);
	for (uint64_t i = 0; i < n; i++)
		merkle_edge_add(&e, &a->leaves[first + i]);
	merkle_edge_root(&e, out);
	return ERR_OK;
}

struct merkle_source merkle_array_source(struct merkle_array *a)
{
	return (struct merkle_source){ .ctx = a, .get = array_get };
}

/* ---- checking ---- */

enum err merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path, size_t n,
				 const struct hash *root)
{
	uint64_t fn = index, sn = size - 1;
	struct hash r = *leaf;

	if (index >= size)
		return ERR_BAD_PROOF;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return ERR_BAD_PROOF;
		if (fn & 1 || fn == sn) {
			merkle_node(&r, &path[i], &r);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node(&r, &r, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && hash_eq(&r, root) ? ERR_OK : ERR_BAD_PROOF;
}

/* RFC 9162 2.1.4.2 step 6 on. */
static enum err fold_consistency(uint64_t fn, uint64_t sn, const struct hash *root1, const struct hash *root2,
				 const struct hash *first, const struct hash *path, size_t n)
{
	struct hash fr = *first, sr = *first;

	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return ERR_BAD_PROOF;
		if (fn & 1 || fn == sn) {
			merkle_node(&fr, &path[i], &fr);
			merkle_node(&sr, &path[i], &sr);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node(&sr, &sr, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && hash_eq(&fr, root1) && hash_eq(&sr, root2) ? ERR_OK : ERR_BAD_PROOF;
}

enum err merkle_verify_consistency(uint64_t size1, uint64_t size2, const struct hash *root1, const struct hash *root2,
				   const struct hash *path, size_t n)
{
	bool power = (size1 & (size1 - 1)) == 0;

	if (size1 == 0 || size1 > size2)
		return ERR_BAD_PROOF;
	if (size1 == size2)
		return n == 0 && hash_eq(root1, root2) ? ERR_OK : ERR_BAD_PROOF;
	if (power)
		return fold_consistency(size1 - 1, size2 - 1, root1, root2, root1, path, n);
	if (n == 0)
		return ERR_BAD_PROOF;
	return fold_consistency(size1 - 1, size2 - 1, root1, root2, &path[0], path + 1, n - 1);
}
