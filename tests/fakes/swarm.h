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

#endif
