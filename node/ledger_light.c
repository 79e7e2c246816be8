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
	struct store_append ap = { .header = &b->header, .header_bytes = b->header_bytes, .certificate = certificate,
				   .events = b->events, .ids = l->ids, .events_n = b->events_n,
				   .outbox_done = l->ids, .outbox_done_n = b->events_n };
	enum err e = open_events(l, b, bad);

	if (e != ERR_OK)
		return e;
	overlay_clear(l->overlay);
	ov = overlay_chain(l->overlay);
	writes_init(&ws, l->writes, CHAIN_WRITES_MAX);
	e = light_check(&l->head, &ov, b, certificate, l->light, &ws, bad);
	if (e == ERR_OK)
		e = wr_end(&ws.w, &ap.writes);
	if (e == ERR_OK)
		e = store_append(l->store, &ap);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < b->events_n; i++)
		changes |= l->light[i].hidden ? 0 : ledger_changes(l->light[i].shown.event.type);
	ledger_appended(l, &b->header, b->header_bytes, l->ids, changes);
	return ERR_OK;
}
