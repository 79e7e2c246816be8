#include "node/reading.h"

#include <inttypes.h>
#include <stdio.h>

static struct bytes text_of(char buf[static READ_WHAT_MAX], int n)
{
	return bytes_of(buf, (size_t)n);
}

struct bytes read_what_pack(char buf[static READ_WHAT_MAX], uint64_t gtin, struct bytes serial)
{
	return text_of(buf, snprintf(buf, READ_WHAT_MAX, "history (01)%014" PRIu64 "(21)%.*s", gtin, (int)serial.n,
				     (const char *)serial.p));
}

struct bytes read_what_unit(char buf[static READ_WHAT_MAX], uint64_t sscc)
{
	return text_of(buf, snprintf(buf, READ_WHAT_MAX, "history (00)%018" PRIu64, sscc));
}

struct bytes read_what_lot(char buf[static READ_WHAT_MAX], uint64_t gtin, struct bytes lot)
{
	return text_of(buf, snprintf(buf, READ_WHAT_MAX, "where (01)%014" PRIu64 "%s%.*s", gtin, lot.p ? "(10)" : "", (int)lot.n,
				     lot.p ? (const char *)lot.p : ""));
}

/* A query that still holds. */
static enum err was_queried(const struct asker *r, struct bytes what)
{
	struct event_row row;
	uint64_t ev;
	enum err e = state_queried(r->now, r->gln, what, &ev);

	if (e == ERR_NOT_FOUND)
		return ERR_NOT_QUERIED;
	if (e == ERR_OK)
		e = state_event(r->now, ev, &row);
	if (e != ERR_OK)
		return e;
	return r->chain_ms > row.header_ms + READ_QUERY_HOLDS_MS ? ERR_NOT_QUERIED : ERR_OK;
}

static enum err role_of(const struct asker *r, enum role *out)
{
	struct member_row m;
	enum err e = state_member(r->now, r->gln, &m);

	if (e == ERR_NOT_FOUND || (e == ERR_OK && m.revoked))
		return ERR_FORBIDDEN;
	*out = m.role;
	return e;
}

enum err read_may_history(const struct asker *r, const struct state *then, const struct pack_view *v, struct bytes what, bool *all)
{
	char buf[READ_WHAT_MAX];
	enum role role;
	enum err e = role_of(r, &role);

	*all = e == ERR_OK && role == ROLE_REGULATOR;
	if (e != ERR_OK || !*all)
		return e;
	e = was_queried(r, what);
	for (size_t i = 0; e == ERR_NOT_QUERIED && i < v->above_n; i++) {
		struct unit_row around;

		e = state_unit_row(then, v->above[i], &around);
		if (e == ERR_OK)
			e = was_queried(r, read_what_unit(buf, around.sscc));
	}
	return e;
}

void read_step_parties(struct parties *out, const struct history_row *step, uint64_t holder, uint64_t peer)
{
	const uint64_t all[] = { step->event.signer, step->holder, step->peer, holder, peer };

	*out = (struct parties){ .n = 0 };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		parties_add(out, all[i]);
}

enum err read_may_where(const struct asker *r, uint64_t gtin, struct bytes what)
{
	struct product_row product;
	enum role role;
	enum err e = role_of(r, &role);

	if (e != ERR_OK)
		return e;
	if (role == ROLE_REGULATOR)
		return was_queried(r, what);
	e = state_product(r->now, gtin, &product);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_UNKNOWN_PRODUCT : e;
	return role == ROLE_MANUFACTURER && product.owner == r->gln ? ERR_OK : ERR_FORBIDDEN;
}

/* Whom an alarm concerns beside who raised it: whose product it is, who signed what it contradicts. */
static enum err alarm_parties(const struct state *now, const struct alarm_row *alarm, struct parties *out)
{
	struct event_row first = { .signer = 0 };
	struct prefix prefix;
	uint64_t owner = 0;
	enum err e = state_gtin_owner(now, alarm->gtin, &owner, &prefix);

	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK && alarm->first_ev)
		e = state_event(now, alarm->first_ev, &first);
	*out = (struct parties){ .n = 0 };
	parties_add(out, owner);
	parties_add(out, first.signer);
	return e;
}

static enum err read_alarm(const struct asker *r, const struct alarm_row *alarm, uint64_t raiser, bool *may)
{
	struct parties parties;
	struct reader reader;
	enum err e = reader_of_answers(r->now, r->gln, &reader);

	if (e == ERR_OK)
		e = alarm_parties(r->now, alarm, &parties);
	if (e != ERR_OK)
		return e == ERR_UNKNOWN_MEMBER ? ERR_FORBIDDEN : e;
	parties_add(&parties, raiser);
	*may = may_read(&reader, EV_ALARM, &parties);
	return ERR_OK;
}

enum err read_may_alarm(const struct asker *r, const struct alarm_row *alarm, bool *may)
{
	return read_alarm(r, alarm, alarm->by, may);
}

enum err read_may_first(const struct asker *r, const struct alarm_row *alarm, bool *may)
{
	*may = false;
	return alarm->first_ev ? read_alarm(r, alarm, 0, may) : ERR_OK;
}
