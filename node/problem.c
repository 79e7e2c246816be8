#include "node/problem.h"

#define ERROR_KEY "tag:rxchain,2026:error"

/* node.cddl "problem".  RFC 9290 2: standard entries first (negative keys, encoded -1 before -2), then custom ones. */
enum err problem_encode(const struct problem *p, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, p->detail.p ? 3 : 2);
	wr_int(&w, -1);
	wr_tstr(&w, bytes_of_str(err_text(p->err)));
	if (p->detail.p) {
		wr_int(&w, -2);
		wr_tstr(&w, p->detail);
	}
	wr_tstr(&w, BYTES_LIT(ERROR_KEY));
	wr_map(&w, 2u + (p->refusal.p ? 1 : 0) + (p->at_pack ? 1 : 0));
	wr_uint(&w, 0);
	wr_uint(&w, (uint64_t)p->err);
	wr_uint(&w, 1);
	wr_tstr(&w, bytes_of_str(err_name(p->err)));
	if (p->refusal.p) {
		wr_uint(&w, 2);
		wr_bstr(&w, p->refusal);
	}
	if (p->at_pack) {
		wr_uint(&w, 3);
		wr_uint(&w, p->pack_pos);
	}
	return wr_end(&w, out);
}

/* A number from another node's list that this program does not know is ERR_BAD_REQUEST. */
static enum err known_error(uint64_t number)
{
	switch (number) {
#define X(name, n, coap, exit_status, text) case (n): return (enum err)(n);
	ERRORS(X)
#undef X
	}
	return ERR_BAD_REQUEST;
}

static void read_error(struct rd *r, struct problem *p)
{
	int64_t last = -1;

	for (size_t n = rd_map(r); n > 0 && r->err == ERR_OK; n--) {
		switch (rd_key(r, &last)) {
		case 0:
			p->err = known_error(rd_uint(r));
			break;
		case 1:
			rd_tstr(r);
			break;
		case 2:
			p->refusal = rd_bstr_max(r, REFUSAL_BYTES_MAX);
			break;
		case 3:
			p->pack_pos = rd_uint(r);
			p->at_pack = true;
			break;
		default:
			rd_fail(r, ERR_UNKNOWN_FIELD);
		}
	}
}

enum err problem_decode(struct problem *out, struct bytes in)
{
	struct problem p = { .err = ERR_BAD_REQUEST };
	struct rd r;
	enum err e;

	rd_init(&r, in);
	for (size_t n = rd_map(&r); n > 0 && r.err == ERR_OK; n--) {
		int head = rd_peek(&r);

		if (head == 0x20) {
			rd_int(&r);
			rd_tstr(&r);
		} else if (head == 0x21) {
			rd_int(&r);
			p.detail = rd_tstr(&r);
		} else if (bytes_eq(rd_tstr(&r), BYTES_LIT(ERROR_KEY))) {
			read_error(&r, &p);
		} else {
			rd_fail(&r, ERR_UNKNOWN_FIELD);
		}
	}
	e = rd_end(&r);
	if (e == ERR_OK)
		*out = p;
	return e;
}

/* block.cddl: refusal = { 1: hash, 2: reason: uint, 3: height: uint, ? 4: pack: uint } */
enum err refusal_encode(const struct refusal_statement *s, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, s->at_pack ? 4 : 3);
	wr_uint(&w, 1);
	wr_bstr(&w, hash_bytes(&s->id));
	wr_uint(&w, 2);
	wr_uint(&w, (uint64_t)s->reason);
	wr_uint(&w, 3);
	wr_uint(&w, s->height);
	if (s->at_pack) {
		wr_uint(&w, 4);
		wr_uint(&w, s->pack_pos);
	}
	return wr_end(&w, out);
}

enum err refusal_decode(struct refusal_statement *out, struct bytes in)
{
	struct refusal_statement s = { .reason = ERR_BAD_REQUEST };
	struct bytes id;
	struct rd r;
	size_t n;
	enum err e;

	rd_init(&r, in);
	n = rd_map(&r);
	if (n != 3 && n != 4)
		rd_fail(&r, ERR_MISSING_FIELD);
	for (uint64_t key = 1; key <= n && r.err == ERR_OK; key++) {
		if (rd_uint(&r) != key)
			rd_fail(&r, ERR_UNKNOWN_FIELD);
		if (key == 1) {
			id = rd_bstr_n(&r, HASH_LEN);
			if (id.n == HASH_LEN)
				memcpy(s.id.b, id.p, HASH_LEN);
		} else if (key == 2) {
			s.reason = known_error(rd_uint(&r));
		} else if (key == 3) {
			s.height = rd_uint(&r);
		} else {
			s.pack_pos = rd_uint(&r);
			s.at_pack = true;
		}
	}
	e = rd_end(&r);
	if (e == ERR_OK)
		*out = s;
	return e;
}
