#include "tests/fakes/swarm.h"

#include "node/core/block.h"
#include "node/core/genesis.h"
#include "node/node.h"
#include "node/port/net_server.h"
#include "node/sync.h"
#include "tests/fakes/relay.h"
#include "tests/fakes/served.h"
#include "tests/fakes/world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAKER SERVED_MAKER /* validates */
#define FIRST_FOLLOWER 950600020000u /* its GLN's digits before the check digit */
#define WATCH_AGAIN_MS 200
#define SPREAD_MS 30000

struct follower {
	struct swarm *swarm;
	uint64_t gln;
	uint16_t port;
	pid_t pid;
	struct net_client *watcher; /* a client of it, on a line without loss */
	bool watching;
	uint64_t height; /* it showed last */
	double shown_s; /* when it showed what is being spread; 0: not yet */
};

/* Where events come from: a manufacturer of a product of its own. */
struct source {
	struct net_client *client; /* of its node, on a line without loss */
	struct signer *signer;
	uint64_t gln, gtin;
	unsigned events; /* made so far */
};

struct swarm {
	char dir[32], bin[400];
	unsigned followers_n, seconds;
	uint64_t random;
	uint16_t port; /* the validator's; the relay's is one more, the followers' come after */
	pid_t validator;
	struct relay *relay;
	uv_loop_t loop;
	uv_timer_t timer;
	bool loop_open, timed_out;
	struct net *net;
	struct net_client *poster;
	struct source sources[SWARM_PLACES];
	struct hash chain_id;
	uint64_t height; /* of the block that holds the newest */
	struct { bool done; enum err err; int code; double at_s; } posted;
	struct follower followers[SWARM_FOLLOWERS_MAX];
};

static double now_s(void)
{
	return (double)uv_hrtime() / 1e9;
}

static bool fail(const char *what)
{
	fprintf(stderr, "swarm: %s\n", what);
	return false;
}

/* ---- what is spread: an event, and when a node shows it ---- */

static struct bytes sign(const struct swarm *s, const struct source *by, struct event *ev)
{
	static uint8_t payload[4096], cose[4096 + SIGN1_OVERHEAD];
	struct bytes p, out = { 0 };

	ev->chain_id = s->chain_id;
	ev->kid = *signer_kid(by->signer);
	ev->time_s = (uint64_t)time(NULL);
	ev->not_after_s = ev->time_s + EVENT_VALID_S;
	ev->place = by->gln;
	if (signer_random(ev->nonce, sizeof(ev->nonce)) != ERR_OK || event_encode(ev, payload, sizeof(payload), &p) != ERR_OK ||
	    signer_sign1(by->signer, CT_EVENT, p, false, cose, sizeof(cose), &out) != ERR_OK)
		out = bytes_of(NULL, 0);
	return out;
}

/* The next event: any small one that becomes a block of its own. */
static struct bytes next_event(const struct swarm *s, struct source *by)
{
	struct event ev = { .type = EV_PRODUCT, .u.product = { by->gtin, BYTES_LIT("Test"), false } };
	char lot[20];

	if (by->events++ > 0) {
		ev = (struct event){ .type = EV_LOT, .u.lot = { by->gtin, { (const uint8_t *)lot, 0 }, 20991231 } };
		ev.u.lot.lot.n = (size_t)snprintf(lot, sizeof(lot), "L%u", by->events);
	}
	return sign(s, by, &ev);
}

static const char shown_at[] = "head";

/* The height that a node's answer shows. */
static uint64_t shown_height(struct bytes answer)
{
	struct bytes header;
	struct header h;
	struct rd r;

	rd_init(&r, answer);
	rd_array_n(&r, 2);
	header = rd_bstr(&r);
	rd_skip(&r);
	return rd_end(&r) == ERR_OK && header.n > 0 && header_decode(&h, header) == ERR_OK ? h.height : 0;
}

/* ---- processes ---- */

/* In a child: it ends with whoever started it, and at the latest when the time is over. */
static void mortal(const struct swarm *s, const char *log)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(s->seconds);
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) || !freopen(log, "w", stderr))
		_exit(126);
}

static pid_t start_follower(const struct swarm *s, const struct follower *f)
{
	char program[420], conf[64], log[64];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(program, sizeof(program), "%s/rxnode", s->bin);
	snprintf(conf, sizeof(conf), "%s/%013llu/rxnode.conf", s->dir, (unsigned long long)f->gln);
	snprintf(log, sizeof(log), "%s/%013llu/log", s->dir, (unsigned long long)f->gln);
	mortal(s, log);
	execl(program, "rxnode", "serve", "--config", conf, (char *)NULL);
	_exit(127);
}

/* What serve does, and on SIGUSR1 the observers are forgotten: serve itself has no such door. */
struct validating {
	uv_loop_t loop;
	uv_signal_t end, forget;
	struct node *node;
};

static void on_validator_signal(uv_signal_t *h, int signum)
{
	struct validating *v = h->data;

	if (signum == SIGUSR1)
		server_forget_observers(v->node->server, NULL, NULL);
	else
		uv_stop(&v->loop);
}

static void watch_signal(struct validating *v, uv_signal_t *h, int signum)
{
	uv_signal_init(&v->loop, h);
	h->data = v;
	uv_signal_start(h, on_validator_signal, signum);
}

static enum err make_database(const struct node_config *cfg)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	char db[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX];
	enum err e = config_path(db, cfg->dir, "ledger.db");
	FILE *f;
	size_t n;

	if (e == ERR_OK)
		e = config_path(path, cfg->dir, "genesis.cbor");
	if (e != ERR_OK)
		return e;
	f = fopen(path, "re");
	if (!f)
		return ERR_NOT_FOUND;
	n = fread(genesis, 1, sizeof(genesis), f);
	fclose(f);
	return store_create(db, bytes_of(genesis, n), false);
}

static int validate(const char *conf)
{
	static struct validating v;
	static struct node_config cfg;
	struct node_options opt = { 0 };
	struct config_fault why;

	uv_loop_init(&v.loop);
	if (node_config_load(&cfg, conf, &why) != ERR_OK || make_database(&cfg) != ERR_OK ||
	    node_open(&v.node, &v.loop, &cfg, &opt, &why) != ERR_OK) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	watch_signal(&v, &v.end, SIGTERM);
	watch_signal(&v, &v.forget, SIGUSR1);
	uv_run(&v.loop, UV_RUN_DEFAULT);
	node_close(v.node);
	uv_close((uv_handle_t *)&v.end, NULL);
	uv_close((uv_handle_t *)&v.forget, NULL);
	uv_run(&v.loop, UV_RUN_DEFAULT);
	return uv_loop_close(&v.loop) == 0 ? 0 : 1;
}

static pid_t start_validator(const struct swarm *s)
{
	char conf[64], log[64];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(conf, sizeof(conf), "%s/%013llu/rxnode.conf", s->dir, MAKER);
	snprintf(log, sizeof(log), "%s/%013llu/log", s->dir, MAKER);
	mortal(s, log);
	exit(validate(conf));
}

/* ---- folders, keys, ports ---- */

static bool is_free(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool yes;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	yes = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

/* A run of n ports that nobody has, below those that the system gives out by itself. */
static uint16_t free_ports(unsigned n)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		unsigned first = 10000 + ((unsigned)getpid() * 61 + tries * 97) % 20000, i = 0;

		while (i < n && is_free((uint16_t)(first + i)))
			i++;
		if (i == n)
			return (uint16_t)first;
	}
	return 0;
}

static bool make_member(const struct swarm *s, uint64_t gln, uint16_t port, const char *more)
{
	char cmd[1200];

	snprintf(cmd, sizeof(cmd), "%s/rxnode init %s/%013llu --gln %013llu --name N --contact c --listen 127.0.0.1:%u %s >/dev/null",
		 s->bin, s->dir, (unsigned long long)gln, (unsigned long long)gln, port, more);
	return system(cmd) == 0;
}

static bool make_members(struct swarm *s)
{
	char more[120], cmd[1200];

	if (!make_member(s, MAKER, s->port, "--role manufacturer --prefix 9506000134"))
		return false;
	for (unsigned i = 0; i < s->followers_n; i++) {
		snprintf(more, sizeof(more), "--peer %llu@127.0.0.1:%u --role %s", MAKER, s->port + 1u,
			 i == 0 ? "manufacturer --prefix 9506000135" : "pharmacy");
		if (!make_member(s, s->followers[i].gln, s->followers[i].port, more))
			return false;
	}
	snprintf(cmd, sizeof(cmd),
		 "%s/rxnode genesis --name swarm --out %s/genesis.cbor --validator %llu %s/*/join.cbor >/dev/null && "
		 "for d in %s/9*/; do cp %s/genesis.cbor $d || exit 1; done", s->bin, s->dir, MAKER, s->dir, s->dir, s->dir);
	return system(cmd) == 0;
}

static bool load_key(const struct swarm *s, struct source *by, uint64_t gln, uint64_t gtin)
{
	char path[64];

	by->gln = gln;
	by->gtin = gtin;
	snprintf(path, sizeof(path), "%s/%013llu/event.key", s->dir, (unsigned long long)gln);
	return signer_load(&by->signer, path) == ERR_OK;
}

static bool load_keys(struct swarm *s)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/genesis.cbor", s->dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	crypto_sha256(&s->chain_id, bytes_of(genesis, fread(genesis, 1, sizeof(genesis), f)));
	fclose(f);
	return load_key(s, &s->sources[SWARM_VALIDATOR], MAKER, world_check(950600013435u)) &&
	       load_key(s, &s->sources[SWARM_FOLLOWER], s->followers[0].gln, world_check(950600013535u));
}

/* ---- watching ---- */

static struct net_client *dial(struct swarm *s, uint64_t gln, uint16_t port)
{
	char cert[64], key[64], ca[64];
	struct net_client_config cfg = { .address = "127.0.0.1", .port = port, .cert_path = cert, .key_path = key,
					 .ca_path = ca, .peer_gln = gln };
	struct net_client *c;

	snprintf(cert, sizeof(cert), "%s/%013llu/node.crt", s->dir, MAKER);
	snprintf(key, sizeof(key), "%s/%013llu/node.key", s->dir, MAKER);
	snprintf(ca, sizeof(ca), "%s/%013llu/ca.crt", s->dir, (unsigned long long)gln);
	return net_client_new(&c, s->net, &cfg) == ERR_OK ? c : NULL;
}

static void on_shown(void *ctx, const struct net_result *r)
{
	struct follower *f = ctx;

	if (r->err != ERR_OK || r->code != NET_CONTENT) {
		f->watching = false;
		return;
	}
	f->height = shown_height(r->body);
	if (f->shown_s == 0 && f->height >= f->swarm->height)
		f->shown_s = now_s();
}

static void on_timer(uv_timer_t *t)
{
	struct swarm *s = t->data;

	s->timed_out = true;
}

/* Run the loop until done says so or so much time has passed, and keep watching. */
static bool run_until(struct swarm *s, unsigned ms, bool (*done)(const struct swarm *s))
{
	uint64_t until_ms = uv_hrtime() / 1000000 + ms, now_ms;

	while (!done(s) && (now_ms = uv_hrtime() / 1000000) < until_ms) {
		for (unsigned i = 0; i < s->followers_n; i++) {
			struct follower *f = &s->followers[i];

			if (!f->watching)
				f->watching = net_client_observe(f->watcher, shown_at, on_shown, f) == ERR_OK;
		}
		uv_timer_start(&s->timer, on_timer, until_ms - now_ms < WATCH_AGAIN_MS ? until_ms - now_ms : WATCH_AGAIN_MS, 0);
		for (s->timed_out = false; !s->timed_out && !done(s);)
			uv_run(&s->loop, UV_RUN_ONCE);
	}
	return done(s);
}

static bool never(const struct swarm *s)
{
	(void)s;
	return false;
}

static bool all_show_it(const struct swarm *s)
{
	for (unsigned i = 0; i < s->followers_n; i++)
		if (s->followers[i].shown_s == 0)
			return false;
	return s->posted.done;
}

void swarm_pause(struct swarm *s, unsigned ms)
{
	run_until(s, ms, never);
}

void swarm_pause_between(struct swarm *s, unsigned least_ms, unsigned most_ms)
{
	s->random = s->random * 6364136223846793005u + 1442695040888963407u;
	swarm_pause(s, least_ms + (unsigned)((s->random >> 33) % (most_ms - least_ms + 1)));
}

/* ---- a round ---- */

static void on_posted(void *ctx, const struct net_result *r)
{
	struct swarm *s = ctx;

	s->posted.done = true;
	s->posted.err = r->err;
	s->posted.code = r->code;
	s->posted.at_s = now_s();
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_times(const struct swarm *s, double from, struct swarm_times *out)
{
	double shown[SWARM_FOLLOWERS_MAX];

	for (unsigned i = 0; i < s->followers_n; i++)
		shown[i] = s->followers[i].shown_s - from;
	qsort(shown, s->followers_n, sizeof(shown[0]), by_value);
	*out = (struct swarm_times){ s->posted.at_s - from, shown[0], shown[s->followers_n / 2], shown[s->followers_n - 1] };
}

bool swarm_spread(struct swarm *s, enum swarm_place at, struct swarm_times *out)
{
	struct source *by = &s->sources[at];
	struct net_call call = { .method = NET_POST, .path = "events", .content_format = CT_EVENT, .body = next_event(s, by),
				 .timeout_ms = 12000 };
	double from;

	if (!call.body.p)
		return fail("the event cannot be signed");
	s->height++;
	s->posted.done = false;
	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i].shown_s = 0;
	from = now_s();
	if (net_client_send(by->client, &call, on_posted, s) != ERR_OK)
		return fail("the event cannot be sent");
	if (!run_until(s, SPREAD_MS, all_show_it))
		return fail("not every follower shows the event");
	take_times(s, from, out);
	return s->posted.err == ERR_OK && s->posted.code == NET_CREATED ? true : fail("the event is not taken");
}

void swarm_loss(struct swarm *s, unsigned permille)
{
	s->relay->loss_permille = permille;
}

uint64_t swarm_lost(const struct swarm *s)
{
	return s->relay->lost;
}

void swarm_forget_observers(struct swarm *s)
{
	kill(s->validator, SIGUSR1);
	swarm_pause(s, 100);
}

/* ---- start and stop ---- */

static bool start_processes(struct swarm *s)
{
	s->relay = relay_fork((uint16_t)(s->port + 1), s->port, s->random, s->seconds * 1000);
	s->validator = start_validator(s);
	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i].pid = start_follower(s, &s->followers[i]);
	return s->relay && s->validator > 0;
}

static bool open_clients(struct swarm *s)
{
	if (uv_loop_init(&s->loop) != 0)
		return false;
	s->loop_open = true;
	uv_timer_init(&s->loop, &s->timer);
	s->timer.data = s;
	if (net_new(&s->net, &s->loop) != ERR_OK)
		return false;
	s->poster = dial(s, MAKER, s->port);
	if (!s->poster)
		return false;
	for (unsigned i = 0; i < s->followers_n; i++) {
		s->followers[i].watcher = dial(s, s->followers[i].gln, s->followers[i].port);
		if (!s->followers[i].watcher)
			return false;
	}
	s->sources[SWARM_VALIDATOR].client = s->poster;
	s->sources[SWARM_FOLLOWER].client = s->followers[0].watcher;
	return true;
}

static bool is_there(struct swarm *s)
{
	struct net_call call = { .method = NET_GET, .path = "head", .content_format = NET_FORMAT_NONE, .timeout_ms = 1000 };
	struct net_result r;
	uint8_t buf[2048];

	for (unsigned tries = 0; tries < s->seconds; tries++) {
		if (net_client_call(s->poster, &call, &r, buf, sizeof(buf)) == ERR_OK)
			return true;
		swarm_pause(s, 200);
	}
	return false;
}

/* Followers that were there before the validator wait for their next poll: first blocks, and all of them have them. */
static bool all_follow(struct swarm *s)
{
	struct swarm_times t;

	return is_there(s) && swarm_spread(s, SWARM_VALIDATOR, &t) && swarm_spread(s, SWARM_FOLLOWER, &t);
}

bool swarm_start(struct swarm **out, unsigned followers, uint64_t seed, unsigned seconds)
{
	struct swarm *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return false;
	*s = (struct swarm){ .dir = "/tmp/rxswarm-XXXXXX", .followers_n = followers, .seconds = seconds, .random = seed };
	served_programs(s->bin, sizeof(s->bin));
	fflush(NULL); /* nothing for the children to say again */
	s->port = free_ports(followers + 2);
	for (unsigned i = 0; i < followers; i++)
		s->followers[i] = (struct follower){ .swarm = s, .gln = world_check(FIRST_FOLLOWER + i),
						     .port = (uint16_t)(s->port + 2 + i) };
	if (!s->port || !mkdtemp(s->dir) || !make_members(s) || !load_keys(s))
		return fail("the nodes cannot be made");
	if (!start_processes(s) || !open_clients(s) || !all_follow(s))
		return fail("the nodes do not come up");
	swarm_pause(s, 2 * SYNC_POLL_MS); /* those who came up late have subscribed by then */
	return true;
}

static bool end_process(pid_t pid, int signum)
{
	int status = -1;

	if (pid <= 0)
		return true;
	kill(pid, signum);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void close_clients(struct swarm *s)
{
	if (!s->loop_open)
		return;
	for (unsigned i = 0; i < s->followers_n; i++)
		net_client_free(s->followers[i].watcher);
	net_client_free(s->poster);
	net_free(s->net);
	uv_close((uv_handle_t *)&s->timer, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
}

bool swarm_stop(struct swarm *s)
{
	bool clean = true;
	char cmd[64];

	if (!s)
		return true;
	close_clients(s);
	for (unsigned i = 0; i < s->followers_n; i++)
		if (s->followers[i].pid > 0)
			kill(s->followers[i].pid, SIGTERM);
	for (unsigned i = 0; i < s->followers_n; i++)
		clean &= end_process(s->followers[i].pid, 0);
	clean &= end_process(s->validator, SIGTERM);
	clean &= relay_end(s->relay);
	for (unsigned i = 0; i < SWARM_PLACES; i++)
		signer_free(s->sources[i].signer);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", s->dir);
	clean &= system(cmd) == 0;
	free(s);
	return clean;
}
