/* Merkle tree hash of RFC 9162 2.1: leaf H(0 || d), node H(1 || l || r).  Leaves here are event ids. */
#ifndef RX_MERKLE_H
#define RX_MERKLE_H

#include "node/core/crypto.h"

#define MERKLE_PATH_MAX 64 /* a path over 2^64 leaves */

void merkle_leaf(struct hash *out, struct bytes data);
void merkle_node(struct hash *out, const struct hash *l, const struct hash *r);

/* The right edge of a growing tree: roots of its perfect subtrees, largest first. */
struct merkle_edge {
	uint64_t size;
	struct hash h[MERKLE_PATH_MAX];
	unsigned n;
};

void merkle_edge_init(struct merkle_edge *e);
/* Append one leaf hash. */
void merkle_edge_add(struct merkle_edge *e, const struct hash *leaf);
/* Root of the tree so far; of no leaves: SHA-256 of nothing. */
void merkle_edge_root(const struct merkle_edge *e, struct hash *out);

/* Where a tree's hashes are kept.  get: root of the perfect subtree of 2^level leaves whose first leaf is
 * index << level; level 0 is the leaf hash.  The store keeps every MERKLE_TILE-th level; merkle.c computes between. */
#define MERKLE_TILE 8
struct merkle_source {
	void *ctx;
	enum err (*get)(void *ctx, unsigned level, uint64_t index, struct hash *out);
};

/* Root of the perfect subtree at level (any level), from the source. */
MUST_CHECK enum err merkle_subtree(const struct merkle_source *src, unsigned level, uint64_t index, struct hash *out);
/* Inclusion path of leaf index in the tree of size leaves (RFC 9162 2.1.3.1).  level passed to get is always a
 * multiple of MERKLE_TILE.  n: count written to path.  ERR_BAD_VALUE: index >= size. */
MUST_CHECK enum err merkle_inclusion(const struct merkle_source *src, uint64_t index, uint64_t size,
				     struct hash path[static MERKLE_PATH_MAX], size_t *n);
/* Consistency proof from size1 to size2 (RFC 9162 2.1.4.1); 0 < size1 <= size2. */
MUST_CHECK enum err merkle_consistency(const struct merkle_source *src, uint64_t size1, uint64_t size2,
				       struct hash path[static MERKLE_PATH_MAX], size_t *n);
/* The right edge of the first size leaves, to go on appending. */
MUST_CHECK enum err merkle_edge_load(const struct merkle_source *src, uint64_t size, struct merkle_edge *out);

/* A source over an array of leaf hashes, for blocks and tests. */
struct merkle_array {
	const struct hash *leaves;
	size_t n;
};
struct merkle_source merkle_array_source(struct merkle_array *a);

/* RFC 9162 2.1.3.2 and 2.1.4.2.  ERR_BAD_PROOF. */
MUST_CHECK enum err merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size,
					    const struct hash *path, size_t n, const struct hash *root);
MUST_CHECK enum err merkle_verify_consistency(uint64_t size1, uint64_t size2, const struct hash *root1,
					      const struct hash *root2, const struct hash *path, size_t n);

#endif
