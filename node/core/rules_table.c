#include "gen/transitions.h"
#include "node/core/rules_parts.h"

enum who { WHO_OWNER, WHO_HOLDER, WHO_PEER, WHO_LOCKER, WHO_ANYONE };
enum cond { COND_NO, COND_YES, COND_ANY };

struct transition {
	enum pack_state from;
	enum event_type event;
	enum role role;
	enum who who;
	enum cond locked, expired;
	enum pack_state to;
};

static const struct transition table[] = {
#define X(from, event, role, who, locked, expired, to) \
	{ PACK_##from, EV_##event, ROLE_##role, WHO_##who, COND_##locked, COND_##expired, PACK_##to },
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
	}
	return ERR_ROLE_NOT_ALLOWED;
}

static enum err check_conditions(const struct transition *t, const struct rules_facts *f)
{
	if (t->locked == COND_NO && f->locked)
		return ERR_PACK_LOCKED;
	if (t->locked == COND_YES && !f->locked)
		return ERR_NOT_LOCKED;
	if (t->expired == COND_NO && f->expired)
		return ERR_PACK_EXPIRED;
	return ERR_OK;
}

enum err rules_transition(enum event_type type, enum role role, const struct rules_facts *facts, enum pack_state *to)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct transition *t = &table[i];
		enum err e;

		if (t->event != type || t->role != role || t->from != facts->state)
			continue;
		e = check_who(t->who, facts);
		if (e == ERR_OK)
			e = check_conditions(t, facts);
		if (e == ERR_OK)
			*to = t->to;
		return e;
	}
	return rules_role_may(type, role) ? ERR_STATE_NOT_ALLOWED : ERR_ROLE_NOT_ALLOWED;
}

bool rules_expired(uint64_t header_ms, uint32_t expiry)
{
	return gs1_date_of(header_ms / 1000) > expiry;
}
