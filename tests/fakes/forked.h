/* A CoAP server in a process of its own, for tests that kill, flood or measure it. */
#ifndef RX_FORKED_H
#define RX_FORKED_H

#include "node/port/net.h"

#include <sys/types.h>

/* Its process id, and the port it listens on; 0 or less: it did not come up. */
pid_t forked_server(const struct net_server_config *cfg, uint16_t *port);
/* Certificate a.crt and key a.key of gln under ca.crt, in the test's folder (keys.h); cfg's paths name them. */
bool forked_certificates(uint64_t gln, struct net_server_config *cfg);
void forked_end(pid_t pid);

long forked_resident_kib(pid_t pid);

#endif
