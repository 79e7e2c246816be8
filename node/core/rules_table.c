#include "gen/transitions.h"
#include "node/core/rules_parts.h"

/* OTHER: neither holder nor on its way to; SUPPLIER: a holder that may supply the public; MAKER: the holder, or whose
 * product it is. */
enum who { WHO_OWNER, WHO_HOLDER, WHO_PEER, WHO_LOCKER, WHO_ANYONE, WHO_OTHER, WHO_SUPPLIER, WHO_MAKER };
enum cond { COND_NO, COND_YES, COND_ANY };

struct transition {
	enum pack_state from;
	enum event_type event;
	enum role role;
	enum who who;
	enum cond locked, stolen, expired, recalled, unreleased;
	enum pack_state to;
};

static const struct transition table[] = {
#define X(from, event, role, who, locked, stolen, expired, recalled, unreleased, to) \
	{ PACK_##from, EV_##event, ROLE_##role, WHO_##who, COND_##locked, COND_##stolen, COND_##expired, COND_##recalled, \
	  COND_##unreleased, PACK_##to },
	TRANSITIONS(X)
#undef X
};
#define ROWS (sizeof(table) / sizeof(table[0]))

bool rules_role_may(enum event_type type, enum role role)
{
	for (size_t i = 0; i < ROWS; i++)
		if (table[i].event == type && table[i].role == role)
			return true;
	return false;
}

static const struct transition *find(enum event_type type, enum role role, enum pack_state state)
{
	for (size_t i = 0; i < ROWS; i++)
		if (table[i].event == type && table[i].role == role && table[i].from == state)
			return &table[i];
	return NULL;
}

bool rules_asks_lots(enum event_type type, enum role role, enum pack_state state)
{
	const struct transition *t = find(type, role, state);

	return t && (t->expired != COND_ANY || t->recalled != COND_ANY || t->unreleased != COND_ANY || t->who == WHO_MAKER);
}

static enum err check_who(enum who who, const struct rules_facts *f)
{
	switch (who) {
	case WHO_OWNER:
		return f->owner ? ERR_OK : ERR_FOREIGN_PREFIX;
	case WHO_HOLDER:
		return f->holder ? ERR_OK : ERR_NOT_HOLDER;
	case WHO_PEER:
		return f->peer ? ERR_OK : ERR_WRONG_PEER;
	case WHO_LOCKER: /* nobody is when it is not locked: check_conditions() says so */
		return f->locker || !f->locked ? ERR_OK : ERR_NOT_LOCKER;
	case WHO_ANYONE:
		return ERR_OK;
	case WHO_OTHER:
		return f->holder || f->peer ? ERR_HAS_CUSTODY : ERR_OK;
	case WHO_SUPPLIER:
		return !f->holder ? ERR_NOT_HOLDER : f->supplier ? ERR_OK : ERR_NOT_SUPPLIER;
	case WHO_MAKER:
		return f->holder || f->maker ? ERR_OK : ERR_NOT_MAKER;
	}
	return ERR_ROLE_NOT_ALLOWED;
}

static enum err check_conditions(const struct transition *t, const struct rules_facts *f)
{
	if (t->locked == COND_NO && f->locked)
		return ERR_PACK_LOCKED;
	if (t->locked == COND_YES && !f->locked)
		return ERR_NOT_LOCKED;
	if (t->stolen == COND_NO && f->stolen)
		return ERR_PACK_STOLEN;
	if (t->expired == COND_NO && f->expired)
		return ERR_PACK_EXPIRED;
	if (t->recalled == COND_NO && f->recalled)
		return ERR_PACK_RECALLED;
	if (t->recalled == COND_NO && f->withdrawn)
		return ERR_PACK_WITHDRAWN;
	if (t->unreleased == COND_NO && f->unreleased)
		return ERR_LOT_NOT_RELEASED;
	return ERR_OK;
}

enum err rules_transition(enum event_type type, enum role role, const struct rules_facts *facts, enum pack_state *to)
{
	const struct transition *t = find(type, role, facts->state);
	enum err e;

	if (!t)
		return rules_role_may(type, role) ? ERR_STATE_NOT_ALLOWED : ERR_ROLE_NOT_ALLOWED;
	e = check_who(t->who, facts);
	if (e == ERR_OK)
		e = check_conditions(t, facts);
	if (e == ERR_OK)
		*to = t->to;
	return e;
}

bool rules_expired(uint64_t header_ms, uint32_t expiry)
{
	return gs1_date_of(header_ms / 1000) > expiry;
}

bool rules_in_market(const struct country *market, const struct country *country)
{
	return !market->c[0] || !country->c[0] || memcmp(market->c, country->c, sizeof(market->c)) == 0;
}

bool rules_withdrawn(const struct product_row *p, const struct country *country)
{
	for (size_t i = 0; i < p->withdrawn_n; i++)
		if (rules_in_market(&p->withdrawn[i].market, country))
			return true;
	return false;
}
