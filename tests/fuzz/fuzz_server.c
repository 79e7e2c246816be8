/* The CoAP handlers of a running node, over real DTLS: requests that are nearly right.  Wrong is a node that ends, or whose
 * sanitizers complain when it does. */
#include "tests/fakes/fuzz.h"
#include "tests/fakes/served.h"
#include "node/core/verdict.h"

#include <stdio.h>

static struct served node;

static const char *const paths[] = { "events", "events/00", "verify", "items/01/09506000134352/21/A", "items/01", "head", "blocks/0",
				     "blocks/1", "proof", "recalls", "alerts", "order", "status", ".well-known/core", "", "a//b",
				     "items/00/095060001340000017", "where", "handovers" };
static const char *const queries[] = { "", "c=0", "c=99999999999", "ev=1&size=1", "from=1&to=1", "at=1", "at=x", "&&=",
				       "gtin=09506000134352&lot=", "time=1", "all=1" };

/* First byte: path; second: query; third: method; the rest: body, or appended to the path. */
static enum fuzz_result one(struct bytes in)
{
	static uint8_t buf[1 << 16];
	char path[NET_PATH_MAX + 1];
	struct net_result r = { 0 };
	struct net_call call = { .path = path, .content_format = CT_EVENT, .timeout_ms = 20000 };

	if (in.n < 4)
		return FUZZ_REFUSED;
	call.method = in.p[2] % 3 == 0 ? NET_GET : in.p[2] % 3 == 1 ? NET_POST : NET_FETCH;
	call.query = queries[in.p[1] % (sizeof(queries) / sizeof(queries[0]))];
	call.content_format = call.method == NET_FETCH ? 65005 : CT_EVENT;
	call.body = bytes_of(in.p + 4, in.n - 4);
	snprintf(path, sizeof(path), "%s%.*s", paths[in.p[0] % (sizeof(paths) / sizeof(paths[0]))], (int)(in.p[3] % 8),
		 (const char *)in.p + 4);
	if (net_client_call(client_net(node.client), &call, &r, buf, sizeof(buf)) != ERR_OK)
		return FUZZ_WRONG;
	return r.code < 400 ? FUZZ_ACCEPTED : FUZZ_REFUSED;
}

static void seed_question(void)
{
	struct verdict_question q = { .gtin = 9506000134352ULL, .serial = BYTES_LIT("S1"), .lot = BYTES_LIT("L1") };
	uint8_t buf[128] = { 2, 0, 2, 0 };
	struct bytes b;

	if (question_encode(&q, buf + 4, sizeof(buf) - 4, &b) == ERR_OK)
		fuzz_seed(bytes_of(buf, b.n + 4));
}

int main(int argc, char **argv)
{
	int status;

	if (!served_start(&node))
		return 1;
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (unsigned q = 0; q < sizeof(queries) / sizeof(queries[0]); q++) {
			uint8_t in[8] = { (uint8_t)i, (uint8_t)q, 0, 0, '/', '1', 'x', 'y' };

			fuzz_seed(bytes_of(in, sizeof(in)));
		}
	seed_question();
	status = fuzz_run("fuzz_server", argc, argv, 4000, one);
	if (served_stop(&node) != 0) {
		printf("fuzz_server: 0 passed, 1 failed\n");
		return 1;
	}
	return status;
}
