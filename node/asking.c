#include "node/asking.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void asking_init(struct asking *a)
{
	*a = (struct asking){ .form = SHEET_TABLE };
	cmd_common_init(&a->common);
}

/* 2026-11-27T10:00Z or with seconds; without Z it is the time of this machine's zone. */
static bool parse_time(const char *text, uint64_t *ms)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	time_t t;

	if (end && *end == ':')
		end = strptime(end, ":%S", &tm);
	if (!end || (*end && strcmp(end, "Z") != 0))
		return false;
	t = *end ? timegm(&tm) : mktime(&tm);
	*ms = (uint64_t)t * 1000;
	return t > 0;
}

static bool parse_at(struct asking *a, const char *text)
{
	if (text[0] && strspn(text, "0123456789") == strlen(text)) {
		a->then.kind = AS_OF_EVENT;
		return cli_number("--at", text, 1, INT64_MAX, &a->then.n);
	}
	a->then.kind = AS_OF_TIME;
	if (parse_time(text, &a->then.n))
		return true;
	cli_usage("--at wants a time such as 2026-11-27T10:00Z or the number of an event, not \"%s\"", text);
	return false;
}

bool asking_option(struct asking *a, int opt, const char *arg, int *status)
{
	*status = err_exit(ERR_USAGE);
	switch (opt) {
	case 'V':
		a->form = SHEET_CSV;
		return true;
	case 'P':
		a->proof = true;
		return true;
	case 'y':
		a->why = arg;
		if (arg[0] && strlen(arg) <= NAME_MAX_BYTES)
			return true;
		cli_usage("--why wants 1 to %d bytes", NAME_MAX_BYTES);
		return false;
	case 'a':
		return parse_at(a, arg);
	default:
		if (!cmd_common_option(&a->common, opt, arg, status))
			return false;
		if (a->common.json)
			a->form = SHEET_JSON;
		return true;
	}
}

/* node.cddl: 2: gln, 3: role, 4: tstr,                  ; who runs it */
static enum err read_role(struct bytes body, uint64_t *role)
{
	struct rd r;
	int64_t last = -1;

	*role = 0;
	rd_init(&r, body);
	for (size_t n = rd_map(&r); n > 0 && r.err == ERR_OK; n--)
		if (rd_key(&r, &last) == 3)
			*role = rd_uint(&r);
		else
			rd_skip(&r);
	return rd_end(&r);
}

bool asking_open(struct asking *a, int *status)
{
	struct config_fault why;
	struct net_result r;
	uint64_t role;
	enum err e;

	if (!cmd_connect(&a->common, &a->cfg, &a->client, status))
		return false;
	e = client_get(a->client, "status", NULL, &r, &why);
	if (e == ERR_OK) {
		e = read_role(r.body, &role);
		snprintf(why.text, sizeof(why.text), "the node's status cannot be read");
	}
	if (e != ERR_OK) {
		*status = cli_fail(e, "%s", why.text);
		return false;
	}
	a->regulator = role == ROLE_REGULATOR;
	return true;
}

void asking_close(struct asking *a)
{
	prover_close(a->prover);
	client_close(a->proving);
	client_close(a->client);
}

bool asking_declare(struct asking *a, struct bytes what, int *status)
{
	struct event ev = { .type = EV_QUERY, .place = a->cfg.gln, .u.query = { what, bytes_of_str(a->why ? a->why : "") } };
	struct submit_result r;
	struct config_fault why;
	enum err e;

	if (!a->regulator)
		return true;
	if (!a->why) {
		*status = cli_usage("a regulator says why it asks, which the chain records: --why TEXT");
		return false;
	}
	e = client_sign_and_submit(a->client, &ev, (unsigned)a->common.wait_s * 1000, &r, &why);
	if (e == ERR_OK && r.state == SUBMIT_FINAL)
		return true;
	if (e != ERR_OK)
		*status = cli_fail(e, "%s", why.text);
	else if (r.state == SUBMIT_REFUSED)
		*status = cli_fail(r.problem.err, "the query is refused: %s", err_text(r.problem.err));
	else
		*status = cli_fail(ERR_BUSY, "the query waits in the node's outbox: ask again when it is final");
	return false;
}

bool asking_prove(struct asking *a, int *status)
{
	struct config_fault why;
	enum err e;

	if (!a->proof)
		return true;
	if (!cmd_connect(&a->common, &a->cfg, &a->proving, status))
		return false;
	e = prover_open(&a->prover, a->proving, &a->cfg, &why);
	if (e != ERR_OK)
		*status = cli_fail(e, "%s", why.text);
	return e == ERR_OK;
}

void asking_put_proof(struct asking *a, struct sheet *r, uint64_t ev, const struct hash *id)
{
	struct config_fault why;
	enum err e;

	if (!a->prover || ev == 0) {
		sheet_put(r, bytes_of(NULL, 0));
		return;
	}
	e = prover_check(a->prover, ev, id, &why);
	if (e != ERR_OK) {
		cli_fail(e, "%s", why.text);
		a->unproved = true;
	}
	if (a->form == SHEET_TABLE)
		sheet_printf(r, "%s", e == ERR_OK ? "proved" : "NOT PROVED");
	else
		sheet_printf(r, "%s", e == ERR_OK ? "true" : "false");
}

void asking_put_gln(struct sheet *r, uint64_t gln)
{
	if (gln)
		sheet_printf(r, "%013" PRIu64, gln);
	else
		sheet_put(r, bytes_of(NULL, 0));
}

void asking_put_time(const struct asking *a, struct sheet *r, uint64_t s)
{
	char when[24];

	if (s == 0)
		sheet_put(r, bytes_of(NULL, 0));
	else if (a->form == SHEET_TABLE)
		sheet_put(r, bytes_of_str(cli_time(when, (int64_t)s)));
	else
		sheet_printf(r, "%" PRIu64, s);
}

int asking_finish(const struct asking *a, struct sheet *r)
{
	enum err e = sheet_print(r);

	sheet_free(r);
	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	return a->unproved ? err_exit(ERR_BAD_PROOF) : 0;
}
