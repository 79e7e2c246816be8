#include "node/core/block.h"

#include "node/core/event_parts.h"

static void put_hash(struct wr *w, uint64_t key, const struct hash *h)
{
	wr_uint(w, key);
	wr_bstr(w, hash_bytes(h));
}

static void put_uint(struct wr *w, uint64_t key, uint64_t v)
{
	wr_uint(w, key);
	wr_uint(w, v);
}

enum err header_encode(const struct header *h, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, h->has_state_root ? 15 : 14);
	put_uint(&w, 0, 1);
	put_uint(&w, 1, h->rules_version);
	put_hash(&w, 2, &h->chain_id);
	put_uint(&w, 3, h->height);
	put_hash(&w, 4, &h->prev);
	put_uint(&w, 5, h->time_ms);
	put_uint(&w, 6, h->proposer);
	put_uint(&w, 7, h->count);
	put_hash(&w, 8, &h->events_root);
	put_hash(&w, 9, &h->log_root);
	put_uint(&w, 10, h->log_size);
	put_hash(&w, 11, &h->effects);
	put_hash(&w, 12, &h->next_validators);
	put_hash(&w, 13, &h->public_root);
	if (h->has_state_root)
		put_hash(&w, 14, &h->state_root);
	return wr_end(&w, out);
}

static uint64_t get_uint(struct event_map *m, uint64_t key)
{
	event_map_key(m, key);
	return rd_uint(m->r);
}

static void get_hash(struct event_map *m, uint64_t key, struct hash *h)
{
	event_map_key(m, key);
	event_read_bstr(m->r, h->b, HASH_LEN);
}

enum err header_decode(struct header *out, struct bytes in)
{
	struct header h = { 0 };
	struct event_map m;
	struct rd r;
	enum err e;

	rd_init(&r, in);
	h.has_state_root = event_map_begin(&m, &r, 14, 15) == 15;
	if (get_uint(&m, 0) != 1)
		rd_fail(&r, ERR_BAD_VERSION);
	h.rules_version = get_uint(&m, 1);
	get_hash(&m, 2, &h.chain_id);
	h.height = get_uint(&m, 3);
	get_hash(&m, 4, &h.prev);
	h.time_ms = get_uint(&m, 5);
	h.proposer = get_uint(&m, 6);
	h.count = get_uint(&m, 7);
	get_hash(&m, 8, &h.events_root);
	get_hash(&m, 9, &h.log_root);
	h.log_size = get_uint(&m, 10);
	get_hash(&m, 11, &h.effects);
	get_hash(&m, 12, &h.next_validators);
	get_hash(&m, 13, &h.public_root);
	if (h.has_state_root)
		get_hash(&m, 14, &h.state_root);
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	if (h.height == 0 || h.count == 0 || h.count > BLOCK_EVENTS_MAX)
		return ERR_BAD_BLOCK;
	*out = h;
	return ERR_OK;
}

void header_hash(struct hash *out, struct bytes header)
{
	crypto_sha256(out, header);
}

enum err block_decode(struct block *out, struct bytes *events, size_t cap, struct bytes in)
{
	struct block b = { .events = events };
	struct rd r;
	enum err e;

	if (in.n > BLOCK_BYTES_MAX)
		return ERR_TOO_LARGE;
	rd_init(&r, in);
	rd_array_n(&r, 2);
	b.header_bytes = rd_bstr_max(&r, HEADER_BYTES_MAX);
	b.events_n = rd_array(&r);
	if (b.events_n > cap)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < b.events_n; i++)
		events[i] = rd_skip(&r);
	e = rd_end(&r);
	if (e == ERR_OK)
		e = header_decode(&b.header, b.header_bytes);
	if (e != ERR_OK)
		return e;
	if (b.header.count != b.events_n)
		return ERR_BAD_BLOCK;
	*out = b;
	return ERR_OK;
}

static void write_block(struct wr *w, struct bytes header, const struct bytes *events, size_t n)
{
	wr_array(w, 2);
	wr_bstr(w, header);
	wr_array(w, n);
	for (size_t i = 0; i < n; i++)
		wr_raw(w, events[i]);
}

size_t block_size(struct bytes header, const struct bytes *events, size_t n)
{
	struct wr w;

	wr_init(&w, NULL, 0);
	write_block(&w, header, events, n);
	return w.n;
}

enum err block_encode(struct bytes header, const struct bytes *events, size_t n, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	write_block(&w, header, events, n);
	return wr_end(&w, out);
}
