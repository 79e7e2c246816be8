/* A UDP relay on loopback, between many clients and one target, that loses datagrams both ways: each with the same
 * probability, from a seeded generator, so that a run's losses are drawn alike each time. */
#ifndef RX_RELAY_H
#define RX_RELAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What a running relay is told, and tells: in memory that both processes share, or of one process with a signal handler. */
struct relay {
	uint16_t port, target_port;
	uint64_t seed;
	unsigned ms; /* it ends by itself after so long */
	_Atomic unsigned loss_permille;
	_Atomic bool stop;
	_Atomic uint64_t passed, lost;
	_Atomic unsigned clients; /* seen so far, by their source ports */
};

/* Forward until the time is over or stop is set.  False: the port is taken, or no socket is to be had. */
bool relay_run(struct relay *r);

#endif
