/* Recalls of a lot and withdrawals of a product: what one party proposes another confirms, and so they end again. */
#include "node/core/rules_parts.h"

/* The two kinds of party: whose product it is, and regulators. */
static enum err check_party(const struct rules_run *run, uint64_t gtin)
{
	struct product_row product;

	if (run->member.role == ROLE_MANUFACTURER)
		return rules_own_product(run, gtin);
	if (run->member.role == ROLE_REGULATOR)
		return rules_or(state_product(run->st, gtin, &product), ERR_UNKNOWN_PRODUCT);
	return ERR_ROLE_NOT_ALLOWED;
}

static bool same_market(const struct country *a, const struct country *b)
{
	return memcmp(a->c, b->c, sizeof(a->c)) == 0;
}

/* ERR_EXISTS: it is in force already. */
static enum err check_lot(const struct rules_run *run, const struct recall_row *r, struct lot_row *lot)
{
	enum err e = rules_or(state_lot(run->st, r->gtin, bytes_of(r->lot, r->lot_n), lot), ERR_UNKNOWN_LOT);

	return e ? e : lot->recalled ? ERR_EXISTS : ERR_OK;
}

static enum err check_product(const struct rules_run *run, const struct recall_row *r, struct product_row *product)
{
	enum err e = rules_or(state_product(run->st, r->gtin, product), ERR_UNKNOWN_PRODUCT);

	for (size_t i = 0; e == ERR_OK && i < product->withdrawn_n; i++)
		if (same_market(&product->withdrawn[i].market, &r->market))
			return ERR_EXISTS;
	return e == ERR_OK && product->withdrawn_n == WITHDRAWALS_MAX ? ERR_QUOTA : e;
}

static void put_recall(const struct rules_run *run, uint64_t ev, const struct recall_row *r)
{
	uint8_t buf[STATE_KEY_MAX];

	recall_row_write(writes_put(run->ws, key_recall(buf, ev)), r);
}

enum err rules_recall(struct rules_run *run)
{
	const struct event *ev = run->ev;
	struct recall_row r = { .gtin = ev->u.recall.gtin, .defect = ev->u.recall.defect, .market = ev->u.recall.market,
				.state = RECALL_PROPOSED, .proposer = run->signer, .lot_n = ev->u.recall.lot.n,
				.why_n = ev->u.recall.why.n };
	struct product_row product;
	struct lot_row lot;
	enum err e = check_party(run, r.gtin);

	if (e)
		return e;
	if (r.lot_n)
		memcpy(r.lot, ev->u.recall.lot.p, r.lot_n);
	memcpy(r.why, ev->u.recall.why.p, r.why_n);
	e = r.lot_n ? check_lot(run, &r, &lot) : check_product(run, &r, &product);
	if (e == ERR_OK)
		e = rules_spend(run, &(struct spent_row){ .proposals = 1 });
	if (e == ERR_OK)
		put_recall(run, run->at->ev, &r);
	return e;
}

/* ---- in force, and over ---- */

/* ev: of the RECALL or WITHDRAW event; 0: no longer. */
static enum err put_on_lot(const struct rules_run *run, const struct recall_row *r, uint64_t ev)
{
	struct bytes lot = bytes_of(r->lot, r->lot_n);
	struct lot_row row;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = ev ? check_lot(run, r, &row) : rules_or(state_lot(run->st, r->gtin, lot, &row), ERR_CORRUPT);

	if (e)
		return e;
	row.recalled = ev;
	lot_row_write(writes_put(run->ws, key_lot(buf, r->gtin, lot)), &row);
	return ERR_OK;
}

static void drop_withdrawal(struct product_row *p, const struct country *market)
{
	size_t n = 0;

	for (size_t i = 0; i < p->withdrawn_n; i++)
		if (!same_market(&p->withdrawn[i].market, market))
			p->withdrawn[n++] = p->withdrawn[i];
	p->withdrawn_n = n;
}

static enum err put_on_product(const struct rules_run *run, const struct recall_row *r, uint64_t ev)
{
	struct product_row row;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = ev ? check_product(run, r, &row) : rules_or(state_product(run->st, r->gtin, &row), ERR_CORRUPT);

	if (e)
		return e;
	if (ev)
		row.withdrawn[row.withdrawn_n++] = (struct withdrawal){ ev, r->market };
	else
		drop_withdrawal(&row, &r->market);
	product_row_write(writes_put(run->ws, key_product(buf, r->gtin)), &row);
	return ERR_OK;
}

static enum err put_on(const struct rules_run *run, const struct recall_row *r, uint64_t ev)
{
	return r->lot_n ? put_on_lot(run, r, ev) : put_on_product(run, r, ev);
}

/* The case that the event names, which the signer must be a party of. */
static enum err find_case(const struct rules_run *run, const struct hash *id, uint64_t *ev, struct recall_row *r)
{
	enum err e = rules_or(state_event_id(run->st, id, ev), ERR_UNKNOWN_RECALL);

	if (e == ERR_OK)
		e = rules_or(state_recall(run->st, *ev, r), ERR_UNKNOWN_RECALL);
	if (e == ERR_OK && r->state == RECALL_OVER)
		e = ERR_UNKNOWN_RECALL;
	return e ? e : check_party(run, r->gtin);
}

/* A proposal that nobody has confirmed is its proposer's to take back; what is in force needs two again. */
enum err rules_retract(struct rules_run *run)
{
	struct recall_row r;
	uint64_t ev;
	enum err e = find_case(run, &run->ev->u.about.hash, &ev, &r);

	if (e)
		return e;
	if (r.state == RECALL_RETRACTING)
		return ERR_EXISTS;
	if (r.state == RECALL_PROPOSED && r.proposer != run->signer)
		return ERR_FORBIDDEN;
	r.state = r.state == RECALL_PROPOSED ? RECALL_OVER : RECALL_RETRACTING;
	r.retracting = run->signer;
	r.retract_ev = run->at->ev;
	put_recall(run, ev, &r);
	return ERR_OK;
}

enum err rules_confirm(struct rules_run *run)
{
	struct recall_row r;
	uint64_t ev;
	enum err e = find_case(run, &run->ev->u.hash, &ev, &r);

	if (e)
		return e;
	if (r.state == RECALL_IN_FORCE)
		return ERR_EXISTS;
	if (run->signer == (r.state == RECALL_PROPOSED ? r.proposer : r.retracting))
		return ERR_SAME_PARTY;
	e = put_on(run, &r, r.state == RECALL_PROPOSED ? ev : 0);
	if (e)
		return e;
	if (r.state == RECALL_PROPOSED) {
		r.state = RECALL_IN_FORCE;
		r.second = run->signer;
		r.force_ev = run->at->ev;
	} else {
		r.state = RECALL_OVER;
	}
	put_recall(run, ev, &r);
	return ERR_OK;
}
