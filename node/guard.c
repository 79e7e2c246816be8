#include "node/guard.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GUARD_TEXT_LEN 128 /* one sector: written whole or not at all */
#define GUARD_PATH_MAX 512
#define WRITE_SLACK_NS 1000000000LL /* change time against the time we said: the kernel's clock ticks coarsely */

struct guard {
	int fd;
	char path[GUARD_PATH_MAX];
};

struct record {
	uint64_t height, inode;
	int64_t birth_ns, written_ns;
};

static int64_t ns_of(int64_t s, int64_t ns)
{
	return s * 1000000000LL + ns;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return ns_of(t.tv_sec, t.tv_nsec);
}

/* What the file system says of the open file. */
static enum err look(int fd, uint64_t *inode, int64_t *birth_ns, int64_t *changed_ns)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME | STATX_CTIME, &sx) != 0)
		return ERR_IO;
	*inode = sx.stx_ino;
	*birth_ns = sx.stx_mask & STATX_BTIME ? ns_of(sx.stx_btime.tv_sec, sx.stx_btime.tv_nsec) : 0;
	*changed_ns = ns_of(sx.stx_ctime.tv_sec, sx.stx_ctime.tv_nsec);
	return ERR_OK;
}

static enum err write_record(int fd, uint64_t height)
{
	char text[GUARD_TEXT_LEN + 1];
	uint64_t inode;
	int64_t birth_ns, changed_ns;
	int n;

	if (look(fd, &inode, &birth_ns, &changed_ns) != ERR_OK)
		return ERR_IO;
	n = snprintf(text, sizeof(text), "rxchain-guard 1 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64, height, inode,
		     birth_ns, now_ns());
	if (n < 0 || n >= GUARD_TEXT_LEN)
		return ERR_IO;
	memset(text + n, ' ', (size_t)(GUARD_TEXT_LEN - n));
	text[GUARD_TEXT_LEN - 1] = '\n';
	if (pwrite(fd, text, GUARD_TEXT_LEN, 0) != GUARD_TEXT_LEN || fdatasync(fd) != 0)
		return ERR_IO;
	return ERR_OK;
}

static bool read_record(int fd, struct record *out)
{
	char text[GUARD_TEXT_LEN + 1] = { 0 };

	if (pread(fd, text, GUARD_TEXT_LEN, 0) != GUARD_TEXT_LEN)
		return false;
	return sscanf(text, "rxchain-guard 1 %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64, &out->height, &out->inode,
		      &out->birth_ns, &out->written_ns) == 4;
}

/* Is this the file that we wrote last, and nobody since? */
static bool is_original(int fd, const struct record *r)
{
	uint64_t inode;
	int64_t birth_ns, changed_ns;

	if (look(fd, &inode, &birth_ns, &changed_ns) != ERR_OK)
		return false;
	return inode == r->inode && birth_ns == r->birth_ns && llabs(changed_ns - r->written_ns) <= WRITE_SLACK_NS;
}

/* A new file under another name, then in its place. */
static enum err begin_file(struct guard *g, uint64_t height)
{
	char fresh[GUARD_PATH_MAX + 8];
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", g->path);
	unlink(fresh);
	fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_IO;
	/* renaming changes the change time, so write once more under the final name */
	if (write_record(fd, height) != ERR_OK || rename(fresh, g->path) != 0 || write_record(fd, height) != ERR_OK) {
		close(fd);
		unlink(fresh);
		return ERR_IO;
	}
	if (g->fd >= 0)
		close(g->fd);
	g->fd = fd;
	return ERR_OK;
}

static enum err open_existing(struct guard *g, uint64_t height, enum guard_state *state)
{
	struct record r;

	if (!read_record(g->fd, &r) || !is_original(g->fd, &r) || r.height > height) {
		*state = GUARD_RESTORED;
		close(g->fd);
		g->fd = -1;
		return ERR_OK;
	}
	*state = GUARD_INTACT;
	return r.height < height ? guard_raise(g, height) : ERR_OK;
}

enum err guard_open(struct guard **out, const char *path, uint64_t height, enum guard_state *state)
{
	struct guard *g = calloc(1, sizeof(*g));
	enum err e;

	if (!g)
		return ERR_NO_MEMORY;
	snprintf(g->path, sizeof(g->path), "%s", path);
	g->fd = open(path, O_RDWR | O_CLOEXEC);
	if (g->fd >= 0) {
		e = open_existing(g, height, state);
	} else if (height == 0) {
		*state = GUARD_INTACT;
		e = begin_file(g, 0);
	} else {
		*state = GUARD_RESTORED;
		e = ERR_OK;
	}
	if (e != ERR_OK) {
		guard_close(g);
		return e;
	}
	*out = g;
	return ERR_OK;
}

void guard_close(struct guard *g)
{
	if (!g)
		return;
	if (g->fd >= 0)
		close(g->fd);
	free(g);
}

enum err guard_raise(struct guard *g, uint64_t height)
{
	return g->fd >= 0 ? write_record(g->fd, height) : ERR_NOT_READY;
}

enum err guard_accept(struct guard *g, uint64_t height)
{
	return begin_file(g, height);
}
