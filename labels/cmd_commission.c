/* rxlabel commission: tell the ledger of a job's applied labels, in as few events as fit. */
#include "labels/cmd.h"
#include "labels/job.h"
#include "node/cli.h"
#include "node/client.h"
#include "node/port/file.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct commission {
	struct job job;
	struct client *client;
	struct client_config cfg;
	size_t *order; /* applied serials, ascending by text */
	size_t n;
	struct pack_id *packs;
	uint8_t *groups, *event;
	char pending[600]; /* file of the event on its way */
	bool json;
};

static const struct job *sorting; /* qsort takes no context */

static int by_text(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return strcmp(sorting->serials[*x].text, sorting->serials[*y].text);
}

static void choose(struct commission *c)
{
	c->n = 0;
	for (size_t i = 0; i < c->job.n; i++)
		if (c->job.serials[i].state == JOB_APPLIED)
			c->order[c->n++] = i;
	sorting = &c->job;
	qsort(c->order, c->n, sizeof(*c->order), by_text);
}

static int tell(const struct commission *c, const struct submit_result *r)
{
	const struct problem *p = &r->problem;

	if (r->state == SUBMIT_PENDING)
		return cli_fail(ERR_BUSY, "the event waits in the node's outbox; run this command again later: what is final counts once");
	if (p->at_pack && p->pack_pos < c->n)
		return cli_fail(p->err, "refused: serial %s: %s", c->job.serials[c->order[p->pack_pos]].text, err_text(p->err));
	return cli_fail(p->err, "refused: %s", err_text(p->err));
}

/* ---- the event on its way: kept beside the journal, so that a run that ended before it knew the outcome asks again with
 * the same statement, which counts once ---- */

static enum err keep_event(const struct commission *c, struct bytes cose)
{
	unlink(c->pending); /* an earlier one's outcome is known, or it was never whole */
	return file_write_new(c->pending, 0600, cose);
}

/* The event kept by an earlier run; cose->p NULL: none. */
static enum err kept_event(struct commission *c, struct bytes *cose)
{
	FILE *f = fopen(c->pending, "re");
	struct event_envelope env;
	size_t n;

	*cose = bytes_of(NULL, 0);
	if (!f)
		return ERR_OK;
	n = fread(c->event, 1, EVENT_BYTES_MAX, f);
	fclose(f);
	if (event_open(&env, bytes_of(c->event, n)) == ERR_OK) /* else it was being written: it was never sent */
		*cose = bytes_of(c->event, n);
	return ERR_OK;
}

static size_t place_of(const struct commission *c, struct bytes serial)
{
	size_t a = 0, b = c->n;

	while (a < b) {
		size_t m = (a + b) / 2;

		if (bytes_cmp(bytes_of_str(c->job.serials[c->order[m]].text), serial) < 0)
			a = m + 1;
		else
			b = m;
	}
	return a;
}

/* The serials that the event names are on the ledger now. */
static enum err mark_event(struct commission *c, struct bytes cose, size_t *n)
{
	struct event_packs it;
	struct sign1 s;
	struct bytes serial;
	struct event ev;
	enum err e = sign1_open(&s, cose, CT_EVENT, false);

	if (e == ERR_OK)
		e = event_decode(&ev, s.payload_unverified); /* our own, signed a moment ago */
	if (e != ERR_OK)
		return e;
	*n = ev.packs_n;
	event_packs_init(&it, &ev);
	while (e == ERR_OK && event_packs_next(&it, &serial)) {
		size_t at = place_of(c, serial);

		if (at < c->n && bytes_eq(bytes_of_str(c->job.serials[c->order[at]].text), serial))
			e = job_mark(&c->job, c->order[at], JOB_COMMISSIONED, JOB_NO_REASON);
	}
	if (e == ERR_OK)
		e = job_sync(&c->job);
	if (e == ERR_OK && unlink(c->pending) != 0)
		e = ERR_IO;
	return e;
}

static int submit(struct commission *c, struct bytes cose)
{
	struct submit_result r;
	struct config_fault why;
	size_t n = 0;
	enum err e = client_submit(c->client, cose, 30000, &r, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	if (r.state == SUBMIT_REFUSED && unlink(c->pending) != 0)
		return cli_fail(ERR_IO, "%s cannot be removed", c->pending);
	if (r.state != SUBMIT_FINAL)
		return tell(c, &r);
	e = mark_event(c, cose, &n);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", c->job.path, err_text(e));
	if (!c->json)
		printf("%zu packs commissioned in block %" PRIu64 "\n", n, r.height);
	return 0;
}

static int send_some(struct commission *c, size_t from, size_t n)
{
	struct event ev = { .type = EV_COMMISSION, .place = c->cfg.gln };
	struct bytes lot = bytes_of_str(c->job.product.lot), cose;
	struct config_fault why;
	enum err e;

	for (size_t i = 0; i < n; i++)
		c->packs[i] = (struct pack_id){ c->job.product.gtin, lot, bytes_of_str(c->job.serials[c->order[from + i]].text) };
	e = event_groups_encode(c->packs, n, c->groups, EVENT_BYTES_MAX, &ev.groups);
	if (e != ERR_OK)
		return cli_fail(e, "%s", err_text(e));
	e = client_sign(c->client, &ev, c->event, EVENT_BYTES_MAX, &cose, &why);
	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	e = keep_event(c, cose);
	return e == ERR_OK ? submit(c, cose) : cli_fail(e, "%s: %s", c->pending, err_text(e));
}

/* What an earlier run left open is settled first; its serials are then no longer to be sent. */
static int settle_kept(struct commission *c)
{
	struct bytes cose;
	enum err e = kept_event(c, &cose);
	int status = e == ERR_OK && cose.p ? submit(c, cose) : 0;

	if (status != 0 || !cose.p)
		return status;
	choose(c);
	return 0;
}

static int run(struct commission *c)
{
	int status;

	c->order = malloc((c->job.n + 1) * sizeof(*c->order));
	c->packs = malloc(EVENT_PACKS_MAX * sizeof(*c->packs));
	c->groups = malloc(EVENT_BYTES_MAX);
	c->event = malloc(EVENT_BYTES_MAX);
	if (!c->order || !c->packs || !c->groups || !c->event)
		return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
	choose(c);
	status = settle_kept(c);
	for (size_t from = 0; status == 0 && from < c->n; from += EVENT_PACKS_MAX)
		status = send_some(c, from, c->n - from < EVENT_PACKS_MAX ? c->n - from : EVENT_PACKS_MAX);
	if (status == 0 && c->json)
		printf("{\"commissioned\":%zu,\"serials\":%zu}\n", job_count(&c->job, JOB_COMMISSIONED), c->job.n);
	else if (status == 0)
		printf("%zu of %zu serials of this job are on the ledger%s\n", job_count(&c->job, JOB_COMMISSIONED), c->job.n,
		       c->n == 0 && job_count(&c->job, JOB_PRINTED) > 0 ? "; no other label is marked as applied (rxlabel mark)" : "");
	return status;
}

static int open_all(struct commission *c, const char *dir, const char *config)
{
	struct config_fault why;
	unsigned line;
	enum err e = job_open(&c->job, dir, &line);

	if (e != ERR_OK)
		return label_fail_job(dir, e, line);
	if (snprintf(c->pending, sizeof(c->pending), "%s/event.cose", dir) >= (int)sizeof(c->pending))
		return cli_fail(ERR_TOO_LARGE, "%s: the path is too long", dir);
	e = client_config_load(&c->cfg, config, &why);
	if (e == ERR_OK)
		e = client_open(&c->client, &c->cfg, &why);
	return e == ERR_OK ? 0 : cli_fail(e, "%s", why.text);
}

int label_cmd_commission(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' }, { 0 } };
	struct commission c = { .job = { .fd = -1 } };
	char config[CONFIG_PATH_MAX];
	int opt, status;

	config_default(config, "client.conf");
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c' && config_path(config, ".", optarg) == ERR_OK)
			continue;
		if (opt != 'j')
			return cli_usage("unknown option, or one that wants a value");
		c.json = true;
	}
	if (optind + 1 != argc)
		return cli_usage("the job's directory is wanted");
	status = open_all(&c, argv[optind], config);
	if (status == 0)
		status = run(&c);
	client_close(c.client);
	job_close(&c.job);
	free(c.order);
	free(c.packs);
	free(c.groups);
	free(c.event);
	return status;
}
