/* The swarm's members: folders, keys, ports, and the processes that run them. */
#include "node/core/genesis.h"
#include "node/node.h"
#include "node/port/net_server.h"
#include "tests/fakes/swarm_internal.h"
#include "tests/fakes/world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FIRST_FOLLOWER 950600020000u /* its GLN's digits before the check digit */

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

void swarm_start_processes(struct swarm *s)
{
	s->validator = start_validator(s);
	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i].pid = start_follower(s, &s->followers[i]);
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

/* A manufacturer, a regulator, then distributors and pharmacies in turn: these hold light copies, as they do by default. */
static const char *role_of(unsigned i)
{
	if (i == 0)
		return "manufacturer --prefix 9506000135";
	if (i == REGULATOR)
		return "regulator";
	return i % 2 ? "pharmacy" : "distributor";
}

static bool init_members(const struct swarm *s)
{
	char more[120];

	if (!make_member(s, MAKER, s->port, "--role manufacturer --prefix 9506000134"))
		return false;
	for (unsigned i = 0; i < s->followers_n; i++) {
		snprintf(more, sizeof(more), "--peer %llu@127.0.0.1:%u --role %s", MAKER, s->port + 1u, role_of(i));
		if (!make_member(s, s->followers[i].gln, s->followers[i].port, more))
			return false;
	}
	return true;
}

static bool make_genesis(struct swarm *s)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	char cmd[1200], path[64];
	FILE *f;

	snprintf(cmd, sizeof(cmd),
		 "%s/rxnode genesis --name swarm --out %s/genesis.cbor --validator %llu %s/*/join.cbor >/dev/null && "
		 "for d in %s/9*/; do cp %s/genesis.cbor $d || exit 1; done", s->bin, s->dir, MAKER, s->dir, s->dir, s->dir);
	if (system(cmd) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/genesis.cbor", s->dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	crypto_sha256(&s->chain_id, bytes_of(genesis, fread(genesis, 1, sizeof(genesis), f)));
	fclose(f);
	return true;
}

bool swarm_load_key(const struct swarm *s, struct signer **out, uint64_t gln)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%013llu/event.key", s->dir, (unsigned long long)gln);
	return signer_load(out, path) == ERR_OK;
}

static bool load_source(struct swarm *s, enum swarm_place at, uint64_t gln, uint64_t gtin)
{
	s->sources[at].gln = gln;
	s->sources[at].gtin = gtin;
	return swarm_load_key(s, &s->sources[at].signer, gln);
}

bool swarm_make_members(struct swarm *s)
{
	s->port = free_ports(s->followers_n + 2);
	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i] = (struct follower){ .swarm = s, .gln = world_check(FIRST_FOLLOWER + i),
						     .port = (uint16_t)(s->port + 2 + i) };
	return s->port && mkdtemp(s->dir) && init_members(s) && make_genesis(s) &&
	       load_source(s, SWARM_VALIDATOR, MAKER, world_check(950600013435u)) &&
	       load_source(s, SWARM_FOLLOWER, s->followers[0].gln, world_check(950600013535u));
}
