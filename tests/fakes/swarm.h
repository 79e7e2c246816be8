/* A validator and many followers, each a process of its own with its own keys, certificates and database; what the followers
 * hear goes through a relay that loses datagrams.  How long news takes to the last of them. */
#ifndef RX_SWARM_H
#define RX_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#define SWARM_FOLLOWERS_MAX 60 /* 64 members in a genesis block */

struct swarm;

/* All of them up, following and subscribed; the relay loses nothing yet.  Everything ends by itself after so many seconds.
 * False, having said why, when they are not up within half of that. */
bool swarm_start(struct swarm **out, unsigned followers, uint64_t seed, unsigned seconds);
/* True: each process ended cleanly.  Removes everything.  Accepts NULL. */
bool swarm_stop(struct swarm *s);

void swarm_loss(struct swarm *s, unsigned permille);
uint64_t swarm_lost(const struct swarm *s); /* datagrams so far */
/* The validator forgets who observes it, as when a notification failed for good: nobody is told. */
void swarm_forget_observers(struct swarm *s);
/* Let time pass. */
void swarm_pause(struct swarm *s, unsigned ms);
/* The same within a span, drawn from the seed: rounds fall anywhere between the followers' polls. */
void swarm_pause_between(struct swarm *s, unsigned least_ms, unsigned most_ms);

/* Where an event is posted: at the validator, or at the first follower, which forwards it through the relay. */
enum swarm_place { SWARM_VALIDATOR, SWARM_FOLLOWER, SWARM_PLACES };

/* One event from its POST, itself on a line without loss, until each follower shows it.  Seconds from when it is begun. */
struct swarm_times {
	double receipt; /* whoever posted it has its receipt: final there */
	double first, median, last; /* follower that shows it */
};
/* False, having said why: refused, or not shown by all within 30 s. */
bool swarm_spread(struct swarm *s, enum swarm_place at, struct swarm_times *out);

/* ---- a recall ---- */

#define SWARM_HOLDERS_MAX 20

/* A lot of the validator's product, released, and spread over up to so many followers: pharmacies, which hold light copies, and
 * distributors.  From now on all are subscribed to /recalls, each at its own node.  False, having said why. */
bool swarm_goods(struct swarm *s);

/* A recall of that lot, and its end; all times in seconds. */
struct swarm_recall {
	double preview; /* rxnode recall --preview at the manufacturer, from its start to its end */
	double proposed; /* from the proposal's POST at the manufacturer's node to the regulator's node showing it */
	struct swarm_times force; /* from the POST of the regulator's signature at its node, which forwards it */
	struct swarm_times over; /* the retraction: likewise, until no node shows the recall */
};
/* forget: the validator forgets its observers right before each second signature.  False, having said why: also when the preview
 * does not find the whole lot. */
bool swarm_recall(struct swarm *s, bool forget, struct swarm_recall *out);

#endif
