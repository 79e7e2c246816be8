/* Which organisation a device certificate belongs to, and the bundle of CAs that DTLS asks for. */
#ifndef RX_IDENTIFY_H
#define RX_IDENTIFY_H

#include "node/port/net.h"
#include "node/store.h"

/* The member whose own device CA certified cert and whose GLN it names: peer->gln and peer->device.
 * ERR_UNAUTHORIZED: none, a member or device that is revoked. */
MUST_CHECK enum err identify_device(const struct state *st, struct bytes cert, int64_t now_s, struct net_peer *peer);

/* Whether a peer, identified earlier, may still speak. */
bool identify_still_good(const struct state *st, const struct net_peer *peer);

/* Write the device CAs of all members that are not revoked as a PEM file: a new file under another name, then renamed. */
MUST_CHECK enum err identify_write_bundle(struct store *s, const char *path);

/* Write one member's device CA as a PEM file, for a client session to its node.  ERR_UNKNOWN_MEMBER. */
MUST_CHECK enum err identify_write_ca(const struct state *st, uint64_t gln, const char *path);

#endif
