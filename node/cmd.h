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
int cmd_ship(int argc, char **argv); /* cmd_custody.c */
int cmd_void_ship(int argc, char **argv);
int cmd_receive(int argc, char **argv);
int cmd_dispense(int argc, char **argv);
int cmd_undo_dispense(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_lock(int argc, char **argv);
int cmd_unlock(int argc, char **argv);
int cmd_status(int argc, char **argv); /* cmd_show.c */
int cmd_history(int argc, char **argv);
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

/* A GLN on the command line.  False: said why. */
bool cmd_gln(const char *option, const char *text, uint64_t *gln);
/* One more company prefix, into its place in ascending order. */
bool cmd_prefix(struct prefixes *to, const char *text);
/* A GTIN; and an expiry as YYMMDD or YYYY-MM-DD, day 00 refused. */
bool cmd_gtin(const char *text, uint64_t *gtin);
bool cmd_expiry(const char *text, uint32_t *yyyymmdd);

#endif
