/* rxnode ship, receive, dispense and the other steps of custody. */
#include "node/cmd.h"
#include "node/item.h"

#include "labels/gs1/gs1_elements.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES_MAX 4096

/* The packs of one event, as they were named. */
struct packs {
	struct pack_id *v;
	size_t n, cap;
	char *text; /* lots and serials */
	size_t text_n, text_cap;
};

struct step {
	struct cmd_common common;
	enum event_type type;
	const char *done; /* "shipped" */
	uint64_t to, place;
	const char *reason, *event;
	bool never_left;
	struct packs packs;
	struct client *client;
	struct node_config cfg;
};

/* ---- packs from the command line, files and standard input ---- */

/* Views are made at the end, when text no longer moves. */
static bool keep(struct packs *p, struct bytes b, size_t *at)
{
	if (p->text_n + b.n > p->text_cap) {
		size_t cap = (p->text_cap + b.n) * 2;
		char *bigger = realloc(p->text, cap);

		if (!bigger)
			return false;
		p->text = bigger;
		p->text_cap = cap;
	}
	memcpy(p->text + p->text_n, b.p, b.n);
	*at = p->text_n;
	p->text_n += b.n;
	return true;
}

static bool add_pack(struct packs *p, uint64_t gtin, struct bytes lot, struct bytes serial)
{
	size_t lot_at, serial_at;

	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct pack_id *bigger = realloc(p->v, cap * sizeof(*bigger));

		if (!bigger)
			return false;
		p->v = bigger;
		p->cap = cap;
	}
	if (!keep(p, lot, &lot_at) || !keep(p, serial, &serial_at))
		return false;
	/* offsets for now */
	p->v[p->n++] = (struct pack_id){ gtin, { (const uint8_t *)NULL + lot_at, lot.n }, { (const uint8_t *)NULL + serial_at, serial.n } };
	return true;
}

static void settle_views(struct packs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		p->v[i].lot.p = (const uint8_t *)p->text + (size_t)p->v[i].lot.p;
		p->v[i].serial.p = (const uint8_t *)p->text + (size_t)p->v[i].serial.p;
	}
}

static int bad_item(const char *where, const char *text, const struct fault *f)
{
	return cli_fail(ERR_BAD_INPUT, "%s: \"%s\": %s at character %zu; nothing was sent", where, text, f->rule, f->pos + 1);
}

/* One pack named by an element string or a Digital Link; a lot that is not on it is asked from the node. */
static int take_item(struct step *s, const char *where, const char *text)
{
	static struct gs1_data d;
	struct bytes lot, serial;
	struct item item;
	struct config_fault why;
	struct fault f = { 0 };
	uint64_t gtin;
	enum err e = gs1_parse(&d, bytes_of_str(text), GS1_LENIENT, &f);

	if (e != ERR_OK)
		return bad_item(where, text, &f);
	serial = gs1_value(&d, "21");
	if (!serial.p || gs1_gtin_parse(gs1_value(&d, "01"), &gtin) != ERR_OK)
		return cli_fail(ERR_BAD_INPUT, "%s: \"%s\" names no pack: GTIN (01) and serial (21) are wanted", where, text);
	lot = gs1_value(&d, "10");
	if (!lot.p) {
		e = item_fetch(s->client, gtin, serial, NULL, &item, &why);
		if (e != ERR_OK)
			return cli_fail(e, "%s: \"%s\": %s", where, text, why.text);
		lot = item.lot;
	}
	return add_pack(&s->packs, gtin, lot, serial) ? 0 : cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
}

static int take_lines(struct step *s, const char *name, FILE *f)
{
	char line[LINE_BYTES_MAX], where[600];
	unsigned n = 0;
	int status = 0;

	while (status == 0 && fgets(line, sizeof(line), f)) {
		n++;
		line[strcspn(line, "\r\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		snprintf(where, sizeof(where), "%s:%u", name, n);
		status = take_item(s, where, line);
	}
	return status;
}

/* "-" is standard input, "@FILE" a file with one pack a line, anything else a pack. */
static int take_argument(struct step *s, const char *arg)
{
	FILE *f;
	int status;

	if (strcmp(arg, "-") == 0)
		return take_lines(s, "standard input", stdin);
	if (arg[0] != '@')
		return take_item(s, "argument", arg);
	f = fopen(arg + 1, "re");
	if (!f)
		return cli_fail(ERR_NOT_FOUND, "%s: %s", arg + 1, strerror(errno));
	status = take_lines(s, arg + 1, f);
	fclose(f);
	return status;
}

/* ---- the event ---- */

/* The event in force, that a void or an undo names: the last one of the first pack, unless --event says otherwise. */
static int name_target(struct step *s, struct event *ev)
{
	struct config_fault why;
	struct item item;
	enum err e;

	if (s->event)
		return cli_hex(s->event, ev->u.hash.b, HASH_LEN) ? 0 : cli_usage("--event wants 64 hexadecimal digits");
	e = item_fetch(s->client, s->packs.v[0].gtin, s->packs.v[0].serial, NULL, &item, &why);
	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	ev->u.hash = item.steps[item.steps_n - 1].id;
	return 0;
}

static int fill_fields(struct step *s, struct event *ev)
{
	switch ((int)s->type) {
	case EV_SHIP:
		ev->u.gln = s->to;
		return s->to ? 0 : cli_usage("--to wants the receiver's GLN");
	case EV_VOID_SHIP:
		return name_target(s, ev);
	case EV_UNDO_DISPENSE:
		if (!s->never_left)
			return cli_usage("undoing carries your declaration that the packs never left the premises: --never-left");
		return name_target(s, ev);
	case EV_DESTROY:
	case EV_LOCK:
		if (!s->reason)
			return cli_usage("--reason says why, in words");
		ev->u.reason = bytes_of_str(s->reason);
		return 0;
	default:
		return 0;
	}
}

static int send_step(struct step *s)
{
	const size_t cap = EVENT_BYTES_MAX;
	struct event ev = { .type = s->type, .place = s->place ? s->place : s->cfg.gln };
	uint8_t *buf;
	char what[160];
	int status;
	enum err e;

	settle_views(&s->packs);
	qsort(s->packs.v, s->packs.n, sizeof(s->packs.v[0]), pack_id_cmp);
	status = fill_fields(s, &ev);
	if (status != 0)
		return status;
	buf = malloc(cap);
	if (!buf)
		return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
	e = event_groups_encode(s->packs.v, s->packs.n, buf, cap, &ev.groups);
	if (e == ERR_OK) {
		snprintf(what, sizeof(what), "%zu pack%s %s", s->packs.n, s->packs.n == 1 ? "" : "s", s->done);
		status = cmd_submit(&s->common, s->client, &ev, what);
	} else {
		status = cli_fail(e, e == ERR_NOT_SORTED ? "a pack is named twice" : "%s", err_text(e));
	}
	free(buf);
	return status;
}

static bool step_gln(const char *option, const char *arg, uint64_t *gln, int *status)
{
	if (cmd_gln(option, arg, gln))
		return true;
	*status = err_exit(ERR_USAGE);
	return false;
}

static bool step_option(struct step *s, int opt, const char *arg, int *status)
{
	switch (opt) {
	case 't':
		return step_gln("--to", arg, &s->to, status);
	case 'p':
		return step_gln("--place", arg, &s->place, status);
	case 'r':
		s->reason = arg;
		return true;
	case 'e':
		s->event = arg;
		return true;
	case 'n':
		s->never_left = true;
		return true;
	default:
		return cmd_common_option(&s->common, opt, arg, status);
	}
}

static int run_step(enum event_type type, const char *done, int argc, char **argv)
{
	static const struct option options[] = {
		CMD_COMMON_OPTIONS, { "to", required_argument, NULL, 't' }, { "place", required_argument, NULL, 'p' },
		{ "reason", required_argument, NULL, 'r' }, { "event", required_argument, NULL, 'e' },
		{ "never-left", no_argument, NULL, 'n' }, { 0 } };
	struct step s = { .type = type, .done = done };
	int opt, status = 0;

	cmd_common_init(&s.common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!step_option(&s, opt, optarg, &status))
			return status;
	if (optind == argc)
		return cli_usage("packs are wanted: element strings, Digital Links, @FILE or -");
	if (!cmd_connect(&s.common, &s.cfg, &s.client, &status))
		return status;
	for (int i = optind; i < argc && status == 0; i++)
		status = take_argument(&s, argv[i]);
	if (status == 0 && s.packs.n == 0)
		status = cli_fail(ERR_BAD_INPUT, "no packs were named");
	if (status == 0)
		status = send_step(&s);
	client_close(s.client);
	free(s.packs.v);
	free(s.packs.text);
	return status;
}

int cmd_ship(int argc, char **argv)
{
	return run_step(EV_SHIP, "shipped", argc, argv);
}

int cmd_void_ship(int argc, char **argv)
{
	return run_step(EV_VOID_SHIP, "taken back before receipt", argc, argv);
}

int cmd_receive(int argc, char **argv)
{
	return run_step(EV_RECEIVE, "received", argc, argv);
}

int cmd_dispense(int argc, char **argv)
{
	return run_step(EV_DISPENSE, "dispensed", argc, argv);
}

int cmd_undo_dispense(int argc, char **argv)
{
	return run_step(EV_UNDO_DISPENSE, "back in stock", argc, argv);
}

int cmd_destroy(int argc, char **argv)
{
	return run_step(EV_DESTROY, "destroyed", argc, argv);
}

int cmd_lock(int argc, char **argv)
{
	return run_step(EV_LOCK, "locked", argc, argv);
}

int cmd_unlock(int argc, char **argv)
{
	return run_step(EV_UNLOCK, "unlocked", argc, argv);
}
