#include "node/ledger_internal.h"

static enum err open_events(struct ledger *l, const struct block *b, size_t *bad)
{
	for (size_t i = 0; i < b->events_n; i++) {
		enum err e = light_open(&l->base, b->events[i], &l->light[i]);

		if (e != ERR_OK) {
			*bad = i;
			return e;
		}
		l->ids[i] = l->light[i].id;
		if (l->light[i].hidden)
			b->events[i] = bytes_of(NULL, 0);
	}
	return ERR_OK;
}

enum err ledger_follow_light(struct ledger *l, const struct block *b, struct bytes certificate, size_t *bad)
{
	struct chain_overlay ov;
	struct writes ws;
	unsigned changes = 0;
	enum err e = open_events(l, b, bad);

	if (e != ERR_OK)
		return e;
	ledger_follow_begin(l, &ov, &ws);
	e = light_check(&l->head, &ov, b, certificate, l->light, &ws, bad);
	for (size_t i = 0; i < b->events_n; i++)
		changes |= l->light[i].hidden ? 0 : ledger_changes(l->light[i].shown.event.type);
	return e == ERR_OK ? ledger_follow_end(l, b, certificate, &ws, changes) : e;
}
