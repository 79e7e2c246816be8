/* Opening and closing, snapshots, transactions. */
#include "node/store_internal.h"

#include "gen/ledger_sql.h"
#include "node/core/receipt.h"
#include "node/port/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x52584c31 /* "RXL1" */
#define SCHEMA_VERSION 2
#define BUSY_MS 1000
#define CACHE_KIB 8192 /* pages of a connection: the node keeps two within 64 MiB */
#define KEPT_BYTES_MAX (1024 * 1024)
/* The write-ahead log is copied back once it holds 128 MiB: a commission of 10,000 packs with random serials writes to most
 * pages of their index (30 MB at a million packs), and the more of them are copied at once the fewer pages that takes.
 * Longer than 512 MiB it is begun anew even if that takes waiting for readers to let their snapshots go. */
#define PAGE_BYTES 4096
#define WAL_PAGES 32768
#define WAL_PAGES_MOST (4 * WAL_PAGES)

/* ---- the file ---- */

static enum err lock_writer(struct store *s, const char *path)
{
	char *name = sqlite3_mprintf("%s-lock", path);
	enum err e = ERR_OK;

	if (!name)
		return ERR_NO_MEMORY;
	/* A file of its own: closing any other descriptor of the database would drop SQLite's locks on it (fcntl(2)). */
	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock_fd < 0)
		e = file_error(errno);
	else if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		e = errno == EWOULDBLOCK ? ERR_IN_USE : ERR_IO;
	sqlite3_free(name);
	return e;
}

static int count_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *s = ctx;

	(void)db, (void)name;
	if (pages < s->wal_pages)
		s->wal_next = WAL_PAGES; /* begun anew */
	s->wal_pages = pages;
	return SQLITE_OK;
}

static enum err exec(struct store *s, const char *text)
{
	return store_err(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
}

static enum err pragmas(struct store *s)
{
	char text[300];
	enum err e;

	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* secure_delete would write pages over that nobody needs to forget: everything in them stands on the chain */
	snprintf(text, sizeof(text),
		 "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
		 "PRAGMA mmap_size = 0; PRAGMA cache_size = -%d; PRAGMA journal_size_limit = %d;", CACHE_KIB, WAL_PAGES * PAGE_BYTES);
	e = exec(s, text);
	if (e == ERR_OK && s->mode == STORE_READ)
		return exec(s, "PRAGMA query_only = ON");
	if (e == ERR_OK)
		e = exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	sqlite3_wal_hook(s->db, count_wal, s); /* in place of SQLite's own checkpoints, which make commits wait */
	return e;
}

static enum err query_int(struct store *s, const char *query, int64_t *out)
{
	sqlite3_stmt *q;
	enum err e = store_err(s, sqlite3_prepare_v2(s->db, query, -1, &q, NULL));

	if (e == ERR_OK)
		e = store_row(s, q);
	if (e == ERR_OK)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return e;
}

/* SHA-256 over the text of every table and index, white space left out. */
static enum err schema_hash(struct store *s, struct hash *out)
{
	sqlite3_stmt *q;
	struct sha256 sha;
	int rc = sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
				    "ORDER BY type, name", -1, &q, NULL);

	crypto_sha256_start(&sha);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		struct bytes text;

		rc = sqlite3_step(q);
		if (rc != SQLITE_ROW)
			break;
		text = store_bytes(q, 0);
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] > ' ')
				crypto_sha256_add(&sha, bytes_of(text.p + i, 1));
	}
	sqlite3_finalize(q);
	crypto_sha256_end(&sha, out);
	return store_err(s, rc);
}

/* One of ours, of this layout and no other: statements then mean what they say, whoever made the file. */
static enum err check_ours(struct store *s)
{
	struct store fresh = { 0 };
	struct hash want, have;
	int64_t id, version;
	enum err e = query_int(s, "PRAGMA application_id", &id);

	if (e == ERR_OK && id != APPLICATION_ID)
		e = ERR_NOT_LEDGER;
	if (e == ERR_OK)
		e = query_int(s, "PRAGMA user_version", &version);
	if (e == ERR_OK && version != SCHEMA_VERSION)
		e = ERR_OTHER_SCHEMA;
	if (e == ERR_OK)
		e = schema_hash(s, &have);
	if (e != ERR_OK)
		return e;
	e = sqlite3_open(":memory:", &fresh.db) == SQLITE_OK ? exec(&fresh, LEDGER_SQL) : ERR_NO_MEMORY;
	if (e == ERR_OK)
		e = schema_hash(&fresh, &want);
	sqlite3_close(fresh.db);
	return e == ERR_OK && !hash_eq(&want, &have) ? ERR_OTHER_SCHEMA : e;
}

static enum err read_profile(struct store *s)
{
	int64_t light = 0;
	enum err e = query_int(s, "SELECT light FROM profile", &light);

	s->light = light != 0;
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

enum err store_set_light(struct store *s, bool light)
{
	s->light = light;
	return exec(s, light ? "INSERT INTO profile (light) VALUES (1)" : "INSERT INTO profile (light) VALUES (0)");
}

bool store_is_light(const struct store *s)
{
	return s->light;
}

static enum err connect_to(struct store *s, const char *path, bool fresh)
{
	struct stat st;
	int flags = SQLITE_OPEN_NOMUTEX | (s->mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	enum err e;

	if (stat(path, &st) != 0)
		return file_error(errno);
	if (s->mode == STORE_WRITE && !fresh) {
		e = lock_writer(s, path);
		if (e != ERR_OK)
			return e;
	}
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return s->db ? store_err(s, sqlite3_errcode(s->db)) : ERR_NO_MEMORY;
	return ERR_OK;
}

static enum err make_tables(struct store *s)
{
	char text[100];
	enum err e;

	snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, SCHEMA_VERSION);
	e = exec(s, LEDGER_SQL);
	return e == ERR_OK ? exec(s, text) : e;
}

enum err store_open_file(struct store **out, const char *path, enum store_mode mode, bool fresh)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_NO_MEMORY;
	s->mode = mode;
	s->lock_fd = -1;
	s->now = (struct view){ .s = s, .as_of = STILL - 1 };
	s->past = s->now;
	s->wal_next = WAL_PAGES;
	e = overlay_new(&s->kept, NULL, false);
	if (e == ERR_OK)
		e = connect_to(s, path, fresh);
	if (e == ERR_OK && !fresh)
		e = check_ours(s);
	if (e == ERR_OK)
		e = pragmas(s);
	if (e == ERR_OK && fresh)
		e = make_tables(s);
	if (e == ERR_OK && !fresh)
		e = read_profile(s);
	if (e == ERR_OK)
		e = store_prepare(s);
	if (e != ERR_OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err store_open(struct store **out, const char *path, enum store_mode mode)
{
	return store_open_file(out, path, mode, false);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(s->stmts[i]);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	overlay_free(s->kept);
	free(s->tree);
	free(s->lent);
	free(s);
}

/* ---- what is kept in memory of a snapshot ---- */

enum err store_keep(struct store *s, struct bytes key, struct bytes val)
{
	if (overlay_bytes(s->kept) > KEPT_BYTES_MAX)
		overlay_clear(s->kept);
	return overlay_set(s->kept, key, val);
}

static enum err read_chain_id(struct store *s)
{
	sqlite3_stmt *q = s->stmts[S_BLOCK];
	enum err e;

	store_bind_uint(q, 1, 0);
	e = store_row(s, q);
	if (e == ERR_OK)
		e = store_hash(q, 4, &s->head.chain_id);
	sqlite3_reset(q);
	return e;
}

/* Bring head and kept values to the snapshot just taken.  The state changes with each block, and only then.
 * The log's edge follows when it is asked for (store_head()). */
static enum err refresh(struct store *s)
{
	sqlite3_stmt *q = s->stmts[S_TIP];
	enum err e = store_row(s, q);

	if (e == ERR_OK && s->head_known && store_uint(q, 0) == s->head.height) {
		sqlite3_reset(q);
		return ERR_OK;
	}
	overlay_clear(s->kept);
	s->head.height = store_uint(q, 0);
	s->head.time_ms = store_uint(q, 1);
	if (e == ERR_OK)
		e = store_hash(q, 2, &s->head.hash);
	s->log_size = store_uint(q, 3);
	sqlite3_reset(q);
	if (e == ERR_OK && !s->head_known)
		e = read_chain_id(s);
	s->head_known = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* ---- snapshots ---- */

static bool in_transaction(const struct store *s)
{
	return !sqlite3_get_autocommit(s->db);
}

/* Whatever was read or written since the transaction began is over; why it failed stays in s->error. */
static void roll_back(struct store *s)
{
	char why[sizeof(s->error)];

	memcpy(why, s->error, sizeof(why));
	if (in_transaction(s) && store_run(s, S_ROLLBACK) != ERR_OK)
		return; /* which tells more */
	memcpy(s->error, why, sizeof(why));
}

static void let_go(struct store *s)
{
	if (in_transaction(s) && store_run(s, S_COMMIT) != ERR_OK)
		roll_back(s);
}

enum err store_enter(struct store *s)
{
	enum err e = ERR_OK;

	if (!in_transaction(s)) {
		s->fresh = false;
		e = store_run(s, S_BEGIN);
	}
	s->reading++;
	if (e == ERR_OK && !s->fresh)
		e = refresh(s);
	s->fresh = e == ERR_OK;
	if (e != ERR_OK) {
		s->reading--;
		roll_back(s);
	}
	return e;
}

void store_leave(struct store *s)
{
	/* the writer's snapshot stays: nobody else moves the state on, and its next transaction begins with it */
	if (--s->reading == 0 && !s->held && s->mode == STORE_READ)
		let_go(s);
}

enum err store_read_begin(struct store *s)
{
	enum err e = ERR_OK;

	if (!s->held || !in_transaction(s)) {
		e = store_enter(s);
		s->held = e == ERR_OK;
		if (e == ERR_OK)
			store_leave(s);
	}
	return e;
}

void store_read_end(struct store *s)
{
	assert(s->reading == 0);
	s->held = false;
	if (s->mode == STORE_READ)
		let_go(s);
}

/* ---- transactions ---- */

/* Copy the log back into the database, so that it can begin anew with the next transaction.  Readers that hold an old
 * snapshot make that later; only a log grown very long waits for them. */
static void tend_wal(struct store *s)
{
	int how = s->wal_pages < WAL_PAGES_MOST ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;

	if (s->wal_pages < s->wal_next)
		return;
	let_go(s);
	(void)sqlite3_wal_checkpoint_v2(s->db, NULL, how, NULL, NULL); /* what could not be done now is done later */
	s->wal_next = s->wal_pages + WAL_PAGES / 4;
}

enum err store_write_begin(struct store *s)
{
	assert(s->reading == 0); /* not out of what tells rows: its snapshot would be the transaction's */
	tend_wal(s);
	return store_enter(s);
}

enum err store_write_end(struct store *s, enum err e)
{
	s->reading--;
	if (e == ERR_OK)
		e = store_run(s, S_COMMIT);
	if (e == ERR_OK)
		return ERR_OK;
	roll_back(s);
	s->head_known = false; /* with what was kept of the writes */
	return e;
}
