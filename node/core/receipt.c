#include "node/core/receipt.h"

#include <assert.h>

#include "node/core/event_parts.h"

enum err receipt_encode(const struct receipt *r, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_array(&w, 5);
	wr_bstr(&w, hash_bytes(&r->id));
	wr_bstr(&w, r->header_bytes);
	wr_raw(&w, r->certificate);
	wr_uint(&w, r->index);
	wr_array(&w, r->path_n);
	for (size_t i = 0; i < r->path_n; i++)
		wr_bstr(&w, hash_bytes(&r->path[i]));
	return wr_end(&w, out);
}

enum err receipt_decode(struct receipt *out, struct bytes in)
{
	struct receipt r = { 0 };
	struct rd rd;
	enum err e;

	rd_init(&rd, in);
	rd_array_n(&rd, 5);
	event_read_bstr(&rd, r.id.b, HASH_LEN);
	r.header_bytes = rd_bstr_max(&rd, HEADER_BYTES_MAX);
	r.certificate = rd_skip(&rd);
	r.index = rd_uint(&rd);
	r.path_n = rd_array(&rd);
	if (r.path_n > RECEIPT_PATH_MAX)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < r.path_n; i++)
		event_read_bstr(&rd, r.path[i].b, HASH_LEN);
	e = rd_end(&rd);
	if (e == ERR_OK)
		e = header_decode(&r.header, r.header_bytes);
	if (e == ERR_OK)
		*out = r;
	return e;
}

/* RFC 9162 2.1.1 from below: neighbours pair up, and one without a neighbour goes up as it is. */
void receipt_tree_make(struct receipt_tree *t, const struct hash *ids, size_t n)
{
	struct hash *level = t->nodes;

	assert(n <= BLOCK_EVENTS_MAX);
	t->n = n;
	for (size_t i = 0; i < n; i++)
		merkle_leaf(&level[i], hash_bytes(&ids[i]));
	for (; n > 1; n = (n + 1) / 2) {
		struct hash *above = level + n;

		for (size_t i = 0; i < n / 2; i++)
			merkle_node(&above[i], &level[2 * i], &level[2 * i + 1]);
		if (n % 2)
			above[n / 2] = level[n - 1];
		level = above;
	}
}

void receipt_tree_path(const struct receipt_tree *t, struct receipt *r)
{
	const struct hash *level = t->nodes;
	uint64_t at = r->index;

	assert(at < t->n);
	r->path_n = 0;
	for (size_t n = t->n; n > 1; level += n, n = (n + 1) / 2, at /= 2)
		if ((at ^ 1) < n)
			r->path[r->path_n++] = level[at ^ 1];
}

enum err receipt_verify(const struct receipt *r, const struct validator_set *set)
{
	struct hash leaf;
	enum err e = certificate_verify(set, &r->header, r->header_bytes, r->certificate);

	if (e != ERR_OK)
		return e;
	merkle_leaf(&leaf, hash_bytes(&r->id));
	return merkle_verify_inclusion(&leaf, r->index, r->header.count, r->path, r->path_n, &r->header.events_root);
}
