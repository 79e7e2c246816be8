/* The CoAP handlers of a running node, over real DTLS: requests that are nearly right.  Wrong is a node that ends, or whose
 * sanitizers complain when it does. */
#include "tests/fakes/fuzz.h"
#include "tests/fakes/served.h"
#include "node/core/verdict.h"
#include "node/server.h"

#include <stdio.h>

static struct served node, light;

static const char *const paths[] = { "events", "events/00", "verify", "items/01/09506000134352/21/A", "items/01", "items", "head", "blocks/0",
				     "blocks/1", "proof", "items/00/095060001340000017", "recalls", "alerts", "where", "handovers", "order", "status", ".well-known/core", "", "a//b" };
static const char *const queries[] = { "", "c=0", "c=99999999999", "ev=1&size=1", "from=1&to=1", "at=1", "at=x", "&&=",
				       "gtin=09506000134352&lot=A&", "gtin=09506000134352&time=1", "all=1" };

#define QUERIES (sizeof(queries) / sizeof(queries[0]))
#define ON_LIGHT 128

/* First byte: path; second: query; third: method; fourth: how many bytes of the body follow the path, and of which node. */
static enum fuzz_result one(struct bytes in)
{
	static uint8_t buf[1 << 16];
	char path[NET_PATH_MAX + 1];
	struct net_result r = { 0 };
	struct net_call call = { .path = path, .content_format = CT_EVENT, .timeout_ms = 20000 };

	if (in.n < 4)
		return FUZZ_REFUSED;
	call.method = in.p[2] % 3 == 0 ? NET_GET : in.p[2] % 3 == 1 ? NET_POST : NET_FETCH;
	call.query = queries[in.p[1] % QUERIES];
	call.content_format = call.method == NET_FETCH ? 65005 : in.p[2] < 128 ? CT_EVENT : CF_REPORT;
	call.body = bytes_of(in.p + 4, in.n - 4);
	snprintf(path, sizeof(path), "%s%.*s", paths[in.p[0] % (sizeof(paths) / sizeof(paths[0]))], (int)(in.p[3] % 8),
		 (const char *)in.p + 4);
	if (net_client_call(client_net(in.p[3] & ON_LIGHT ? light.client : node.client), &call, &r, buf, sizeof(buf)) != ERR_OK)
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

/* node.cddl: report = [ question, reason: uint, confirmed: bool ] */
static void seed_report(uint8_t on, enum reason reason, bool confirmed)
{
	struct verdict_question q = { .gtin = 9506000134352ULL, .serial = BYTES_LIT("S1"), .lot = BYTES_LIT("L1") };
	uint8_t question[128], buf[160];
	struct bytes b;
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_raw(&w, bytes_of((const uint8_t[]){ 11, 0, 130, on }, 4)); /* alerts, POST */
	wr_array(&w, 3);
	if (question_encode(&q, question, sizeof(question), &b) != ERR_OK)
		return;
	wr_raw(&w, b);
	wr_uint(&w, (uint64_t)reason);
	wr_bool(&w, confirmed);
	if (wr_end(&w, &b) == ERR_OK)
		fuzz_seed(b);
}

static int stop(struct served *s)
{
	return s->pid > 0 ? served_stop(s) : 0;
}

int main(int argc, char **argv)
{
	int status;

	if (!served_start(&node) || !served_start_light(&light)) {
		stop(&node);
		return 1;
	}
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (unsigned q = 0; q < QUERIES; q++) {
			uint8_t in[8] = { (uint8_t)i, (uint8_t)q, 0, 0, '/', '1', 'x', 'y' };

			fuzz_seed(bytes_of(in, sizeof(in)));
			in[3] = ON_LIGHT;
			fuzz_seed(bytes_of(in, sizeof(in)));
		}
	seed_question();
	for (unsigned on = 0; on <= ON_LIGHT; on += ON_LIGHT) {
		seed_report((uint8_t)on, REASON_SERIAL_UNKNOWN, true);
		seed_report((uint8_t)on, REASON_DISPENSED_ELSEWHERE, false);
		seed_report((uint8_t)on, REASON_NOT_YOURS, false);
	}
	status = fuzz_run("fuzz_server", argc, argv, 4000, one);
	if (stop(&node) + stop(&light) != 0) {
		printf("fuzz_server: 0 passed, 1 failed\n");
		return 1;
	}
	return status;
}
