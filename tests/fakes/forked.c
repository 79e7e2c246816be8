#include "tests/fakes/forked.h"

#include "node/port/cert.h"
#include "tests/fakes/keys.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

static void run(const struct net_server_config *cfg, int tell)
{
	struct net_server *s;
	struct net *n;
	uv_loop_t loop;
	uint16_t port;

	uv_loop_init(&loop);
	if (net_new(&n, &loop) != ERR_OK || net_server_new(&s, n, cfg) != ERR_OK)
		_exit(1);
	port = net_server_port(s);
	if (write(tell, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

pid_t forked_server(const struct net_server_config *cfg, uint16_t *port)
{
	int pipes[2];
	pid_t pid;

	*port = 0;
	if (pipe(pipes) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		run(cfg, pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], port, sizeof(*port)) != sizeof(*port))
		*port = 0;
	close(pipes[0]);
	return *port ? pid : -1;
}

bool forked_certificates(uint64_t gln, struct net_server_config *cfg)
{
	static char ca_key[96], ca[96], key[96], cert[96];

	snprintf(ca_key, sizeof(ca_key), "%s", test_path("ca.key"));
	snprintf(ca, sizeof(ca), "%s", test_path("ca.crt"));
	snprintf(key, sizeof(key), "%s", test_path("a.key"));
	snprintf(cert, sizeof(cert), "%s", test_path("a.crt"));
	cfg->address = "127.0.0.1";
	cfg->cert_path = cert;
	cfg->key_path = key;
	cfg->ca_path = ca;
	return cert_ca_create(ca_key, ca, gln, time(NULL), 10) == ERR_OK &&
	       cert_device_create(ca_key, ca, key, cert, gln, "a", time(NULL), 10) == ERR_OK;
}

void forked_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

long forked_resident_kib(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}
