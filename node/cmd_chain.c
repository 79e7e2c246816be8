/* rxnode audit, dump, backup: on the database itself, with or without a running node. */
#include "node/audit.h"
#include "node/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct chain_cmd {
	struct cmd_common common;
	char db[CONFIG_PATH_MAX];
	struct store *store;
};

/* --db FILE, or the database of the configuration's node. */
static bool begin(struct chain_cmd *c, int argc, char **argv, int arguments, const char *wanted, int *status)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "db", required_argument, NULL, 'd' }, { 0 } };
	struct node_config cfg;
	int opt;
	enum err e = ERR_OK;

	cmd_common_init(&c->common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'd')
			e = config_path(c->db, ".", optarg);
		else if (!cmd_common_option(&c->common, opt, optarg, status))
			return false;
	}
	if (argc - optind != arguments) {
		*status = cli_usage("%s", wanted);
		return false;
	}
	if (e == ERR_OK && !c->db[0]) {
		if (!cmd_load_node(&c->common, &cfg, status))
			return false;
		e = config_path(c->db, cfg.dir, "ledger.db");
	}
	if (e == ERR_OK)
		e = store_open(&c->store, c->db, STORE_READ);
	if (e != ERR_OK)
		*status = cli_fail(e, "%s: %s", c->db, e == ERR_CORRUPT ? "not a ledger of this version, or damaged" : err_text(e));
	return e == ERR_OK;
}

/* ---- audit ---- */

static void show_progress(void *ctx, uint64_t done, uint64_t all)
{
	(void)ctx;
	fprintf(stderr, "\raudit: block %" PRIu64 " of %" PRIu64 "%s", done, all, done >= all ? "\n" : "");
}

static void print_report(const struct audit_report *r, const char *db)
{
	char hex[2 * HASH_LEN + 1];
	const struct audit_fault *f = &r->fault;

	cli_hex_print(hex, r->head.hash.b, HASH_LEN);
	if (f->err == ERR_OK) {
		printf("green: %s: %" PRIu64 " blocks, %" PRIu64 " events, %" PRIu64 " packs, %" PRIu64 " rows\n  head %s\n", db,
		       r->blocks, r->events, r->packs, r->rows, hex);
		return;
	}
	printf("RED: %s: ", db);
	if (f->table[0])
		printf("table %s, %s: ", f->table, f->key);
	else if (f->height)
		printf("block %" PRIu64 "%s", f->height, f->ev ? ", " : ": ");
	if (!f->table[0] && f->ev)
		printf("event %" PRIu64 ": ", f->ev);
	printf("%s\n  what comes before it holds, up to block %" PRIu64 "\n", f->what, r->head.height);
}

static void print_report_json(const struct audit_report *r)
{
	const struct audit_fault *f = &r->fault;
	char hex[2 * HASH_LEN + 1];

	cli_hex_print(hex, r->head.hash.b, HASH_LEN);
	printf("{\"green\":%s,\"blocks\":%" PRIu64 ",\"events\":%" PRIu64 ",\"packs\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"head\":\"%s\"",
	       f->err == ERR_OK ? "true" : "false", r->blocks, r->events, r->packs, r->rows, hex);
	if (f->err != ERR_OK) {
		printf(",\"error\":\"%s\",\"height\":%" PRIu64 ",\"event\":%" PRIu64 ",\"table\":\"%s\",\"key\":\"", err_name(f->err),
		       f->height, f->ev, f->table);
		cli_json_string(f->key, strlen(f->key));
		printf("\",\"what\":\"");
		cli_json_string(f->what, strlen(f->what));
		printf("\"");
	}
	printf("}\n");
}

int cmd_audit(int argc, char **argv)
{
	struct chain_cmd c = { 0 };
	struct audit_report *r;
	struct pool *pool = NULL;
	int status = 0;
	enum err e;

	if (!begin(&c, argc, argv, 0, "no arguments are taken, only options", &status))
		return status;
	r = calloc(1, sizeof(*r));
	e = r ? pool_new(&pool, 0) : ERR_NO_MEMORY;
	if (e == ERR_OK)
		e = audit_run(c.store, pool, isatty(STDERR_FILENO) ? show_progress : NULL, NULL, r);
	if (e != ERR_OK)
		status = cli_fail(e, "%s: %s", c.db, err_text(e));
	else if (c.common.json)
		print_report_json(r);
	else
		print_report(r, c.db);
	if (e == ERR_OK && r->fault.err != ERR_OK)
		status = err_exit(ERR_CORRUPT);
	pool_free(pool);
	store_close(c.store);
	free(r);
	return status;
}

/* ---- dump ---- */

static void print_hex(const char *name, struct bytes b)
{
	printf("\"%s\":\"", name);
	for (size_t i = 0; i < b.n; i++)
		printf("%02x", b.p[i]);
	printf("\"");
}

/* The members' public keys come first: with them anyone can check the rest. */
static enum err dump_key(void *ctx, struct bytes key, struct bytes value)
{
	struct key_parts k;
	struct key_row row;
	enum err e = key_parse(key, &k);

	(void)ctx;
	if (e == ERR_OK)
		e = key_row_decode(value, &row);
	if (e != ERR_OK)
		return e;
	printf("{\"kind\":\"key\",\"owner\":\"%013" PRIu64 "\",\"purpose\":\"%s\",\"revoked\":%" PRIu64 ",", row.owner,
	       row.purpose == KEY_FOR_EVENTS ? "events" : row.purpose == KEY_FOR_LABELS ? "labels" : "release", row.revoked);
	print_hex("kid", k.b);
	printf(",");
	print_hex("key", bytes_of(row.key.b, PUBKEY_LEN));
	printf("}\n");
	return ERR_OK;
}

static enum err dump_event(struct store *s, const struct state *st, uint64_t height, uint64_t index, uint64_t ev)
{
	struct event_row row;
	struct bytes cose = bytes_of(NULL, 0);
	bool hidden;
	enum err e = state_event(st, ev, &row);

	if (e != ERR_OK)
		return e;
	hidden = row.type == 0; /* from a light copy */
	printf("{\"kind\":\"%s\",\"height\":%" PRIu64 ",\"index\":%" PRIu64 ",\"ev\":%" PRIu64 ",", hidden ? "hidden" : "event", height,
	       index, ev);
	print_hex("id", hash_bytes(&row.id));
	if (!hidden) {
		e = store_event_cose(s, ev, &cose);
		printf(",\"signer\":\"%013" PRIu64 "\",", row.signer);
		print_hex("cose", cose);
	}
	printf("}\n");
	return e;
}

static enum err dump_block(struct store *s, const struct state *st, uint64_t height)
{
	struct bytes header, certificate;
	uint64_t first_ev, events;
	enum err e = store_block_head(s, height, &header, &certificate, &first_ev, &events);

	if (e != ERR_OK)
		return e;
	printf("{\"kind\":\"block\",\"height\":%" PRIu64 ",", height);
	print_hex("header", header);
	printf(",");
	print_hex("certificate", certificate);
	printf("}\n");
	for (uint64_t i = 0; i < events && e == ERR_OK; i++)
		e = dump_event(s, st, height, i, first_ev + i);
	return e;
}

int cmd_dump(int argc, char **argv)
{
	struct chain_cmd c = { 0 };
	struct chain_head head;
	struct bytes genesis;
	struct state st;
	int status = 0;
	enum err e;

	if (!begin(&c, argc, argv, 0, "no arguments are taken, only options", &status))
		return status;
	e = store_read_begin(c.store);
	st = store_state(c.store, STORE_NOW);
	if (e == ERR_OK)
		e = store_genesis(c.store, &genesis);
	if (e == ERR_OK) {
		printf("{\"kind\":\"genesis\",\"height\":0,");
		print_hex("genesis", genesis);
		printf("}\n");
		e = store_facts(c.store, KEY_KEY, dump_key, NULL);
	}
	if (e == ERR_OK)
		e = store_head(c.store, &head);
	for (uint64_t h = 1; e == ERR_OK && h <= head.height; h++)
		e = dump_block(c.store, &st, h);
	if (e != ERR_OK)
		status = cli_fail(e, "%s: %s", c.db, err_text(e));
	store_close(c.store);
	return status;
}

/* ---- backup ---- */

int cmd_backup(int argc, char **argv)
{
	struct chain_cmd c = { 0 };
	int status = 0;
	enum err e;

	if (!begin(&c, argc, argv, 1, "the new file's name is wanted", &status))
		return status;
	e = store_backup(c.store, argv[optind]);
	if (e == ERR_EXISTS)
		status = cli_fail(e, "%s is there already; nothing is overwritten", argv[optind]);
	else if (e != ERR_OK)
		status = cli_fail(e, "%s: %s", argv[optind], err_text(e));
	else
		printf("%s holds the whole ledger; check it with: rxnode audit --db %s\n", argv[optind], argv[optind]);
	store_close(c.store);
	return status;
}
