/* Observers of a server's resources (RFC 7641), in a table of our own: libcoap's wants a resource object for each path. */
#include "node/port/net_server.h"

#include <stdlib.h>

#define OBSERVERS_MAX 4096

static bool same_token(const struct observer *o, const uint8_t *token, size_t n)
{
	return o->token_n == n && memcmp(o->token, token, n) == 0;
}

static struct observer **find(struct net_server *s, const struct peer *p, const uint8_t *token, size_t n)
{
	struct observer **at = &s->observers;

	while (*at && !((*at)->peer == p && same_token(*at, token, n)))
		at = &(*at)->next;
	return at;
}

static void forget(struct observer **at)
{
	struct observer *o = *at;

	*at = o->next;
	free(o);
}

void server_observe(struct net_exchange *x)
{
	struct net_server *s = x->server;
	struct observer **at = find(s, x->peer, x->token, x->token_n), *o = *at;
	size_t n = 0;

	if (x->options.observe != 0) {
		if (o)
			forget(at);
		return;
	}
	for (const struct observer *i = s->observers; i; i = i->next)
		n++;
	if (!o && n >= OBSERVERS_MAX)
		return; /* an answer without Observe: the client polls */
	if (!o) {
		o = calloc(1, sizeof(*o));
		if (!o)
			return;
		o->next = s->observers;
		s->observers = o;
	}
	o->peer = x->peer;
	memcpy(o->token, x->token, x->token_n);
	o->token_n = x->token_n;
	o->options = x->options;
	x->observer = o;
	x->req.observe = true;
}

void server_unobserve(struct net_exchange *x)
{
	struct observer **at = find(x->server, x->peer, x->token, x->token_n);

	if (*at)
		forget(at);
	x->observer = NULL;
}

uint32_t server_observe_number(struct net_exchange *x)
{
	x->observer->number = (x->observer->number + 1) & 0xffffff;
	return x->observer->number;
}

void server_forget_observers(struct net_server *s, const coap_session_t *session, const coap_bin_const_t *token)
{
	struct observer **at = &s->observers;

	while (*at) {
		bool match = !session || ((*at)->peer->session == session &&
					  (!token || same_token(*at, token->s, token->length)));

		if (match)
			forget(at);
		else
			at = &(*at)->next;
	}
}

/* Ask the owner for the resource anew on the observer's behalf, and send what it says. */
static void notify(struct net_server *s, struct observer *o, bool repeated)
{
	struct net_exchange *x = server_exchange(s, o->peer);

	if (!x)
		return;
	x->observer = o;
	x->repeated = repeated;
	x->options = o->options;
	x->options.has_block1 = x->options.has_block2 = false;
	memcpy(x->token, o->token, o->token_n);
	x->token_n = o->token_n;
	x->req.method = NET_GET;
	x->req.path = bytes_of(x->options.path, x->options.path_n);
	x->req.query = bytes_of(x->options.query, x->options.query_n);
	x->req.content_format = x->req.accept = NET_FORMAT_NONE;
	x->req.changed = true;
	o->told_ms = repeated ? 0 : server_now_ms();
	s->cfg.on_request(s->cfg.ctx, x, &x->req);
	server_exchange_free(x);
}

void net_server_changed(struct net_server *s, struct bytes path)
{
	struct observer *next;

	for (struct observer *o = s->observers; o; o = next) {
		next = o->next;
		if (bytes_eq(path, bytes_of(o->options.path, o->options.path_n)))
			notify(s, o, false);
	}
}

void server_repeat_notifications(struct net_server *s, uint64_t now_ms)
{
	struct observer *next;

	for (struct observer *o = s->observers; o; o = next) {
		next = o->next;
		if (o->told_ms == 0 || now_ms - o->told_ms < REPEAT_MS)
			continue;
		if (o->peer->asked_ms <= o->told_ms)
			notify(s, o, true);
		else
			o->told_ms = 0;
	}
}
