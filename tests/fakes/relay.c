#include "tests/fakes/relay.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 512 /* beyond that the one that was quiet for longest gives its socket away */
#define BURST 64 /* datagrams from one socket before the others have their turn */
#define BUFFER_BYTES (1 << 20) /* what is lost is lost by us, not by a full queue */
#define LOOK_MS 20 /* how soon stop is seen */

struct client {
	int fd; /* towards the target */
	struct sockaddr_in from;
	uint64_t used;
};

struct forwarding {
	struct relay *relay;
	int listener, epoll;
	uint64_t random, turn;
	struct client clients[CLIENTS_MAX];
	unsigned clients_n;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* SplitMix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool is_lost(struct forwarding *f)
{
	bool lost = draw(&f->random) % 1000 < f->relay->loss_permille;

	if (lost)
		f->relay->lost++;
	else
		f->relay->passed++;
	return lost;
}

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* A socket that epoll tells of under this number. */
static int open_socket(struct forwarding *f, uint32_t number)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), bytes = BUFFER_BYTES;
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = number };

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct client *oldest(struct forwarding *f)
{
	struct client *c = &f->clients[0];

	for (unsigned i = 1; i < f->clients_n; i++)
		if (f->clients[i].used < c->used)
			c = &f->clients[i];
	close(c->fd);
	return c;
}

/* The client behind a source port, with a socket of its own towards the target; NULL: none is to be had. */
static struct client *client_of(struct forwarding *f, const struct sockaddr_in *from)
{
	struct sockaddr_in target = loopback(f->relay->target_port);
	struct client *c;

	for (unsigned i = 0; i < f->clients_n; i++)
		if (f->clients[i].from.sin_port == from->sin_port)
			return &f->clients[i];
	c = f->clients_n < CLIENTS_MAX ? &f->clients[f->clients_n] : oldest(f);
	c->fd = open_socket(f, (uint32_t)(c - f->clients) + 1);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&target, sizeof(target)) != 0)
		return NULL;
	c->from = *from;
	if (c == &f->clients[f->clients_n])
		f->clients_n++;
	f->relay->clients++;
	return c;
}

/* From the clients to the target. */
static void forward_there(struct forwarding *f)
{
	uint8_t data[65536];

	for (int i = 0; i < BURST; i++) {
		struct sockaddr_in from;
		socklen_t from_n = sizeof(from);
		ssize_t n = recvfrom(f->listener, data, sizeof(data), 0, (struct sockaddr *)&from, &from_n);
		struct client *c;

		if (n < 0)
			return;
		c = client_of(f, &from);
		if (!c)
			continue;
		c->used = ++f->turn;
		if (!is_lost(f))
			(void)!send(c->fd, data, (size_t)n, 0); /* nobody listens yet: lost as well */
	}
}

/* From the target to a client. */
static void forward_back(struct forwarding *f, struct client *c)
{
	uint8_t data[65536];

	for (int i = 0; i < BURST; i++) {
		ssize_t n = recv(c->fd, data, sizeof(data), 0);

		if (n < 0)
			return;
		if (!is_lost(f))
			(void)!sendto(f->listener, data, (size_t)n, 0, (const struct sockaddr *)&c->from, sizeof(c->from));
	}
}

static void forward(struct forwarding *f, uint64_t until_ms)
{
	struct epoll_event ready[64];

	while (!f->relay->stop && now_ms() < until_ms) {
		int n = epoll_wait(f->epoll, ready, 64, LOOK_MS);

		for (int i = 0; i < n; i++) {
			if (ready[i].data.u32 == 0)
				forward_there(f);
			else
				forward_back(f, &f->clients[ready[i].data.u32 - 1]);
		}
	}
}

bool relay_run(struct relay *r)
{
	static struct forwarding f;
	struct sockaddr_in at = loopback(r->port);
	socklen_t at_n = sizeof(at);
	uint64_t until_ms = now_ms() + r->ms;
	bool ok;

	memset(&f, 0, sizeof(f));
	f.relay = r;
	f.random = r->seed;
	f.epoll = epoll_create1(EPOLL_CLOEXEC);
	f.listener = f.epoll < 0 ? -1 : open_socket(&f, 0);
	ok = f.listener >= 0 && bind(f.listener, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	     getsockname(f.listener, (struct sockaddr *)&at, &at_n) == 0;
	if (ok) {
		r->port = ntohs(at.sin_port);
		r->ready = true;
		forward(&f, until_ms);
	}
	for (unsigned i = 0; i < f.clients_n; i++)
		close(f.clients[i].fd);
	if (f.listener >= 0)
		close(f.listener);
	if (f.epoll >= 0)
		close(f.epoll);
	return ok;
}

struct relay *relay_fork(uint16_t port, uint16_t target_port, uint64_t seed, unsigned ms)
{
	struct relay *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (r == MAP_FAILED)
		return NULL;
	r->port = port;
	r->target_port = target_port;
	r->seed = seed;
	r->ms = ms;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(relay_run(r) ? 0 : 1);
	}
	r->pid = pid;
	for (int i = 0; i < 1000 && pid > 0 && !r->ready; i++)
		usleep(5000);
	if (r->ready)
		return r;
	relay_end(r);
	return NULL;
}

bool relay_end(struct relay *r)
{
	int status = -1;

	if (!r)
		return true;
	r->stop = true;
	if (r->pid > 0)
		waitpid(r->pid, &status, 0);
	munmap(r, sizeof(*r));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
