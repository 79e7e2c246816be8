#include "labels/printer.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 5000
#define SEND_MS 30000 /* a printer that is out of paper takes nothing */

static bool split(const char *where, char *host, size_t cap, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t n = colon ? (size_t)(colon - where) : 0;

	if (n == 0 || n >= cap || !colon[1])
		return false;
	if (where[0] == '[' && where[n - 1] == ']') {
		where++;
		n -= 2;
	}
	memcpy(host, where, n);
	host[n] = 0;
	*port = colon + 1;
	return true;
}

static bool writable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static int connect_to(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol), error = 0;
	socklen_t n = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	if (errno == EINPROGRESS && writable(fd, CONNECT_MS) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
		return fd;
	close(fd);
	return -1;
}

static enum err open_tcp(struct printer *out, const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
	struct addrinfo *all;
	const char *port;
	char host[256];

	if (!split(where, host, sizeof(host), &port))
		return ERR_USAGE;
	if (getaddrinfo(host, port, &hints, &all) != 0)
		return ERR_NOT_FOUND;
	for (const struct addrinfo *a = all; a && out->fd < 0; a = a->ai_next)
		out->fd = connect_to(a);
	freeaddrinfo(all);
	return out->fd < 0 ? ERR_TIMEOUT : ERR_OK;
}

enum err printer_open(struct printer *out, const char *where)
{
	out->fd = -1;
	signal(SIGPIPE, SIG_IGN); /* a printer that is gone is an error of write() */
	if (strcmp(where, "-") != 0)
		return open_tcp(out, where);
	fflush(stdout);
	out->fd = dup(STDOUT_FILENO);
	return out->fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 ? ERR_OK : ERR_IO;
}

enum err printer_send(struct printer *p, const struct label_drawing *d)
{
	static char buf[RENDER_ZPL_MAX];
	struct bytes zpl;
	enum err e = render_zpl(d, buf, sizeof(buf), &zpl);

	while (e == ERR_OK && zpl.n > 0) {
		ssize_t n;

		if (!writable(p->fd, SEND_MS))
			return ERR_TIMEOUT;
		n = write(p->fd, zpl.p, zpl.n);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_IO;
		zpl.p += n > 0 ? n : 0;
		zpl.n -= n > 0 ? (size_t)n : 0;
	}
	return e;
}

void printer_close(struct printer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
