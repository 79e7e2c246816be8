/* GET /head, /blocks/{height}, /proof. */
#include "node/core/may_read.h"
#include "node/server.h"

#include <stdlib.h>

/* head = [ header: bstr, certificate ] */
void head_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint8_t buf[HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX + 8];
	struct bytes header = BYTES_LIT(""), certificate = bytes_of(NULL, 0), body;
	struct chain_head head;
	uint64_t first_ev, events;
	struct wr w;
	enum err e = store_head(n->reader, &head);

	(void)req, (void)rest;
	if (e == ERR_OK && head.height > 0)
		e = store_block_head(n->reader, head.height, &header, &certificate, &first_ev, &events);
	if (e != ERR_OK) {
		answer_error(x, e, NULL);
		return;
	}
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 2);
	wr_bstr(&w, header);
	if (certificate.p)
		wr_raw(&w, certificate);
	else
		wr_null(&w);
	if (wr_end(&w, &body) != ERR_OK)
		answer_error(x, ERR_NO_SPACE, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_HEAD, body);
}

/* The event for a reader, or its id. */
static enum err write_event(struct node *n, struct wr *w, uint64_t ev, const struct reader *reader)
{
	struct event_envelope env;
	struct parties parties;
	struct event_row row;
	struct event event;
	struct bytes cose;
	enum err e = store_event_cose(n->reader, ev, &cose);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND && store_is_light(n->reader) ? ERR_LIGHT_COPY : e;
	if (reader->all) {
		wr_raw(w, cose);
		return ERR_OK;
	}
	e = event_open(&env, cose);
	if (e == ERR_OK)
		e = event_decode(&event, env.sign1.payload_unverified); /* of the own chain: it held when it was ordered */
	if (e == ERR_OK)
		e = state_event(&n->state, ev, &row);
	if (e != ERR_OK)
		return e;
	parties_of_event(&parties, &event, row.signer);
	if (may_read(reader, event.type, &parties))
		wr_raw(w, cose);
	else
		wr_bstr(w, hash_bytes(&env.id));
	return ERR_OK;
}

/* certified-block = [ certificate, block / light-block ], built once for all its chunks. */
static enum err build_block(struct node *n, uint64_t height, const struct reader *reader)
{
	struct bytes header, certificate;
	uint64_t first_ev, events;
	struct wr w;
	enum err e = store_block_head(n->reader, height, &header, &certificate, &first_ev, &events);

	if (e != ERR_OK)
		return e;
	if (!n->block_buf)
		n->block_buf = malloc(BLOCK_FILE_MAX);
	if (!n->block_buf)
		return ERR_NO_MEMORY;
	n->block_height = 0;
	wr_init(&w, n->block_buf, BLOCK_FILE_MAX);
	wr_array(&w, 2);
	wr_raw(&w, certificate);
	wr_array(&w, 2);
	wr_bstr(&w, header);
	wr_array(&w, events);
	for (uint64_t i = 0; i < events && e == ERR_OK; i++)
		e = write_event(n, &w, first_ev + i, reader);
	if (e == ERR_OK)
		e = wr_end(&w, &n->block);
	if (e == ERR_OK) {
		n->block_height = height;
		n->block_reader = reader->all ? 0 : reader->gln;
	}
	return e;
}

/* chunk = [ total: uint, bstr ] */
static void answer_chunk(struct node *n, struct net_exchange *x, uint64_t c)
{
	uint8_t buf[CHUNK_BYTES + 16];
	struct bytes body;
	struct wr w;
	size_t at, len;

	if (c > n->block.n / CHUNK_BYTES || c * CHUNK_BYTES >= n->block.n) {
		answer_error(x, ERR_NOT_FOUND, "the block has fewer chunks");
		return;
	}
	at = (size_t)c * CHUNK_BYTES;
	len = n->block.n - at < CHUNK_BYTES ? n->block.n - at : CHUNK_BYTES;
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 2);
	wr_uint(&w, n->block.n);
	wr_bstr(&w, bytes_of(n->block.p + at, len));
	if (wr_end(&w, &body) != ERR_OK)
		answer_error(x, ERR_NO_SPACE, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_CHUNK, body);
}

/* Block 0 is the genesis: its bytes in place of a certified-block. */
static enum err build_genesis(struct node *n)
{
	struct bytes genesis;
	enum err e = store_genesis(n->reader, &genesis);

	if (e != ERR_OK)
		return e;
	if (!n->block_buf)
		n->block_buf = malloc(BLOCK_FILE_MAX);
	if (!n->block_buf || genesis.n > BLOCK_FILE_MAX)
		return ERR_NO_MEMORY;
	memcpy(n->block_buf, genesis.p, genesis.n);
	n->block = bytes_of(n->block_buf, genesis.n);
	n->block_height = 0;
	return ERR_OK;
}

void blocks_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint64_t height, c = 0;
	struct reader reader;
	enum err e;

	if (!digits_uint(rest, &height)) {
		answer_error(x, ERR_BAD_REQUEST, "blocks/{height}?c={chunk}: decimal numbers");
		return;
	}
	if (req->query.n > 0 && !query_uint(req->query, "c", &c)) {
		answer_error(x, ERR_BAD_REQUEST, "c: the chunk's number, from 0");
		return;
	}
	e = reader_of_blocks(&n->state, req->peer->gln, &reader);
	if (e == ERR_OK && height == 0)
		e = build_genesis(n);
	else if (e == ERR_OK && (height != n->block_height || n->block_reader != (reader.all ? 0 : reader.gln)))
		e = build_block(n, height, &reader);
	if (e != ERR_OK)
		answer_error(x, e, e == ERR_NOT_FOUND ? "no block at this height yet" : NULL);
	else
		answer_chunk(n, x, c);
}

static void write_path(struct wr *w, const struct hash *path, size_t n)
{
	wr_array(w, n);
	for (size_t i = 0; i < n; i++)
		wr_bstr(w, hash_bytes(&path[i]));
}

static enum err root_at(const struct merkle_source *log, uint64_t size, struct hash *out)
{
	struct merkle_edge edge;
	enum err e = merkle_edge_load(log, size, &edge);

	if (e == ERR_OK)
		merkle_edge_root(&edge, out);
	return e;
}

/* inclusion-proof = [ ev: uint, id: hash, size: uint, root: hash, [* hash] ] */
static enum err write_inclusion(struct node *n, struct wr *w, uint64_t ev, uint64_t size)
{
	struct merkle_source log = store_log(n->reader);
	struct hash path[MERKLE_PATH_MAX], root;
	struct event_row row;
	size_t path_n;
	enum err e;

	if (ev == 0 || ev > size)
		return ERR_BAD_REQUEST;
	e = state_event(&n->state, ev, &row);
	if (e == ERR_OK)
		e = root_at(&log, size, &root);
	if (e == ERR_OK)
		e = merkle_inclusion(&log, ev - 1, size, path, &path_n);
	if (e != ERR_OK)
		return e;
	wr_array(w, 5);
	wr_uint(w, ev);
	wr_bstr(w, hash_bytes(&row.id));
	wr_uint(w, size);
	wr_bstr(w, hash_bytes(&root));
	write_path(w, path, path_n);
	return ERR_OK;
}

/* consistency-proof = [ from: uint, to: uint, from-root: hash, to-root: hash, [* hash] ] */
static enum err write_consistency(struct node *n, struct wr *w, uint64_t from, uint64_t to)
{
	struct merkle_source log = store_log(n->reader);
	struct hash path[MERKLE_PATH_MAX], from_root, to_root;
	size_t path_n;
	enum err e;

	if (from == 0 || from > to)
		return ERR_BAD_REQUEST;
	e = root_at(&log, from, &from_root);
	if (e == ERR_OK)
		e = root_at(&log, to, &to_root);
	if (e == ERR_OK)
		e = merkle_consistency(&log, from, to, path, &path_n);
	if (e != ERR_OK)
		return e;
	wr_array(w, 5);
	wr_uint(w, from);
	wr_uint(w, to);
	wr_bstr(w, hash_bytes(&from_root));
	wr_bstr(w, hash_bytes(&to_root));
	write_path(w, path, path_n);
	return ERR_OK;
}

void proof_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint8_t buf[160 + 2 * MERKLE_PATH_MAX * 34];
	struct chain_head head;
	struct bytes body;
	uint64_t ev, from, to;
	struct wr w;
	enum err e = store_head(n->reader, &head);

	(void)rest;
	wr_init(&w, buf, sizeof(buf));
	if (e == ERR_OK) {
		uint64_t size = head.log.size;

		to = size;
		if (query_uint(req->query, "size", &to) || query_uint(req->query, "to", &to))
			to = to > size ? 0 : to;
		if (query_uint(req->query, "ev", &ev))
			e = write_inclusion(n, &w, ev, to);
		else if (query_uint(req->query, "from", &from))
			e = write_consistency(n, &w, from, to);
		else
			e = ERR_BAD_REQUEST;
	}
	if (e == ERR_OK)
		e = wr_end(&w, &body);
	if (e != ERR_OK)
		answer_error(x, e, "proof?ev={event}&size={log size} or proof?from={size}&to={size}, within the log");
	else
		answer_bytes(x, NET_CONTENT, CF_CBOR, body);
}
