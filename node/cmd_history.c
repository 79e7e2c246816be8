/* rxnode history: the way of a pack or a logistic unit, and what the unit holds. */
#include "node/asking.h"
#include "node/reading.h"

#include "labels/gs1/gs1_elements.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What is asked about. */
struct thing {
	uint64_t sscc; /* 0: a pack, of: */
	uint64_t gtin;
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
};

/* What a pack's and a unit's answers share. */
struct way {
	const struct thing *thing;
	const struct item_way *way;
};

static const struct sheet_column step_columns[] = {
	{ "gtin", NULL, SHEET_TEXT },		{ "serial", NULL, SHEET_TEXT },
	{ "sscc", NULL, SHEET_TEXT },		{ "time", "TIME", SHEET_NUMBER },
	{ "ev", "EVENT", SHEET_NUMBER },	{ "event", NULL, SHEET_TEXT },
	{ "what", "WHAT", SHEET_TEXT },	{ "place", NULL, SHEET_TEXT },
	{ "place_name", NULL, SHEET_TEXT },	{ "signer", NULL, SHEET_TEXT },
	{ "signer_name", "SIGNED BY", SHEET_TEXT }, { "state", "THEN", SHEET_TEXT },
	{ "holder", NULL, SHEET_TEXT },	{ "holder_name", "HOLDER", SHEET_TEXT },
	{ "peer", NULL, SHEET_TEXT },		{ "peer_name", "TO", SHEET_TEXT },
	{ "unit", "IN UNIT", SHEET_TEXT },	{ NULL, "NOTES", SHEET_TEXT },
	{ "locked", NULL, SHEET_NUMBER },	{ "stolen", NULL, SHEET_NUMBER },
	{ "mismatch", NULL, SHEET_NUMBER },	{ "claimed", NULL, SHEET_NUMBER },
	{ "corrected_by", NULL, SHEET_NUMBER }, { "block_time_ms", NULL, SHEET_NUMBER },
	{ "proved", "PROOF", SHEET_NUMBER },
};

/* ---- steps ---- */

static void put_name(struct sheet *r, const struct way *w, uint64_t gln)
{
	for (size_t i = 0; i < w->way->names_n; i++)
		if (w->way->names[i].gln == gln) {
			sheet_put(r, w->way->names[i].name);
			return;
		}
	asking_put_gln(r, gln);
}

static void put_thing(struct sheet *r, uint64_t sscc, uint64_t gtin, struct bytes serial)
{
	if (sscc) {
		sheet_put(r, bytes_of(NULL, 0));
		sheet_put(r, bytes_of(NULL, 0));
		sheet_printf(r, "%018" PRIu64, sscc);
		return;
	}
	sheet_printf(r, "%014" PRIu64, gtin);
	sheet_put(r, serial);
	sheet_put(r, bytes_of(NULL, 0));
}

static void put_notes(struct sheet *r, const struct item_step *s)
{
	static const char *const names[FLAG_KINDS] = { "locked", "stolen", "missing or surplus", "received, not shipped" };
	char text[160] = "";
	size_t n = 0;

	for (size_t i = 0; i < FLAG_KINDS; i++)
		if (s->flags >> i & 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? ", " : "", names[i]);
	if (s->corrected)
		snprintf(text + n, sizeof(text) - n, "%sdeclared wrong by event %" PRIu64, n ? ", " : "", s->corrected);
	sheet_put(r, bytes_of_str(text));
}

static void put_number(struct sheet *r, uint64_t n)
{
	if (n)
		sheet_printf(r, "%" PRIu64, n);
	else
		sheet_put(r, bytes_of(NULL, 0));
}

static void put_step(struct asking *a, struct sheet *r, const struct way *w, const struct item_step *s)
{
	const struct event_kind *kind = event_kind(s->type);
	char hex[2 * HASH_LEN + 1];

	cli_hex_print(hex, s->id.b, HASH_LEN);
	put_thing(r, w->thing->sscc, w->thing->gtin, bytes_of(w->thing->serial, w->thing->serial_n));
	asking_put_time(a, r, s->time_s);
	sheet_printf(r, "%" PRIu64, s->ev);
	sheet_put(r, bytes_of_str(hex));
	sheet_put(r, bytes_of_str(kind ? kind->text : "?"));
	asking_put_gln(r, s->place);
	put_name(r, w, s->place);
	asking_put_gln(r, s->signer);
	sheet_put(r, s->signer_name);
	sheet_put(r, bytes_of_str(item_state_name(s->state)));
	asking_put_gln(r, s->holder);
	put_name(r, w, s->holder);
	asking_put_gln(r, s->peer);
	put_name(r, w, s->peer);
	if (s->sscc)
		sheet_printf(r, "%018" PRIu64, s->sscc);
	else
		sheet_put(r, bytes_of(NULL, 0));
	put_notes(r, s);
	for (size_t i = 0; i < FLAG_KINDS; i++)
		sheet_put(r, bytes_of_str(s->flags >> i & 1 ? "true" : "false"));
	put_number(r, s->corrected);
	sheet_printf(r, "%" PRIu64, s->header_ms);
	asking_put_proof(a, r, s->ev, &s->id);
}

static int print_way(struct asking *a, const struct way *w, uint64_t height, uint64_t time_ms)
{
	struct sheet *r;
	char when[24];
	int status;
	enum err e;

	if (!asking_prove(a, &status))
		return status;
	e = sheet_new(&r, a->form, step_columns, sizeof(step_columns) / sizeof(step_columns[0]));
	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	for (size_t i = 0; i < w->way->steps_n; i++)
		put_step(a, r, w, &w->way->steps[i]);
	status = asking_finish(a, r);
	if (a->form != SHEET_TABLE)
		return status;
	if (w->way->withheld)
		printf("%" PRIu64 " more step%s not for this organisation to know, or too old to be told with these: --at\n", w->way->withheld,
		       w->way->withheld == 1 ? " is" : "s are");
	printf("as of block %" PRIu64 ", %s%s%s\n", height, cli_time(when, (int64_t)(time_ms / 1000)),
	       a->then.kind == AS_OF_NOW ? "" : ", looking back",
	       w->way->cut_off ? "; from this site's own records, no full node answers" : "");
	return status;
}

static int show_pack(struct asking *a, const struct thing *t)
{
	static struct item it;
	const struct way w = { t, &it.way };
	struct config_fault why;
	enum err e = item_fetch_then(a->client, t->gtin, bytes_of(t->serial, t->serial_n), &a->then, &it, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	if (a->form == SHEET_TABLE)
		printf("(01)%014" PRIu64 "(21)%.*s  %.*s, lot %.*s, expires %u-%02u-%02u\n", it.gtin, (int)it.serial.n,
		       (const char *)it.serial.p, (int)it.product.n, (const char *)it.product.p, (int)it.lot.n,
		       (const char *)it.lot.p, it.expiry / 10000, it.expiry / 100 % 100, it.expiry % 100);
	return print_way(a, &w, it.height, it.time_ms);
}

/* ---- what a unit holds ---- */

static const struct sheet_column tree_columns[] = {
	{ NULL, "HOLDS", SHEET_TEXT },	  { "in", NULL, SHEET_TEXT },	   { "depth", NULL, SHEET_NUMBER },
	{ "gtin", NULL, SHEET_TEXT },	  { "serial", NULL, SHEET_TEXT }, { "sscc", NULL, SHEET_TEXT },
	{ "packs", "PACKS", SHEET_NUMBER },
};

struct tree {
	struct asking *a;
	struct sheet *r;
	uint64_t depth;
};

static int put_children(struct tree *t, const struct item_unit *u, uint64_t level);

static void put_child(struct tree *t, uint64_t in, uint64_t level, const struct item_child *c, uint64_t packs)
{
	int indent = (int)(2 * (level - 1));

	if (c->sscc)
		sheet_printf(t->r, "%*s(00)%018" PRIu64, indent, "", c->sscc);
	else
		sheet_printf(t->r, "%*s(01)%014" PRIu64 "(21)%.*s", indent, "", c->gtin, (int)c->serial.n, (const char *)c->serial.p);
	sheet_printf(t->r, "%018" PRIu64, in);
	sheet_printf(t->r, "%" PRIu64, level);
	put_thing(t->r, c->sscc, c->gtin, c->serial);
	put_number(t->r, packs);
}

/* A unit in it, which is asked about by itself: what stands in the client's buffer goes. */
static int put_unit(struct tree *t, uint64_t in, uint64_t level, const struct item_child *c)
{
	struct item_unit *u = malloc(sizeof(*u));
	struct config_fault why;
	int status = 0;
	enum err e = u ? item_fetch_unit_then(t->a->client, c->sscc, &t->a->then, u, &why) : ERR_NO_MEMORY;

	if (!u)
		snprintf(why.text, sizeof(why.text), "%s", err_text(ERR_NO_MEMORY));
	if (e != ERR_OK) {
		status = cli_fail(e, "%s", why.text);
	} else {
		put_child(t, in, level, c, u->packs);
		status = level < t->depth ? put_children(t, u, level + 1) : 0;
	}
	free(u);
	return status;
}

static int put_children(struct tree *t, const struct item_unit *u, uint64_t level)
{
	uint8_t *copy = malloc(u->children.n + 1);
	struct item_unit own = { .sscc = u->sscc, .children = { copy, u->children.n } };
	struct item_children it;
	struct item_child c;
	int status = 0;

	if (!copy)
		return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
	if (u->children.n)
		memcpy(copy, u->children.p, u->children.n);
	else
		own.children.p = NULL;
	item_children_init(&it, &own);
	while (status == 0 && item_children_next(&it, &c)) {
		if (c.sscc)
			status = put_unit(t, own.sscc, level, &c);
		else
			put_child(t, own.sscc, level, &c, 0);
	}
	free(copy);
	return status;
}

static int print_tree(struct asking *a, const struct item_unit *u, uint64_t depth)
{
	struct tree t = { a, NULL, depth };
	int status;
	enum err e = sheet_new(&t.r, a->form, tree_columns, sizeof(tree_columns) / sizeof(tree_columns[0]));

	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	status = put_children(&t, u, 1);
	if (status == 0)
		return asking_finish(a, t.r);
	sheet_free(t.r);
	return status;
}

static int show_unit(struct asking *a, const struct thing *t, uint64_t depth)
{
	static struct item_unit u;
	const struct way w = { t, &u.way };
	struct config_fault why;
	int status;
	enum err e = item_fetch_unit_then(a->client, t->sscc, &a->then, &u, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	if (a->form == SHEET_TABLE && u.children.p)
		printf("(00)%018" PRIu64 "  %" PRIu64 " packs\n", u.sscc, u.packs);
	else if (a->form == SHEET_TABLE)
		printf("(00)%018" PRIu64 "  what it holds is not for this organisation to know\n", u.sscc);
	status = print_way(a, &w, u.height, u.time_ms);
	if (status != 0 || depth == 0)
		return status;
	return print_tree(a, &u, depth);
}

/* ---- the command ---- */

static bool parse_thing(const char *text, struct thing *t, int *status)
{
	static struct gs1_data d;
	struct bytes serial;
	struct fault f;
	enum err e;

	*t = (struct thing){ .sscc = 0 };
	if (gs1_sscc_parse(bytes_of_str(text), &t->sscc) == ERR_OK && t->sscc)
		return true;
	e = gs1_parse(&d, bytes_of_str(text), GS1_LENIENT, &f);
	if (e != ERR_OK) {
		*status = cli_fail(ERR_BAD_INPUT, "\"%s\": %s at character %zu", text, f.rule, f.pos + 1);
		return false;
	}
	if (gs1_sscc_parse(gs1_value(&d, "00"), &t->sscc) == ERR_OK && t->sscc)
		return true;
	t->sscc = 0;
	serial = gs1_value(&d, "21");
	if (gs1_gtin_parse(gs1_value(&d, "01"), &t->gtin) == ERR_OK && serial.p && serial.n <= SERIAL_MAX) {
		memcpy(t->serial, serial.p, t->serial_n = serial.n);
		return true;
	}
	*status = cli_usage("a pack is named by GTIN (01) and serial (21), a logistic unit by its SSCC (00)");
	return false;
}

static int ask(struct asking *a, const struct thing *t, uint64_t depth)
{
	char buf[READ_WHAT_MAX];
	struct bytes what = t->sscc ? read_what_unit(buf, t->sscc) :
				      read_what_pack(buf, t->gtin, bytes_of(t->serial, t->serial_n));
	int status;

	if (!asking_open(a, &status) || !asking_declare(a, what, &status))
		return status;
	return t->sscc ? show_unit(a, t, depth) : show_pack(a, t);
}

int cmd_history(int argc, char **argv)
{
	static const struct option options[] = { ASKING_OPTIONS, ASKING_WHY, ASKING_AT,
						 { "depth", required_argument, NULL, 'd' }, { 0 } };
	struct asking a;
	struct thing t;
	uint64_t depth = 1;
	int opt, status;

	asking_init(&a);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'd') {
			if (!cli_number("--depth", optarg, 0, UNIT_LEVELS_MAX, &depth))
				return err_exit(ERR_USAGE);
		} else if (!asking_option(&a, opt, optarg, &status)) {
			return status;
		}
	}
	if (optind + 1 != argc)
		return cli_usage("one pack or logistic unit is wanted: an element string or a Digital Link");
	if (!parse_thing(argv[optind], &t, &status))
		return status;
	status = ask(&a, &t, depth);
	asking_close(&a);
	return status;
}
