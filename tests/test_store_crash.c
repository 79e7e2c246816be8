/* kill -9 at any moment: what was acknowledged is there, and nothing half-done. */
#include "node/audit.h"
#include "node/store.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 100
#define AUDIT_EVERY 20
#define SPAN_US 20000 /* of the moments to kill at, after the first acknowledgement */

static struct consortium con;
static uint64_t packs; /* commissioned so far, as the child that goes on must know */

/* Blocks without end; each height is told once it is durable. */
static void append_for_ever(int fd)
{
	consortium_open(&con);
	for (;;) {
		for (unsigned i = 0; i < 3; i++, packs += 7)
			consortium_packs(&con, MFR, EV_COMMISSION, packs, 7, 0);
		consortium_packs(&con, MFR, packs % 2 ? EV_LOCK : EV_SHIP, packs - 21, 3, DIST);
		world_must(consortium_block(&con));
		world_must(store_outbox_add(con.store, &con.head.hash, BYTES_LIT("an event"), con.head.height));
		if (write(fd, &con.head.height, sizeof(con.head.height)) != sizeof(con.head.height))
			_exit(1);
	}
}

/* The height acknowledged last; kills the child in between. */
static uint64_t run_and_kill(unsigned seed)
{
	uint64_t height = 0, told;
	int fd[2], status;
	pid_t child;

	if (pipe(fd) != 0)
		abort();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(fd[0]);
		append_for_ever(fd[1]);
	}
	close(fd[1]);
	if (read(fd[0], &told, sizeof(told)) == sizeof(told))
		height = told;
	usleep(seed * 2654435761u % SPAN_US);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	while (read(fd[0], &told, sizeof(told)) == sizeof(told))
		height = told;
	close(fd[0]);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return height;
}

/* The outbox row of a block goes in after it: all but the newest block's are there. */
struct outbox {
	uint64_t n, newest;
};

static enum err count(void *ctx, const struct hash *id, struct bytes cose, uint64_t height, enum outbox_state st, struct bytes answer)
{
	struct outbox *o = ctx;

	(void)id, (void)cose, (void)st, (void)answer;
	o->n++;
	o->newest = height;
	return ERR_OK;
}

static void check_whole(uint64_t acknowledged)
{
	struct outbox o = { 0 };
	struct store_counts counts;
	const char *table;

	CHECK(con.head.height == acknowledged || con.head.height == acknowledged + 1);
	CHECK(store_check_log(con.store, &con.head, &table) == ERR_OK);
	CHECK(store_check_block(con.store, &con.head, con.head.height > 1 ? 4 : 2, &table) == ERR_OK);
	CHECK(store_check_file(con.store) == ERR_OK);
	CHECK(store_counts(con.store, &counts) == ERR_OK && counts.packs % 21 == 0);
	CHECK(counts.packs == (con.head.height - 1) * 21 && counts.events == (con.head.height - 1) * 4 + 2);
	CHECK(store_outbox_each(con.store, count, &o) == ERR_OK && o.newest >= acknowledged);
	packs = counts.packs;
}

static void check_audit(struct pool *pool)
{
	struct audit_report r;
	struct store *s;

	NEED(store_open(&s, con.path, STORE_READ) == ERR_OK);
	CHECK(audit_run(s, pool, NULL, NULL, &r) == ERR_OK && r.fault.err == ERR_OK && r.blocks == con.head.height);
	store_close(s);
}

static void test_kills(void)
{
	struct pool *pool;

	consortium_init(&con, NULL);
	for (unsigned i = 1; i <= KILLS; i++) {
		uint64_t acknowledged;

		consortium_close(&con);
		acknowledged = run_and_kill(i);
		consortium_open(&con);
		check_whole(acknowledged);
		if (i % AUDIT_EVERY)
			continue;
		NEED(pool_new(&pool, 2) == ERR_OK); /* its threads would not live on in the next child */
		check_audit(pool);
		pool_free(pool);
	}
	printf("(%llu blocks over %u kills) ", (unsigned long long)con.head.height, KILLS);
	consortium_free(&con);
}

/* ---- at each write ---- */

static unsigned writes_left; /* until the one that is cut in half */
static ssize_t (*real_pwrite)(int fd, const void *p, size_t n, off_t at);

static ssize_t dying_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (--writes_left == 0) {
		if (real_pwrite(fd, p, n / 2, at) >= 0)
			kill(getpid(), SIGKILL);
		abort();
	}
	return real_pwrite(fd, p, n, at);
}

static void die_at_write(unsigned nth)
{
	static const char *const names[] = { "pwrite", "pwrite64" };
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	writes_left = nth;
	real_pwrite = pwrite;
	for (size_t i = 0; i < 2; i++)
		vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)dying_pwrite);
}

/* Append the block that is made and close, which copies the log into the database.  True: it lived through it. */
static bool append_and_die(unsigned nth)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		consortium_open(&con);
		die_at_write(nth);
		world_must(consortium_append(&con));
		consortium_close(&con);
		_exit(0);
	}
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
	return WIFEXITED(status);
}

static void copy_file(const char *from, const char *to)
{
	char command[800];

	snprintf(command, sizeof(command), "rm -f '%s'-wal '%s'-shm; cp '%s' '%s'", to, to, from, to);
	if (system(command) != 0)
		abort();
}

static void test_each_write(void)
{
	struct pool *pool;
	char before[160];
	unsigned nth = 1, old = 0, new = 0;
	uint64_t height;

	consortium_init(&con, NULL);
	snprintf(before, sizeof(before), "%s/before.db", con.dir);
	for (unsigned i = 0; i < 3; i++)
		consortium_packs(&con, MFR, EV_COMMISSION, i * 100, 100, 0);
	height = con.head.height;
	world_must(consortium_make(&con));
	consortium_close(&con);
	copy_file(con.path, before);
	for (; !append_and_die(nth); nth++) {
		consortium_open(&con);
		CHECK(con.head.height == height || con.head.height == height + 1);
		old += con.head.height == height;
		new += con.head.height != height;
		consortium_close(&con);
		if (nth % 10 == 0) {
			NEED(pool_new(&pool, 1) == ERR_OK);
			consortium_open(&con);
			check_audit(pool);
			consortium_close(&con);
			pool_free(pool);
		}
		copy_file(before, con.path);
	}
	CHECK(old > 20 && new > 10); /* in the log; after the commit, in the database */
	consortium_open(&con);
	CHECK(con.head.height == height + 1);
	consortium_free(&con);
}

T_MAIN("store_crash", T(test_kills), T(test_each_write))
