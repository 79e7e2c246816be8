#include "node/core/rules_parts.h"

/* A prefix that a member gains or loses. */
struct change {
	const struct prefix *p;
	bool gained;
};

struct changes {
	struct change v[2 * PREFIXES_MAX];
	size_t n;
};

static bool prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return bytes_eq(bytes_of(a->digits, a->n), bytes_of(b->digits, b->n));
}

static bool among(const struct prefix *p, const struct prefixes *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (prefix_eq(p, &list->v[i]))
			return true;
	return false;
}

bool rules_prefixes_within(const struct prefixes *some, const struct prefixes *all)
{
	for (size_t i = 0; i < some->n; i++)
		if (!among(&some->v[i], all))
			return false;
	return true;
}

static void add_changes(struct changes *c, const struct prefixes *in, const struct prefixes *not_in, bool gained)
{
	for (size_t i = 0; i < in->n; i++)
		if (!among(&in->v[i], not_in))
			c->v[c->n++] = (struct change){ &in->v[i], gained };
}

static bool passes(const struct prefix *p, const struct prefix *other, uint8_t len)
{
	return p->n >= len && memcmp(p->digits, other->digits, len) == 0;
}

/* What all changes do to the node of the first len digits of p. */
static enum err change_node(struct prefix_row *row, const struct changes *c, const struct prefix *p, uint8_t len,
			    uint64_t gln)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct change *ch = &c->v[i];

		if (!passes(ch->p, p, len))
			continue;
		if (ch->p->n > len) {
			row->below += ch->gained;
			lost += !ch->gained;
		} else if (!ch->gained) {
			row->owner = 0;
		} else if (row->owner) {
			return ERR_EXISTS;
		} else {
			row->owner = gln;
		}
	}
	if (lost > row->below)
		return ERR_CORRUPT;
	row->below -= lost;
	/* A prefix and one that goes on from it would give one GTIN two owners. */
	return row->owner && row->below ? ERR_EXISTS : ERR_OK;
}

static enum err put_node(const struct state *st, const struct changes *c, const struct prefix *p, uint8_t len,
			 uint64_t gln, struct writes *ws)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes digits = bytes_of(p->digits, len), key;
	struct prefix_row row = { 0 };
	enum err e = rules_or(state_prefix(st, digits, &row), ERR_OK);

	if (e == ERR_OK)
		e = change_node(&row, c, p, len, gln);
	if (e)
		return e;
	key = key_prefix(buf, digits);
	if (row.owner || row.below)
		prefix_row_write(writes_put(ws, key), &row);
	else
		writes_null(ws, key);
	return ERR_OK;
}

/* Whether an earlier change went through the same node, which was then put with all of them. */
static bool put_before(const struct changes *c, size_t i, uint8_t len)
{
	for (size_t j = 0; j < i; j++)
		if (passes(c->v[j].p, c->v[i].p, len))
			return true;
	return false;
}

enum err rules_put_prefixes(const struct state *st, uint64_t gln, const struct prefixes *old, const struct prefixes *new,
			    struct writes *ws)
{
	struct changes c = { .n = 0 };

	add_changes(&c, old, new, false);
	add_changes(&c, new, old, true);
	for (size_t i = 0; i < c.n; i++) {
		for (uint8_t len = PREFIX_DIGITS_MIN; len <= c.v[i].p->n; len++) {
			enum err e;

			if (put_before(&c, i, len))
				continue;
			e = put_node(st, &c, c.v[i].p, len, gln, ws);
			if (e)
				return e;
		}
	}
	return ERR_OK;
}
