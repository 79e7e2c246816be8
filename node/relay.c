#include "node/relay.h"

#include "node/server.h"
#include "node/sync.h"

#include <stdlib.h>

struct relaying {
	struct node *node;
	struct net_exchange *x;
	const struct net_request *req; /* stays until x is answered */
	relay_failed_fn *failed;
};

/* Answers of 5.xx say something of that node, not of the question. */
static void on_answer(void *ctx, const struct net_result *r)
{
	struct relaying *y = ctx;

	if (r->err != ERR_OK || r->code >= 500)
		y->failed(y->node, y->x, y->req);
	else
		answer_bytes(y->x, r->code, r->content_format, r->body);
	free(y);
}

static enum err ask_on(struct node *n, struct relaying *y)
{
	const struct net_request *req = y->req;
	char path[NET_PATH_MAX + 1], query[NET_PATH_MAX + 1];
	struct net_call call = { .method = req->method, .path = path, .query = req->query.n ? query : NULL,
				 .content_format = req->content_format, .body = req->body, .timeout_ms = RELAY_MS };
	struct net_client *full = sync_full_node(n->sync);

	if (!full)
		return ERR_NET;
	if (req->path.n > NET_PATH_MAX || req->query.n > NET_PATH_MAX)
		return ERR_TOO_LARGE;
	memcpy(path, req->path.p, req->path.n);
	path[req->path.n] = 0;
	if (req->query.n)
		memcpy(query, req->query.p, req->query.n);
	query[req->query.n] = 0;
	return net_client_send(full, &call, on_answer, y);
}

void relay_request(struct node *n, struct net_exchange *x, const struct net_request *req, relay_failed_fn *failed)
{
	struct relaying *y;

	/* the full node would answer what this node's member may read, and not another's device */
	if (req->peer->gln != n->cfg.gln) {
		answer_error(x, ERR_FORBIDDEN, "this node holds a light copy, for its own organisation alone: ask a full node");
		return;
	}
	y = malloc(sizeof(*y));
	if (!y) {
		answer_error(x, ERR_NO_MEMORY, NULL);
		return;
	}
	*y = (struct relaying){ n, x, req, failed };
	if (ask_on(n, y) != ERR_OK) {
		free(y);
		failed(n, x, req);
	}
}
