/* The node's figures, each with its reference measured in the same run:
 * commission of 10,000 packs an event, audit, one pack an event, FETCH /verify with 1 and 16 in flight, resident memory. */
#include "node/audit.h"
#include "node/client.h"
#include "node/core/genesis.h"
#include "node/core/verdict.h"
#include "node/ledger.h"
#include "tests/bench/bench.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define GTIN 9506000134352ULL
#define LOT "BENCH1"
#define PACKS 1000000u
#define BATCHES (PACKS / EVENT_PACKS_MAX)
#define SINGLES 6000u
#define IN_FLIGHT 64u
#define VERIFIES 20000u
#define ROUNDS 5
#define SESSIONS 100u

static char dir[] = "/tmp/rxbench-XXXXXX";
static struct signer *signer;
static struct hash chain_id;
static uint64_t maker, shop;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_node: %s failed\n", what);
	exit(1);
}

static void run(const char *cmd)
{
	must(system(cmd) == 0, cmd);
}

/* ---- a consortium of two, and signed events ---- */

static void make_node(unsigned port)
{
	char cmd[900];

	must(mkdtemp(dir) != NULL, "mkdtemp");
	snprintf(cmd, sizeof(cmd),
		 "build/rxnode init %s/m --gln 9506000134307 --role manufacturer --name M --contact c --prefix 9506000134 "
		 "--listen 127.0.0.1:%u >/dev/null && build/rxnode init %s/p --gln 9506000134321 --role pharmacy --name P "
		 "--contact c >/dev/null && build/rxnode genesis --name bench --out %s/m/genesis.cbor --validator 9506000134307 "
		 "%s/m/join.cbor %s/p/join.cbor >/dev/null && echo 'verify_rate = 1000000' >>%s/m/rxnode.conf",
		 dir, port, dir, dir, dir, dir, dir);
	run(cmd);
	maker = 9506000134307ULL;
	shop = 9506000134321ULL;
}

/* Scattered over the alphabet, as random serials are. */
static void serial_of(unsigned i, char out[13])
{
	snprintf(out, 13, "S%011u", (unsigned)((uint64_t)i * 7919 % 1000003));
}

static struct bytes sign(struct event *ev)
{
	static uint8_t payload[EVENT_BYTES_MAX];
	uint8_t *cose;
	struct bytes p, out;

	ev->chain_id = chain_id;
	ev->kid = *signer_kid(signer);
	ev->time_s = (uint64_t)time(NULL);
	ev->not_after_s = ev->time_s + EVENT_VALID_S;
	ev->place = maker;
	must(signer_random(ev->nonce, 8) == ERR_OK && event_encode(ev, payload, sizeof(payload), &p) == ERR_OK, "encode");
	cose = malloc(p.n + SIGN1_OVERHEAD);
	must(signer_sign1(signer, CT_EVENT, p, false, cose, p.n + SIGN1_OVERHEAD, &out) == ERR_OK, "sign");
	return out;
}

static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, 13);
}

/* Serials of one event, ascending as events have them. */
static void serials_of(unsigned from, unsigned n, char (*text)[13])
{
	for (unsigned i = 0; i < n; i++)
		serial_of(from + i, text[i]);
	qsort(text, n, sizeof(text[0]), by_text);
}

static struct bytes commission(unsigned from, unsigned n)
{
	static uint8_t groups[EVENT_BYTES_MAX];
	static char text[EVENT_PACKS_MAX][13];
	static struct pack_id packs[EVENT_PACKS_MAX];
	struct event ev = { .type = EV_COMMISSION };

	serials_of(from, n, text);
	for (unsigned i = 0; i < n; i++)
		packs[i] = (struct pack_id){ GTIN, BYTES_LIT(LOT), bytes_of(text[i], 12) };
	must(event_groups_encode(packs, n, groups, sizeof(groups), &ev.groups) == ERR_OK, "groups");
	return sign(&ev);
}

static struct bytes ship_one(unsigned i)
{
	uint8_t groups[128];
	char text[13];
	struct pack_id pack = { GTIN, BYTES_LIT(LOT), { (const uint8_t *)text, 12 } };
	struct event ev = { .type = EV_SHIP, .u.gln = shop };

	serial_of(i, text);
	must(event_groups_encode(&pack, 1, groups, sizeof(groups), &ev.groups) == ERR_OK, "group");
	return sign(&ev);
}

/* ---- the ledger thread, fed from here ---- */

static struct {
	uv_loop_t loop;
	struct pool *pool;
	struct ledger *ledger;
	unsigned out, refused; /* submitted and not told of */
} bed;

static void on_news(void *ctx, const struct ledger_news *news)
{
	(void)ctx;
	if (news->kind == LEDGER_APPENDED) {
		bed.out -= (unsigned)news->ids_n;
	} else if (news->kind == LEDGER_REFUSED) {
		fprintf(stderr, "refused: %s\n", err_text(news->refusal.err));
		bed.out--;
		bed.refused++;
	}
}

static void open_bed(void)
{
	static char db[64], guard[64], key[64], genesis_path[64];
	static uint8_t genesis[GENESIS_BYTES_MAX];
	struct ledger_config cfg = { .db_path = db, .guard_path = guard };
	FILE *f;
	size_t n;

	snprintf(db, sizeof(db), "%s/m/ledger.db", dir);
	snprintf(guard, sizeof(guard), "%s/m/guard", dir);
	snprintf(key, sizeof(key), "%s/m/event.key", dir);
	snprintf(genesis_path, sizeof(genesis_path), "%s/m/genesis.cbor", dir);
	f = fopen(genesis_path, "r");
	must(f != NULL, "genesis");
	n = fread(genesis, 1, sizeof(genesis), f);
	fclose(f);
	crypto_sha256(&chain_id, bytes_of(genesis, n));
	must(store_create(db, bytes_of(genesis, n), false) == ERR_OK && signer_load(&signer, key) == ERR_OK, "store");
	cfg.gln = maker;
	cfg.signer = signer;
	uv_loop_init(&bed.loop);
	must(pool_new(&bed.pool, 0) == ERR_OK && ledger_start(&bed.ledger, &bed.loop, bed.pool, &cfg, on_news, NULL) == ERR_OK,
	     "ledger");
}

static void close_bed(void)
{
	ledger_stop(bed.ledger);
	uv_run(&bed.loop, UV_RUN_DEFAULT);
	uv_loop_close(&bed.loop);
	pool_free(bed.pool);
}

/* Submit all, at most so many waiting; seconds until the last is durable. */
static double feed(const struct bytes *events, unsigned n, unsigned in_flight)
{
	double from = bench_s();
	unsigned i = 0;

	while (i < n || bed.out > 0) {
		while (i < n && bed.out < in_flight) {
			enum err e = ledger_submit(bed.ledger, events[i], signer_pubkey(signer));

			if (e == ERR_BUSY)
				break;
			must(e == ERR_OK, "submit");
			bed.out++;
			i++;
		}
		uv_run(&bed.loop, UV_RUN_ONCE);
	}
	must(bed.refused == 0, "an event");
	return bench_s() - from;
}

static void register_product(void)
{
	struct event product = { .type = EV_PRODUCT, .u.product = { GTIN, BYTES_LIT("Bench"), false } };
	struct event lot = { .type = EV_LOT, .u.lot = { GTIN, BYTES_LIT(LOT), 20991231 } };
	struct bytes events[2] = { sign(&product), sign(&lot) };

	feed(&events[0], 1, 1);
	feed(&events[1], 1, 1);
}

/* ---- commission ---- */

/* The same rows in the same order, those of so many events in a transaction as durable as ours. */
static double insert_rows(unsigned per_transaction)
{
	static char text[EVENT_PACKS_MAX][13];
	char path[64];
	sqlite3 *db;
	sqlite3_stmt *q;
	double took;

	snprintf(path, sizeof(path), "%s/reference.db", dir);
	must(sqlite3_open(path, &db) == SQLITE_OK &&
	     sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-6144; CREATE TABLE pack "
			      "(pid INTEGER PRIMARY KEY, gtin INTEGER NOT NULL, serial TEXT NOT NULL, UNIQUE (gtin, serial)) STRICT",
			  NULL, NULL, NULL) == SQLITE_OK &&
	     sqlite3_prepare_v2(db, "INSERT INTO pack VALUES (?1, ?2, ?3)", -1, &q, NULL) == SQLITE_OK, "reference database");
	took = bench_s();
	for (unsigned e = 0; e < BATCHES; e++) {
		serials_of(e * EVENT_PACKS_MAX, EVENT_PACKS_MAX, text);
		if (e % per_transaction == 0)
			sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
		for (unsigned i = 0; i < EVENT_PACKS_MAX; i++) {
			sqlite3_bind_int64(q, 1, e * EVENT_PACKS_MAX + i + 1);
			sqlite3_bind_int64(q, 2, (sqlite3_int64)GTIN);
			sqlite3_bind_text(q, 3, text[i], 12, SQLITE_STATIC);
			must(sqlite3_step(q) == SQLITE_DONE, "insert");
			sqlite3_reset(q);
		}
		if ((e + 1) % per_transaction == 0)
			must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
	}
	took = bench_s() - took;
	sqlite3_finalize(q);
	sqlite3_close(db);
	unlink(path);
	return took;
}

static void bench_commission(void)
{
	static struct bytes events[BATCHES];
	double each, once, ours;

	for (unsigned e = 0; e < BATCHES; e++)
		events[e] = commission(e * EVENT_PACKS_MAX, EVENT_PACKS_MAX);
	each = insert_rows(1);
	once = insert_rows(BATCHES);
	ours = feed(events, BATCHES, 16);
	for (unsigned e = 0; e < BATCHES; e++)
		free((void *)(uintptr_t)events[e].p);
	bench_tell("commission, 10,000 packs an event, durable", PACKS / ours, "packs/s", PACKS / each, each / ours, 0.4, 0);
	bench_tell("same, all rows of the reference in one transaction", PACKS / ours, "packs/s", PACKS / once, once / ours, 0.4, 0);
}

/* ---- audit ---- */

/* What an audit cannot do without: the bytes hashed, the signatures checked, the same rows into a database in memory. */
struct bare_audit {
	struct store *store;
	sqlite3 *db;
	sqlite3_stmt *pack, *body;
	struct sha256 sha;
	uint64_t pid;
};

static void audit_event_bare(struct bare_audit *a, uint64_t ev)
{
	struct event_envelope env;
	struct event_packs it;
	struct bytes cose, serial;
	struct event e;

	must(store_event_cose(a->store, ev, &cose) == ERR_OK, "event");
	crypto_sha256_add(&a->sha, cose);
	must(event_open(&env, cose) == ERR_OK && event_verify(&env, signer_pubkey(signer), &e) == ERR_OK, "event");
	sqlite3_bind_int64(a->body, 1, (sqlite3_int64)ev);
	sqlite3_bind_blob(a->body, 2, cose.p, (int)cose.n, SQLITE_STATIC);
	must(sqlite3_step(a->body) == SQLITE_DONE, "insert");
	sqlite3_reset(a->body);
	event_packs_init(&it, &e);
	while (event_packs_next(&it, &serial)) {
		sqlite3_bind_int64(a->pack, 1, (sqlite3_int64)++a->pid);
		sqlite3_bind_int64(a->pack, 2, (sqlite3_int64)it.gtin);
		sqlite3_bind_text(a->pack, 3, (const char *)serial.p, (int)serial.n, SQLITE_STATIC);
		must(sqlite3_step(a->pack) == SQLITE_DONE, "insert");
		sqlite3_reset(a->pack);
	}
}

static double audit_bare(struct store *store)
{
	struct bare_audit a = { .store = store };
	struct hash h, digest = { { 1 } };
	struct bytes header, certificate;
	uint64_t first_ev, n;
	double from = bench_s();

	must(sqlite3_open(":memory:", &a.db) == SQLITE_OK &&
	     sqlite3_exec(a.db, "CREATE TABLE body (ev INTEGER PRIMARY KEY, cose BLOB NOT NULL) STRICT; CREATE TABLE pack (pid INTEGER "
				"PRIMARY KEY, gtin INTEGER NOT NULL, serial TEXT NOT NULL, UNIQUE (gtin, serial)) STRICT; BEGIN",
			  NULL, NULL, NULL) == SQLITE_OK &&
	     sqlite3_prepare_v2(a.db, "INSERT INTO pack VALUES (?1, ?2, ?3)", -1, &a.pack, NULL) == SQLITE_OK &&
	     sqlite3_prepare_v2(a.db, "INSERT INTO body VALUES (?1, ?2)", -1, &a.body, NULL) == SQLITE_OK, "reference database");
	crypto_sha256_start(&a.sha);
	for (uint64_t height = 1; store_block_head(store, height, &header, &certificate, &first_ev, &n) == ERR_OK; height++) {
		crypto_sha256_add(&a.sha, header);
		/* a wrong signature costs what a right one does */
		must(crypto_verify(signer_pubkey(signer), &digest, certificate.p + certificate.n - SIG_LEN) != ERR_OK, "verify");
		for (uint64_t i = 0; i < n; i++)
			audit_event_bare(&a, first_ev + i);
	}
	crypto_sha256_end(&a.sha, &h);
	must(sqlite3_exec(a.db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
	sqlite3_finalize(a.pack);
	sqlite3_finalize(a.body);
	sqlite3_close(a.db);
	return bench_s() - from;
}

static void bench_audit(void)
{
	static struct audit_report r;
	char db[64];
	struct store *store;
	double ours, reference;

	snprintf(db, sizeof(db), "%s/m/ledger.db", dir);
	must(store_open(&store, db, STORE_READ) == ERR_OK, "store");
	reference = audit_bare(store);
	ours = bench_s();
	must(audit_run(store, bed.pool, NULL, NULL, &r) == ERR_OK && r.fault.err == ERR_OK && r.packs == PACKS, "audit");
	ours = bench_s() - ours;
	store_close(store);
	bench_tell("audit of a chain with 1 M packs", PACKS / ours, "packs/s", PACKS / reference, reference / ours, 0.5, 0);
}

/* ---- one pack an event ---- */

struct verifying {
	struct hash digest;
	uint8_t sig[SIG_LEN];
	unsigned n;
};

static void *verify_many(void *arg)
{
	struct verifying *v = arg;

	for (unsigned i = 0; i < v->n; i++)
		must(crypto_verify(signer_pubkey(signer), &v->digest, v->sig) == ERR_OK, "verify");
	return NULL;
}

/* Signature checks a second on all cores. */
static double verify_rate(void)
{
	unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	struct verifying v = { .n = 1000 };
	pthread_t threads[64];
	double from;

	memset(&v.digest, 7, sizeof(v.digest));
	must(signer_sign(signer, &v.digest, v.sig) == ERR_OK, "sign");
	from = bench_s();
	for (unsigned i = 0; i < cores && i < 64; i++)
		pthread_create(&threads[i], NULL, verify_many, &v);
	for (unsigned i = 0; i < cores && i < 64; i++)
		pthread_join(threads[i], NULL);
	return cores * v.n / (bench_s() - from);
}

static void bench_singles(void)
{
	static struct bytes events[SINGLES];
	double reference[3], ours;

	for (unsigned i = 0; i < SINGLES; i++)
		events[i] = ship_one(i);
	reference[0] = verify_rate();
	ours = SINGLES / feed(events, SINGLES, IN_FLIGHT);
	reference[1] = verify_rate();
	reference[2] = (reference[0] + reference[1]) / 2;
	bench_tell("one pack an event, 64 in flight, durable", ours, "events/s", bench_median(reference, 3),
		   ours / bench_median(reference, 3), 0.6, 0);
}

/* ---- over CoAP ---- */

struct load {
	struct net_client *client;
	bool verify;
	unsigned sent, done, failed, total;
};

static void send_next(struct load *l);

static void on_answer(void *ctx, const struct net_result *r)
{
	struct load *l = ctx;

	l->done++;
	if (r->err != ERR_OK || r->code != NET_CONTENT)
		l->failed++;
	if (l->sent < l->total)
		send_next(l);
}

static void send_next(struct load *l)
{
	struct net_call call = { .method = l->verify ? NET_FETCH : NET_GET, .path = l->verify ? "verify" : ".well-known/core",
				 .content_format = 65005, .timeout_ms = 10000 };
	struct verdict_question q = { .gtin = GTIN, .lot = BYTES_LIT(LOT), .expiry = 20991231 };
	uint8_t buf[128];
	char text[13];

	if (l->verify) {
		serial_of((unsigned)rand() % PACKS, text);
		q.serial = bytes_of(text, 12);
		must(question_encode(&q, buf, sizeof(buf), &call.body) == ERR_OK, "question");
	}
	l->sent++;
	must(net_client_send(l->client, &call, on_answer, l) == ERR_OK, "send");
}

/* Seconds for so many requests with so many in flight. */
static double load(uv_loop_t *loop, struct net_client *client, bool verify, unsigned total, unsigned in_flight)
{
	struct load l = { .client = client, .verify = verify, .total = total };
	double from = bench_s();

	while (l.sent < in_flight)
		send_next(&l);
	while (l.done < total)
		uv_run(loop, UV_RUN_ONCE);
	must(l.failed == 0, "an answer");
	return bench_s() - from;
}

static unsigned long rss_kib(pid_t pid)
{
	char path[64], line[128];
	unsigned long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static pid_t serve(void)
{
	char conf[64];
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		snprintf(conf, sizeof(conf), "%s/m/rxnode.conf", dir);
		must(freopen("/dev/null", "w", stdout) != NULL, "freopen");
		execl("build/rxnode", "rxnode", "serve", "--config", conf, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static struct net_client *dial(struct net *net, unsigned port)
{
	static char cert[64], key[64], ca[64];
	struct net_client_config cfg = { .address = "127.0.0.1", .port = (uint16_t)port, .cert_path = cert, .key_path = key,
					 .ca_path = ca, .peer_gln = maker };
	struct net_client *c;

	snprintf(cert, sizeof(cert), "%s/m/node.crt", dir);
	snprintf(key, sizeof(key), "%s/m/node.key", dir);
	snprintf(ca, sizeof(ca), "%s/m/ca.crt", dir);
	must(net_client_new(&c, net, &cfg) == ERR_OK, "client");
	return c;
}

static void wait_ready(struct net_client *c)
{
	struct net_call call = { .method = NET_GET, .path = ".well-known/core", .content_format = NET_FORMAT_NONE, .timeout_ms = 2000 };
	struct net_result r;
	uint8_t buf[1024];

	for (int i = 0; i < 200; i++) {
		if (net_client_call(c, &call, &r, buf, sizeof(buf)) == ERR_OK)
			return;
		usleep(50000);
	}
	must(false, "the node");
}

static void bench_in_flight(uv_loop_t *loop, struct net_client *c, unsigned in_flight, const char *what, double reach, int most)
{
	double fixed[ROUNDS], ours[ROUNDS], f, o;

	for (int i = 0; i < ROUNDS; i++) {
		fixed[i] = load(loop, c, false, VERIFIES, in_flight) / VERIFIES * 1e6;
		ours[i] = load(loop, c, true, VERIFIES, in_flight) / VERIFIES * 1e6;
	}
	f = bench_median(fixed, ROUNDS);
	o = bench_median(ours, ROUNDS);
	if (most)
		bench_tell(what, o, "us", f, o / f, reach, 1);
	else
		bench_tell(what, 1e6 / o, "1/s", 1e6 / f, f / o, reach, 0);
}

static void bench_server(unsigned port)
{
	static struct net_client *others[SESSIONS];
	struct net_client *c;
	struct net *net;
	uv_loop_t loop;
	pid_t pid = serve();
	int status;

	uv_loop_init(&loop);
	must(net_new(&net, &loop) == ERR_OK, "net");
	c = dial(net, port);
	wait_ready(c);
	bench_in_flight(&loop, c, 1, "FETCH /verify, 1 M packs, 1 in flight, an answer", 1.5, 1);
	bench_in_flight(&loop, c, 16, "FETCH /verify, 1 M packs, 16 in flight", 0.6, 0);
	for (unsigned i = 0; i < SESSIONS; i++) {
		others[i] = dial(net, port);
		wait_ready(others[i]);
	}
	load(&loop, c, true, VERIFIES, 16);
	bench_tell("memory of serve, 1 M packs, 100 sessions", (double)rss_kib(pid) / 1024, "MiB", 64, (double)rss_kib(pid) / 1024 / 64,
		   1, 1);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	net_free(net);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
}

int main(void)
{
	unsigned port = 30000 + (unsigned)getpid() % 20000;
	char cmd[64];

	make_node(port);
	open_bed();
	register_product();
	bench_commission();
	bench_audit();
	bench_singles();
	close_bed();
	bench_server(port);
	signer_free(signer);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	run(cmd);
	return 0;
}
