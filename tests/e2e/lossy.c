/* lossy LISTEN_PORT TARGET_PORT LOSS_PERMILLE SEED [SECONDS]: a UDP relay on loopback that loses datagrams both ways
 * (fakes/relay.h).  It ends after so many seconds (300), or when it is told to with SIGTERM, and counts. */
#include "tests/fakes/relay.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct relay relay;

static void on_signal(int signum)
{
	(void)signum;
	relay.stop = true;
}

/* A whole decimal number of at most max. */
static bool number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *out <= max;
}

int main(int argc, char **argv)
{
	uint64_t port, target, loss, seed, seconds = 300;

	if (argc < 5 || argc > 6 || !number(argv[1], UINT16_MAX, &port) || !number(argv[2], UINT16_MAX, &target) ||
	    !number(argv[3], 1000, &loss) || !number(argv[4], UINT64_MAX, &seed) ||
	    (argc == 6 && !number(argv[5], 86400, &seconds))) {
		fprintf(stderr, "lossy LISTEN_PORT TARGET_PORT LOSS_PERMILLE SEED [SECONDS]\n");
		return 64;
	}
	relay.port = (uint16_t)port;
	relay.target_port = (uint16_t)target;
	relay.loss_permille = (unsigned)loss;
	relay.seed = seed;
	relay.ms = (unsigned)seconds * 1000;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	if (!relay_run(&relay)) {
		fprintf(stderr, "lossy: port %s cannot be listened on\n", argv[1]);
		return 1;
	}
	printf("%" PRIu64 " datagrams passed, %" PRIu64 " lost, %u clients\n", relay.passed, relay.lost, relay.clients);
	return 0;
}
