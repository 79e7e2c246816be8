#include "tests/fakes/served.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* One folder above the tests' ("build/tests/test_x", "build/tests/fuzz/fuzz_x"). */
void served_programs(char *bin, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", bin, cap - 1);
	char *tests;

	bin[n > 0 ? n : 0] = 0;
	tests = strstr(bin, "/tests/");
	for (char *next; tests && (next = strstr(tests + 1, "/tests/")); tests = next)
		;
	if (tests)
		*tests = 0;
}

static bool make_node(struct served *s, unsigned port, const char *profile)
{
	char cmd[2400];
	const char *b = s->bin, *d = s->dir;

	snprintf(cmd, sizeof(cmd),
		 "%s/rxnode init %s/m --gln 9506000134307 --role manufacturer --name Maker --contact c --prefix 9506000134 "
		 "--listen 127.0.0.1:%u >/dev/null && %s/rxnode init %s/p --gln 9506000134321 --role pharmacy --name Shop --contact c "
		 ">/dev/null && %s/rxnode genesis --name t --out %s/m/genesis.cbor --validator 9506000134307 %s/m/join.cbor "
		 "%s/p/join.cbor >/dev/null && sed -i 's/^profile = .*/profile = %s/' %s/m/rxnode.conf && "
		 "echo 'verify_rate = 1000000' >>%s/m/rxnode.conf", b, d, port, b, d, b, d, d, d, profile, d, d);
	return system(cmd) == 0;
}

static void run_node(const struct served *s)
{
	char program[420], conf[64];

	snprintf(program, sizeof(program), "%s/rxnode", s->bin);
	snprintf(conf, sizeof(conf), "%s/m/rxnode.conf", s->dir);
	if (!freopen("/dev/null", "w", stdout))
		_exit(126);
	execl(program, "rxnode", "serve", "--config", conf, (char *)NULL);
	_exit(127);
}

static bool open_client(struct served *s)
{
	struct client_config cfg;
	struct config_fault why;
	struct node_config node;
	struct hash chain_id;
	uint64_t height;
	char path[64];

	snprintf(path, sizeof(path), "%s/m/rxnode.conf", s->dir);
	if (node_config_load(&node, path, &why) != ERR_OK || node_config_client(&node, &cfg) != ERR_OK ||
	    client_open(&s->client, &cfg, &why) != ERR_OK)
		return false;
	snprintf(path, sizeof(path), "%s/m/event.key", s->dir);
	if (signer_load(&s->maker, path) != ERR_OK)
		return false;
	snprintf(path, sizeof(path), "%s/p/event.key", s->dir);
	if (signer_load(&s->shop, path) != ERR_OK)
		return false;
	for (int tries = 0; tries < 400; tries++) {
		if (served_status(s, &chain_id, &height))
			return true;
		usleep(50000);
	}
	return false;
}

static bool start(struct served *s, const char *profile)
{
	static unsigned starts;

	*s = (struct served){ .dir = "/tmp/rxserved-XXXXXX" };
	served_programs(s->bin, sizeof(s->bin));
	if (!mkdtemp(s->dir) || !make_node(s, 20000 + ((unsigned)getpid() + starts++) % 30000, profile)) {
		fprintf(stderr, "served: no node could be made with %s/rxnode\n", s->bin);
		return false;
	}
	s->pid = fork();
	if (s->pid == 0)
		run_node(s);
	if (s->pid > 0 && open_client(s))
		return true;
	fprintf(stderr, "served: the node does not answer\n");
	served_stop(s);
	return false;
}

bool served_start(struct served *s)
{
	return start(s, "full");
}

bool served_start_light(struct served *s)
{
	return start(s, "light");
}

int served_stop(struct served *s)
{
	int status = -1;
	char cmd[64];

	client_close(s->client);
	signer_free(s->maker);
	signer_free(s->shop);
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		waitpid(s->pid, &status, 0);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", s->dir);
	if (system(cmd) != 0)
		status = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool served_status(struct served *s, struct hash *chain_id, uint64_t *height)
{
	struct config_fault why;
	struct net_result r;
	int64_t last = -1;
	struct rd rd;

	if (client_get(s->client, "status", NULL, &r, &why) != ERR_OK)
		return false;
	rd_init(&rd, r.body);
	for (size_t n = rd_map(&rd); n > 0 && rd.err == ERR_OK; n--) {
		uint64_t key = rd_key(&rd, &last);

		if (key == 5)
			memcpy(chain_id->b, rd_bstr_n(&rd, HASH_LEN).p, HASH_LEN);
		else if (key == 6)
			*height = rd_uint(&rd);
		else
			rd_skip(&rd);
	}
	return rd_end(&rd) == ERR_OK;
}
