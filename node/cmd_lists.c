/* rxnode where, recalls, alerts, open-handovers. */
#include "node/asking.h"
#include "node/core/verdict.h"
#include "node/reach.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- where ---- */

int cmd_where(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, ASKING_WHY, ASKING_AT, { "csv", no_argument, NULL, 'V' },
						 { "gtin", required_argument, NULL, 'g' }, { "lot", required_argument, NULL, 'l' },
						 { 0 } };
	const struct country everywhere = { { 0 } };
	struct bytes lot = bytes_of(NULL, 0);
	struct asking a;
	uint64_t gtin = 0;
	int opt, status;

	asking_init(&a);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'l')
			lot = bytes_of_str(optarg);
		else if (opt == 'g' && !cmd_gtin(optarg, &gtin))
			return err_exit(ERR_USAGE);
		else if (opt != 'g' && !asking_option(&a, opt, optarg, &status))
			return status;
	}
	if (gtin == 0 || optind != argc)
		return cli_usage("--gtin is wanted, and no arguments");
	if (lot.p && (lot.n == 0 || lot.n > LOT_MAX || !gs1_is_cset82(lot)))
		return cli_usage("--lot wants 1 to %d characters of GS1's set 82", LOT_MAX);
	if (a.then.kind == AS_OF_EVENT)
		return cli_usage("--at wants a time such as 2026-11-27T10:00Z");
	status = reach_show(&a, gtin, lot, &everywhere);
	asking_close(&a);
	return status;
}

/* ---- lists ---- */

/* One list of rows: its path, its columns, and how a row of the answer becomes one of the sheet. */
struct listing {
	const char *path, *query;
	const struct sheet_column *columns;
	size_t columns_n;
	void (*put)(struct asking *a, struct sheet *r, struct rd *rd);
	const char *none; /* said when the list is empty */
};

static struct hash read_hash(struct rd *rd)
{
	struct bytes b = rd_bstr_n(rd, HASH_LEN);
	struct hash h = { { 0 } };

	if (b.n == HASH_LEN)
		memcpy(h.b, b.p, HASH_LEN);
	return h;
}

static void put_hash(struct sheet *r, const struct hash *h)
{
	char hex[2 * HASH_LEN + 1];

	cli_hex_print(hex, h->b, HASH_LEN);
	sheet_put(r, bytes_of_str(hex));
}

static struct bytes read_maybe_text(struct rd *rd)
{
	return rd_null(rd) ? bytes_of(NULL, 0) : rd_tstr(rd);
}

static int print_listing(struct asking *a, const struct listing *l, struct bytes body)
{
	struct sheet *r;
	struct rd rd;
	size_t n;
	enum err e = sheet_new(&r, a->form, l->columns, l->columns_n);

	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	rd_init(&rd, body);
	n = rd_array(&rd);
	for (size_t i = 0; i < n && rd.err == ERR_OK; i++)
		l->put(a, r, &rd);
	e = rd_end(&rd);
	if (e != ERR_OK) {
		sheet_free(r);
		return cli_fail(e, "the node's answer cannot be read: %s", err_text(e));
	}
	if (n == 0 && a->form == SHEET_TABLE)
		printf("%s\n", l->none);
	return asking_finish(a, r);
}

static int ask_list(struct asking *a, const struct listing *l)
{
	struct config_fault why;
	struct net_result r;
	int status;
	enum err e;

	if (!cmd_connect(&a->common, &a->cfg, &a->client, &status))
		return status;
	e = client_get(a->client, l->path, l->query, &r, &why);
	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	return asking_prove(a, &status) ? print_listing(a, l, r.body) : status;
}

/* all: the query of --all, NULL when there is no such option. */
static int list(int argc, char **argv, struct listing l, const char *all)
{
	static const struct option options[] = { ASKING_OPTIONS, { "all", no_argument, NULL, 'A' }, { 0 } };
	struct asking a;
	int opt, status;

	asking_init(&a);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'A' && all)
			l.query = all;
		else if (!asking_option(&a, opt == 'A' ? '?' : opt, optarg, &status))
			return status;
	}
	if (optind != argc)
		return cli_usage("no arguments are taken");
	status = ask_list(&a, &l);
	asking_close(&a);
	return status;
}

/* ---- recalls ---- */

static const struct sheet_column recall_columns[] = {
	{ "proposed", "PROPOSED", SHEET_NUMBER }, { "kind", "KIND", SHEET_TEXT },
	{ "gtin", "GTIN", SHEET_TEXT },	   { "product", "PRODUCT", SHEET_TEXT },
	{ "lot", "LOT", SHEET_TEXT },		   { "market", "MARKET", SHEET_TEXT },
	{ "class", "CLASS", SHEET_NUMBER },	   { "state", "STATE", SHEET_TEXT },
	{ "proposer", NULL, SHEET_TEXT },	   { "proposer_name", "PROPOSED BY", SHEET_TEXT },
	{ "second", NULL, SHEET_TEXT },	   { "second_name", "CONFIRMED BY", SHEET_TEXT },
	{ "in_force", "IN FORCE", SHEET_NUMBER }, { "retracted", "RETRACTED", SHEET_NUMBER },
	{ "why", "WHY", SHEET_TEXT },		   { "ev", NULL, SHEET_NUMBER },
	{ "event", "EVENT", SHEET_TEXT },	   { "proved", "PROOF", SHEET_NUMBER },
};

/* node.cddl: recall = [ ev, id: hash, type: uint, gtin, lot: tstr / null, market: tstr / null, class: 1..3, why: tstr, state: 1..4, */
struct recall_told {
	uint64_t ev, type, gtin, defect, state, proposer, second, proposed_ms, force_ms, retract_ms;
	struct hash id;
	struct bytes lot, market, why, proposer_name, product, second_name;
};

static void read_recall(struct rd *rd, struct recall_told *t)
{
	rd_array_n(rd, 17);
	t->ev = rd_uint(rd);
	t->id = read_hash(rd);
	t->type = rd_uint(rd);
	t->gtin = rd_uint(rd);
	t->lot = read_maybe_text(rd);
	t->market = read_maybe_text(rd);
	t->defect = rd_uint(rd);
	t->why = rd_tstr(rd);
	t->state = rd_uint(rd);
	t->proposer = rd_uint(rd);
	t->proposer_name = rd_tstr(rd);
	t->second = rd_uint(rd);
	t->proposed_ms = rd_uint(rd);
	t->force_ms = rd_uint(rd);
	t->retract_ms = rd_uint(rd);
	t->product = rd_tstr(rd);
	t->second_name = rd_tstr(rd);
}

static void put_recall(struct asking *a, struct sheet *r, struct rd *rd)
{
	static const char *const states[] = { "?", "proposed", "in force", "in force, end proposed", "over" };
	struct recall_told t;

	read_recall(rd, &t);
	asking_put_time(a, r, t.proposed_ms / 1000);
	sheet_put(r, bytes_of_str(t.type == EV_RECALL ? "recall" : "withdrawal"));
	sheet_printf(r, "%014" PRIu64, t.gtin);
	sheet_put(r, t.product);
	sheet_put(r, t.lot);
	sheet_put(r, t.market);
	sheet_printf(r, "%" PRIu64, t.defect);
	sheet_put(r, bytes_of_str(states[t.state <= RECALL_OVER ? t.state : 0]));
	asking_put_gln(r, t.proposer);
	sheet_put(r, t.proposer_name);
	asking_put_gln(r, t.second);
	sheet_put(r, t.second_name);
	asking_put_time(a, r, t.force_ms / 1000);
	asking_put_time(a, r, t.retract_ms / 1000);
	sheet_put(r, t.why);
	sheet_printf(r, "%" PRIu64, t.ev);
	put_hash(r, &t.id);
	asking_put_proof(a, r, t.ev, &t.id);
}

int cmd_recalls(int argc, char **argv)
{
	const struct listing l = { "recalls", NULL, recall_columns, sizeof(recall_columns) / sizeof(recall_columns[0]), put_recall,
				   "nothing is recalled or withdrawn" };

	return list(argc, argv, l, "all=1");
}

/* ---- alerts ---- */

static const struct sheet_column alert_columns[] = {
	{ "time", "RAISED", SHEET_NUMBER },   { "reason", "REASON", SHEET_TEXT },	  { "gtin", "GTIN", SHEET_TEXT },
	{ "product", "PRODUCT", SHEET_TEXT }, { "serial", "SERIAL", SHEET_TEXT },	  { "state", "CASE", SHEET_TEXT },
	{ "by", NULL, SHEET_TEXT },	       { "by_name", "RAISED BY", SHEET_TEXT },	  { "place", NULL, SHEET_TEXT },
	{ "first", NULL, SHEET_NUMBER },      { "first_by", NULL, SHEET_TEXT },	  { "first_name", "AGAINST", SHEET_TEXT },
	{ "first_place", NULL, SHEET_TEXT },  { "first_time", "OF", SHEET_NUMBER },	  { "seen", "SITES", SHEET_NUMBER },
	{ "cause", "CAUSE", SHEET_TEXT },     { "alarm", "ALARM", SHEET_TEXT },	  { "ev", NULL, SHEET_NUMBER },
	{ "proved", "PROOF", SHEET_NUMBER },
};

/* node.cddl: alert = [ alarm: hash, gtin, serial: tstr, product: tstr, reason: uint, state: 1..3, by: gln, by-name: tstr, place: gln, */
struct alert_told {
	uint64_t gtin, reason, state, by, place, time_s, raised, first, first_by, first_place, first_time, seen;
	struct hash alarm, id;
	struct bytes serial, product, by_name, first_name, cause;
};

static void read_alert(struct rd *rd, struct alert_told *t)
{
	rd_array_n(rd, 19);
	t->alarm = read_hash(rd);
	t->gtin = rd_uint(rd);
	t->serial = rd_tstr(rd);
	t->product = rd_tstr(rd);
	t->reason = rd_uint(rd);
	t->state = rd_uint(rd);
	t->by = rd_uint(rd);
	t->by_name = rd_tstr(rd);
	t->place = rd_uint(rd);
	t->time_s = rd_uint(rd);
	t->raised = rd_uint(rd);
	t->id = read_hash(rd);
	t->first = rd_uint(rd);
	t->first_by = rd_uint(rd);
	t->first_name = rd_tstr(rd);
	t->first_place = rd_uint(rd);
	t->first_time = rd_uint(rd);
	t->seen = rd_uint(rd);
	t->cause = rd_tstr(rd);
}

static void put_alert(struct asking *a, struct sheet *r, struct rd *rd)
{
	static const char *const states[] = { "?", "open", "explained", "confirmed", "closed" };
	const struct reason_row *reason;
	struct alert_told t;

	read_alert(rd, &t);
	reason = reason_row(t.reason);
	asking_put_time(a, r, t.time_s);
	if (reason)
		sheet_put(r, bytes_of_str(reason->name));
	else
		sheet_printf(r, "%" PRIu64, t.reason);
	sheet_printf(r, "%014" PRIu64, t.gtin);
	sheet_put(r, t.product);
	sheet_put(r, t.serial);
	sheet_put(r, bytes_of_str(states[t.state <= ALARM_CLOSED ? t.state : 0]));
	asking_put_gln(r, t.by);
	sheet_put(r, t.by_name);
	asking_put_gln(r, t.place);
	sheet_printf(r, "%" PRIu64, t.first);
	asking_put_gln(r, t.first_by);
	sheet_put(r, t.first_name);
	asking_put_gln(r, t.first_place);
	asking_put_time(a, r, t.first_time);
	sheet_printf(r, "%" PRIu64, t.seen);
	sheet_put(r, t.cause);
	put_hash(r, &t.alarm);
	sheet_printf(r, "%" PRIu64, t.raised);
	asking_put_proof(a, r, t.raised, &t.id);
}

int cmd_alerts(int argc, char **argv)
{
	const struct listing l = { "alerts", NULL, alert_columns, sizeof(alert_columns) / sizeof(alert_columns[0]), put_alert,
				   "no open alarms" };

	return list(argc, argv, l, NULL);
}

/* ---- open-handovers ---- */

static const struct sheet_column handover_columns[] = {
	{ "time", "SINCE", SHEET_NUMBER },	{ "age_s", "HOURS", SHEET_NUMBER },   { NULL, "THING", SHEET_TEXT },
	{ "gtin", NULL, SHEET_TEXT },		{ "serial", NULL, SHEET_TEXT },     { "sscc", NULL, SHEET_TEXT },
	{ "giver", NULL, SHEET_TEXT },		{ "giver_name", "FROM", SHEET_TEXT }, { "taker", NULL, SHEET_TEXT },
	{ "taker_name", "TO", SHEET_TEXT },	{ "waits_for", "WAITS FOR", SHEET_TEXT }, { "ev", "EVENT", SHEET_NUMBER },
	{ "event", NULL, SHEET_TEXT },		{ "proved", "PROOF", SHEET_NUMBER },
};

/* node.cddl: handover = [ what: child, giver: gln, giver-name: tstr, taker: gln, taker-name: tstr, claimed: bool, ev, id: hash, time: uint, */
struct handover_told {
	uint64_t sscc, gtin, giver, taker, ev, time_s, age_s;
	struct bytes serial, giver_name, taker_name;
	bool claimed;
	struct hash id;
};

static void read_handover(struct rd *rd, struct handover_told *t)
{
	*t = (struct handover_told){ .sscc = 0 };
	rd_array_n(rd, 10);
	if (rd_peek(rd) >> 5 == 0) {
		t->sscc = rd_uint(rd);
	} else {
		rd_array_n(rd, 2);
		t->gtin = rd_uint(rd);
		t->serial = rd_tstr_max(rd, SERIAL_MAX);
	}
	t->giver = rd_uint(rd);
	t->giver_name = rd_tstr(rd);
	t->taker = rd_uint(rd);
	t->taker_name = rd_tstr(rd);
	t->claimed = rd_bool(rd);
	t->ev = rd_uint(rd);
	t->id = read_hash(rd);
	t->time_s = rd_uint(rd);
	t->age_s = rd_uint(rd);
}

static void put_what(struct sheet *r, const struct handover_told *t)
{
	if (t->sscc) {
		sheet_printf(r, "(00)%018" PRIu64, t->sscc);
		sheet_put(r, bytes_of(NULL, 0));
		sheet_put(r, bytes_of(NULL, 0));
		sheet_printf(r, "%018" PRIu64, t->sscc);
	} else {
		sheet_printf(r, "(01)%014" PRIu64 "(21)%.*s", t->gtin, (int)t->serial.n, (const char *)t->serial.p);
		sheet_printf(r, "%014" PRIu64, t->gtin);
		sheet_put(r, t->serial);
		sheet_put(r, bytes_of(NULL, 0));
	}
}

static void put_handover(struct asking *a, struct sheet *r, struct rd *rd)
{
	struct handover_told t;

	read_handover(rd, &t);
	asking_put_time(a, r, t.time_s);
	sheet_printf(r, "%" PRIu64, a->form == SHEET_TABLE ? t.age_s / 3600 : t.age_s);
	put_what(r, &t);
	asking_put_gln(r, t.giver);
	sheet_put(r, t.giver_name);
	asking_put_gln(r, t.taker);
	sheet_put(r, t.taker_name);
	sheet_put(r, bytes_of_str(t.claimed ? "shipment" : "receipt"));
	sheet_printf(r, "%" PRIu64, t.ev);
	put_hash(r, &t.id);
	asking_put_proof(a, r, t.ev, &t.id);
}

int cmd_handovers(int argc, char **argv)
{
	const struct listing l = { "handovers", NULL, handover_columns, sizeof(handover_columns) / sizeof(handover_columns[0]),
				   put_handover, "no open handovers" };

	return list(argc, argv, l, NULL);
}
