/* POST /events, GET /events/{id}. */
#include "node/server.h"
#include "node/waiting.h"

#include <stdio.h>

enum event_status { EVENT_PENDING, EVENT_FINAL, EVENT_REFUSED, EVENT_EXPIRED };

/* event-status = [ 0..3, receipt / bstr / null ] */
static void answer_status(struct net_exchange *x, int code, enum event_status status, struct bytes receipt, struct bytes refusal)
{
	uint8_t buf[RECEIPT_BYTES_MAX + 16];
	struct bytes body;
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 2);
	wr_uint(&w, (uint64_t)status);
	if (receipt.p)
		wr_raw(&w, receipt);
	else if (refusal.p)
		wr_bstr(&w, refusal);
	else
		wr_null(&w);
	if (wr_end(&w, &body) != ERR_OK)
		answer_error(x, ERR_NO_SPACE, NULL);
	else
		answer_bytes(x, code, CF_CBOR, body);
}

static void answer_pending(struct net_exchange *x, int code)
{
	answer_status(x, code, EVENT_PENDING, bytes_of(NULL, 0), bytes_of(NULL, 0));
}

/* A receipt that fits one datagram, else the event's status: the client then GETs events/{id}, block-wise. */
static void answer_receipt(struct node *n, struct net_exchange *x, const struct hash *id)
{
	uint8_t buf[RECEIPT_BYTES_MAX];
	struct bytes receipt;
	enum err e = store_receipt(n->reader, id, buf, sizeof(buf), &receipt);

	if (e != ERR_OK)
		answer_error(x, e, "the receipt cannot be read");
	else if (receipt.n > NET_POST_ANSWER_MAX)
		answer_pending(x, NET_CHANGED);
	else
		answer_bytes(x, NET_CREATED, CF_RECEIPT, receipt);
}

/* What the state says of the signer, before any signature is checked. */
static enum err signer_key(struct node *n, const struct event_envelope *env, struct key_row *row, const char **detail)
{
	enum err e = state_key(&n->state, &env->sign1.kid, row);

	*detail = NULL;
	if (e == ERR_NOT_FOUND)
		return ERR_UNKNOWN_KEY;
	if (e != ERR_OK)
		return e;
	if (row->revoked)
		return ERR_REVOKED_KEY;
	if (!ledger_is_validator(n->ledger) && row->owner != n->cfg.gln) {
		*detail = "this node forwards its own organisation's events only: ask a validator";
		return ERR_FORBIDDEN;
	}
	return ERR_OK;
}

static void submit(struct node *n, struct net_exchange *x, struct bytes cose, const struct hash *id, const struct pubkey *key)
{
	bool first = !waiting_has(n->waiting, id);
	enum err e = waiting_add(n->waiting, id, x, uv_now(n->loop) + WAIT_FINAL_MS);

	if (e != ERR_OK) {
		answer_error(x, e, NULL);
		return;
	}
	if (!first)
		return; /* the same statement is on its way already: one outcome answers both */
	e = ledger_submit(n->ledger, cose, key);
	if (e != ERR_OK)
		answer_error(waiting_take(n->waiting, id), e, NULL);
}

void events_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	struct event_envelope env;
	struct key_row row;
	const char *detail = NULL;
	uint64_t ev;
	enum err e;

	if (rest.n > 0) {
		answer_error(x, ERR_METHOD_NOT_ALLOWED, "POST goes to /events");
		return;
	}
	if (req->content_format != CT_EVENT) {
		answer_error(x, ERR_BAD_CONTENT_FORMAT, "content-format 65000 is wanted");
		return;
	}
	e = event_open(&env, req->body);
	if (e == ERR_OK && state_event_id(&n->state, &env.id, &ev) == ERR_OK) {
		answer_receipt(n, x, &env.id);
		return;
	}
	if (e == ERR_OK)
		e = signer_key(n, &env, &row, &detail);
	if (e != ERR_OK)
		answer_error(x, e, detail);
	else
		submit(n, x, req->body, &env.id, &row.key);
}

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hash_from_hex(struct bytes text, struct hash *out)
{
	if (text.n != 2 * HASH_LEN)
		return false;
	for (size_t i = 0; i < HASH_LEN; i++) {
		int hi = nibble(text.p[2 * i]), lo = nibble(text.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out->b[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static void answer_outbox(struct node *n, struct net_exchange *x, const struct hash *id)
{
	enum outbox_state st;
	struct bytes refusal;
	enum err e = store_outbox_get(n->reader, id, &st, &refusal);

	if (e == ERR_NOT_FOUND) {
		if (waiting_has(n->waiting, id))
			answer_pending(x, NET_CONTENT);
		else
			answer_error(x, ERR_UNKNOWN_EVENT, NULL);
	} else if (e != ERR_OK) {
		answer_error(x, e, NULL);
	} else {
		answer_status(x, NET_CONTENT,
			      st == OUTBOX_WAITING ? EVENT_PENDING : st == OUTBOX_REFUSED ? EVENT_REFUSED : EVENT_EXPIRED,
			      bytes_of(NULL, 0), refusal);
	}
}

void events_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint8_t buf[RECEIPT_BYTES_MAX];
	struct bytes receipt;
	struct hash id;
	enum err e;

	(void)req;
	if (!hash_from_hex(rest, &id)) {
		answer_error(x, ERR_BAD_REQUEST, "events/{id}: 64 lower-case hexadecimal digits");
		return;
	}
	e = store_receipt(n->reader, &id, buf, sizeof(buf), &receipt);
	if (e == ERR_OK)
		answer_status(x, NET_CONTENT, EVENT_FINAL, receipt, bytes_of(NULL, 0));
	else if (e == ERR_NOT_FOUND)
		answer_outbox(n, x, &id);
	else
		answer_error(x, e, NULL);
}

static void on_appended(struct node *n, const struct ledger_news *news)
{
	for (size_t i = 0; i < news->ids_n; i++) {
		struct net_exchange *x;

		while ((x = waiting_take(n->waiting, &news->ids[i])))
			answer_receipt(n, x, &news->ids[i]);
	}
}

static void on_refused(struct node *n, const struct ledger_news *news)
{
	struct problem p = { .err = news->refusal.err, .refusal = news->signed_refusal, .at_pack = news->refusal.at_pack,
			     .pack_pos = news->refusal.pack_pos };
	struct net_exchange *x;
	char detail[64];
	uint64_t ev;

	if (p.at_pack) {
		snprintf(detail, sizeof(detail), "pack %llu of the event", (unsigned long long)p.pack_pos + 1);
		p.detail = bytes_of_str(detail);
	}
	while ((x = waiting_take(n->waiting, &news->id))) {
		if (p.err == ERR_DUPLICATE_EVENT && state_event_id(&n->state, &news->id, &ev) == ERR_OK)
			answer_receipt(n, x, &news->id);
		else
			answer_problem(x, &p);
	}
}

void events_on_news(struct node *n, const struct ledger_news *news)
{
	if (news->kind == LEDGER_APPENDED)
		on_appended(n, news);
	else if (news->kind == LEDGER_REFUSED)
		on_refused(n, news);
}

void events_on_tick(struct node *n, uint64_t now_ms)
{
	struct net_exchange *x;
	struct hash id;

	while ((x = waiting_take_late(n->waiting, now_ms, &id)))
		answer_pending(x, NET_CHANGED);
}
