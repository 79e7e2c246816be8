#include "node/core/receipt.h"

#include "node/core/rd.h"
#include "node/core/wr.h"

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

static void read_hash(struct rd *rd, struct hash *h)
{
	struct bytes b = rd_bstr_n(rd, HASH_LEN);

	if (b.n == HASH_LEN)
		memcpy(h->b, b.p, HASH_LEN);
}

enum err receipt_decode(struct receipt *out, struct bytes in)
{
	struct receipt r = { 0 };
	struct rd rd;
	enum err e;

	rd_init(&rd, in);
	rd_array_n(&rd, 5);
	read_hash(&rd, &r.id);
	r.header_bytes = rd_bstr_max(&rd, HEADER_BYTES_MAX);
	r.certificate = rd_skip(&rd);
	r.index = rd_uint(&rd);
	r.path_n = rd_array(&rd);
	if (r.path_n > RECEIPT_PATH_MAX)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < r.path_n; i++)
		read_hash(&rd, &r.path[i]);
	e = rd_end(&rd);
	if (e == ERR_OK)
		e = header_decode(&r.header, r.header_bytes);
	if (e == ERR_OK)
		*out = r;
	return e;
}

/* A source of leaves made of ids one at a time: no array of leaf hashes is needed. */
struct ids {
	const struct hash *ids;
	size_t n;
};

static enum err id_leaf(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
	const struct ids *s = ctx;
	uint64_t first = index << level, n = 1ULL << level;
	struct merkle_edge e;
	struct hash leaf;

	if (first + n > s->n)
		return ERR_BAD_VALUE;
	merkle_edge_init(&e);
	for (uint64_t i = 0; i < n; i++) {
		merkle_leaf(&leaf, hash_bytes(&s->ids[first + i]));
		merkle_edge_add(&e, &leaf);
	}
	merkle_edge_root(&e, out);
	return ERR_OK;
}

enum err receipt_path(struct receipt *r, const struct hash *ids, size_t n)
{
	struct ids s = { ids, n };
	struct merkle_source src = { .ctx = &s, .get = id_leaf };
	struct hash path[MERKLE_PATH_MAX];
	enum err e = merkle_inclusion(&src, r->index, n, path, &r->path_n);

	if (e == ERR_OK && r->path_n > RECEIPT_PATH_MAX)
		e = ERR_TOO_LARGE;
	if (e == ERR_OK)
		memcpy(r->path, path, r->path_n * sizeof(path[0]));
	return e;
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
