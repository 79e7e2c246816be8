/* Inside the swarm: swarm.c (watching, a round, start and stop), swarm_members.c (folders, keys, ports, processes),
 * swarm_recall.c (goods, and their recall). */
#ifndef RX_SWARM_INTERNAL_H
#define RX_SWARM_INTERNAL_H

#include "node/port/net.h"
#include "node/port/signer.h"
#include "tests/fakes/relay.h"
#include "tests/fakes/served.h"
#include "tests/fakes/swarm.h"

#include <sys/types.h>
#include <uv.h>

#define MAKER SERVED_MAKER /* validates */
#define REGULATOR 1u /* the follower that signs second; the first one is a manufacturer, the others may hold goods */
#define SPREAD_MS 30000

struct follower {
	struct swarm *swarm;
	uint64_t gln;
	uint16_t port;
	pid_t pid;
	struct net_client *watcher; /* a device of its own organisation, on a line without loss */
	bool watching;
	double shown_s; /* when it showed what is being spread; 0: not yet */
};

/* Where events come from: a manufacturer of a product of its own. */
struct source {
	struct signer *signer;
	uint64_t gln, gtin;
	unsigned events; /* made so far */
};

/* What each follower is asked to tell of, and whether it shows what is being spread. */
struct watch {
	const char *path;
	bool (*shows)(const struct swarm *s, struct bytes answer);
};

struct swarm {
	char dir[32], bin[400];
	unsigned followers_n, seconds;
	uint64_t random;
	uint16_t port; /* the validator's; the relay's is one more, the followers' come after */
	pid_t validator;
	struct relay *relay;
	uv_loop_t loop;
	uv_timer_t timer;
	bool loop_open, timed_out;
	struct net *net;
	struct net_client *poster; /* a device of the maker's at its own node, on a line without loss */
	struct source sources[SWARM_PLACES];
	struct hash chain_id;
	const struct watch *watch;
	uint64_t height; /* spread last: a block, */
	struct hash recall; /* or a recall, and which state of it: 0 is over */
	uint64_t recall_state;
	unsigned holders, lot_packs; /* of the lot that is recalled, once there is one */
	struct { bool done; enum err err; int code; double at_s; } posted;
	struct follower followers[SWARM_FOLLOWERS_MAX];
};

bool swarm_fail(const char *what); /* false, having said so */
double swarm_now_s(void);

/* swarm_members.c */
/* Ports, folders and keys of all of them. */
bool swarm_make_members(struct swarm *s);
bool swarm_load_key(const struct swarm *s, struct signer **out, uint64_t gln);
void swarm_start_processes(struct swarm *s);

/* swarm.c */
/* Sign ev as gln: chain, key, times, place and nonce are filled in.  Borrowed until the next call; p NULL: it cannot be. */
struct bytes swarm_sign(const struct swarm *s, struct signer *signer, uint64_t gln, struct event *ev);
/* Post it there.  swarm_posted(): it is answered; swarm_taken(): and final. */
bool swarm_post(struct swarm *s, struct net_client *at, struct bytes cose);
bool swarm_posted(const struct swarm *s);
bool swarm_taken(const struct swarm *s);
/* Post it there, until all show it. */
bool swarm_spread_from(struct swarm *s, struct net_client *at, struct bytes cose, struct swarm_times *out);
/* Run the loop until done says so or so much time has passed, and keep watching. */
bool swarm_run_until(struct swarm *s, unsigned ms, bool (*done)(const struct swarm *s));
/* Watch for something else from now on. */
bool swarm_watch(struct swarm *s, const struct watch *watch);

#endif
