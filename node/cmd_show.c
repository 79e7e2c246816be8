/* rxnode status. */
#include "node/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const role_names[] = { "?", "manufacturer", "distributor", "pharmacy", "regulator" };

/* node.cddl "status", by its keys */
struct status_view {
	uint64_t n[17];
	struct bytes b[17];
};

static enum err read_status(struct bytes body, struct status_view *s)
{
	struct rd r;
	int64_t last = -1;

	rd_init(&r, body);
	for (size_t n = rd_map(&r); n > 0 && r.err == ERR_OK; n--) {
		uint64_t key = rd_key(&r, &last);
		int head = rd_peek(&r);

		if (key > 16)
			rd_skip(&r);
		else if (head == 0xf4 || head == 0xf5)
			s->n[key] = rd_bool(&r);
		else if (head >> 5 == 0)
			s->n[key] = rd_uint(&r);
		else if (head >> 5 == 2)
			s->b[key] = rd_bstr(&r);
		else
			s->b[key] = rd_tstr(&r);
	}
	return rd_end(&r);
}

static void print_status(const struct status_view *s)
{
	char hex[2 * HASH_LEN + 1], when[24];
	uint64_t age_s = s->n[13] > s->n[8] ? (s->n[13] - s->n[8]) / 1000 : 0;

	printf("%.*s, %s, GLN %013" PRIu64 "%s\n", (int)s->b[4].n, (const char *)s->b[4].p, role_names[s->n[3] <= 4 ? s->n[3] : 0],
	       s->n[2], s->n[11] ? ", validator" : "");
	if (s->b[5].n == HASH_LEN) {
		cli_hex_print(hex, s->b[5].p, HASH_LEN);
		printf("chain    %s\n", hex);
	}
	printf("head     block %" PRIu64 " of %s, %" PRIu64 " s old\n", s->n[6], cli_time(when, (int64_t)(s->n[8] / 1000)), age_s);
	if (s->b[7].n == HASH_LEN) {
		cli_hex_print(hex, s->b[7].p, HASH_LEN);
		printf("hash     %s\n", hex);
	}
	printf("ledger   %" PRIu64 " events, %" PRIu64 " packs\n", s->n[9], s->n[10]);
	printf("copy     %s\n", s->n[16] ? "light: what this organisation may read; full nodes are asked about the rest" : "full: all events");
	printf("outbox   %" PRIu64 " events wait for a validator\n", s->n[12]);
	if (s->n[14])
		printf("evidence %" PRIu64 " forks seen: two certified blocks at one height\n", s->n[14]);
	if (s->b[15].n)
		printf("TROUBLE  %.*s\n", (int)s->b[15].n, (const char *)s->b[15].p);
}

static void print_status_json(const struct status_view *s)
{
	char hex[2 * HASH_LEN + 1] = "";

	printf("{\"gln\":\"%013" PRIu64 "\",\"role\":\"%s\",\"name\":\"", s->n[2], role_names[s->n[3] <= 4 ? s->n[3] : 0]);
	cli_json_string((const char *)s->b[4].p, s->b[4].n);
	if (s->b[7].n == HASH_LEN)
		cli_hex_print(hex, s->b[7].p, HASH_LEN);
	printf("\",\"height\":%" PRIu64 ",\"hash\":\"%s\",\"time_ms\":%" PRIu64 ",\"events\":%" PRIu64 ",\"packs\":%" PRIu64
	       ",\"validator\":%s,\"light\":%s,\"outbox\":%" PRIu64 ",\"evidence\":%" PRIu64 ",\"trouble\":\"",
	       s->n[6], hex, s->n[8], s->n[9], s->n[10], s->n[11] ? "true" : "false", s->n[16] ? "true" : "false", s->n[12], s->n[14]);
	cli_json_string((const char *)s->b[15].p, s->b[15].n);
	printf("\"}\n");
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { 0 } };
	struct status_view s = { 0 };
	struct cmd_common common;
	struct config_fault why;
	struct node_config cfg;
	struct client *client;
	struct net_result r;
	int opt, status;
	enum err e;

	cmd_common_init(&common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!cmd_common_option(&common, opt, optarg, &status))
			return status;
	if (optind != argc)
		return cli_usage("no arguments are taken");
	if (!cmd_connect(&common, &cfg, &client, &status))
		return status;
	e = client_get(client, "status", NULL, &r, &why);
	if (e == ERR_OK)
		e = read_status(r.body, &s);
	if (e != ERR_OK)
		status = cli_fail(e, "%s", why.text);
	else if (common.json)
		print_status_json(&s);
	else
		print_status(&s);
	client_close(client);
	return e == ERR_OK ? 0 : status;
}
