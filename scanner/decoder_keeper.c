#include "scanner/decoder_internal.h"

#include "scanner/picture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define KEEP 3 /* a report has to come out somewhere */
#else
#define KEEP 2
#endif

/* ---- the worker: descriptor 0 is the picture, 1 the answer ---- */

static size_t put_symbol(uint8_t *to, const struct reader_symbol *s)
{
	memcpy(to, s->aim, 3);
	to[3] = (uint8_t)(s->n >> 8);
	to[4] = (uint8_t)s->n;
	memcpy(to + 5, s->bytes, s->n);
	return 5 + s->n;
}

static enum err find_symbols(struct reader_symbol *out, size_t *n)
{
	struct picture p;
	enum err e = picture_read(&p, STDIN_FILENO);

	*n = 0;
	if (e != ERR_OK)
		return e;
	*n = reader_find(p.grey, p.width, p.height, out, DECODER_SYMBOLS_MAX);
	picture_free(&p);
	return *n ? ERR_OK : ERR_NO_CODE;
}

static _Noreturn void work(const struct decoder_limits *limits)
{
	static struct reader_symbol symbols[DECODER_SYMBOLS_MAX];
	static uint8_t body[BODY_MAX];
	size_t n, len = 3;
	enum err e;

	if (!sandbox_enter(&limits->worker))
		_exit(1);
	e = find_symbols(symbols, &n);
	body[0] = (uint8_t)(e >> 8);
	body[1] = (uint8_t)e;
	body[2] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		len += put_symbol(body + len, &symbols[i]);
	_exit(write(STDOUT_FILENO, body, len) != (ssize_t)len); /* a pipe takes 64 KiB at once */
}

/* Fork one.  *answer: the end of its pipe to read. */
static pid_t start_worker(int *answer, int picture, const struct decoder_limits *limits)
{
	pid_t keeper = getpid(), pid;
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != keeper || dup2(picture, STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(1);
		sandbox_close_from(KEEP);
		work(limits);
	}
	close(ends[1]);
	*answer = ends[0];
	if (pid < 0)
		close(ends[0]);
	return pid;
}

/* ---- the keeper ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* All a worker writes until it closes its end.  False: too late, or too much. */
static bool collect(int answer, uint8_t *body, size_t *n, int64_t until_ms)
{
	struct pollfd p = { .fd = answer, .events = POLLIN };
	ssize_t got = 1;

	*n = 0;
	while (got > 0) {
		int64_t left = until_ms - now_ms();

		if (*n == BODY_MAX || left <= 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		got = read(answer, body + *n, BODY_MAX - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	return got == 0;
}

static enum ending read_picture(int picture, uint8_t *body, size_t *n, const struct decoder_limits *limits)
{
	int64_t until_ms = now_ms() + limits->wall_ms;
	int answer;
	pid_t pid = start_worker(&answer, picture, limits);
	bool ok;

	*n = 0;
	if (pid < 0)
		return BROKE_OFF;
	ok = collect(answer, body, n, until_ms);
	close(answer);
	kill(pid, SIGKILL); /* it has nothing more to say, and might not end by itself */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ok ? ENDED_WELL : BROKE_OFF;
}

/* The next picture's descriptor; -1: there will be none. */
static int next_picture(int socket)
{
	uint8_t byte;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) <= 0 || m.msg_controllen < CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

_Noreturn void decoder_keep(int socket, const struct decoder_limits *limits)
{
	static uint8_t answer[ANSWER_MAX];
	int picture;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* Ctrl-C is the program's, which closes the socket */
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0)
		_exit(1);
	sandbox_close_from(KEEP);
	while ((picture = next_picture(STDIN_FILENO)) >= 0) {
		size_t n;

		answer[0] = (uint8_t)read_picture(picture, answer + 1, &n, limits);
		close(picture);
		if (send(STDIN_FILENO, answer, 1 + n, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}
