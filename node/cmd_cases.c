/* rxnode alarm-case, correct: what is said later of an alarm, of an own event that was wrong. */
#include "node/cmd.h"

#include <getopt.h>

static bool take_state(const char *text, uint64_t *state)
{
	static const char *const names[] = { [ALARM_EXPLAINED] = "explained", [ALARM_CONFIRMED] = "confirmed", [ALARM_CLOSED] = "closed" };

	for (uint64_t i = ALARM_EXPLAINED; i <= ALARM_CLOSED; i++)
		if (strcmp(text, names[i]) == 0) {
			*state = i;
			return true;
		}
	cli_usage("explained, confirmed or closed is wanted, not \"%s\"", text);
	return false;
}

int cmd_alarm_case(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "cause", required_argument, NULL, 'a' }, { 0 } };
	struct event ev = { .type = EV_ALARM_CASE };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 2, 2, "the alarm's id and explained, confirmed or closed are wanted", &status))
		return status;
	if (!cmd_hash("the id", a.rest[0], &ev.u.about.hash) || !take_state(a.rest[1], &ev.u.about.state) ||
	    !cmd_text("--cause", a.of['a'], &ev.u.about.text))
		return err_exit(ERR_USAGE);
	return cmd_send(&a.common, &ev, NULL, "Case moved on");
}

int cmd_correct(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "reason", required_argument, NULL, 'r' }, { 0 } };
	struct event ev = { .type = EV_CORRECTION };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 1, 1, "the id of an own event is wanted", &status))
		return status;
	if (!cmd_hash("the id", a.rest[0], &ev.u.about.hash) || !cmd_text("--reason", a.of['r'], &ev.u.about.text))
		return err_exit(ERR_USAGE);
	return cmd_send(&a.common, &ev, NULL, "Event declared wrong");
}
