/* The node's smaller parts: configuration, problem details, guard, pool, waiting exchanges, inputs of the scanner. */
#include "node/config.h"
#include "node/guard.h"
#include "node/pool.h"
#include "node/problem.h"
#include "node/waiting.h"
#include "scanner/check.h"
#include "scanner/input.h"
#include "tests/fakes/keys.h"
#include "tests/t.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- configuration ---- */

static const struct {
	const char *name, *text;
	enum err err;
	const char *says;
} configs[] = {
	{ "good", "# c\n\n gln = 9506000134307 \nlisten=[::1]:99\npeer = 9506000134321@127.0.0.1:5\n", ERR_OK, "" },
	{ "no gln", "listen = 127.0.0.1:1\n", ERR_CONFIG, "gln is missing" },
	{ "check digit", "gln = 9506000134308\n", ERR_CONFIG, ":1: gln" },
	{ "no equals", "gln = 9506000134307\nlisten 127.0.0.1\n", ERR_CONFIG, ":2: " },
	{ "unknown name", "gln = 9506000134307\nlisen = 1\n", ERR_CONFIG, ":2: unknown" },
	{ "port", "gln = 9506000134307\nlisten = 127.0.0.1:70000\n", ERR_CONFIG, "listen" },
	{ "peer", "gln = 9506000134307\npeer = 127.0.0.1:1\n", ERR_CONFIG, "GLN@" },
	{ "rate", "gln = 9506000134307\nverify_rate = 0\n", ERR_CONFIG, "number" },
};

static const char *write_file(const char *name, const char *text)
{
	const char *path = test_path(name);
	FILE *f = fopen(path, "w");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
	return path;
}

static void test_configuration(void)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct config_fault why = { "" };
		struct node_config c;

		CHECK_ROW(node_config_load(&c, write_file("n.conf", configs[i].text), &why) == configs[i].err, configs[i].name);
		CHECK_ROW(strstr(why.text, configs[i].says) != NULL, configs[i].name);
		if (configs[i].err == ERR_OK)
			CHECK(c.gln == 9506000134307ULL && c.port == 99 && strcmp(c.address, "::1") == 0 && c.peers_n == 1 &&
			      c.peers[0].port == 5 && c.verify_per_s == 200);
	}
}

/* What stands far along a line is no line of its own. */
static void test_a_line_too_long(void)
{
	char text[1200];
	struct config_fault why = { "" };
	struct node_config c;

	memset(text, '#', sizeof(text));
	memcpy(text + 1023, "gln = 9506000134307\n", sizeof("gln = 9506000134307\n"));
	CHECK(node_config_load(&c, write_file("n.conf", text), &why) == ERR_CONFIG && strstr(why.text, ":1: not a line") != NULL);
}

static void test_client_configuration(void)
{
	struct config_fault why;
	struct client_config c;

	CHECK(client_config_load(&c, test_path("none.conf"), &why) == ERR_NOT_FOUND);
	CHECK(client_config_load(&c, write_file("c.conf", "gln = 9506000134307\nnode = 9506000134307@127.0.0.1:5684\n"
							   "certificate = d.crt\nkey = /abs/d.key\nca = ca.crt\n"), &why) == ERR_OK);
	CHECK(strcmp(c.key_path, "/abs/d.key") == 0 && strstr(c.cert_path, "/d.crt") && !c.event_key_path[0]);
	CHECK(client_config_load(&c, write_file("c.conf", "gln = 9506000134307\n"), &why) == ERR_CONFIG &&
	      strstr(why.text, "node is missing"));
}

/* ---- problem details ---- */

static void test_problem_details(void)
{
	struct problem p = { .err = ERR_PACK_LOCKED, .detail = BYTES_LIT("pack 3"), .refusal = BYTES_LIT("sig"), .at_pack = true,
			     .pack_pos = 2 }, back;
	uint8_t buf[PROBLEM_BYTES_MAX];
	struct bytes b;

	CHECK(problem_encode(&p, buf, sizeof(buf), &b) == ERR_OK && problem_decode(&back, b) == ERR_OK);
	CHECK(back.err == ERR_PACK_LOCKED && bytes_eq(back.detail, p.detail) && bytes_eq(back.refusal, p.refusal) && back.at_pack &&
	      back.pack_pos == 2);
	CHECK(rd_check(b, false) == ERR_OK); /* deterministic, negative keys after positive ones or not: as RFC 8949 sorts them */
	CHECK(problem_decode(&back, BYTES_LIT("\xa1\x61x\x00")) == ERR_UNKNOWN_FIELD);
}

static void test_refusals(void)
{
	struct refusal_statement s = { .id = { { 9 } }, .reason = ERR_NOT_HOLDER, .height = 77 }, back;
	uint8_t buf[REFUSAL_BYTES_MAX];
	struct bytes b;

	CHECK(refusal_encode(&s, buf, sizeof(buf), &b) == ERR_OK && refusal_decode(&back, b) == ERR_OK);
	CHECK(hash_eq(&back.id, &s.id) && back.reason == ERR_NOT_HOLDER && back.height == 77 && !back.at_pack);
}

/* ---- guard ---- */

static void test_guard(void)
{
	char path[96], copy[96], cmd[300];
	enum guard_state st;
	struct guard *g;

	snprintf(path, sizeof(path), "%s", test_path("guard"));
	snprintf(copy, sizeof(copy), "%s", test_path("guard.copy"));
	NEED(guard_open(&g, path, 0, &st) == ERR_OK);
	CHECK(st == GUARD_INTACT && guard_raise(g, 5) == ERR_OK);
	snprintf(cmd, sizeof(cmd), "cp -p %s %s", path, copy);
	CHECK(system(cmd) == 0);
	CHECK(guard_raise(g, 9) == ERR_OK);
	guard_close(g);
	CHECK(guard_open(&g, path, 9, &st) == ERR_OK && st == GUARD_INTACT);
	guard_close(g);
	CHECK(guard_open(&g, path, 12, &st) == ERR_OK && st == GUARD_INTACT); /* stored, not yet guarded, then a crash */
	guard_close(g);
	CHECK(guard_open(&g, path, 8, &st) == ERR_OK && st == GUARD_RESTORED); /* the database is behind */
	CHECK(guard_raise(g, 10) == ERR_NOT_READY);
	CHECK(guard_accept(g, 8) == ERR_OK && guard_raise(g, 9) == ERR_OK);
	guard_close(g);
	CHECK(guard_open(&g, path, 9, &st) == ERR_OK && st == GUARD_INTACT);
	guard_close(g);
	usleep(1100000); /* longer than what the file system's clock may be off: the copy is younger than it says */
	snprintf(cmd, sizeof(cmd), "cp -p %s %s", copy, path);
	CHECK(system(cmd) == 0 && guard_open(&g, path, 5, &st) == ERR_OK && st == GUARD_RESTORED); /* put back over itself */
	guard_close(g);
	CHECK(unlink(path) == 0 && guard_open(&g, path, 5, &st) == ERR_OK && st == GUARD_RESTORED); /* none, and blocks */
	guard_close(g);
}

/* ---- pool ---- */

static atomic_uint sum;

static void add(void *ctx, size_t i)
{
	(void)ctx;
	atomic_fetch_add(&sum, (unsigned)i);
}

static void test_pool(void)
{
	struct pool *p;

	NEED(pool_new(&p, 3) == ERR_OK);
	for (int round = 0; round < 50; round++) {
		atomic_store(&sum, 0);
		pool_each(p, 100, add, NULL);
		CHECK(atomic_load(&sum) == 4950);
	}
	atomic_store(&sum, 0);
	pool_each(p, 0, add, NULL);
	pool_each(p, 1, add, NULL);
	CHECK(atomic_load(&sum) == 0);
	pool_free(p);
	pool_free(NULL);
}

/* ---- waiting ---- */

static void test_waiting(void)
{
	static char places[3];
	struct net_exchange *x[3] = { (void *)&places[0], (void *)&places[1], (void *)&places[2] }; /* never looked into */
	struct hash a = { { 1 } }, b = { { 1, 0, 5 } }, late; /* of one bucket */
	struct waiting *w;

	NEED(waiting_new(&w) == ERR_OK);
	CHECK(waiting_add(w, &a, x[0], 10) == ERR_OK && waiting_add(w, &b, x[1], 20) == ERR_OK && waiting_add(w, &a, x[2], 30) == ERR_OK);
	CHECK(waiting_has(w, &a) && waiting_take_late(w, 9, &late) == NULL);
	CHECK(waiting_take(w, &b) == x[1] && waiting_take(w, &b) == NULL && !waiting_has(w, &b));
	CHECK(waiting_take(w, &a) && waiting_take(w, &a) && !waiting_take(w, &a));
	CHECK(waiting_take_late(w, UINT64_MAX, &late) == NULL);
	CHECK(waiting_add(w, &b, x[1], 40) == ERR_OK && waiting_take_late(w, 40, &late) == x[1] && hash_eq(&late, &b));
	waiting_free(w);
}

/* ---- scanner ---- */

static void test_separators_are_written_out(void)
{
	char line[] = "]d201{GS}x{GS}{G", end[] = "{GS}";

	CHECK(input_unescape(line, sizeof(line) - 1) == 10 && memcmp(line, "]d201\x1dx\x1d{G", 10) == 0);
	CHECK(input_unescape(end, 4) == 1 && end[0] == 0x1d);
}

static enum err input_failure;

static void input_scanned(void *ctx, const char *name, struct bytes text, bool decoded)
{
	(void)ctx, (void)name, (void)text, (void)decoded;
	input_failure = ERR_OK;
}

static void input_not_scanned(void *ctx, const char *name, enum err e)
{
	(void)ctx, (void)name;
	input_failure = e;
}

/* A picture's name is not taken for what a scanner read. */
static void test_a_missing_picture_is_said_to_be_missing(void)
{
	static const struct { const char *arg; enum err err; } rows[] = {
		{ "/none.png", ERR_NOT_FOUND }, { "none.JPG", ERR_NOT_FOUND }, { "none.jpeg", ERR_NOT_FOUND },
		{ "https://example.com/01/09506000134352?x=.png", ERR_OK }, { "(01)09506000134352(21)A", ERR_OK }, { "png", ERR_OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		input_failure = ERR_USAGE;
		input_argument(NULL, rows[i].arg, input_scanned, input_not_scanned, NULL);
		CHECK_ROW(input_failure == rows[i].err, rows[i].arg);
	}
}

static void test_exit_statuses(void)
{
	static struct checked c;
	static const struct { const char *text; int status; } rows[] = {
		{ "hello", 3 }, { "(01)09506000134353(21)A", 3 }, { "(01)09506000134352", 3 }, { "(01)09506000134352(21)A", 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_text(NULL, NULL, bytes_of_str(rows[i].text), &c);
		CHECK_ROW(check_status(&c) == rows[i].status, rows[i].text);
	}
	CHECK(check_worse(0, 2) == 2 && check_worse(1, 2) == 1 && check_worse(3, 4) == 3 && check_worse(1, 69) == 69 && check_worse(0, 0) == 0);
}

T_MAIN("shell", T(test_configuration), T(test_a_line_too_long),
       T(test_client_configuration), T(test_problem_details), T(test_refusals), T(test_guard),
       T(test_pool), T(test_waiting), T(test_separators_are_written_out),
       T(test_a_missing_picture_is_said_to_be_missing), T(test_exit_statuses))
