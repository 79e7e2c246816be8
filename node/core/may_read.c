#include "node/core/may_read.h"

#include "node/core/rules_parts.h"

static enum err read_member(const struct state *st, uint64_t gln, struct member_row *out)
{
	enum err e = state_member(st, gln, out);

	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_MEMBER : e;
}

enum err reader_of_blocks(const struct state *st, uint64_t gln, struct reader *out)
{
	struct validator_list validators;
	struct member_row m;
	enum err e = read_member(st, gln, &m);

	if (e == ERR_OK)
		e = rules_or(state_validators(st, &validators), ERR_CORRUPT);
	if (e == ERR_OK)
		*out = (struct reader){ gln, m.full || m.role == ROLE_REGULATOR || rules_is_validator(&validators, gln) };
	return e;
}

enum err reader_of_answers(const struct state *st, uint64_t gln, struct reader *out)
{
	struct member_row m;
	enum err e = read_member(st, gln, &m);

	if (e == ERR_OK)
		*out = (struct reader){ gln, m.role == ROLE_REGULATOR };
	return e;
}

void parties_add(struct parties *p, uint64_t gln)
{
	if (gln && p->n < PARTIES_MAX)
		p->gln[p->n++] = gln;
}

void parties_of_event(struct parties *out, const struct event *ev, uint64_t signer)
{
	*out = (struct parties){ .n = 0 };
	parties_add(out, signer);
	if (ev->type == EV_SHIP || ev->type == EV_RETURN)
		parties_add(out, ev->u.gln);
}

bool may_read(const struct reader *r, enum event_type type, const struct parties *parties)
{
	if (r->all || event_is_public(type))
		return true;
	for (size_t i = 0; i < parties->n; i++)
		if (parties->gln[i] == r->gln)
			return true;
	return false;
}
