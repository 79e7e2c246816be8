#include "node/server.h"

#include "gen/coap.h"
#include "node/identify.h"
#include "node/relay.h"

#include <stdlib.h>
#include <time.h>

typedef void resource_fn(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest);

struct resource {
	const char *path;
	resource_fn *get, *post, *fetch;
	bool deeper; /* a path may follow */
	relay_failed_fn *light; /* of a light copy: asked on at a full node; what answers when none does */
};

static void no_full_node(struct node *n, struct net_exchange *x, const struct net_request *req)
{
	(void)n, (void)req;
	answer_error(x, ERR_LIGHT_COPY, NULL);
}

static const struct resource resources[] = {
	{ "verify", NULL, NULL, verify_fetch, false, NULL },
	{ "events", events_get, events_post, NULL, true, NULL },
	{ "items", items_get, NULL, NULL, true, items_cut_off },
	{ "head", head_get, NULL, NULL, false, NULL },
	{ "blocks", blocks_get, NULL, NULL, true, NULL },
	{ "proof", proof_get, NULL, NULL, false, NULL },
	{ "where", where_get, NULL, NULL, false, no_full_node },
	{ "recalls", recalls_get, NULL, NULL, false, NULL },
	{ "alerts", alerts_get, alerts_post, NULL, false, no_full_node },
	{ "handovers", handovers_get, NULL, NULL, false, no_full_node },
	{ "order", NULL, order_post, NULL, false, NULL },
	{ "status", status_get, NULL, NULL, false, NULL },
	{ ".well-known/core", core_get, NULL, NULL, false, NULL },
};

void answer_bytes(struct net_exchange *x, int code, int content_format, struct bytes body)
{
	struct net_answer a = { .code = code, .content_format = content_format, .body = body };

	net_answer(x, &a);
}

void answer_problem(struct net_exchange *x, const struct problem *p)
{
	uint8_t buf[PROBLEM_BYTES_MAX];
	struct problem without = { .err = p->err };
	struct bytes body;

	if (problem_encode(p, buf, sizeof(buf), &body) != ERR_OK && problem_encode(&without, buf, sizeof(buf), &body) != ERR_OK)
		body = bytes_of(NULL, 0);
	answer_bytes(x, err_coap(p->err), CF_PROBLEM, body);
}

void answer_error(struct net_exchange *x, enum err e, const char *detail)
{
	struct problem p = { .err = e };

	if (detail)
		p.detail = bytes_of_str(detail);
	answer_problem(x, &p);
}

bool digits_uint(struct bytes text, uint64_t *out)
{
	uint64_t v = 0;

	if (text.n == 0 || text.n > 19)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text.p[i] - '0');
	}
	*out = v;
	return true;
}

bool query_text(struct bytes query, const char *name, struct bytes *out)
{
	size_t name_n = strlen(name);

	while (query.n > 0) {
		const uint8_t *amp = memchr(query.p, '&', query.n);
		size_t n = amp ? (size_t)(amp - query.p) : query.n;

		if (n > name_n && memcmp(query.p, name, name_n) == 0 && query.p[name_n] == '=') {
			*out = bytes_of(query.p + name_n + 1, n - name_n - 1);
			return true;
		}
		query.p += n + (amp != NULL);
		query.n -= n + (amp != NULL);
	}
	return false;
}

bool query_uint(struct bytes query, const char *name, uint64_t *out)
{
	struct bytes text;

	return query_text(query, name, &text) && digits_uint(text, out);
}

enum err query_as_of(struct node *n, struct bytes query, uint64_t *as_of)
{
	struct bytes text;
	uint64_t time_ms;

	*as_of = STORE_NOW;
	if (query_text(query, "at", &text))
		return digits_uint(text, as_of) ? ERR_OK : ERR_BAD_REQUEST;
	if (!query_text(query, "time", &text))
		return ERR_OK;
	return digits_uint(text, &time_ms) ? store_ev_at(n->reader, time_ms, as_of) : ERR_BAD_REQUEST;
}

static const struct resource *find(struct bytes path, struct bytes *rest)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		const struct resource *r = &resources[i];
		size_t n = strlen(r->path);

		if (path.n < n || memcmp(path.p, r->path, n) != 0)
			continue;
		if (path.n > n && (!r->deeper || path.p[n] != '/'))
			continue;
		*rest = path.n > n ? bytes_of(path.p + n + 1, path.n - n - 1) : bytes_of(path.p + n, 0);
		return r;
	}
	return NULL;
}

static resource_fn *method_of(const struct resource *r, enum net_method m)
{
	switch (m) {
	case NET_GET:
		return r->get;
	case NET_POST:
		return r->post;
	case NET_FETCH:
		return r->fetch;
	}
	return NULL;
}

void server_on_request(void *ctx, struct net_exchange *x, const struct net_request *req)
{
	struct node *n = ctx;
	struct bytes rest;
	const struct resource *r = find(req->path, &rest);
	resource_fn *fn;
	enum err e;

	if (!r) {
		answer_error(x, ERR_NOT_FOUND, "no such resource; GET /.well-known/core lists them");
		return;
	}
	fn = method_of(r, req->method);
	if (!fn) {
		answer_error(x, ERR_METHOD_NOT_ALLOWED, NULL);
		return;
	}
	if (r->light && req->method == NET_GET && store_is_light(n->reader)) {
		relay_request(n, x, req, r->light);
		return;
	}
	e = store_read_begin(n->reader);
	if (e != ERR_OK)
		answer_error(x, e, "the database cannot be read");
	else
		fn(n, x, req, rest);
}

void server_on_peer_gone(void *ctx, struct net_peer *peer)
{
	(void)ctx;
	free(peer->user);
	peer->user = NULL;
}

enum err server_identify(void *ctx, struct bytes cert, struct net_peer *peer)
{
	struct node *n = ctx;

	return identify_device(&n->state, cert, time(NULL), peer);
}
