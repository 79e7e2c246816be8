#include "scanner/decoder_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct decoder {
	pid_t keeper;
	int socket; /* -1: the keeper is gone */
};

/* A progressive JPEG of 64 megapixels in full colour took 446 MB beside its file, and 2 s (nothing to be found in it). */
const struct decoder_limits decoder_limits_default = { .worker = { .memory = 1u << 30, .cpu_s = 10 }, .wall_ms = 15 * 1000 };

/* Should the keeper itself stand still: no longer than this after its own limit. */
static bool set_patience(int socket, unsigned wall_ms)
{
	struct timeval most = { .tv_sec = wall_ms / 1000 + 5 };

	return setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)) == 0;
}

enum err decoder_start(struct decoder **out, const struct decoder_limits *limits)
{
	struct decoder *d = malloc(sizeof(*d));
	int ends[2];

	if (!d)
		return ERR_NO_MEMORY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		free(d);
		return ERR_IO;
	}
	d->socket = ends[0];
	d->keeper = set_patience(d->socket, limits->wall_ms) ? fork() : -1;
	if (d->keeper == 0)
		decoder_keep(ends[1], limits);
	close(ends[1]);
	if (d->keeper < 0) {
		close(d->socket);
		free(d);
		return ERR_IO;
	}
	*out = d;
	return ERR_OK;
}

static void lose_keeper(struct decoder *d)
{
	if (d->socket < 0)
		return;
	close(d->socket);
	d->socket = -1;
	kill(d->keeper, SIGKILL);
	waitpid(d->keeper, NULL, 0);
}

void decoder_stop(struct decoder *d)
{
	if (d)
		lose_keeper(d);
	free(d);
}

pid_t decoder_pid(const struct decoder *d)
{
	return d->keeper;
}

/* ---- a picture ---- */

static bool ask(int socket, int fd)
{
	uint8_t byte = 0;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &m, MSG_NOSIGNAL) == 1;
}

static bool hear(int socket, uint8_t answer[static ANSWER_MAX], size_t *n)
{
	ssize_t got;

	do {
		got = recv(socket, answer, ANSWER_MAX, 0);
	} while (got < 0 && errno == EINTR);
	*n = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* ISO/IEC 15424: "]", a letter for the symbology, a digit or letter for what was done. */
static bool is_aim(const uint8_t *p)
{
	return p[0] == ']' && ((p[1] >= 'A' && p[1] <= 'Z') || (p[1] >= 'a' && p[1] <= 'z')) && ((p[2] >= '0' && p[2] <= '9') || (p[2] >= 'a' && p[2] <= 'z'));
}

/* One symbol off the front of *in.  False: nonsense. */
static bool take_symbol(struct reader_symbol *out, struct bytes *in)
{
	size_t n;

	if (in->n < 5 || !is_aim(in->p))
		return false;
	n = (size_t)in->p[3] << 8 | in->p[4];
	if (n == 0 || n > READER_TEXT_MAX || n > in->n - 5)
		return false;
	memcpy(out->aim, in->p, 3);
	out->aim[3] = 0;
	memcpy(out->bytes, in->p + 5, n);
	out->n = n;
	*in = bytes_of(in->p + 5 + n, in->n - 5 - n);
	return true;
}

static enum err take_failure(unsigned e)
{
	static const enum err known[] = { ERR_BAD_INPUT, ERR_TOO_LARGE, ERR_NO_MEMORY, ERR_IO, ERR_NO_CODE };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (e == known[i])
			return known[i];
	return ERR_PICTURE_LOST;
}

enum err decoder_take(struct reader_symbol out[static DECODER_SYMBOLS_MAX], size_t *n, struct bytes in)
{
	size_t count;
	unsigned e;

	*n = 0;
	if (in.n < 3)
		return ERR_PICTURE_LOST;
	e = (unsigned)in.p[0] << 8 | in.p[1];
	count = in.p[2];
	in = bytes_of(in.p + 3, in.n - 3);
	if (e != ERR_OK)
		return count == 0 && in.n == 0 ? take_failure(e) : ERR_PICTURE_LOST;
	if (count == 0 || count > DECODER_SYMBOLS_MAX)
		return ERR_PICTURE_LOST;
	for (size_t i = 0; i < count; i++)
		if (!take_symbol(&out[i], &in))
			return ERR_PICTURE_LOST;
	if (in.n > 0)
		return ERR_PICTURE_LOST;
	*n = count;
	return ERR_OK;
}

enum err decoder_read(struct decoder *d, struct reader_symbol out[static DECODER_SYMBOLS_MAX], size_t *n, int fd)
{
	uint8_t answer[ANSWER_MAX];
	size_t got;

	*n = 0;
	if (d->socket < 0)
		return ERR_PICTURE_LOST;
	if (!ask(d->socket, fd) || !hear(d->socket, answer, &got)) {
		lose_keeper(d);
		return ERR_PICTURE_LOST;
	}
	return answer[0] == ENDED_WELL ? decoder_take(out, n, bytes_of(answer + 1, got - 1)) : ERR_PICTURE_LOST;
}
