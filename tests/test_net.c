/* The CoAP seam: a server and clients on one loop, real DTLS with certificates made here. */
#include "node/port/cert.h"
#include "node/port/net.h"
#include "tests/fakes/forked.h"
#include "tests/fakes/relay.h"
#include "tests/t.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define A 9506000134307ULL
#define B 9506000134314ULL
#define BIG 300000

static char dir[] = "/tmp/rxnet-XXXXXX";
static uv_loop_t loop;
static struct net *net;
static struct net_server *server;
static struct net_client *client;
static uint8_t buf[2 * BIG];

static const char *path(const char *name)
{
	static char paths[8][64];
	static unsigned next;
	char *p = paths[next++ % 8];

	snprintf(p, 64, "%s/%s", dir, name);
	return p;
}

/* ---- a server that says what it was asked ---- */

static struct {
	unsigned requests, gone, version;
	struct net_exchange *held;
	const struct net_request *held_req;
	size_t body_n;
} seen;

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static enum err identify(void *ctx, struct bytes cert, struct net_peer *peer)
{
	static uint8_t ca[CERT_DER_MAX];
	struct bytes der;
	uint64_t gln;

	(void)ctx;
	if (cert_gln(cert, &gln) != ERR_OK)
		return ERR_UNAUTHORIZED;
	peer->gln = gln;
	if (cert_der_read(path(gln == A ? "a.ca.crt" : "b.ca.crt"), ca, sizeof(ca), &der) != ERR_OK)
		return ERR_UNAUTHORIZED;
	return cert_device_check(cert, der, gln, time(NULL), &peer->device);
}

static void on_gone(void *ctx, struct net_peer *peer)
{
	(void)ctx, (void)peer;
	seen.gone++;
}

static void answer(struct net_exchange *x, int code, struct bytes body)
{
	struct net_answer a = { .code = code, .content_format = 60, .body = body };

	net_answer(x, &a);
}

static bool is_path(const struct net_request *req, const char *name)
{
	return bytes_eq(req->path, bytes_of_str(name));
}

static void on_request(void *ctx, struct net_exchange *x, const struct net_request *req)
{
	char text[64];

	(void)ctx;
	seen.requests++;
	seen.body_n = req->body.n;
	if (is_path(req, "big")) {
		for (size_t i = 0; i < BIG; i++)
			buf[i] = pattern(i);
		answer(x, 205, bytes_of(buf, BIG));
	} else if (is_path(req, "held")) {
		seen.held = x;
		seen.held_req = req;
	} else if (is_path(req, "version")) {
		snprintf(text, sizeof(text), "%u", seen.version);
		answer(x, 205, bytes_of_str(text));
	} else if (is_path(req, "echo")) {
		answer(x, 205, bytes_of(req->body.p, req->body.n < 1000 ? req->body.n : 0));
	} else {
		snprintf(text, sizeof(text), "%d %.*s?%.*s %llu", (int)req->method, (int)req->path.n, (const char *)req->path.p,
			 (int)req->query.n, (const char *)req->query.p, (unsigned long long)req->peer->gln);
		answer(x, 205, bytes_of_str(text));
	}
}

static struct net_server_config server_config(void)
{
	return (struct net_server_config){ .address = "127.0.0.1", .cert_path = path("a.crt"), .key_path = path("a.key"),
					   .ca_path = path("both.crt"), .identify = identify, .on_peer_gone = on_gone,
					   .on_request = on_request };
}

static struct net_client *dial(uint16_t port, const char *device, const char *ca, uint64_t gln)
{
	char cert[16], key[16];
	struct net_client_config cfg = { .address = "127.0.0.1", .port = port, .peer_gln = gln };
	struct net_client *c = NULL;

	snprintf(cert, sizeof(cert), "%s.crt", device);
	snprintf(key, sizeof(key), "%s.key", device);
	cfg.cert_path = path(cert);
	cfg.key_path = path(key);
	cfg.ca_path = path(ca);
	CHECK(net_client_new(&c, net, &cfg) == ERR_OK);
	return c;
}

static enum err call(struct net_client *c, enum net_method m, const char *p, const char *query, struct bytes body,
		     struct net_result *r)
{
	static uint8_t got[2 * BIG];
	struct net_call k = { .method = m, .path = p, .query = query, .content_format = 60, .body = body, .timeout_ms = 20000 };

	return net_client_call(c, &k, r, got, sizeof(got));
}

/* ---- certificates ---- */

static bool make_org(const char *name, uint64_t gln)
{
	char ca_key[16], ca_crt[16], key[16], crt[16];

	snprintf(ca_key, 16, "%s.ca.key", name);
	snprintf(ca_crt, 16, "%s.ca.crt", name);
	snprintf(key, 16, "%s.key", name);
	snprintf(crt, 16, "%s.crt", name);
	return cert_ca_create(path(ca_key), path(ca_crt), gln, time(NULL), 10) == ERR_OK &&
	       cert_device_create(path(ca_key), path(ca_crt), path(key), path(crt), gln, "dev", time(NULL), 10) == ERR_OK;
}

static void test_start(void)
{
	struct net_server_config cfg;
	char cmd[256];

	NEED(mkdtemp(dir) != NULL && make_org("a", A) && make_org("b", B));
	/* A's CA names B: a certificate that must open no door */
	NEED(cert_device_create(path("a.ca.key"), path("a.ca.crt"), path("f.key"), path("f.crt"), B, "forged", time(NULL), 10) == ERR_OK);
	snprintf(cmd, sizeof(cmd), "cat %s/a.ca.crt %s/b.ca.crt > %s/both.crt", dir, dir, dir);
	NEED(system(cmd) == 0);
	cfg = server_config();
	NEED(uv_loop_init(&loop) == 0 && net_new(&net, &loop) == ERR_OK && net_server_new(&server, net, &cfg) == ERR_OK);
	client = dial(net_server_port(server), "b", "a.ca.crt", A);
	NEED(client != NULL);
}

/* ---- requests and answers ---- */

static void test_methods_paths_and_peers(void)
{
	struct net_result r;

	NEED(client != NULL);
	CHECK(call(client, NET_GET, "one/two", "x=1&y=2", bytes_of(NULL, 0), &r) == ERR_OK && r.code == 205);
	CHECK(bytes_eq(r.body, BYTES_LIT("0 one/two?x=1&y=2 9506000134314")));
	CHECK(call(client, NET_POST, "p", NULL, BYTES_LIT("abc"), &r) == ERR_OK && r.body.n > 0 && r.body.p[0] == '1');
	CHECK(seen.body_n == 3);
	CHECK(call(client, NET_FETCH, "f", NULL, BYTES_LIT("abcd"), &r) == ERR_OK && r.body.p[0] == '2' && seen.body_n == 4);
}

static void test_large_bodies_both_ways(void)
{
	struct net_result r;
	static uint8_t body[BIG];
	bool same = true;
	unsigned before;

	NEED(client != NULL);
	before = seen.requests;
	CHECK(call(client, NET_POST, "echo", NULL, bytes_of(body, BIG), &r) == ERR_OK && r.code == 205);
	CHECK(seen.body_n == BIG && seen.requests == before + 1);
	CHECK(call(client, NET_GET, "big", NULL, bytes_of(NULL, 0), &r) == ERR_OK && r.code == 205 && r.body.n == BIG);
	for (size_t i = 0; i < r.body.n; i++)
		same &= r.body.p[i] == pattern(i);
	CHECK(same);
	CHECK(seen.requests == before + 2); /* its blocks come from one answer */
	CHECK(call(client, NET_FETCH, "big", NULL, BYTES_LIT("q"), &r) == ERR_OK && r.body.n == BIG);
	CHECK(call(client, NET_POST, "echo", NULL, bytes_of(body, NET_BODY_MAX + 1), &r) == ERR_TOO_LARGE);
}

static unsigned answers;

static void count(void *ctx, const struct net_result *r)
{
	(void)ctx;
	answers += r->err == ERR_OK && r->code == 205;
}

static void run_until(bool (*done)(void))
{
	for (int i = 0; i < 20000 && !done(); i++) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
}

static bool all_64(void)
{
	return answers == 64;
}

static void test_many_in_flight(void)
{
	struct net_call k = { .method = NET_GET, .path = "x", .content_format = NET_FORMAT_NONE, .timeout_ms = 20000 };

	NEED(client != NULL);
	answers = 0;
	for (int i = 0; i < 64; i++)
		CHECK(net_client_send(client, &k, count, NULL) == ERR_OK);
	run_until(all_64);
	CHECK(answers == 64);
}

static bool is_held(void)
{
	return seen.held != NULL;
}

static bool one_answer(void)
{
	return answers == 1;
}

static void test_an_answer_may_come_later(void)
{
	struct net_call k = { .method = NET_POST, .path = "held", .content_format = 60, .body = BYTES_LIT("x"), .timeout_ms = 20000 };

	NEED(client != NULL);
	answers = 0;
	CHECK(net_client_send(client, &k, count, NULL) == ERR_OK);
	run_until(is_held);
	NEED(seen.held != NULL);
	CHECK(net_server_stats(server).exchanges_held == 1 && answers == 0);
	answer(seen.held, 205, BYTES_LIT("late"));
	seen.held = NULL;
	run_until(one_answer);
	CHECK(answers == 1 && net_server_stats(server).exchanges_held == 0);
}

static unsigned notified;
static char last_version[16];

static void on_version(void *ctx, const struct net_result *r)
{
	(void)ctx;
	if (r->err != ERR_OK)
		return;
	notified++;
	snprintf(last_version, sizeof(last_version), "%.*s", (int)r->body.n, (const char *)r->body.p);
}

static bool notified_once(void)
{
	return notified == 1;
}

static bool notified_twice(void)
{
	return notified == 2;
}

static void test_observe(void)
{
	NEED(client != NULL);
	CHECK(net_client_observe(client, "version", on_version, NULL) == ERR_OK);
	run_until(notified_once);
	CHECK(notified == 1 && strcmp(last_version, "0") == 0);
	seen.version = 7;
	net_server_changed(server, BYTES_LIT("other"));
	net_server_changed(server, BYTES_LIT("version"));
	run_until(notified_twice);
	CHECK(notified == 2 && strcmp(last_version, "7") == 0);
}

/* ---- datagrams that are lost ---- */

static struct relay *relay;

static void run_for(unsigned ms)
{
	uint64_t until = uv_hrtime() + ms * 1000000ull;

	while (uv_hrtime() < until) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
}

/* Everything is lost for 0.1 s while something is said; seconds until it has arrived all the same. */
static double arrives_after(void (*say)(struct net_client *c), struct net_client *c)
{
	uint64_t from = uv_hrtime();

	answers = 0;
	relay->loss_permille = 1000;
	say(c);
	run_for(100);
	CHECK(answers == 0);
	relay->loss_permille = 0;
	run_until(one_answer);
	CHECK(answers == 1);
	return (double)(uv_hrtime() - from) / 1e9;
}

static void say_get(struct net_client *c)
{
	struct net_call k = { .method = NET_GET, .path = "x", .content_format = NET_FORMAT_NONE, .timeout_ms = 20000 };

	CHECK(net_client_send(c, &k, count, NULL) == ERR_OK);
}

static void say_changed(struct net_client *c)
{
	(void)c;
	seen.version++;
	net_server_changed(server, BYTES_LIT("version"));
}

static void test_what_is_lost_is_said_again_soon(void)
{
	double get = 1e9, changed = 1e9;
	struct net_client *c;

	NEED(server != NULL);
	relay = relay_fork(0, net_server_port(server), 1, 60000);
	NEED(relay != NULL);
	c = dial(relay->port, "b", "a.ca.crt", A);
	answers = 0;
	CHECK(net_client_observe(c, "version", count, NULL) == ERR_OK);
	run_until(one_answer);
	/* libcoap repeats after 1 s at the earliest; the machine may be busy elsewhere */
	for (int tries = 3; tries > 0 && get > 0.9; tries--)
		get = arrives_after(say_get, c);
	for (int tries = 3; tries > 0 && changed > 0.9; tries--) {
		run_for(300); /* what the last one repeats */
		changed = arrives_after(say_changed, c);
	}
	printf(" (a GET after %.2f s, a notification after %.2f s) ", get, changed);
	CHECK(get < 0.9 && changed < 0.9);
	net_client_free(c);
	CHECK(relay_end(relay));
}

/* Registered anew, an observer is the same one: a change is told once, and once more to those who asked for nothing since. */
static void test_observing_twice(void)
{
	NEED(client != NULL);
	notified = 0;
	CHECK(net_client_observe(client, "version", on_version, NULL) == ERR_OK);
	run_until(notified_once);
	notified = 0;
	say_changed(client);
	run_until(notified_twice);
	run_for(400);
	CHECK(notified == 2);
}

/* ---- who may speak ---- */

static void test_a_forged_device_is_refused(void)
{
	struct net_client *c;
	struct net_result r = { 0 };

	NEED(server != NULL);
	c = dial(net_server_port(server), "f", "a.ca.crt", A);
	CHECK(call(c, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) == ERR_OK && r.code == 401);
	net_client_free(c);
}

static void test_the_client_checks_who_answers(void)
{
	struct net_client *c;
	struct net_result r = { 0 };
	unsigned before = seen.requests;

	NEED(server != NULL);
	c = dial(net_server_port(server), "b", "a.ca.crt", B); /* A answers where B is expected */
	CHECK(call(c, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) != ERR_OK);
	net_client_free(c);
	c = dial(net_server_port(server), "b", "b.ca.crt", A); /* A's certificate is not of this CA */
	CHECK(call(c, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) != ERR_OK);
	net_client_free(c);
	CHECK(seen.requests == before);
}

static bool is_b(void *ctx, const struct net_peer *peer)
{
	(void)ctx;
	return peer->gln == B;
}

static void test_a_revoked_peer_loses_its_session(void)
{
	struct net_result r = { 0 };
	unsigned before = seen.gone;

	NEED(client != NULL);
	CHECK(call(client, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) == ERR_OK);
	net_server_drop(server, is_b, NULL);
	CHECK(seen.gone == before + 1 && net_server_stats(server).sessions == 0);
	(void)call(client, NET_GET, "x", NULL, bytes_of(NULL, 0), &r); /* may find out the hard way */
	CHECK(call(client, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) == ERR_OK && r.code == 205);
}

/* ---- a peer that dies ---- */

static struct net_result last;

static void keep(void *ctx, const struct net_result *r)
{
	(void)ctx;
	last = *r;
	answers++;
}

/* Its request was still being asked on elsewhere. */
static void test_a_revoked_peer_is_answered_late(void)
{
	struct net_call k = { .method = NET_GET, .path = "held", .content_format = NET_FORMAT_NONE, .timeout_ms = 20000 };
	unsigned before = seen.gone;

	NEED(client != NULL);
	answers = 0;
	seen.held = NULL;
	CHECK(net_client_send(client, &k, keep, NULL) == ERR_OK);
	run_until(is_held);
	NEED(seen.held != NULL);
	net_server_drop(server, is_b, NULL);
	CHECK(net_server_stats(server).sessions == 0 && net_server_stats(server).exchanges_held == 1 && seen.gone == before);
	CHECK(seen.held_req->peer->gln == B);
	answer(seen.held, 205, bytes_of(buf, BIG));
	CHECK(net_server_stats(server).exchanges_held == 0 && seen.gone == before + 1);
	run_until(one_answer);
	CHECK(answers == 1 && last.err != ERR_OK);
}

/* Seconds until a call that a killed peer held has failed. */
static double noticed_after(void)
{
	struct net_call k = { .method = NET_POST, .path = "held", .content_format = 60, .body = BYTES_LIT("x"), .timeout_ms = 30000 };
	struct net_result r = { 0 };
	struct net_client *c;
	uint16_t port = 0;
	uint64_t from;
	struct net_server_config cfg = server_config();
	pid_t pid = forked_server(&cfg, &port);

	double took;

	CHECK(pid > 0);
	if (pid <= 0)
		return 1e9;
	c = dial(port, "b", "a.ca.crt", A);
	CHECK(call(c, NET_GET, "x", NULL, bytes_of(NULL, 0), &r) == ERR_OK);
	answers = 0;
	CHECK(net_client_send(c, &k, keep, NULL) == ERR_OK);
	for (int i = 0; i < 100; i++) { /* it is there and acknowledged by now */
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
	forked_end(pid);
	from = uv_hrtime();
	run_until(one_answer);
	took = (double)(uv_hrtime() - from) / 1e9;
	CHECK(answers == 1 && last.err != ERR_OK);
	net_client_free(c);
	return took;
}

static void test_a_killed_peer_is_noticed(void)
{
	double took = noticed_after();

	for (int more = 4; more > 0 && took >= 2; more--) /* the machine may have been busy elsewhere */
		took = noticed_after();
	printf(" (a killed peer is noticed after %.2f s) ", took);
	CHECK(took < 2); /* the call itself would wait 30 */
}

static void test_end(void)
{
	char cmd[64];

	net_client_free(client);
	net_free(net);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(&loop) == 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CHECK(system(cmd) == 0);
}

T_MAIN("net", T(test_start), T(test_methods_paths_and_peers), T(test_large_bodies_both_ways), T(test_many_in_flight),
       T(test_an_answer_may_come_later), T(test_observe), T(test_what_is_lost_is_said_again_soon), T(test_observing_twice),
       T(test_a_forged_device_is_refused), T(test_the_client_checks_who_answers), T(test_a_revoked_peer_loses_its_session),
       T(test_a_revoked_peer_is_answered_late), T(test_a_killed_peer_is_noticed), T(test_end))
