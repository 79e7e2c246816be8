/* A command's connection to its node: load client.conf or rxnode.conf, ask, explain errors. */
#ifndef RX_CLIENT_H
#define RX_CLIENT_H

#include "node/config.h"
#include "node/core/receipt.h"
#include "node/port/net.h"
#include "node/port/signer.h"
#include "node/problem.h"

struct client;
/* why: text for people.  */
MUST_CHECK enum err client_open(struct client **out, const struct client_config *cfg, struct config_fault *why);
void client_close(struct client *c); /* accepts NULL */
/* Its connection, for requests of another kind. */
struct net_client *client_net(struct client *c);
/* Sign with the private key in this file from now on, not with the configuration's.  Errors of signer_load(). */
MUST_CHECK enum err client_use_key(struct client *c, const char *path, struct config_fault *why);

/* Ask and wait.  out->body into the client's own buffer, borrowed until the next call.  Not ERR_OK when no answer came or the
 * answer is an error: then why names the node, its error's text and detail. */
MUST_CHECK enum err client_get(struct client *c, const char *path, const char *query, struct net_result *out,
			       struct config_fault *why);
MUST_CHECK enum err client_fetch(struct client *c, const char *path, int format, struct bytes body, struct net_result *out,
				 struct config_fault *why);

MUST_CHECK enum err client_post(struct client *c, const char *path, int format, struct bytes body, struct net_result *out,
				struct config_fault *why);

/* What became of a submitted event. */
enum submit_state { SUBMIT_FINAL, SUBMIT_PENDING, SUBMIT_REFUSED };
struct submit_result {
	enum submit_state state;
	struct hash id;
	uint64_t height; /* final */
	struct problem problem; /* refused: views borrowed until the next call */
};
/* POST a signed event, then ask for it until final, refused or wait_ms has passed.  ERR_OK: out says; else no node. */
MUST_CHECK enum err client_submit(struct client *c, struct bytes cose, unsigned wait_ms, struct submit_result *out,
				  struct config_fault *why);

/* Sign ev with the client's event key into buf: chain id (asked from the node once), nonce, time and zone, not_after when 0
 * are filled in.  cap: EVENT_BYTES_MAX is enough.  ERR_CONFIG when client.conf names no event key. */
MUST_CHECK enum err client_sign(struct client *c, struct event *ev, uint8_t *buf, size_t cap, struct bytes *cose,
				struct config_fault *why);
/* client_sign(), then client_submit(). */
MUST_CHECK enum err client_sign_and_submit(struct client *c, struct event *ev, unsigned wait_ms, struct submit_result *out,
					   struct config_fault *why);

#endif
