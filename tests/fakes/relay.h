/* A UDP relay on loopback, between many clients and one target, that loses datagrams both ways: each with the same
 * probability, from a seeded generator, so that a run's losses are drawn alike each time. */
#ifndef RX_RELAY_H
#define RX_RELAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What a running relay is told, and tells: in memory that both processes share, or of one process with a signal handler. */
struct relay {
	_Atomic uint16_t port; /* 0: any, and here it says which */
	uint16_t target_port;
	uint64_t seed;
	unsigned ms; /* it ends by itself after so long */
	_Atomic unsigned loss_permille;
	_Atomic bool stop;
	_Atomic uint64_t passed, lost;
	_Atomic unsigned clients; /* seen so far, by their source ports */
	_Atomic bool ready; /* it listens */
	int pid; /* of relay_fork() */
};

/* Forward until the time is over or stop is set.  False: the port is taken, or no socket is to be had. */
bool relay_run(struct relay *r);

/* The same in a process of its own that ends with this one, losing nothing yet; told through the memory handed out.  NULL: it
 * did not come up. */
struct relay *relay_fork(uint16_t port, uint16_t target_port, uint64_t seed, unsigned ms);
/* True: it ended cleanly.  Accepts NULL. */
bool relay_end(struct relay *r);

#endif
