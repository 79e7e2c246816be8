/* rxnode ship, receive, dispense and the other steps of custody. */
#include "node/cmd.h"
#include "node/item.h"
#include "node/port/signer.h"
#include "node/things.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define JOIN_BYTES_MAX 4096
#define SSCC_TRIES 16 /* serial references drawn before a company prefix counts as used up */

/* A command: its event, what is said when it is done, which options it takes besides those of every step. */
struct step_kind {
	const char *name;
	enum event_type type;
	const char *done;
	const char *options; /* by their letters below */
};

static const struct step_kind kinds[] = {
	{ "ship", EV_SHIP, "shipped", "t" },
	{ "return", EV_RETURN, "shipped back", "t" },
	{ "void-ship", EV_VOID_SHIP, "taken back before receipt", "e" },
	{ "receive", EV_RECEIVE, "received", "mu" },
	{ "missing", EV_MISSING, "reported missing", "" },
	{ "surplus", EV_SURPLUS, "reported surplus", "" },
	{ "dispense", EV_DISPENSE, "dispensed", "" },
	{ "undo-dispense", EV_UNDO_DISPENSE, "back in stock", "el" },
	{ "pack", EV_PACK, "packed into", "inx" },
	{ "unpack", EV_UNPACK, "taken out of", "fa" },
	{ "sample", EV_SAMPLE, "handed to an authority as a sample", "" },
	{ "free-sample", EV_FREE_SAMPLE, "given away as a free sample", "" },
	{ "undo-sample", EV_UNDO_SAMPLE, "back in stock", "e" },
	{ "export", EV_EXPORT, "exported", "t" },
	{ "destroy", EV_DESTROY, "destroyed", "r" },
	{ "lock", EV_LOCK, "locked", "r" },
	{ "unlock", EV_UNLOCK, "unlocked", "" },
	{ "stolen", EV_STOLEN, "reported stolen", "r" },
	{ "check-out", EV_CHECK_OUT, "checked out for repackaging", "r" },
	{ "undo-check-out", EV_UNDO_CHECK_OUT, "back in stock", "e" },
};

static const struct option options[] = {
	CMD_COMMON_OPTIONS, { "place", required_argument, NULL, 'p' }, { "time", required_argument, NULL, 'T' },
	{ "to", required_argument, NULL, 't' }, { "reason", required_argument, NULL, 'r' }, { "event", required_argument, NULL, 'e' },
	{ "never-left", no_argument, NULL, 'l' }, { "missing", required_argument, NULL, 'm' },
	{ "surplus", required_argument, NULL, 'u' }, { "into", required_argument, NULL, 'i' }, { "new", no_argument, NULL, 'n' },
	{ "prefix", required_argument, NULL, 'x' }, { "from", required_argument, NULL, 'f' }, { "all", no_argument, NULL, 'a' },
	{ 0 } };

struct step {
	const struct step_kind *kind;
	struct cmd_common common;
	const char *to, *reason, *event, *time;
	uint64_t place, sscc;
	bool never_left, new_unit, all;
	struct prefixes prefixes;
	struct things things, missing, surplus;
	struct node_config cfg;
	struct client *client;
};

/* ---- options ---- */

static const char *option_name(int letter)
{
	for (size_t i = 0; options[i].name; i++)
		if (options[i].val == letter)
			return options[i].name;
	return "?";
}

static int take_sscc(struct step *s, int opt, const char *arg)
{
	if (sscc_parse(arg, &s->sscc))
		return 0;
	return cli_usage("--%s wants an SSCC of 18 digits with a right check digit, not \"%s\"", option_name(opt), arg);
}

/* One of the kind's own.  Returns an exit status; not 0: said why. */
static int own_option(struct step *s, int opt, const char *arg)
{
	switch (opt) {
	case 't':
		s->to = arg;
		return 0;
	case 'r':
		s->reason = arg;
		return 0;
	case 'e':
		s->event = arg;
		return 0;
	case 'l':
		s->never_left = true;
		return 0;
	case 'm':
		return things_take(&s->missing, arg);
	case 'u':
		return things_take(&s->surplus, arg);
	case 'n':
		s->new_unit = true;
		return 0;
	case 'a':
		s->all = true;
		return 0;
	case 'x':
		return cmd_prefix(&s->prefixes, arg) ? 0 : err_exit(ERR_USAGE);
	default:
		return take_sscc(s, opt, arg);
	}
}

static int step_option(struct step *s, int opt, const char *arg)
{
	int status = 0;

	if (opt == 'p')
		return cmd_gln("--place", arg, &s->place) ? 0 : err_exit(ERR_USAGE);
	if (opt == 'T') {
		s->time = arg;
		return 0;
	}
	if (opt != '?' && strchr("trelmuinxfa", opt))
		return strchr(s->kind->options, opt) ? own_option(s, opt, arg) :
						       cli_usage("--%s is no option of this command", option_name(opt));
	return cmd_common_option(&s->common, opt, arg, &status) ? 0 : status;
}

/* "2026-11-20T14:30", on this machine's clock and in its zone. */
static int set_time(const struct step *s, struct event *ev)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end;
	time_t t;

	if (!s->time)
		return 0;
	end = strptime(s->time, "%Y-%m-%dT%H:%M", &tm);
	t = end && !*end ? mktime(&tm) : -1;
	if (t <= 0)
		return cli_usage("--time wants YYYY-MM-DDTHH:MM, such as 2026-11-20T14:30, not \"%s\"", s->time);
	ev->time_s = (uint64_t)t;
	ev->zone_min = (int)(tm.tm_gmtoff / 60);
	ev->not_after_s = (uint64_t)time(NULL) + EVENT_VALID_S;
	return 0;
}

/* ---- what the event says ---- */

/* The event in force, that a void or an undo names: of the first thing, unless --event says otherwise. */
static int name_target(struct step *s, struct event *ev)
{
	static struct item_unit unit;
	static struct item item;
	const struct named_pack *p = s->things.packs;
	const struct item_step *step;
	struct config_fault why;
	enum err e;

	if (s->event)
		return cmd_hash("--event", s->event, &ev->u.hash) ? 0 : err_exit(ERR_USAGE);
	if (s->things.packs_n > 0)
		e = item_fetch(s->client, p->gtin, bytes_of(p->serial, p->serial_n), NULL, &item, &why);
	else
		e = item_fetch_unit(s->client, s->things.units[0], NULL, &unit, &why);
	if (e != ERR_OK)
		return cli_fail(e, "%s; nothing was sent", why.text);
	step = s->things.packs_n > 0 ? item_in_force(item.way.steps, item.way.steps_n) : item_in_force(unit.way.steps, unit.way.steps_n);
	if (!step)
		return cli_fail(ERR_NOT_HOLDER, "the node tells no step of it: it is in somebody else's custody; nothing was sent");
	ev->u.hash = step->id;
	return 0;
}

/* The first company prefix of the organisation's own, as it handed it out when it joined. */
static bool joined_prefix(const struct node_config *cfg, struct prefix *out)
{
	char path[CONFIG_PATH_MAX];
	uint8_t buf[JOIN_BYTES_MAX];
	struct member_fields m;
	struct rd r;
	size_t n;
	FILE *f;

	if (config_path(path, cfg->dir, "join.cbor") != ERR_OK || !(f = fopen(path, "re")))
		return false;
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	rd_init(&r, bytes_of(buf, n));
	member_read(&r, &m);
	if (rd_end(&r) != ERR_OK || m.prefixes.n == 0)
		return false;
	*out = m.prefixes.v[0];
	return true;
}

/* An SSCC that no unit on the ledger has. */
static int make_sscc(struct step *s)
{
	static struct item_unit unit;
	struct config_fault why;
	struct prefix prefix;
	uint64_t random;
	enum err e = ERR_OK;

	if (s->prefixes.n > 0)
		prefix = s->prefixes.v[0];
	else if (!joined_prefix(&s->cfg, &prefix))
		return cli_usage("--new wants --prefix with the company prefix: there is no join.cbor that names one");
	for (int i = 0; i < SSCC_TRIES && e == ERR_OK; i++) {
		e = signer_random((uint8_t *)&random, sizeof(random));
		if (e != ERR_OK)
			return cli_fail(e, "%s", err_text(e));
		s->sscc = sscc_make(&prefix, random);
		e = item_fetch_unit(s->client, s->sscc, NULL, &unit, &why);
	}
	if (e == ERR_UNKNOWN_UNIT)
		return 0;
	return e == ERR_OK ? cli_fail(ERR_QUOTA, "every SSCC tried under prefix %.*s is taken: use another with --prefix", prefix.n,
				      prefix.digits) :
			     cli_fail(e, "%s; nothing was sent", why.text);
}

/* What the unit holds directly. */
static int take_children(struct step *s)
{
	static struct item_unit unit;
	struct item_children it;
	struct item_child child;
	struct config_fault why;
	enum err e = item_fetch_unit(s->client, s->sscc, NULL, &unit, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s; nothing was sent", why.text);
	if (!unit.children.p)
		return cli_fail(ERR_NOT_HOLDER, "what (00)%018" PRIu64 " holds is told to its holder alone; nothing was sent", s->sscc);
	item_children_init(&it, &unit);
	while (e == ERR_OK && item_children_next(&it, &child)) {
		struct named_pack p = { .gtin = child.gtin, .serial_n = child.serial.n, .lot_n = child.lot.n };

		if (!child.sscc) {
			memcpy(p.serial, child.serial.p, p.serial_n);
			memcpy(p.lot, child.lot.p, p.lot_n);
		}
		e = child.sscc ? things_add_unit(&s->things, child.sscc) : things_add_pack(&s->things, &p);
	}
	if (e == ERR_OK)
		e = it.r.err;
	if (e != ERR_OK)
		return cli_fail(e, "(00)%018" PRIu64 ": %s; nothing was sent", s->sscc, err_text(e));
	if (s->things.packs_n + s->things.units_n == 0)
		return cli_fail(ERR_NOT_FOUND, "(00)%018" PRIu64 " is empty; nothing was sent", s->sscc);
	return 0;
}

static int set_gln(const struct step *s, struct event *ev)
{
	if (!s->to)
		return cli_usage("--to wants the receiver's GLN");
	return cmd_gln("--to", s->to, &ev->u.gln) ? 0 : err_exit(ERR_USAGE);
}

static int set_country(const struct step *s, struct event *ev)
{
	return cmd_country("--to", s->to ? s->to : "", &ev->u.country) ? 0 : err_exit(ERR_USAGE);
}

static int set_unit(struct step *s, struct event *ev)
{
	int status = s->new_unit && !s->sscc ? make_sscc(s) : 0;

	ev->u.sscc = s->sscc;
	return status;
}

static int fill_fields(struct step *s, struct event *ev)
{
	switch ((int)ev->type) {
	case EV_SHIP:
	case EV_RETURN:
		return set_gln(s, ev);
	case EV_EXPORT:
		return set_country(s, ev);
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
	case EV_UNDO_SAMPLE:
	case EV_UNDO_CHECK_OUT:
		return name_target(s, ev);
	case EV_PACK:
	case EV_UNPACK:
		return set_unit(s, ev);
	case EV_DESTROY:
	case EV_LOCK:
	case EV_STOLEN:
	case EV_CHECK_OUT:
		return cmd_text("--reason", s->reason, &ev->u.reason) ? 0 : err_exit(ERR_USAGE);
	default:
		return 0;
	}
}

/* ---- sending ---- */

static int send_event(struct step *s, struct event *ev, struct things *t, const char *done)
{
	char count[THINGS_COUNT_MAX], what[200];
	uint8_t *buf = malloc(EVENT_BYTES_MAX);
	int status;

	if (!buf)
		return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
	status = things_subject(t, ev, buf);
	if (status == 0 && s->sscc)
		snprintf(what, sizeof(what), "%s %s (00)%018" PRIu64, things_count(count, t), done, s->sscc);
	else
		snprintf(what, sizeof(what), "%s %s", things_count(count, t), done);
	if (status == 0)
		status = cmd_submit(&s->common, s->client, ev, what);
	free(buf);
	return status;
}

static int send_step(struct step *s, enum event_type type, struct things *t, const char *done)
{
	struct event ev = { .type = type, .place = s->place ? s->place : s->cfg.gln };
	int status;

	if (t->packs_n + t->units_n == 0)
		return 0;
	status = set_time(s, &ev);
	if (status == 0)
		status = fill_fields(s, &ev);
	return status == 0 ? send_event(s, &ev, t, done) : status;
}

/* What did not come, and what came without being announced: both sides sign until the books are right again. */
static void say_what_next(const struct step *s)
{
	if (s->common.json)
		return;
	if (s->missing.packs_n + s->missing.units_n > 0 || s->kind->type == EV_MISSING)
		printf("  missing: tell the sender, who takes it back (rxnode void-ship) or reports it (rxnode stolen); if it turns up, "
		       "rxnode receive\n");
	if (s->surplus.packs_n + s->surplus.units_n > 0 || s->kind->type == EV_SURPLUS)
		printf("  surplus: set it aside and tell whoever holds it on the ledger, who ships it to you (rxnode ship) or fetches it; "
		       "then rxnode receive\n");
}

/* Reports on what is received go first: a pack that is missing from a unit is in it no more when the unit is received. */
static int send_all(struct step *s)
{
	struct { enum event_type type; struct things *t; const char *done; } parts[] = {
		{ EV_MISSING, &s->missing, "reported missing" }, { EV_SURPLUS, &s->surplus, "reported surplus" },
		{ s->kind->type, &s->things, s->kind->done } };
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	size_t i;
	int status = 0;

	for (i = 0; i < n && status == 0; i++)
		status = things_find_lots(parts[i].t, s->client);
	for (i = 0; i < n && status == 0; i++)
		status = send_step(s, parts[i].type, parts[i].t, parts[i].done);
	if (status == 0)
		say_what_next(s);
	else if (i < n && i > 0 && !s->common.json)
		fprintf(stderr, "  stopped there: what was to follow was not sent\n");
	return status;
}

/* ---- the command ---- */

static int check_options(const struct step *s)
{
	bool asked = s->kind->type == EV_UNDO_DISPENSE;

	if (asked && !s->never_left)
		return cli_usage("undoing carries your declaration that the packs never left the premises: --never-left");
	if (s->kind->type == EV_PACK && !s->sscc == !s->new_unit)
		return cli_usage("--into wants the SSCC of the unit; --new makes one instead");
	if (s->kind->type == EV_UNPACK && !s->sscc)
		return cli_usage("--from wants the SSCC of the unit");
	return 0;
}

static int take_arguments(struct step *s, int argc, char **argv)
{
	int status = 0;

	for (int i = optind; i < argc && status == 0; i++)
		status = things_take(&s->things, argv[i]);
	if (status != 0)
		return status;
	if (s->all && s->things.packs_n + s->things.units_n > 0)
		return cli_usage("--all names what is taken out: no packs or units besides");
	if (!s->all && s->things.packs_n + s->things.units_n + s->missing.packs_n + s->missing.units_n + s->surplus.packs_n +
			       s->surplus.units_n == 0)
		return cli_usage("packs or units are wanted: element strings, Digital Links, @FILE or -");
	return 0;
}

static int run(struct step *s, int argc, char **argv)
{
	int opt, status = 0;

	while (status == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = step_option(s, opt, optarg);
	if (status == 0)
		status = check_options(s);
	if (status == 0)
		status = take_arguments(s, argc, argv);
	if (status == 0 && cmd_connect(&s->common, &s->cfg, &s->client, &status))
		status = s->all ? take_children(s) : 0;
	return status == 0 ? send_all(s) : status;
}

int cmd_step(int argc, char **argv)
{
	struct step s = { 0 };
	int status;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[0], kinds[i].name) == 0)
			s.kind = &kinds[i];
	assert(s.kind);
	cmd_common_init(&s.common);
	opterr = 0;
	status = run(&s, argc, argv);
	client_close(s.client);
	things_free(&s.things);
	things_free(&s.missing);
	things_free(&s.surplus);
	return status;
}
