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
static const char letters[] = "MSPBACRV"; /* by enum job_state */

const char *const job_state_names[JOB_STATES] = { "minted", "sending", "printed", "read back", "applied", "commissioned", "rejected", "void" };
const char *const job_reason_names[JOB_REASONS] = { "", "unreadable", "misprint", "damaged", "lost", "other" };

static enum err flush(struct job *j)
{
	size_t n = j->lines_n;

	j->lines_n = 0;
	return n == 0 || write(j->fd, j->lines, n) == (ssize_t)n ? ERR_OK : file_error(errno);
}

static enum err append(struct job *j, const char *text, size_t n)
{
	enum err e = j->lines_n + n > sizeof(j->lines) ? flush(j) : ERR_OK;

	if (e != ERR_OK)
		return e;
	memcpy(j->lines + j->lines_n, text, n);
	j->lines_n += n;
	j->unsynced++;
	return ERR_OK;
}

enum err job_sync(struct job *j)
{
	enum err e = flush(j);

	if (e == ERR_OK && j->unsynced > 0 && fsync(j->fd) != 0)
		e = file_error(errno);
	j->unsynced = 0;
	return e;
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
	n = snprintf(line, sizeof(line), "rxlabel-job 2\t%014" PRIu64 "\t%s\t%u\t%" PRIu64 "\t%s\t%s\t%s\t%s\n", p->gtin, p->lot,
		     p->expiry, p->count, p->market[0] ? p->market : "-", kinds[p->kind], p->stem, p->key_id[0] ? p->key_id : "-");
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
	if (j->fd >= 0) {
		(void)flush(j); /* whoever had to know has called job_sync() */
		close(j->fd);
	}
	free(j->serials);
	free(j->slots);
	*j = (struct job){ .fd = -1 };
}

/* ---- reading ---- */

static bool read_product(struct job_product *p, const char *line)
{
	char key_id[8], kind[16];

	if (sscanf(line, "rxlabel-job 2\t%" SCNu64 "\t%20[^\t]\t%" SCNu32 "\t%" SCNu64 "\t%2[^\t]\t%15[^\t]\t%199[^\t]\t%7[^\t\n]",
		   &p->gtin, p->lot, &p->expiry, &p->count, p->market, kind, p->stem, key_id) != 8)
		return false;
	p->kind = strcmp(kind, kinds[SYMBOL_DATAMATRIX]) == 0 ? SYMBOL_DATAMATRIX : SYMBOL_QR;
	if (strcmp(kind, kinds[p->kind]) != 0)
		return false;
	if (strcmp(p->market, "-") == 0)
		p->market[0] = 0;
	if (strcmp(key_id, "-") != 0)
		memcpy(p->key_id, key_id, sizeof(p->key_id));
	return p->count <= JOB_SERIALS_MAX;
}

/* ---- serials by their text ---- */

static size_t slot_of(const struct job *j, struct bytes serial)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */
	size_t at;

	for (size_t i = 0; i < serial.n; i++)
		h = (h ^ serial.p[i]) * 1099511628211ULL;
	for (at = h % j->slots_n; j->slots[at]; at = (at + 1) % j->slots_n)
		if (bytes_eq(bytes_of_str(j->serials[j->slots[at] - 1].text), serial))
			break;
	return at;
}

size_t job_find(const struct job *j, struct bytes serial)
{
	return j->slots_n ? j->slots[slot_of(j, serial)] - 1 : SIZE_MAX;
}

/* Room for one more: of serials, and so that at least half of the slots stay empty. */
static enum err grow(struct job *j)
{
	size_t room = 2 * (j->n + 1), *old = j->slots, old_n = j->slots_n;
	struct job_serial *serials;

	if (j->n > 0 && 2 * (j->n + 1) <= j->slots_n)
		return ERR_OK;
	serials = realloc(j->serials, room * sizeof(*serials));
	if (!serials)
		return ERR_NO_MEMORY;
	j->serials = serials;
	j->slots = calloc(2 * room, sizeof(*j->slots));
	if (!j->slots) {
		j->slots = old;
		return ERR_NO_MEMORY;
	}
	j->slots_n = 2 * room;
	for (size_t i = 0; i < old_n; i++)
		if (old[i])
			j->slots[slot_of(j, bytes_of_str(j->serials[old[i] - 1].text))] = old[i];
	free(old);
	return ERR_OK;
}

static enum err add(struct job *j, const char *serial)
{
	enum err e = job_find(j, bytes_of_str(serial)) == SIZE_MAX ? grow(j) : ERR_EXISTS;

	if (e != ERR_OK)
		return e;
	j->serials[j->n] = (struct job_serial){ .state = JOB_MINTED };
	snprintf(j->serials[j->n].text, sizeof(j->serials[0].text), "%s", serial);
	j->slots[slot_of(j, bytes_of_str(serial))] = j->n + 1;
	j->n++;
	return ERR_OK;
}

/* ---- what happened ---- */

bool job_may(enum job_state from, enum job_state to)
{
	static const uint8_t may[JOB_STATES] = {
		[JOB_MINTED] = 1 << JOB_SENDING | 1 << JOB_PRINTED,
		[JOB_SENDING] = 1 << JOB_PRINTED | 1 << JOB_REJECTED,
		[JOB_PRINTED] = 1 << JOB_READ_BACK | 1 << JOB_APPLIED | 1 << JOB_REJECTED | 1 << JOB_VOID,
		[JOB_READ_BACK] = 1 << JOB_APPLIED | 1 << JOB_REJECTED | 1 << JOB_VOID,
		[JOB_APPLIED] = 1 << JOB_COMMISSIONED | 1 << JOB_REJECTED | 1 << JOB_VOID,
		[JOB_REJECTED] = 1 << JOB_VOID,
	};

	return may[from] >> to & 1;
}

/* The first void serial is replaced by the first that is minted beyond the job's count, and so on. */
static void happened(struct job *j, size_t i, enum job_state state, enum job_reason reason)
{
	struct job_serial *s = &j->serials[i];

	s->state = state;
	if (state == JOB_REJECTED)
		s->reason = reason;
	if (state == JOB_VOID)
		s->replaced_by = (size_t)j->product.count + j->voids++;
}

/* "M SERIAL" takes a serial in; a letter and the serial's number say what became of it: "R number reason". */
static enum err read_line(struct job *j, const char *line)
{
	char serial[21];
	const char *letter = strchr(letters, line[0]);
	unsigned reason = JOB_NO_REASON;
	size_t i;

	if (line[0] == 'M')
		return sscanf(line, "M %20[^\n]", serial) == 1 ? add(j, serial) : ERR_CORRUPT;
	if (!letter || !*letter || sscanf(line + 1, " %zu %u", &i, &reason) < 1 || i >= j->n || reason >= JOB_REASONS ||
	    !job_may(j->serials[i].state, (enum job_state)(letter - letters)))
		return ERR_CORRUPT;
	happened(j, i, (enum job_state)(letter - letters), (enum job_reason)reason);
	return ERR_OK;
}

/* A line without its end was being written when the process ended: it never happened. */
static enum err read_journal(struct job *j, FILE *f, bool mend, unsigned *line)
{
	char text[LINE_MAX_BYTES];
	off_t whole = 0;
	enum err e = ERR_OK;

	for (*line = 1; fgets(text, sizeof(text), f); ++*line) {
		size_t n = strlen(text);

		if (n == 0) /* a NUL begins it */
			return ERR_CORRUPT;
		if (text[n - 1] != '\n')
			break;
		if (*line == 1)
			e = read_product(&j->product, text) ? ERR_OK : ERR_CORRUPT;
		else
			e = read_line(j, text);
		if (e != ERR_OK)
			return e;
		whole += (off_t)n;
	}
	if (*line == 1)
		return ERR_CORRUPT;
	if (mend && ftruncate(j->fd, whole) != 0)
		e = file_error(errno);
	return e;
}

static enum err open_journal(struct job *out, const char *dir, int mode, unsigned *line)
{
	struct job j = { .fd = -1 };
	FILE *f;
	enum err e = journal_path(&j, dir);

	*line = 0;
	if (e != ERR_OK)
		return e;
	j.fd = open(j.path, mode | O_APPEND | O_CLOEXEC);
	if (j.fd < 0)
		return file_error(errno);
	e = mode == O_RDWR ? lock(&j) : ERR_OK;
	f = e == ERR_OK ? fopen(j.path, "re") : NULL;
	if (f) {
		e = read_journal(&j, f, mode == O_RDWR, line);
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

enum err job_open(struct job *out, const char *dir, unsigned *line)
{
	return open_journal(out, dir, O_RDWR, line);
}

enum err job_read(struct job *out, const char *dir, unsigned *line)
{
	return open_journal(out, dir, O_RDONLY, line);
}

/* ---- writing ---- */

enum err job_mint(struct job *j, const char *serial)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "M %s\n", serial);
	enum err e = job_find(j, bytes_of_str(serial)) == SIZE_MAX ? append(j, line, (size_t)n) : ERR_EXISTS;

	return e == ERR_OK ? add(j, serial) : e;
}

enum err job_mark(struct job *j, size_t i, enum job_state state, enum job_reason reason)
{
	char line[40];
	int n = snprintf(line, sizeof(line), state == JOB_REJECTED ? "%c %zu %d\n" : "%c %zu\n", letters[state], i, (int)reason);
	enum err e = job_may(j->serials[i].state, state) ? append(j, line, (size_t)n) : ERR_STATE_NOT_ALLOWED;

	if (e != ERR_OK)
		return e;
	happened(j, i, state, reason);
	return j->unsynced >= SYNC_EVERY ? job_sync(j) : ERR_OK;
}

size_t job_count(const struct job *j, enum job_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->serials[i].state == state;
	return n;
}

size_t job_missing(const struct job *j)
{
	return (size_t)j->product.count + j->voids - j->n;
}
