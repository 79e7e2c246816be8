/* rxlabel mark: what became of a job's labels after they were printed. */
#include "labels/cmd.h"
#include "labels/gs1/gs1_elements.h"
#include "labels/job.h"
#include "node/cli.h"
#include "scanner/input.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

struct mark {
	struct job job;
	enum job_state to;
	enum job_reason reason;
	size_t done, before; /* marked now; marked so already */
	int status; /* of the first input that failed */
};

static void fail(struct mark *m, int status)
{
	m->status = m->status ? m->status : status;
}

/* ---- which serial ---- */

static bool says(const struct gs1_data *d, const char *ai, struct bytes wanted)
{
	struct bytes v = gs1_value(d, ai);

	return !v.p || bytes_eq(v, wanted);
}

/* The label's data as this job prints it; a label may say less, not otherwise. */
static bool is_of_job(const struct job_product *p, const struct gs1_data *d)
{
	char gtin[GTIN_DIGITS], expiry[6];

	gs1_digits(gtin, GTIN_DIGITS, p->gtin);
	gs1_expiry_format(p->expiry, expiry);
	return says(d, "01", bytes_of(gtin, sizeof(gtin))) && says(d, "10", bytes_of_str(p->lot)) &&
	       says(d, "17", bytes_of(expiry, sizeof(expiry)));
}

/* A scanned label, or a serial alone. */
static size_t find(const struct mark *m, struct bytes text)
{
	static struct gs1_data d;
	struct fault fault;
	struct bytes serial;

	if (gs1_parse(&d, text, GS1_LENIENT, &fault) != ERR_OK)
		return job_find(&m->job, text);
	serial = gs1_value(&d, "21");
	return serial.p && is_of_job(&m->job.product, &d) ? job_find(&m->job, serial) : SIZE_MAX;
}

/* ---- marking ---- */

static int mark_one(struct mark *m, size_t i)
{
	const struct job_serial *s = &m->job.serials[i];
	enum err e;

	if (s->state == m->to) {
		m->before++;
		return 0;
	}
	e = job_mark(&m->job, i, m->to, m->reason);
	if (e == ERR_STATE_NOT_ALLOWED)
		return cli_fail(e, "serial %s is %s and cannot become %s", s->text, job_state_names[s->state], job_state_names[m->to]);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", m->job.path, err_text(e));
	m->done++;
	return 0;
}

static void take(void *ctx, const char *name, struct bytes text, bool decoded)
{
	struct mark *m = ctx;
	size_t i = find(m, text);

	(void)decoded;
	fail(m, i == SIZE_MAX ? cli_fail(ERR_NOT_FOUND, "%s: no label of this job says that", name) : mark_one(m, i));
}

static void take_failed(void *ctx, const char *name, enum err e)
{
	fail(ctx, cli_fail(e, "%s: %s", name, err_text(e)));
}

/* Applied: whatever was printed and is of use.  Void: what was rejected. */
static int mark_all(struct mark *m)
{
	int status = 0;

	for (size_t i = 0; i < m->job.n && status == 0; i++) {
		enum job_state from = m->job.serials[i].state;

		if (m->to == JOB_APPLIED ? job_may(from, JOB_APPLIED) : from == JOB_REJECTED)
			status = mark_one(m, i);
	}
	return status;
}

/* Of labels that the ledger is being told of nobody can say that they are of no use before it has answered. */
static bool is_being_commissioned(const char *dir)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/event.cose", dir);
	return access(path, F_OK) == 0;
}

static int run(struct mark *m, struct decoder *decoder, char **inputs, int n, bool all, bool json)
{
	enum err e;

	if (all)
		fail(m, mark_all(m));
	for (int i = 0; i < n; i++) {
		if (strcmp(inputs[i], "-") == 0)
			input_lines(take, take_failed, m);
		else
			input_argument(decoder, inputs[i], take, take_failed, m);
	}
	e = job_sync(&m->job);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", m->job.path, err_text(e));
	if (json)
		printf("{\"marked\":%zu,\"before\":%zu}\n", m->done, m->before);
	else
		printf("%zu marked %s, %zu were before\n", m->done, job_state_names[m->to], m->before);
	if (!json && m->to == JOB_VOID && job_missing(&m->job) > 0)
		printf("Destroy these labels.  The command that printed the job makes %zu in their place.\n", job_missing(&m->job));
	return m->status;
}

static int mark_job(struct mark *m, const char *dir, char **inputs, int n, bool all, bool json)
{
	struct decoder *decoder;
	unsigned line;
	int status;
	enum err e;

	if ((m->to == JOB_REJECTED || m->to == JOB_VOID) && is_being_commissioned(dir))
		return cli_fail(ERR_BUSY, "%s: the ledger has not answered for some of these labels yet: run rxlabel commission first", dir);
	e = decoder_start(&decoder, &decoder_limits_default);
	if (e != ERR_OK)
		return cli_fail(e, "no process to read pictures in: %s", err_text(e));
	e = job_open(&m->job, dir, &line);
	if (e == ERR_OK)
		status = run(m, decoder, inputs, n, all, json);
	else
		status = label_fail_job(dir, e, line);
	decoder_stop(decoder);
	job_close(&m->job);
	return status;
}

/* ---- the command line ---- */

static bool take_state(struct mark *m, const char *text)
{
	static const struct { const char *name; enum job_state state; } names[] = {
		{ "read-back", JOB_READ_BACK }, { "applied", JOB_APPLIED }, { "rejected", JOB_REJECTED }, { "void", JOB_VOID } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i].name) == 0) {
			m->to = names[i].state;
			return true;
		}
	return false;
}

static bool take_reason(struct mark *m, const char *text)
{
	for (int i = 1; i < JOB_REASONS; i++)
		if (strcmp(text, job_reason_names[i]) == 0)
			m->reason = (enum job_reason)i;
	return m->reason != JOB_NO_REASON;
}

int label_cmd_mark(int argc, char **argv)
{
	static const struct option options[] = { { "as", required_argument, NULL, 's' }, { "reason", required_argument, NULL, 'r' },
						 { "all", no_argument, NULL, 'a' }, { "json", no_argument, NULL, 'j' }, { 0 } };
	struct mark m = { .job = { .fd = -1 } };
	bool all = false, json = false, ok = true;
	int opt;

	opterr = 0;
	while (ok && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 's')
			ok = take_state(&m, optarg);
		else if (opt == 'r')
			ok = take_reason(&m, optarg);
		else if (opt != 'a' && opt != 'j')
			return cli_usage("unknown option, or one that wants a value");
		all |= opt == 'a';
		json |= opt == 'j';
	}
	if (!ok)
		return cli_usage("\"%s\" is not a value for this option", optarg);
	if (m.to == JOB_MINTED || optind == argc)
		return cli_usage("--as and the job's directory are wanted");
	if ((m.to == JOB_REJECTED) != (m.reason != JOB_NO_REASON))
		return cli_usage("--reason goes with --as rejected");
	if (all && m.to != JOB_APPLIED && m.to != JOB_VOID)
		return cli_usage("--all goes with --as applied and --as void");
	if (!all && optind + 1 == argc)
		return cli_usage("serials, scanned labels, pictures, - or --all are wanted");
	return mark_job(&m, argv[optind], argv + optind + 1, argc - optind - 1, all, json);
}
