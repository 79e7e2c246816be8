#include "node/core/verdict.h"

#include "node/core/rules_parts.h"

/* ---- reasons, in their normative order ---- */

struct question_case {
	const struct verdict_facts *f;
	const struct verdict_question *q;
	enum label_check label;
};

static bool is_UNREADABLE(const struct question_case *c)
{
	(void)c;
	return false; /* then there is no question: verdict_unreadable() */
}

static bool is_PRODUCT_UNKNOWN(const struct question_case *c)
{
	return !c->f->product_known;
}

/* A light copy does not know others' packs. */
static bool is_CUT_OFF(const struct question_case *c)
{
	return c->f->cut_off && c->f->product_known && !c->f->pack_known;
}

/* Announced by its manufacturer, and not all here yet. */
static bool is_DATA_PENDING(const struct question_case *c)
{
	return c->f->product_known && !c->f->pack_known && c->f->lot_known && c->f->now_ms / 1000 < c->f->pending_until_s;
}

static bool is_LOT_UNKNOWN(const struct question_case *c)
{
	return c->f->product_known && !c->f->pack_known && c->q->lot.p && !c->f->lot_known;
}

static bool is_SERIAL_UNKNOWN(const struct question_case *c)
{
	return c->f->product_known && !c->f->pack_known && (!c->q->lot.p || c->f->lot_known) && !is_DATA_PENDING(c) && !is_CUT_OFF(c);
}

static bool is_LOT_MISMATCH(const struct question_case *c)
{
	return c->f->pack_known && c->q->lot.p && !bytes_eq(c->q->lot, bytes_of(c->f->lot, c->f->lot_n));
}

static bool is_EXPIRY_MISMATCH(const struct question_case *c)
{
	return c->f->pack_known && c->q->expiry && c->q->expiry != c->f->expiry;
}

/* The signature of a compromised key counts as absent. */
static bool is_compromised(const struct verdict_facts *f)
{
	return f->key_known && f->key_state == LABEL_KEY_COMPROMISED;
}

static bool is_foreign(const struct verdict_facts *f)
{
	return !f->key_known || f->key_owner != f->maker.gln || !f->key_covers;
}

static bool is_SIGNATURE_WRONG(const struct question_case *c)
{
	return c->label == LABEL_BAD && !is_compromised(c->f) && c->f->product_known && !is_foreign(c->f);
}

static bool is_SIGNATURE_FOREIGN(const struct question_case *c)
{
	return (c->label == LABEL_BAD || c->label == LABEL_GOOD) && c->f->product_known && is_foreign(c->f);
}

static bool is_in(const struct question_case *c, enum pack_state state)
{
	return c->f->pack_known && c->f->state == state;
}

static bool is_DESTROYED(const struct question_case *c)
{
	return is_in(c, PACK_DESTROYED);
}

static bool is_EXPORTED(const struct question_case *c)
{
	return is_in(c, PACK_EXPORTED);
}

static bool is_SAMPLE(const struct question_case *c)
{
	return is_in(c, PACK_SAMPLE);
}

static bool is_FREE_SAMPLE(const struct question_case *c)
{
	return is_in(c, PACK_FREE_SAMPLE);
}

static bool is_CHECKED_OUT(const struct question_case *c)
{
	return is_in(c, PACK_CHECKED_OUT);
}

static bool is_STOLEN(const struct question_case *c)
{
	return c->f->pack_known && c->f->stolen;
}

static bool is_RECALLED(const struct question_case *c)
{
	return c->f->recalled && (c->f->pack_known || is_CUT_OFF(c));
}

static bool is_WITHDRAWN(const struct question_case *c)
{
	return c->f->withdrawn && (c->f->pack_known || is_CUT_OFF(c));
}

static bool is_NOT_RELEASED(const struct question_case *c)
{
	return c->f->pack_known && c->f->unreleased;
}

static bool is_DISPENSED_ELSEWHERE(const struct question_case *c)
{
	return is_in(c, PACK_DISPENSED) && c->f->holder.gln != c->f->asker;
}

static bool is_DISPENSED_HERE(const struct question_case *c)
{
	return is_in(c, PACK_DISPENSED) && c->f->holder.gln == c->f->asker;
}

static bool is_EXPIRED(const struct question_case *c)
{
	return c->f->pack_known && gs1_date_of(c->f->now_ms / 1000) > c->f->expiry;
}

static bool is_LOCKED(const struct question_case *c)
{
	return c->f->pack_known && c->f->locked;
}

static bool is_MISMATCH(const struct question_case *c)
{
	return c->f->pack_known && c->f->mismatch;
}

/* At the counter: before it goods of all markets are in the same hands. */
static bool is_OTHER_MARKET(const struct question_case *c)
{
	return c->f->pack_known && c->f->other_market && c->f->asker_role == ROLE_PHARMACY;
}

/* A regulator has no custody that the pack could be in. */
static bool has_custody(const struct question_case *c)
{
	return c->f->pack_known && c->f->asker_role != ROLE_REGULATOR;
}

static bool is_NOT_YOURS(const struct question_case *c)
{
	if (!has_custody(c))
		return false;
	if (c->f->state == PACK_IN_TRANSIT)
		return c->f->peer.gln != c->f->asker;
	return c->f->state == PACK_ACTIVE && c->f->holder.gln != c->f->asker && !c->f->claimed;
}

static bool is_HANDOVER_PENDING(const struct question_case *c)
{
	return has_custody(c) && is_in(c, PACK_ACTIVE) && c->f->claimed;
}

static bool is_NOT_RECEIVED(const struct question_case *c)
{
	return has_custody(c) && c->f->state == PACK_IN_TRANSIT && c->f->peer.gln == c->f->asker;
}

static bool has_no_signature(const struct question_case *c)
{
	return c->label == LABEL_ABSENT || (c->label != LABEL_UNCHECKED && is_compromised(c->f));
}

/* What was commissioned before its key was compromised stays good by the ledger. */
static bool is_UNSIGNED(const struct question_case *c)
{
	bool good_by_ledger = is_compromised(c->f) && c->f->pack_older;

	return c->f->product_known && c->f->always_signed && has_no_signature(c) && !good_by_ledger;
}

static bool is_UNSIGNED_NOTE(const struct question_case *c)
{
	return c->f->pack_known && has_no_signature(c);
}

static bool is_GENUINE(const struct question_case *c)
{
	return has_custody(c);
}

static bool is_GENUINE_ELSEWHERE(const struct question_case *c)
{
	return c->f->pack_known;
}

/* Reasons of a step that was refused, of a risk score, of a scanner: no ledger's verdict has them. */
static bool is_of_no_verdict(const struct question_case *c)
{
	(void)c;
	return false;
}
#define is_UNDO_OTHER_STATUS is_of_no_verdict
#define is_UNDO_TOO_LATE is_of_no_verdict
#define is_UNDO_OTHER_SITE is_of_no_verdict
#define is_NOT_POSSIBLE is_of_no_verdict
#define is_RISK is_of_no_verdict
#define is_MISREAD is_of_no_verdict /* verdict_misread() */

static const struct {
	struct reason_row row;
	bool (*holds)(const struct question_case *c);
} reasons[] = {
#define X(name, number, verdict, alarm, layer, refusal, emvs, us, text, next) \
	{ { (enum reason)(number), VERDICT_##verdict, (alarm) != 0, LAYER_##layer, ERR_##refusal, #name, emvs, us, text, next }, \
	  is_##name },
	REASONS(X)
#undef X
};
#define REASON_COUNT (sizeof(reasons) / sizeof(reasons[0]))

const struct reason_row *reason_row(uint64_t number)
{
	for (size_t i = 0; i < REASON_COUNT; i++)
		if ((uint64_t)reasons[i].row.reason == number)
			return &reasons[i].row;
	return NULL;
}

const struct reason_row *reason_of_refusal(enum err e)
{
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (e != ERR_OK && reasons[i].row.refusal == e)
			return &reasons[i].row;
	return NULL;
}

static void take_reason(struct verdict *v, const struct reason_row *r)
{
	if (v->all_n == 0) {
		v->primary = r->reason;
		v->kind = r->verdict;
	}
	if (v->all_n < REASONS_AT_ONCE)
		v->all[v->all_n++] = r->reason;
	v->alarm |= r->alarm;
}

void verdict_decide(const struct verdict_facts *f, const struct verdict_question *q, enum label_check label, struct verdict *out)
{
	struct question_case c = { f, q, label };

	*out = (struct verdict){ .kind = VERDICT_NONE, .primary = REASON_UNREADABLE };
	for (size_t i = 0; i < REASON_COUNT; i++) {
		bool good = reasons[i].row.verdict == VERDICT_ACCEPT;

		if (good && out->all_n > 0)
			break;
		if (reasons[i].holds(&c))
			take_reason(out, &reasons[i].row);
	}
}

void verdict_unreadable(struct verdict *out)
{
	*out = (struct verdict){ 0 };
	take_reason(out, reason_row(REASON_UNREADABLE));
}

void verdict_misread(struct verdict *v)
{
	struct verdict was = *v;

	*v = (struct verdict){ 0 };
	take_reason(v, reason_row(REASON_MISREAD));
	for (size_t i = 0; i < was.all_n && v->all_n < REASONS_AT_ONCE; i++)
		if (was.all[i] != REASON_UNREADABLE)
			v->all[v->all_n++] = was.all[i];
}

/* ---- facts ---- */

/* One question being answered. */
struct gathering {
	const struct state *st;
	const struct verdict_question *q;
	struct party asker;
	struct country country; /* the asker's */
	bool withdrawn; /* the product, where the asker is */
	uint64_t commissioned; /* ev */
	struct verdict_facts *f;
};

/* A state's "not there" is a fact. */
static enum err unless_missing(enum err e, bool *there)
{
	*there = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What the rules never leave out. */
static enum err must_be_there(enum err e)
{
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static void name_party(struct party *out, uint64_t gln, const struct member_row *m)
{
	out->gln = gln;
	memcpy(out->name, m->name, out->name_n = m->name_n);
	memcpy(out->contact, m->contact, out->contact_n = m->contact_n);
}

static enum err gather_asker(struct gathering *g, uint64_t asker)
{
	struct member_row m;
	bool there;
	enum err e = unless_missing(state_member(g->st, asker, &m), &there);

	g->f->asker = asker;
	if (e != ERR_OK || !there)
		return e;
	g->f->asker_role = m.role;
	g->country = m.country;
	name_party(&g->asker, asker, &m);
	return ERR_OK;
}

/* Most packs are asked about by their holder, who did the last event too: its row is read once. */
static enum err gather_party(const struct gathering *g, uint64_t gln, struct party *out)
{
	struct member_row m;
	enum err e;

	if (gln == 0)
		return ERR_OK;
	if (gln == g->asker.gln) {
		*out = g->asker;
		return ERR_OK;
	}
	e = must_be_there(state_member(g->st, gln, &m));
	if (e == ERR_OK)
		name_party(out, gln, &m);
	return e;
}

/* None named: for any; an asker whose country nobody knows: perhaps. */
static bool is_for(const struct markets *markets, const struct country *country)
{
	for (size_t i = 0; i < markets->n; i++)
		if (memcmp(markets->v[i].c, country->c, sizeof(country->c)) == 0)
			return true;
	return markets->n == 0 || !country->c[0];
}

static enum err gather_product(struct gathering *g)
{
	struct verdict_facts *f = g->f;
	struct product_row p;
	enum err e = unless_missing(state_product(g->st, g->q->gtin, &p), &f->product_known);

	if (e != ERR_OK || !f->product_known)
		return e;
	f->always_signed = p.always_signed;
	memcpy(f->product, p.name, f->product_n = p.name_n);
	g->withdrawn = rules_withdrawn(&p, &g->country);
	f->other_market = !is_for(&p.markets, &g->country);
	return gather_party(g, p.owner, &f->maker);
}

static enum err gather_event(struct gathering *g, uint64_t ev)
{
	struct event_row row;
	enum err e = must_be_there(state_event(g->st, ev, &row));

	if (e != ERR_OK)
		return e;
	g->f->event_type = row.type;
	g->f->event_time_s = row.time_s;
	g->f->event_place = row.place;
	return gather_party(g, row.signer, &g->f->signer);
}

static void take_lot(struct gathering *g, const struct lot_row *lot)
{
	g->f->unreleased = lot->released == 0;
	g->f->recalled = lot->recalled != 0;
	g->f->withdrawn = g->withdrawn;
}

/* Of a pack that nobody knows the lot may be. */
static enum err gather_lot_alone(struct gathering *g)
{
	struct verdict_facts *f = g->f;
	struct lot_row lot;
	enum err e;

	if (!g->q->lot.p)
		return ERR_OK;
	e = unless_missing(state_lot(g->st, g->q->gtin, g->q->lot, &lot), &f->lot_known);
	if (e != ERR_OK || !f->lot_known)
		return e;
	take_lot(g, &lot);
	if (lot.packs < lot.announced)
		f->pending_until_s = lot.until_s;
	return ERR_OK;
}

static enum err gather_lot(struct gathering *g)
{
	struct verdict_facts *f = g->f;
	struct lot_row lot;
	enum err e;

	if (!f->pack_known)
		return gather_lot_alone(g);
	e = must_be_there(state_lot(g->st, g->q->gtin, bytes_of(f->lot, f->lot_n), &lot));
	if (e != ERR_OK)
		return e;
	f->expiry = lot.expiry;
	take_lot(g, &lot);
	return ERR_OK;
}

bool verdict_may_know(const struct custody_row *custody, uint64_t asker, enum role asker_role)
{
	return asker_role == ROLE_REGULATOR || custody->holder == asker || custody->peer == asker;
}

static bool may_know(const struct gathering *g, const struct pack_view *pv)
{
	return verdict_may_know(&pv->custody, g->f->asker, g->f->asker_role);
}

static enum err gather_flags(struct gathering *g, const struct pack_view *pv)
{
	const struct flag_row *lock = pack_view_flag(pv, FLAG_LOCKED), *claim = pack_view_flag(pv, FLAG_CLAIMED);
	struct verdict_facts *f = g->f;

	f->locked = lock != NULL;
	f->stolen = pack_view_flag(pv, FLAG_STOLEN) != NULL;
	f->mismatch = pack_view_flag(pv, FLAG_MISMATCH) != NULL;
	f->claimed = claim && claim->by == f->asker;
	/* whom to ask about a lock everybody may know, but for the holder's own */
	if (lock && (may_know(g, pv) || lock->by != pv->custody.holder))
		return gather_party(g, lock->by, &f->locker);
	return ERR_OK;
}

static enum err gather_view(struct gathering *g, const struct pack_view *pv)
{
	struct verdict_facts *f = g->f;
	enum err e;

	f->pack_known = true;
	memcpy(f->lot, pv->batch.lot, f->lot_n = pv->batch.lot_n);
	f->state = pv->custody.state;
	g->commissioned = pv->batch.ev;
	e = gather_flags(g, pv);
	if (e != ERR_OK || !may_know(g, pv))
		return e;
	e = gather_party(g, pv->custody.holder, &f->holder);
	if (e == ERR_OK)
		e = gather_party(g, pv->custody.peer, &f->peer);
	return e == ERR_OK ? gather_event(g, pv->custody.ev) : e;
}

static enum err gather_pack(struct gathering *g)
{
	struct pack_view pv;
	bool known;
	enum err e = unless_missing(state_pack_view(g->st, g->q->gtin, g->q->serial, &pv), &known);

	return e == ERR_OK && known ? gather_view(g, &pv) : e;
}

static enum err gather_key(struct gathering *g)
{
	struct verdict_facts *f = g->f;
	struct label_key_row k;
	enum err e = unless_missing(state_label_key(g->st, g->q->key_id, &k), &f->key_known);

	if (e != ERR_OK || !f->key_known)
		return e;
	f->key = k.key;
	f->key_owner = k.owner;
	f->key_state = k.state;
	f->pack_older = f->pack_known && g->commissioned < k.ev;
	for (size_t i = 0; i < k.prefixes.n; i++)
		f->key_covers |= prefix_covers(&k.prefixes.v[i], g->q->gtin);
	return ERR_OK;
}

/* pv NULL: as the state has the pack. */
static enum err gather(struct gathering *g, uint64_t asker, const struct pack_view *pv)
{
	enum err e = gather_asker(g, asker);

	if (e == ERR_OK)
		e = gather_product(g);
	if (e == ERR_OK)
		e = pv ? gather_view(g, pv) : gather_pack(g);
	if (e == ERR_OK)
		e = gather_lot(g);
	return e == ERR_OK && g->q->signed_ ? gather_key(g) : e;
}

enum err verdict_gather(const struct state *st, const struct verdict_question *q, uint64_t asker, struct verdict_facts *out)
{
	struct gathering g = { .st = st, .q = q, .f = out };

	*out = (struct verdict_facts){ .state = PACK_NONE };
	return gather(&g, asker, NULL);
}

enum err verdict_gather_as(const struct state *st, const struct verdict_question *q, uint64_t asker, const struct pack_view *pv,
			   struct verdict_facts *out)
{
	struct gathering g = { .st = st, .q = q, .f = out };

	*out = (struct verdict_facts){ .state = PACK_NONE };
	return gather(&g, asker, pv);
}
