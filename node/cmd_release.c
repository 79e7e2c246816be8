/* rxnode release-key, release, lot-notice: what a manufacturer's quality people say of a lot. */
#include "node/cmd.h"
#include "node/core/rules.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define NOTICE_DAYS 14 /* unless --until says otherwise */

static bool take_lot(struct event *ev, const struct cmd_args *a)
{
	if (!cmd_gtin(a->rest[0], &ev->u.lot.gtin))
		return false;
	ev->u.lot.lot = bytes_of_str(a->rest[1]);
	return true;
}

static enum err make_key(const char *path, struct pubkey *out)
{
	struct signer *s;
	enum err e = signer_create(path);

	if (e == ERR_OK)
		e = signer_load(&s, path);
	if (e != ERR_OK)
		return e;
	*out = *signer_pubkey(s);
	signer_free(s);
	return ERR_OK;
}

int cmd_release_key(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "out", required_argument, NULL, 'o' }, { 0 } };
	struct event ev = { .type = EV_RELEASE_KEY };
	struct cmd_args a;
	int status;
	enum err e;

	if (!cmd_args(&a, options, argc, argv, 0, 0, "only options are taken", &status))
		return status;
	if (!a.of['o'])
		return cli_usage("--out FILE is wanted");
	e = make_key(a.of['o'], &ev.u.key);
	if (e == ERR_EXISTS)
		return cli_fail(e, "%s is there already; nothing is overwritten", a.of['o']);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", a.of['o'], err_text(e));
	status = cmd_send(&a.common, &ev, NULL, "Release key registered");
	if (status != 0 && status != err_exit(ERR_BUSY)) /* pending: the ledger may still come to know it */
		unlink(a.of['o']);
	return status;
}

int cmd_release(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "key", required_argument, NULL, 'k' }, { 0 } };
	struct event ev = { .type = EV_LOT_RELEASE };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 2, 2, "a GTIN and a lot are wanted", &status))
		return status;
	if (!a.of['k'])
		return cli_usage("--key FILE is wanted: the release key, made with \"rxnode release-key\"");
	if (!take_lot(&ev, &a))
		return err_exit(ERR_USAGE);
	return cmd_send(&a.common, &ev, a.of['k'], "Lot released for sale");
}

/* The end of a day, UTC, or so many days from now. */
static bool take_until(const char *text, uint64_t *until_s)
{
	struct tm tm = { .tm_hour = 23, .tm_min = 59, .tm_sec = 59 };
	const uint64_t now = (uint64_t)time(NULL);
	const char *end;

	*until_s = now + NOTICE_DAYS * 86400;
	if (!text)
		return true;
	end = strptime(text, "%Y-%m-%d", &tm);
	*until_s = end && !*end ? (uint64_t)timegm(&tm) : 0;
	if (*until_s >= now && *until_s <= now + NOTICE_WITHIN_S)
		return true;
	cli_usage("--until wants a day, YYYY-MM-DD, from today to %d days ahead, not \"%s\"", NOTICE_WITHIN_S / 86400 - 1, text);
	return false;
}

int cmd_lot_notice(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "packs", required_argument, NULL, 'n' },
						 { "until", required_argument, NULL, 'u' }, { 0 } };
	struct event ev = { .type = EV_LOT_NOTICE };
	struct cmd_args a;
	int status;

	if (!cmd_args(&a, options, argc, argv, 2, 2, "a GTIN and a lot are wanted", &status))
		return status;
	if (!a.of['n'])
		return cli_usage("--packs N is wanted: how many packs the lot will have in all");
	if (!take_lot(&ev, &a) || !cli_number("--packs", a.of['n'], 1, 1000000000, &ev.u.lot.packs) ||
	    !take_until(a.of['u'], &ev.u.lot.until_s))
		return err_exit(ERR_USAGE);
	return cmd_send(&a.common, &ev, NULL, "Lot announced");
}
