/* rxlabel report: what became of every serial of a job. */
#include "labels/cmd.h"
#include "labels/job.h"
#include "node/cli.h"
#include "node/sheet.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

static const struct sheet_column columns[] = {
	{ "number", "number", SHEET_NUMBER },
	{ "serial", "serial", SHEET_TEXT },
	{ "state", "state", SHEET_TEXT },
	{ "reason", "why", SHEET_TEXT },
	{ "replaced_by", "replaced by", SHEET_TEXT },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put_serial(struct sheet *sheet, const struct job *j, size_t i)
{
	const struct job_serial *s = &j->serials[i];
	bool replaced = s->state == JOB_VOID && s->replaced_by < j->n;

	sheet_printf(sheet, "%zu", i + 1);
	sheet_put(sheet, bytes_of_str(s->text));
	sheet_put(sheet, bytes_of_str(job_state_names[s->state]));
	sheet_put(sheet, bytes_of_str(job_reason_names[s->reason]));
	sheet_put(sheet, bytes_of_str(replaced ? j->serials[s->replaced_by].text : ""));
}

static int list(const struct job *j, enum sheet_form form)
{
	struct sheet *sheet;
	enum err e = sheet_new(&sheet, form, columns, COLUMNS);

	for (size_t i = 0; e == ERR_OK && i < j->n; i++)
		put_serial(sheet, j, i);
	if (e == ERR_OK)
		e = sheet_print(sheet);
	sheet_free(sheet);
	return e == ERR_OK ? 0 : cli_fail(e, "%s", err_text(e));
}

/* Each serial is in one of these lines. */
static void summarise(const struct job *j)
{
	static const char *const next[JOB_STATES] = {
		[JOB_MINTED] = "not printed: run the print command again",
		[JOB_SENDING] = "perhaps printed: run the print command again",
		[JOB_PRINTED] = "not known to be on a pack: rxlabel mark",
		[JOB_READ_BACK] = "not known to be on a pack: rxlabel mark",
		[JOB_APPLIED] = "not on the ledger: rxlabel commission",
		[JOB_COMMISSIONED] = "",
		[JOB_REJECTED] = "to be destroyed, then: rxlabel mark --as void",
		[JOB_VOID] = "",
	};
	size_t missing = job_missing(j);

	printf("GTIN %014" PRIu64 ", lot %s%s%s: %" PRIu64 " labels wanted, %zu serials\n", j->product.gtin, j->product.lot,
	       j->product.market[0] ? ", for " : "", j->product.market, j->product.count, j->n);
	for (int s = 0; s < JOB_STATES; s++) {
		size_t n = job_count(j, (enum job_state)s);

		if (n > 0)
			printf("%10zu %-12s %s\n", n, job_state_names[s], next[s]);
	}
	if (missing > 0)
		printf("%10zu %-12s %s\n", missing, "missing", "not minted: run the print command again");
}

int label_cmd_report(int argc, char **argv)
{
	static const struct option options[] = { { "list", no_argument, NULL, 'l' }, { "json", no_argument, NULL, 'j' },
						 { "csv", no_argument, NULL, 'c' }, { 0 } };
	enum sheet_form form = SHEET_TABLE;
	struct job j = { .fd = -1 };
	bool each = false;
	unsigned line;
	int opt, status = 0;
	enum err e;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			return cli_usage("unknown option");
		each = true;
		form = opt == 'j' ? SHEET_JSON : opt == 'c' ? SHEET_CSV : form;
	}
	if (optind + 1 != argc)
		return cli_usage("the job's directory is wanted");
	e = job_read(&j, argv[optind], &line);
	if (e != ERR_OK)
		return label_fail_job(argv[optind], e, line);
	if (each)
		status = list(&j, form);
	else
		summarise(&j);
	job_close(&j);
	return status;
}
