/* rxnode recall, withdraw, confirm, retract: what one party proposes and a second one signs. */
#include "node/reach.h"

#include <getopt.h>
#include <stdio.h>

static const struct option recall_options[] = {
	CMD_COMMON_OPTIONS, { "class", required_argument, NULL, 'l' }, { "reason", required_argument, NULL, 'r' },
	{ "market", required_argument, NULL, 'm' }, { "preview", no_argument, NULL, 'p' }, { 0 } };

static bool take_recall(const struct cmd_args *a, struct event *ev)
{
	if (!cmd_gtin(a->rest[0], &ev->u.recall.gtin))
		return false;
	if (a->rest_n > 1)
		ev->u.recall.lot = bytes_of_str(a->rest[1]);
	if (a->of['m'] && !cmd_country("--market", a->of['m'], &ev->u.recall.market))
		return false;
	if (a->of['p'] && !a->of['l'] && !a->of['r'])
		return true;
	if (!a->of['l']) {
		cli_usage("--class is wanted: 1 life-threatening, 2 harmful, 3 other");
		return false;
	}
	return cli_number("--class", a->of['l'], 1, 3, &ev->u.recall.defect) && cmd_text("--reason", a->of['r'], &ev->u.recall.why);
}

/* The reach is seen before anything is sent. */
static int propose(const struct cmd_args *a, struct event *ev, const char *what)
{
	struct asking reach;
	int status;

	asking_init(&reach);
	reach.common = a->common;
	reach.form = a->common.json ? SHEET_JSON : SHEET_TABLE;
	reach.why = a->of['r'] ? a->of['r'] : "preview of a recall";
	status = reach_show(&reach, ev->u.recall.gtin, ev->u.recall.lot, &ev->u.recall.market);
	ev->place = reach.cfg.gln;
	if (status == 0 && !a->of['p'])
		status = cmd_submit(&a->common, reach.client, ev, what);
	if (status == 0 && !a->of['p'] && !a->common.json)
		printf("  It is in force once a second party, manufacturer or regulator, signs it: rxnode confirm, with the event's id\n");
	asking_close(&reach);
	return status;
}

int cmd_recall(int argc, char **argv)
{
	struct event ev = { .type = EV_RECALL };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, recall_options, argc, argv, 2, 2, "a GTIN and a lot are wanted", &status))
		return status;
	if (a.of['m'])
		return cli_usage("a lot is recalled everywhere: --market is for \"rxnode withdraw\"");
	return take_recall(&a, &ev) ? propose(&a, &ev, "Recall proposed") : err_exit(ERR_USAGE);
}

int cmd_withdraw(int argc, char **argv)
{
	struct event ev = { .type = EV_WITHDRAW };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, recall_options, argc, argv, 1, 1, "a GTIN is wanted", &status))
		return status;
	return take_recall(&a, &ev) ? propose(&a, &ev, "Withdrawal proposed") : err_exit(ERR_USAGE);
}

int cmd_confirm(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { 0 } };
	struct event ev = { .type = EV_CONFIRM };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 1, 1, "the id of the recall or withdrawal is wanted", &status))
		return status;
	if (!cmd_hash("the id", a.rest[0], &ev.u.hash))
		return err_exit(ERR_USAGE);
	return cmd_send(&a.common, &ev, NULL, "Confirmed");
}

int cmd_retract(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "reason", required_argument, NULL, 'r' }, { 0 } };
	struct event ev = { .type = EV_RETRACT };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 1, 1, "the id of the recall or withdrawal is wanted", &status))
		return status;
	if (!cmd_hash("the id", a.rest[0], &ev.u.about.hash) || !cmd_text("--reason", a.of['r'], &ev.u.about.text))
		return err_exit(ERR_USAGE);
	status = cmd_send(&a.common, &ev, NULL, "Retraction signed");
	if (status == 0 && !a.common.json)
		printf("  A proposal ends with it; what is in force ends once a second party signs: rxnode confirm, with the same id\n");
	return status;
}
