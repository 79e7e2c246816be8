/* Files that appear whole or not at all: a new ledger, a copy of one. */
#include "node/store_internal.h"

#include "node/port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Made beside its final name, under one that nobody else uses. */
struct new_file {
	const char *path;
	char *temp;
};

static enum err new_file_begin(struct new_file *f, const char *path)
{
	int fd;

	f->path = path;
	f->temp = NULL;
	if (access(path, F_OK) == 0)
		return ERR_EXISTS;
	if (asprintf(&f->temp, "%s.XXXXXX", path) < 0) {
		f->temp = NULL;
		return ERR_NO_MEMORY;
	}
	fd = mkostemp(f->temp, O_CLOEXEC); /* mode 0600: whoever reads a ledger sees every flow of goods */
	if (fd < 0) {
		enum err e = file_error(errno);

		free(f->temp);
		f->temp = NULL;
		return e;
	}
	close(fd);
	return ERR_OK;
}

static enum err sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	enum err e = ERR_OK;
	int fd;

	if (!copy)
		return ERR_NO_MEMORY;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		e = file_error(errno);
	if (fd >= 0)
		close(fd);
	free(copy);
	return e;
}

static void remove_temp(struct new_file *f)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char *name;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (asprintf(&name, "%s%s", f->temp, suffixes[i]) < 0)
			continue;
		unlink(name);
		free(name);
	}
}

/* SQLite has synced what is in it.  link() and not rename(): it never takes the place of another file. */
static enum err new_file_end(struct new_file *f, enum err e)
{
	if (e == ERR_OK && link(f->temp, f->path) != 0)
		e = file_error(errno);
	if (f->temp)
		remove_temp(f);
	free(f->temp);
	return e == ERR_OK ? sync_folder_of(f->path) : e;
}

enum err store_create(const char *path, struct bytes genesis, bool light)
{
	struct new_file f;
	struct store *s;
	enum err e = new_file_begin(&f, path);

	if (e == ERR_OK)
		e = store_open_file(&s, f.temp, STORE_WRITE, true);
	if (e == ERR_OK) {
		e = store_set_light(s, light);
		if (e == ERR_OK)
			e = store_put_genesis(s, genesis);
		store_close(s);
	}
	return new_file_end(&f, e);
}

static enum err copy_to(struct store *s, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
	int rc;

	if (!b)
		return ERR_DATABASE;
	rc = sqlite3_backup_step(b, -1);
	sqlite3_backup_finish(b);
	/* no write-ahead log beside it: the one file is all there is, readable where nothing can be written */
	if (rc == SQLITE_DONE)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	return rc == SQLITE_OK ? ERR_OK : ERR_DATABASE;
}

enum err store_backup(struct store *s, const char *path)
{
	struct store copy = { 0 };
	struct new_file f;
	enum err e = new_file_begin(&f, path);

	if (e == ERR_OK && sqlite3_open_v2(f.temp, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		e = copy.db ? store_err(&copy, sqlite3_errcode(copy.db)) : ERR_NO_MEMORY;
	if (e == ERR_OK && copy_to(s, copy.db) != ERR_OK)
		e = store_err(&copy, sqlite3_errcode(copy.db));
	sqlite3_close(copy.db);
	if (e != ERR_OK)
		memcpy(s->error, copy.error, sizeof(s->error));
	return new_file_end(&f, e);
}
