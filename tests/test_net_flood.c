/* 2,000 forged client hellos from as many ports: the node's memory stays bounded and a real peer is served right after. */
#include "node/port/cert.h"
#include "node/port/net.h"
#include "tests/fakes/keys.h"
#include "tests/t.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define A 9506000134307ULL
#define FORGED 2000
#define ROOM_KIB (NET_HALF_OPEN_MAX * 70 + 16 * 1024) /* 67 kB a handshake (net.h), and room for an allocator's slack */

static enum err identify(void *ctx, struct bytes cert, struct net_peer *peer)
{
	(void)ctx, (void)cert;
	peer->gln = A;
	return ERR_OK;
}

static void on_request(void *ctx, struct net_exchange *x, const struct net_request *req)
{
	struct net_answer a = { .code = 205, .content_format = 60, .body = BYTES_LIT("yes") };

	(void)ctx, (void)req;
	net_answer(x, &a);
}

static pid_t serve(uint16_t *port)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct net_server_config cfg = { .address = "127.0.0.1", .cert_path = test_path("a.crt"), .key_path = test_path("a.key"),
						 .ca_path = test_path("ca.crt"), .identify = identify, .on_request = on_request };
		struct net_server *s;
		struct net *n;
		uv_loop_t loop;
		uint16_t p;

		uv_loop_init(&loop);
		if (net_new(&n, &loop) != ERR_OK || net_server_new(&s, n, &cfg) != ERR_OK)
			_exit(1);
		p = net_server_port(s);
		if (write(pipes[1], &p, sizeof(p)) != sizeof(p))
			_exit(1);
		uv_run(&loop, UV_RUN_DEFAULT);
		_exit(0);
	}
	if (read(pipes[0], port, sizeof(*port)) != sizeof(*port))
		*port = 0;
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static long resident_kib(pid_t pid)
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

static enum err ask(uint16_t port)
{
	struct net_client_config cfg = { .address = "127.0.0.1", .port = port, .cert_path = test_path("a.crt"),
					 .key_path = test_path("a.key"), .ca_path = test_path("ca.crt"), .peer_gln = A };
	struct net_call call = { .method = NET_GET, .path = "x", .content_format = NET_FORMAT_NONE, .timeout_ms = 20000 };
	struct net_result r = { 0 };
	struct net_client *c;
	uint8_t buf[64];
	struct net *n;
	uv_loop_t loop;
	enum err e;

	uv_loop_init(&loop);
	e = net_new(&n, &loop);
	if (e == ERR_OK)
		e = net_client_new(&c, n, &cfg);
	if (e == ERR_OK)
		e = net_client_call(c, &call, &r, buf, sizeof(buf));
	net_free(n);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return e;
}

/* What libcoap takes for a client hello: a handshake record whose first message has type 1. */
static void forge(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	uint8_t hello[64] = { 22, 0xfe, 0xfd };

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	hello[12] = sizeof(hello) - 13;
	hello[13] = 1;
	for (int i = 0; i < FORGED; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		CHECK(fd >= 0 && sendto(fd, hello, sizeof(hello), 0, (struct sockaddr *)&to, sizeof(to)) == sizeof(hello));
		close(fd);
		if (i % 50 == 0)
			usleep(2000); /* so that the kernel's buffer does not drop the flood before the server sees it */
	}
}

static void test_flood(void)
{
	uint16_t port = 0;
	long before, after;
	double took;
	uint64_t from;
	pid_t pid;

	NEED(cert_ca_create(test_path("ca.key"), test_path("ca.crt"), A, time(NULL), 10) == ERR_OK);
	NEED(cert_device_create(test_path("ca.key"), test_path("ca.crt"), test_path("a.key"), test_path("a.crt"), A, "d", time(NULL),
				10) == ERR_OK);
	pid = serve(&port);
	NEED(pid > 0 && port != 0);
	CHECK(ask(port) == ERR_OK);
	before = resident_kib(pid);
	forge(port);
	from = uv_hrtime();
	CHECK(ask(port) == ERR_OK);
	took = (double)(uv_hrtime() - from) / 1e9;
	after = resident_kib(pid);
	printf(" (served after %.3f s; %ld KiB more) ", took, after - before);
	CHECK(took < 10); /* well within a second on a quiet machine; 12 s and more without the defence */
#ifndef __SANITIZE_ADDRESS__ /* whose quarantine keeps what was freed */
	CHECK(after - before < ROOM_KIB);
#endif
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

T_MAIN("net_flood", T(test_flood))
