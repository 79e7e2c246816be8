/* A running node: the loop's thread with everything it holds.  Opened and run by serve; tests run several in one process
 * or as processes of their own. */
#ifndef RX_NODE_H
#define RX_NODE_H

#include "node/config.h"
#include "node/ledger.h"
#include "node/port/net.h"
#include "node/store.h"

#include <uv.h>

#define BLOCK_FILE_MAX (BLOCK_BYTES_MAX + CERTIFICATE_BYTES_MAX + 16)

struct waiting;
struct sync;
struct forward;
struct contents;
struct reports;
struct habits;

struct node {
	struct node_config cfg;
	uv_loop_t *loop;
	struct net *net;
	struct net_server *server;
	struct pool *pool;
	struct ledger *ledger;
	struct signer *signer;
	struct store *reader; /* the loop's own view; its snapshot ends with the ledger's news and with the tick */
	struct state state; /* of the reader, now */
	struct hash chain_id;
	struct waiting *waiting; /* requests for events that are not final yet */
	struct sync *sync;
	struct forward *forward;
	uint8_t *block_buf; /* the certified-block served last, for its other chunks; BLOCK_FILE_MAX */
	struct bytes block;
	uint64_t block_height; /* 0: none */
	uint64_t block_reader; /* whom it was put together for; 0: for all who may read all */
	struct contents *contents;
	struct reports *reports; /* scans that a second reading may confirm */
	struct habits *habits; /* of a full copy; NULL: none are learnt */
	uv_timer_t *tick;
	bool ledger_locked; /* trouble that a new block does not end: a fork, a restored copy */
	char trouble[200]; /* what is wrong, for status; "" when nothing is */
};

struct node_options {
	bool alone; /* --i-am-alone */
	unsigned threads; /* signature checks; 0: one for each core */
};

/* Open the node of cfg on loop: keys, database, server, peers.  why: text for people. */
MUST_CHECK enum err node_open(struct node **out, uv_loop_t *loop, const struct node_config *cfg, const struct node_options *opt,
			      struct config_fault *why);
/* Stop serving, finish and close; the loop must run once more for handles to close.  Accepts NULL. */
void node_close(struct node *n);

/* One line on standard error: time, level, text. */
void node_log(const char *level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
