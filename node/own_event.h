/* Events that an organisation's node or command signs itself. */
#ifndef RX_OWN_EVENT_H
#define RX_OWN_EVENT_H

#include "node/core/event.h"
#include "node/port/signer.h"

/* Sign ev into buf: chain id, nonce and kid are filled in, time and zone when time_s is 0, not_after when 0.
 * cap: EVENT_BYTES_MAX is enough.  ERR_NO_SPACE, ERR_NO_MEMORY, ERR_CRYPTO. */
MUST_CHECK enum err own_event_sign(struct signer *s, const struct hash *chain_id, struct event *ev, uint8_t *buf, size_t cap,
				   struct bytes *cose);

#endif
