#include "node/own_event.h"

#include <stdlib.h>
#include <time.h>

static void fill_times(struct event *ev)
{
	time_t now = time(NULL);
	struct tm tm;

	if (ev->time_s == 0) {
		ev->time_s = (uint64_t)now;
		localtime_r(&now, &tm);
		ev->zone_min = (int)(tm.tm_gmtoff / 60);
	}
	if (ev->not_after_s == 0)
		ev->not_after_s = ev->time_s + EVENT_VALID_S;
}

enum err own_event_sign(struct signer *s, const struct hash *chain_id, struct event *ev, uint8_t *buf, size_t cap,
			struct bytes *cose)
{
	uint8_t *payload_buf = malloc(EVENT_BYTES_MAX);
	struct bytes payload;
	enum err e;

	if (!payload_buf)
		return ERR_NO_MEMORY;
	ev->chain_id = *chain_id;
	ev->kid = *signer_kid(s);
	fill_times(ev);
	e = signer_random(ev->nonce, sizeof(ev->nonce));
	if (e == ERR_OK)
		e = event_encode(ev, payload_buf, EVENT_BYTES_MAX, &payload);
	if (e == ERR_OK)
		e = signer_sign1(s, CT_EVENT, payload, false, buf, cap, cose);
	free(payload_buf);
	return e;
}
