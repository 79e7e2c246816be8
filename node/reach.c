#include "node/reach.h"

#include "node/reading.h"
#include "node/where.h"

#include <inttypes.h>
#include <stdio.h>

static const struct sheet_column where_columns[] = {
	{ "gtin", NULL, SHEET_TEXT },	       { "lot", NULL, SHEET_TEXT },	  { "holder", NULL, SHEET_TEXT },
	{ "holder_name", "HOLDER", SHEET_TEXT }, { "state", "STATE", SHEET_TEXT }, { "peer", NULL, SHEET_TEXT },
	{ "peer_name", "TO", SHEET_TEXT },    { "packs", "PACKS", SHEET_NUMBER },
};

static int print_where(struct asking *a, const struct where *w, const struct country *market)
{
	struct sheet *r;
	char when[24];
	uint64_t packs = 0;
	int status;
	enum err e = sheet_new(&r, a->form, where_columns, sizeof(where_columns) / sizeof(where_columns[0]));

	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	for (size_t i = 0; i < w->rows_n; i++) {
		const struct whereabouts *row = &w->rows[i];

		sheet_printf(r, "%014" PRIu64, w->gtin);
		sheet_put(r, w->lot);
		asking_put_gln(r, row->holder);
		sheet_put(r, row->name);
		sheet_put(r, bytes_of_str(item_state_name(row->state)));
		asking_put_gln(r, row->peer);
		sheet_put(r, row->peer_name);
		sheet_printf(r, "%" PRIu64, row->packs);
		packs += row->packs;
	}
	status = asking_finish(a, r);
	if (a->form == SHEET_TABLE)
		printf("%" PRIu64 " packs of (01)%014" PRIu64 "%s%.*s%s%.2s as of block %" PRIu64 ", %s%s\n", packs, w->gtin,
		       w->lot.p ? "(10)" : "", (int)w->lot.n, w->lot.p ? (const char *)w->lot.p : "",
		       market->c[0] ? " in or on the way to " : "", market->c, w->height, cli_time(when, (int64_t)(w->time_ms / 1000)), a->then.kind == AS_OF_NOW ? "" : ", looking back");
	return status;
}

int reach_show(struct asking *a, uint64_t gtin, struct bytes lot, const struct country *market)
{
	static struct where w;
	char buf[READ_WHAT_MAX];
	struct where_query q = { gtin, lot, *market, NULL };
	struct config_fault why;
	int status;
	enum err e;

	if (!asking_open(a, &status) || !asking_declare(a, read_what_lot(buf, gtin, lot), &status))
		return status;
	if (a->then.kind == AS_OF_TIME)
		q.time_ms = &a->then.n;
	e = where_fetch(a->client, &q, &w, &why);
	return e == ERR_OK ? print_where(a, &w, market) : cli_fail(e, "%s", why.text);
}
