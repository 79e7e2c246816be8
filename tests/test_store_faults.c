/* A disk that is full, at every write that could meet it. */
#include "node/audit.h"
#include "node/store.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP 2048 /* half a page: a write is cut short, too */
#define PACKS 60

static struct consortium con;

/* No file may grow beyond this; RLIM_INFINITY: as large as it likes. */
static void limit_files(rlim_t most)
{
	struct rlimit r;

	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &r) != 0)
		abort();
	r.rlim_cur = most;
	if (setrlimit(RLIMIT_FSIZE, &r) != 0)
		abort();
}

static rlim_t size_of(const char *suffix)
{
	struct stat st;
	char path[200];

	snprintf(path, sizeof(path), "%s%s", con.path, suffix);
	return stat(path, &st) == 0 ? (rlim_t)st.st_size : 0;
}

static unsigned files_in_folder(void)
{
	DIR *d = opendir(con.dir);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

static bool is_green(const char *path)
{
	struct audit_report r;
	struct store *s;
	struct pool *pool;
	bool green = false;

	if (pool_new(&pool, 1) != ERR_OK)
		abort();
	if (store_open(&s, path, STORE_READ) == ERR_OK) {
		green = audit_run(s, pool, NULL, NULL, &r) == ERR_OK && r.fault.err == ERR_OK;
		if (!green)
			printf("\n%s: block %d event %d: %s", r.fault.table, (int)r.fault.height, (int)r.fault.ev, r.fault.what);
		store_close(s);
	}
	pool_free(pool);
	return green;
}

/* The block is not there, and what was there can be read: by the writer, by a reader. */
static void check_unchanged(struct store *reader, uint64_t height, uint64_t packs)
{
	struct store *stores[] = { con.store, reader };
	char serial[17];

	consortium_serial(serial, packs);
	for (size_t i = 0; i < 2; i++) {
		struct state now = store_state(stores[i], STORE_NOW);
		struct chain_head head;
		struct pack_view v;

		CHECK(store_head(stores[i], &head) == ERR_OK && head.height == height && head.log.size == con.head.log.size);
		CHECK(state_pack_view(&now, world_gtin(MFR), bytes_of(serial, 16), &v) == ERR_NOT_FOUND);
		consortium_serial(serial, 0);
		CHECK(packs == 0 || state_pack_view(&now, world_gtin(MFR), bytes_of(serial, 16), &v) == ERR_OK);
		consortium_serial(serial, packs);
	}
}

/* Give the log a little more room each time until the block fits. */
static unsigned append_in_little_room(struct store *reader, uint64_t packs)
{
	uint64_t height = con.head.height;
	unsigned refused = 0;
	enum err e;

	consortium_packs(&con, MFR, EV_COMMISSION, packs, PACKS, 0);
	world_must(consortium_make(&con));
	for (rlim_t room = size_of("-wal");; room += STEP) {
		limit_files(room);
		e = consortium_append(&con);
		if (e != ERR_DISK_FULL)
			break;
		CHECK(strlen(store_error(con.store)) > 0);
		check_unchanged(reader, height, packs);
		refused++;
	}
	limit_files(RLIM_INFINITY);
	CHECK(e == ERR_OK && con.head.height == height + 1);
	return refused;
}

static void test_append(void)
{
	struct store *reader;
	unsigned refused = 0;

	consortium_init(&con, NULL);
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	for (uint64_t i = 0; i < 4; i++)
		refused += append_in_little_room(reader, i * PACKS);
	CHECK(refused > 20);
	consortium_packs(&con, MFR, EV_COMMISSION, 1000, 1, 0);
	CHECK(consortium_block(&con) == ERR_OK);
	store_close(reader);
	consortium_close(&con);
	CHECK(is_green(con.path));
	consortium_open(&con);
	CHECK(con.head.height == 6);
	consortium_free(&con);
}

static void test_outbox(void)
{
	struct hash id;
	struct store_counts counts;
	enum err e;

	consortium_init(&con, NULL);
	id = consortium_packs(&con, MFR, EV_COMMISSION, 0, 10, 0);
	limit_files(size_of("-wal"));
	e = store_outbox_add(con.store, &id, con.events[0].cose, 1);
	limit_files(RLIM_INFINITY);
	CHECK(e == ERR_DISK_FULL);
	CHECK(store_counts(con.store, &counts) == ERR_OK && counts.outbox == 0);
	CHECK(store_outbox_add(con.store, &id, con.events[0].cose, 1) == ERR_OK);
	CHECK(store_counts(con.store, &counts) == ERR_OK && counts.outbox == 1);
	consortium_free(&con);
}

/* New files are whole or not there. */
static void test_new_files(void)
{
	char create[160], backup[160];
	struct bytes genesis;
	unsigned refused = 0, files;
	uint8_t *copy;
	enum err e;

	consortium_init(&con, NULL);
	snprintf(create, sizeof(create), "%s/new.db", con.dir);
	snprintf(backup, sizeof(backup), "%s/backup.db", con.dir);
	world_must(store_genesis(con.store, &genesis));
	copy = malloc(genesis.n);
	memcpy(copy, genesis.p, genesis.n);
	genesis.p = copy;
	files = files_in_folder();
	for (rlim_t room = 0;; room += 4 * STEP) {
		limit_files(room);
		e = store_create(create, genesis, false);
		limit_files(RLIM_INFINITY);
		if (e != ERR_DISK_FULL)
			break;
		CHECK(files_in_folder() == files);
		refused++;
	}
	CHECK(e == ERR_OK && is_green(create));
	unlink(create);
	files = files_in_folder();
	for (rlim_t room = 0;; room += 4 * STEP) {
		limit_files(room);
		e = store_backup(con.store, backup);
		limit_files(RLIM_INFINITY);
		if (e != ERR_DISK_FULL)
			break;
		CHECK(files_in_folder() == files);
		CHECK(strlen(store_error(con.store)) > 0);
		refused++;
	}
	CHECK(e == ERR_OK && refused > 20 && is_green(backup));
	free(copy);
	consortium_free(&con);
}

/* ---- a file system that is really full, where we may mount one ---- */

static void fill_disk(const char *path)
{
	static const char zeros[4096];
	FILE *f = fopen(path, "w");

	while (f && fwrite(zeros, 1, sizeof(zeros), f) == sizeof(zeros))
		;
	if (f)
		fclose(f);
}

static void test_small_disk(void)
{
	char dir[] = "/tmp/rxchain-disk-XXXXXX", ballast[80];
	struct store *reader;
	uint64_t packs = 0;
	enum err e;

	NEED(mkdtemp(dir) != NULL);
	if (mount("tmpfs", dir, "tmpfs", 0, "size=4m") != 0) {
		printf("(no file system can be mounted here: left out) ");
		rmdir(dir);
		return;
	}
	consortium_init(&con, dir);
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	world_must(store_open(&reader, con.path, STORE_READ));
	do {
		consortium_packs(&con, MFR, EV_COMMISSION, packs, 1000, 0);
		world_must(consortium_make(&con));
		fill_disk(ballast);
		e = consortium_append(&con);
		CHECK(e == ERR_OK || e == ERR_DISK_FULL);
		if (e == ERR_DISK_FULL)
			check_unchanged(reader, con.head.height, packs);
		unlink(ballast);
		if (e == ERR_DISK_FULL)
			CHECK(consortium_append(&con) == ERR_OK);
		packs += 1000;
	} while (packs < 3000);
	store_close(reader);
	consortium_close(&con);
	CHECK(is_green(con.path));
	consortium_open(&con);
	consortium_free(&con);
	umount(dir);
	rmdir(dir);
}

T_MAIN("store_faults", T(test_append), T(test_outbox), T(test_new_files), T(test_small_disk))
