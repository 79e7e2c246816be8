#include "node/contents.h"

#include "node/item.h"
#include "node/sync.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define WANTED_MAX 4096 /* units to ask about: 20 pallets of 200 cases */
#define AGAIN_MS 5000
#define CALL_MS 5000

struct wanted { uint64_t sscc, received; }; /* received: the unit around it that was */

struct contents {
	struct node *node;
	struct wanted wanted[WANTED_MAX]; /* a ring */
	size_t first, n;
	bool asking;
	uint64_t not_before_ms;
};

static void ask(struct contents *c);

static void want(struct contents *c, uint64_t sscc, uint64_t received)
{
	if (c->n < WANTED_MAX)
		c->wanted[(c->first + c->n++) % WANTED_MAX] = (struct wanted){ sscc, received };
}

/* Packs go into the ledger's file, units inside are asked about in turn. */
static enum err take(struct contents *c, const struct wanted *w, const struct item_unit *u)
{
	uint8_t *buf = malloc(u->children.n + 16);
	struct item_children it;
	struct item_child child;
	struct bytes packs;
	struct wr w_packs;
	size_t n = 0;
	enum err e;

	if (!buf)
		return ERR_NO_MEMORY;
	item_children_init(&it, u);
	while (item_children_next(&it, &child)) {
		if (child.sscc)
			want(c, child.sscc, w->received);
		else
			n++;
	}
	wr_init(&w_packs, buf, u->children.n + 16);
	wr_array(&w_packs, n);
	item_children_init(&it, u);
	while (item_children_next(&it, &child)) {
		if (child.sscc)
			continue;
		wr_array(&w_packs, 3);
		wr_uint(&w_packs, child.gtin);
		wr_tstr(&w_packs, child.serial);
		wr_tstr(&w_packs, child.lot);
	}
	e = it.r.err == ERR_OK ? wr_end(&w_packs, &packs) : it.r.err;
	if (e == ERR_OK && n > 0)
		e = ledger_keep_content(c->node->ledger, w->received, packs);
	free(buf);
	return e;
}

static void on_answer(void *ctx, const struct net_result *r)
{
	static struct item_unit u; /* the loop's thread alone comes here */
	struct contents *c = ctx;
	struct wanted w = c->wanted[c->first];

	c->asking = false;
	if (r->err != ERR_OK || r->code >= 500) {
		c->not_before_ms = uv_now(c->node->loop) + AGAIN_MS;
		return;
	}
	c->first = (c->first + 1) % WANTED_MAX;
	c->n--;
	/* what was handed on meanwhile is no longer this member's to know */
	if (r->code == NET_CONTENT && item_unit_read(&u, r->body) == ERR_OK && u.children.p)
		if (take(c, &w, &u) != ERR_OK)
			node_log("warning", "what (00)%018" PRIu64 " holds could not be kept", w.sscc);
	ask(c);
}

static void ask(struct contents *c)
{
	struct net_client *full = sync_full_node(c->node->sync);
	char path[40];
	struct net_call call = { .method = NET_GET, .path = path, .content_format = NET_FORMAT_NONE, .timeout_ms = CALL_MS };

	if (c->asking || c->n == 0 || !full)
		return;
	snprintf(path, sizeof(path), "items/00/%018" PRIu64, c->wanted[c->first].sscc);
	c->asking = net_client_send(full, &call, on_answer, c) == ERR_OK;
}

/* Its own receipts are shown to a light copy whole. */
static void look_at(struct contents *c, const struct hash *id)
{
	struct node *n = c->node;
	struct event_envelope env;
	struct event_ssccs it;
	struct event_row row;
	struct event event;
	struct bytes cose;
	uint64_t ev, sscc;

	if (state_event_id(&n->state, id, &ev) != ERR_OK || state_event(&n->state, ev, &row) != ERR_OK ||
	    row.type != EV_RECEIVE || row.signer != n->cfg.gln || store_event_cose(n->reader, ev, &cose) != ERR_OK ||
	    event_open(&env, cose) != ERR_OK || event_decode(&event, env.sign1.payload_unverified) != ERR_OK)
		return;
	event_ssccs_init(&it, &event);
	while (event_ssccs_next(&it, &sscc))
		want(c, sscc, sscc);
}

void contents_on_appended(struct contents *c, const struct ledger_news *news)
{
	if (!store_is_light(c->node->reader))
		return;
	for (size_t i = 0; i < news->ids_n; i++)
		look_at(c, &news->ids[i]);
	ask(c);
}

void contents_on_tick(struct contents *c, uint64_t now_ms)
{
	if (now_ms >= c->not_before_ms)
		ask(c);
}

enum err contents_new(struct contents **out, struct node *n)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return ERR_NO_MEMORY;
	(*out)->node = n;
	return ERR_OK;
}

void contents_free(struct contents *c)
{
	free(c);
}
