/* A node of two members in a process of its own, from the programs that stand beside the test, and a client of it. */
#ifndef RX_SERVED_H
#define RX_SERVED_H

#include "node/client.h"

#define SERVED_MAKER 9506000134307ULL /* manufacturer, validates; prefix 9506000134 */
#define SERVED_SHOP 9506000134321ULL /* pharmacy */

struct served {
	char dir[32], bin[400];
	int pid;
	struct client *client; /* with the maker's node device and event key */
	struct signer *maker, *shop;
};

/* False, having said why, when it does not come up within 20 s. */
bool served_start(struct served *s);
bool served_start_light(struct served *s); /* a light copy, cut off: it has no peer */
/* Its exit status: 0 when it ended cleanly, as the sanitizers too see it.  Removes everything. */
int served_stop(struct served *s);

/* The folder of the programs that were built with the program that runs. */
void served_programs(char *bin, size_t cap);

/* GET /status: chain id and height.  False: no answer. */
bool served_status(struct served *s, struct hash *chain_id, uint64_t *height);

#endif
