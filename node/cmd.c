#include "node/cmd.h"

#include "labels/gs1/gs1_id.h"
#include "node/core/verdict.h"
#include "node/things.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void cmd_common_init(struct cmd_common *c)
{
	*c = (struct cmd_common){ .wait_s = 30 };
	config_default(c->config, "rxnode.conf");
}

bool cmd_common_option(struct cmd_common *c, int opt, const char *arg, int *status)
{
	switch (opt) {
	case 'c':
		if (config_path(c->config, ".", arg) == ERR_OK)
			return true;
		*status = cli_usage("--config: the path is too long");
		return false;
	case 'j':
		c->json = true;
		return true;
	case 'w':
		if (cli_number("--wait", arg, 0, 86400, &c->wait_s))
			return true;
		*status = err_exit(ERR_USAGE);
		return false;
	default:
		*status = cli_usage("unknown option, or one that wants a value");
		return false;
	}
}

bool cmd_load_node(const struct cmd_common *c, struct node_config *out, int *status)
{
	struct config_fault why;
	enum err e = node_config_load(out, c->config, &why);

	if (e == ERR_OK)
		return true;
	*status = cli_fail(e == ERR_NOT_FOUND ? ERR_CONFIG : e, "%s%s", why.text,
			   e == ERR_NOT_FOUND ? "; make one with \"rxnode init\" or name it with --config" : "");
	return false;
}

bool cmd_connect(const struct cmd_common *c, struct node_config *cfg, struct client **out, int *status)
{
	struct client_config cc;
	struct config_fault why;
	enum err e;

	if (!cmd_load_node(c, cfg, status))
		return false;
	e = node_config_client(cfg, &cc);
	if (e == ERR_OK)
		e = client_open(out, &cc, &why);
	else
		snprintf(why.text, sizeof(why.text), "%s", err_text(e));
	if (e != ERR_OK)
		*status = cli_fail(e, "%s", why.text);
	return e == ERR_OK;
}

static void print_id(const struct hash *id)
{
	char hex[2 * HASH_LEN + 1];

	cli_hex_print(hex, id->b, HASH_LEN);
	printf("%s", hex);
}

static int told_final(const struct cmd_common *c, const struct event *ev, const struct submit_result *r, const char *what)
{
	if (c->json) {
		printf("{\"state\":\"final\",\"height\":%" PRIu64 ",\"event\":\"", r->height);
		print_id(&r->id);
		if (ev->type == EV_PACK || ev->type == EV_UNPACK)
			printf("\",\"sscc\":\"%018" PRIu64, ev->u.sscc);
		printf("\"}\n");
	} else {
		printf("%s: final in block %" PRIu64 ", event ", what, r->height);
		print_id(&r->id);
		printf("\n");
	}
	return 0;
}

static int told_pending(const struct cmd_common *c, const struct submit_result *r)
{
	if (c->json) {
		printf("{\"state\":\"pending\",\"event\":\"");
		print_id(&r->id);
		printf("\"}\n");
	} else {
		printf("Pending: the event is safe in the node's outbox and goes on by itself, event ");
		print_id(&r->id);
		printf("\n");
	}
	return err_exit(ERR_BUSY);
}

static void json_field(const char *name, const char *text)
{
	printf(",\"%s\":\"", name);
	cli_json_string(text, strlen(text));
	putchar('"');
}

static void refused_json(const struct submit_result *r, const struct reason_row *why, const char *thing)
{
	printf("{\"state\":\"refused\",\"error\":\"%s\",\"event\":\"", err_name(r->problem.err));
	print_id(&r->id);
	putchar('"');
	if (*thing)
		json_field("thing", thing);
	if (why) {
		json_field("reason", why->name);
		json_field("emvs", why->emvs);
		json_field("us", why->us);
	}
	json_field("text", why ? why->text : err_text(r->problem.err));
	json_field("next", why ? why->next : "");
	printf("}\n");
}

static int told_refused(const struct cmd_common *c, const struct event *ev, const struct submit_result *r)
{
	const struct reason_row *why = reason_of_refusal(r->problem.err);
	const struct problem *p = &r->problem;
	char thing[THING_LABEL_MAX] = "";
	bool named = p->at_pack && thing_label(ev, p->pack_pos, thing), unit = named && memcmp(thing, "(00)", 4) == 0;

	if (c->json) {
		refused_json(r, why, thing);
		return err_exit(p->err);
	}
	if (why)
		return cli_fail(p->err, "refused: %s%s%s%s%s%s", thing, unit ? ", or something in it" : "", named ? ": " : "", why->text,
				*why->next ? "\n  what to do: " : "", why->next);
	return cli_fail(p->err, "refused: %s%s%s%s%.*s", thing, named ? ": " : "", err_text(p->err),
			!named && p->detail.n ? ": " : "", named ? 0 : (int)p->detail.n, p->detail.p ? (const char *)p->detail.p : "");
}

int cmd_submit(const struct cmd_common *c, struct client *client, struct event *ev, const char *what)
{
	struct submit_result r;
	struct config_fault why;
	enum err e = client_sign_and_submit(client, ev, (unsigned)c->wait_s * 1000, &r, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	switch (r.state) {
	case SUBMIT_FINAL:
		return told_final(c, ev, &r, what);
	case SUBMIT_PENDING:
		return told_pending(c, &r);
	case SUBMIT_REFUSED:
		return told_refused(c, ev, &r);
	}
	return err_exit(ERR_USAGE);
}

int cmd_send(const struct cmd_common *c, struct event *ev, const char *key, const char *what)
{
	struct config_fault why;
	struct node_config cfg;
	struct client *client;
	int status;
	enum err e;

	if (!cmd_connect(c, &cfg, &client, &status))
		return status;
	ev->place = cfg.gln;
	e = key ? client_use_key(client, key, &why) : ERR_OK;
	status = e == ERR_OK ? cmd_submit(c, client, ev, what) : cli_fail(e, "%s", why.text);
	client_close(client);
	return status;
}

bool cmd_args(struct cmd_args *a, const struct option *options, int argc, char **argv, int lo, int hi, const char *wanted,
	      int *status)
{
	int opt;

	*a = (struct cmd_args){ 0 };
	cmd_common_init(&a->common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?' || strchr("cjw", opt)) {
			if (!cmd_common_option(&a->common, opt, optarg, status))
				return false;
		} else {
			a->of[opt] = optarg ? optarg : "";
		}
	}
	a->rest = argv + optind;
	a->rest_n = argc - optind;
	if (a->rest_n >= lo && a->rest_n <= hi)
		return true;
	*status = cli_usage("%s", wanted);
	return false;
}

static bool say_key(const char *what, const char *text, enum err e, size_t digits)
{
	char d[SSCC_DIGITS];
	size_t n = strlen(text);

	if (e == ERR_OK)
		return true;
	if (e == ERR_GS1_CHECK_DIGIT && n <= sizeof(d)) {
		memcpy(d, text, n);
		cli_usage("%s %s has a wrong check digit: the last one should be %c", what, text, gs1_check_digit(d, n - 1));
	} else {
		cli_usage("%s wants %zu digits, not \"%s\"", what, digits, text);
	}
	return false;
}

bool cmd_gln(const char *option, const char *text, uint64_t *gln)
{
	return say_key(option, text, gs1_gln_parse(bytes_of_str(text), gln), GLN_DIGITS);
}

bool cmd_prefix(struct prefixes *to, const char *text)
{
	size_t n = strlen(text), at = to->n;
	struct prefix p = { .n = (uint8_t)n };

	if (to->n == PREFIXES_MAX || n < PREFIX_DIGITS_MIN || n > PREFIX_DIGITS_MAX || strspn(text, "0123456789") != n) {
		cli_usage("--prefix wants a GS1 company prefix of 4 to 12 digits, at most %d of them, not \"%s\"", PREFIXES_MAX, text);
		return false;
	}
	memcpy(p.digits, text, n);
	for (; at > 0 && bytes_cmp(bytes_of(to->v[at - 1].digits, to->v[at - 1].n), bytes_of(text, n)) > 0; at--)
		to->v[at] = to->v[at - 1];
	to->v[at] = p;
	to->n++;
	return true;
}

bool cmd_gtin(const char *text, uint64_t *gtin)
{
	return say_key("GTIN", text, gs1_gtin_parse(bytes_of_str(text), gtin), GTIN_DIGITS);
}

bool cmd_expiry(const char *text, uint32_t *yyyymmdd)
{
	char six[7] = { 0 };
	bool month_only = false;
	time_t now = time(NULL);
	struct tm tm;
	enum err e;

	gmtime_r(&now, &tm);
	if (strlen(text) == 10 && text[4] == '-' && text[7] == '-')
		snprintf(six, sizeof(six), "%.2s%.2s%.2s", text + 2, text + 5, text + 8);
	else if (strlen(text) == 6)
		memcpy(six, text, 6);
	e = gs1_expiry_parse(bytes_of_str(six), (unsigned)tm.tm_year + 1900, yyyymmdd, &month_only);
	if (e != ERR_OK || (strlen(text) == 10 && *yyyymmdd / 1000000 != (uint32_t)((text[0] - '0') * 10 + text[1] - '0'))) {
		cli_usage("an expiry is YYMMDD or YYYY-MM-DD, not \"%s\"", text);
		return false;
	}
	if (month_only)
		cli_usage("expiry %s: day 00 is not allowed for regulated healthcare since 2025; name the day", text);
	return !month_only;
}

bool cmd_hash(const char *what, const char *text, struct hash *out)
{
	if (cli_hex(text, out->b, HASH_LEN))
		return true;
	cli_usage("%s wants 64 hexadecimal digits, not \"%s\"", what, text);
	return false;
}

bool cmd_text(const char *option, const char *text, struct bytes *out)
{
	*out = bytes_of_str(text ? text : "");
	if (out->n > 0 && out->n <= NAME_MAX_BYTES)
		return true;
	cli_usage("%s wants a text of 1 to %d bytes", option, NAME_MAX_BYTES);
	return false;
}

bool cmd_country(const char *option, const char *text, struct country *out)
{
	if (strlen(text) == sizeof(out->c) && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z') {
		memcpy(out->c, text, sizeof(out->c));
		return true;
	}
	cli_usage("%s wants two letters of ISO 3166-1, such as DE, not \"%s\"", option, text);
	return false;
}
