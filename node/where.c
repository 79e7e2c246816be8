#include "node/where.h"

#include <inttypes.h>
#include <stdio.h>

/* node.cddl: whereabouts = [ holder: gln, name: tstr, state: 1..8, peer: gln / 0, peer-name: tstr, packs: uint ] */
static void read_row(struct rd *r, struct whereabouts *w)
{
	rd_array_n(r, 6);
	w->holder = rd_uint(r);
	w->name = rd_tstr(r);
	w->state = rd_uint_max(r, PACK_STATE_MAX);
	w->peer = rd_uint(r);
	w->peer_name = rd_tstr(r);
	w->packs = rd_uint(r);
}

static enum err read_where(struct bytes body, struct where *out)
{
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 5);
	out->height = rd_uint(&r);
	out->time_ms = rd_uint(&r);
	out->gtin = rd_uint(&r);
	out->lot = bytes_of(NULL, 0);
	if (!rd_null(&r))
		out->lot = rd_tstr_max(&r, LOT_MAX);
	out->rows_n = rd_array(&r);
	if (out->rows_n > WHERE_ROWS_MAX)
		rd_fail(&r, ERR_TOO_LARGE);
	for (size_t i = 0; i < out->rows_n && r.err == ERR_OK; i++)
		read_row(&r, &out->rows[i]);
	return rd_end(&r);
}

/* The lot comes last: it may hold an '&'. */
enum err where_fetch(struct client *c, const struct where_query *q, struct where *out, struct config_fault *why)
{
	char query[112], then[32] = "", market[16] = "";
	struct net_result r;
	enum err e;

	if (q->time_ms)
		snprintf(then, sizeof(then), "&time=%" PRIu64, *q->time_ms);
	if (q->market.c[0])
		snprintf(market, sizeof(market), "&market=%.2s", q->market.c);
	snprintf(query, sizeof(query), "gtin=%014" PRIu64 "%s%s%s%.*s", q->gtin, then, market, q->lot.p ? "&lot=" : "", (int)q->lot.n,
		 q->lot.p ? (const char *)q->lot.p : "");
	e = client_get(c, "where", query, &r, why);
	if (e != ERR_OK)
		return e;
	e = read_where(r.body, out);
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "the node's answer cannot be read: %s", err_text(e));
	return e;
}
