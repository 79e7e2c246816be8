#include "labels/job.h"

#include "node/port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 400
#define SYNC_EVERY 256 /* printed labels that a kill may make to be drawn again */

static const char *const kinds[] = { [SYMBOL_QR] = "qr", [SYMBOL_DATAMATRIX] = "datamatrix" };
static const char letters[] = "MPC"; /* by enum job_state */

static enum err append(struct job *j, const char *text, size_t n)
{
	if (write(j->fd, text, n) != (ssize_t)n)
		return file_error(errno);
	j->unsynced++;
	return ERR_OK;
}

enum err job_sync(struct job *j)
{
	if (j->unsynced > 0 && fsync(j->fd) != 0)
		return file_error(errno);
	j->unsynced = 0;
	return ERR_OK;
}

static enum err journal_path(struct job *j, const char *dir)
{
	int n = snprintf(j->path, sizeof(j->path), "%s/job.txt", dir);

	return n > 0 && n < (int)sizeof(j->path) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err lock(struct job *j)
{
	return flock(j->fd, LOCK_EX | LOCK_NB) == 0 ? ERR_OK : ERR_BUSY;
}

enum err job_create(struct job *out, const char *dir, const struct job_product *p)
{
	struct job j = { .product = *p, .fd = -1 };
	char line[LINE_MAX_BYTES];
	int n;
	enum err e = journal_path(&j, dir);

	if (e != ERR_OK)
		return e;
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return file_error(errno);
	j.fd = open(j.path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (j.fd < 0)
		return file_error(errno);
	e = lock(&j);
	n = snprintf(line, sizeof(line), "rxlabel-job 2\t%014" PRIu64 "\t%s\t%u\t%" PRIu64 "\t%s\t%s\t%s\n", p->gtin, p->lot,
		     p->expiry, p->count, kinds[p->kind], p->stem, p->key_id[0] ? p->key_id : "-");
	if (e == ERR_OK)
		e = append(&j, line, (size_t)n);
	if (e == ERR_OK)
		e = job_sync(&j);
	if (e != ERR_OK) {
		unlink(j.path);
		job_close(&j);
		return e;
	}
	*out = j;
	return ERR_OK;
}

void job_close(struct job *j)
{
	if (j->fd >= 0)
		close(j->fd);
	free(j->serials);
	*j = (struct job){ .fd = -1 };
}

/* ---- reading ---- */

static bool read_product(struct job_product *p, const char *line)
{
	char key_id[8], kind[16];

	if (sscanf(line, "rxlabel-job 2\t%" SCNu64 "\t%20[^\t]\t%" SCNu32 "\t%" SCNu64 "\t%15[^\t]\t%199[^\t]\t%7[^\t\n]",
		   &p->gtin, p->lot, &p->expiry, &p->count, kind, p->stem, key_id) != 7)
		return false;
	p->kind = strcmp(kind, kinds[SYMBOL_DATAMATRIX]) == 0 ? SYMBOL_DATAMATRIX : SYMBOL_QR;
	if (strcmp(kind, kinds[p->kind]) != 0)
		return false;
	if (strcmp(key_id, "-") != 0)
		memcpy(p->key_id, key_id, sizeof(p->key_id));
	return p->count <= JOB_SERIALS_MAX;
}

static enum err add(struct job *j, const char *serial)
{
	if ((j->n & (j->n + 1)) == 0) {
		struct job_serial *bigger = realloc(j->serials, 2 * (j->n + 1) * sizeof(*bigger));

		if (!bigger)
			return ERR_NO_MEMORY;
		j->serials = bigger;
	}
	j->serials[j->n] = (struct job_serial){ .state = JOB_MINTED };
	snprintf(j->serials[j->n++].text, sizeof(j->serials[0].text), "%s", serial);
	return ERR_OK;
}

/* "M SERIAL" takes a serial in; "P number" and "C number" say what became of it. */
static enum err read_line(struct job *j, const char *line)
{
	char serial[21];
	const char *letter = strchr(letters, line[0]);
	size_t i;

	if (line[0] == 'M')
		return sscanf(line, "M %20[^\n]", serial) == 1 ? add(j, serial) : ERR_CORRUPT;
	if (!letter || !*letter || sscanf(line + 1, " %zu", &i) != 1 || i >= j->n)
		return ERR_CORRUPT;
	j->serials[i].state = (enum job_state)(letter - letters);
	return ERR_OK;
}

/* A line without its end was being written when the process ended: it never happened. */
static enum err read_journal(struct job *j, FILE *f, unsigned *line)
{
	char text[LINE_MAX_BYTES];
	off_t whole = 0;
	enum err e = ERR_OK;

	for (*line = 1; e == ERR_OK && fgets(text, sizeof(text), f); (*line)++) {
		size_t n = strlen(text);

		if (text[n - 1] != '\n')
			break;
		if (*line == 1)
			e = read_product(&j->product, text) ? ERR_OK : ERR_CORRUPT;
		else
			e = read_line(j, text);
		whole += (off_t)n;
	}
	if (e == ERR_OK && *line == 1)
		e = ERR_CORRUPT;
	if (e == ERR_OK && ftruncate(j->fd, whole) != 0)
		e = file_error(errno);
	return e;
}

enum err job_open(struct job *out, const char *dir, unsigned *line)
{
	struct job j = { .fd = -1 };
	FILE *f;
	enum err e = journal_path(&j, dir);

	*line = 0;
	if (e != ERR_OK)
		return e;
	j.fd = open(j.path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (j.fd < 0)
		return file_error(errno);
	e = lock(&j);
	f = e == ERR_OK ? fopen(j.path, "re") : NULL;
	if (f) {
		e = read_journal(&j, f, line);
		fclose(f);
	} else if (e == ERR_OK) {
		e = file_error(errno);
	}
	if (e != ERR_OK) {
		job_close(&j);
		return e;
	}
	*out = j;
	return ERR_OK;
}

/* ---- writing ---- */

/* Random serials of 60 bits do not meet, but a promise is kept by looking. */
static bool has(const struct job *j, const char *serial)
{
	for (size_t i = j->n; i-- > 0 && j->n - i < 64;)
		if (strcmp(j->serials[i].text, serial) == 0)
			return true;
	return false;
}

enum err job_mint(struct job *j, const char *serial)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "M %s\n", serial);
	enum err e = has(j, serial) ? ERR_EXISTS : append(j, line, (size_t)n);

	return e == ERR_OK ? add(j, serial) : e;
}

enum err job_mark(struct job *j, size_t i, enum job_state state)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%c %zu\n", letters[state], i);
	enum err e = append(j, line, (size_t)n);

	if (e != ERR_OK)
		return e;
	j->serials[i].state = state;
	return j->unsynced >= SYNC_EVERY ? job_sync(j) : ERR_OK;
}

size_t job_count(const struct job *j, enum job_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->serials[i].state >= state;
	return n;
}
