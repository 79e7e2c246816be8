/* The commands of rxnode: each takes its arguments, argv[0] its name, and returns the exit status. */
#ifndef RX_CMD_H
#define RX_CMD_H

#include "node/cli.h"
#include "node/client.h"
#include "node/config.h"

int cmd_init(int argc, char **argv); /* cmd_setup.c */
int cmd_ca(int argc, char **argv);
int cmd_genesis(int argc, char **argv);
int cmd_serve(int argc, char **argv); /* cmd_serve.c */
int cmd_member(int argc, char **argv); /* cmd_master.c */
int cmd_device(int argc, char **argv);
int cmd_label_key(int argc, char **argv);
int cmd_product(int argc, char **argv);
int cmd_lot(int argc, char **argv);
int cmd_release_key(int argc, char **argv); /* cmd_release.c */
int cmd_release(int argc, char **argv);
int cmd_lot_notice(int argc, char **argv);
int cmd_step(int argc, char **argv); /* cmd_custody.c: the steps of custody, by argv[0] */
int cmd_recall(int argc, char **argv); /* cmd_recall.c */
int cmd_withdraw(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_retract(int argc, char **argv);
int cmd_alarm_case(int argc, char **argv); /* cmd_cases.c */
int cmd_correct(int argc, char **argv);
int cmd_status(int argc, char **argv); /* cmd_show.c */
int cmd_history(int argc, char **argv); /* cmd_history.c */
int cmd_where(int argc, char **argv); /* cmd_lists.c */
int cmd_recalls(int argc, char **argv);
int cmd_alerts(int argc, char **argv);
int cmd_handovers(int argc, char **argv);
int cmd_audit(int argc, char **argv); /* cmd_chain.c */
int cmd_dump(int argc, char **argv);
int cmd_backup(int argc, char **argv);

/* Options that every command takes. */
struct cmd_common {
	char config[CONFIG_PATH_MAX];
	bool json;
	uint64_t wait_s; /* for events to become final */
};
#define CMD_COMMON_OPTIONS \
	{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' }, { "wait", required_argument, NULL, 'w' }
void cmd_common_init(struct cmd_common *c);
/* An option of CMD_COMMON_OPTIONS; false: not one of them, or wrong and said so (*status then set). */
bool cmd_common_option(struct cmd_common *c, int opt, const char *arg, int *status);

/* The node's configuration, its client side.  False: said why; *status set. */
bool cmd_load_node(const struct cmd_common *c, struct node_config *out, int *status);
bool cmd_connect(const struct cmd_common *c, struct node_config *cfg, struct client **out, int *status);

/* Sign ev for the node's organisation, submit it, tell what became of it.  what: "24 packs shipped to 950...".
 * Returns the exit status. */
int cmd_submit(const struct cmd_common *c, struct client *client, struct event *ev, const char *what);

/* Connect, cmd_submit() at the organisation's own place, close.  key: file of the key to sign with; NULL: the event key. */
int cmd_send(const struct cmd_common *c, struct event *ev, const char *key, const char *what);

/* A command's options that are given once at most, by their letters: their values, "" of those without one, NULL of those not
 * given; and its arguments, lo to hi of them. */
struct cmd_args {
	struct cmd_common common;
	const char *of[128];
	char **rest;
	int rest_n;
};
struct option;
/* wanted: said when the arguments are too few or too many.  False: said why; *status set. */
bool cmd_args(struct cmd_args *a, const struct option *options, int argc, char **argv, int lo, int hi, const char *wanted,
	      int *status);

/* A GLN on the command line.  False: said why. */
bool cmd_gln(const char *option, const char *text, uint64_t *gln);
/* One more company prefix, into its place in ascending order. */
bool cmd_prefix(struct prefixes *to, const char *text);
/* A GTIN; and an expiry as YYMMDD or YYYY-MM-DD, day 00 refused. */
bool cmd_gtin(const char *text, uint64_t *gtin);
bool cmd_expiry(const char *text, uint32_t *yyyymmdd);
/* The id of an event or an alarm; words of 1 to NAME_MAX_BYTES bytes (text NULL: none given); a country's two letters. */
bool cmd_hash(const char *what, const char *text, struct hash *out);
bool cmd_text(const char *option, const char *text, struct bytes *out);
bool cmd_country(const char *option, const char *text, struct country *out);

#endif
