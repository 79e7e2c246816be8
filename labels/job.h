/* A print job's journal: a text file to which one line is appended for each thing that happened to a serial.  What a line
 * says is durable before anything builds on it, so a killed job goes on where it was and no serial is used twice. */
#ifndef RX_JOB_H
#define RX_JOB_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"
#include "labels/symbol.h"

#define JOB_SERIALS_MAX 10000000
#define JOB_STEM_MAX 200

enum job_state { JOB_MINTED, JOB_PRINTED, JOB_COMMISSIONED }; /* printed: drawn, and read back right */

struct job_serial {
	char text[21];
	enum job_state state;
};

/* What all labels of a job share. */
struct job_product {
	uint64_t gtin;
	char lot[21];
	uint32_t expiry; /* YYYYMMDD */
	uint64_t count;
	enum symbol_kind kind;
	char stem[JOB_STEM_MAX]; /* of the Digital Link */
	char key_id[7]; /* hexadecimal; "" when labels are not signed */
};

struct job {
	struct job_product product;
	struct job_serial *serials;
	size_t n;
	char path[512];
	int fd;
	unsigned unsynced; /* lines since the last fsync */
};

/* A new job in directory dir (made when it is not there): its journal with product.  ERR_EXISTS: there is one already. */
MUST_CHECK enum err job_create(struct job *out, const char *dir, const struct job_product *product);
/* The journal of dir, to go on with.  A torn last line is cut off.  ERR_NOT_FOUND, ERR_BUSY (another process has it),
 * ERR_CORRUPT with the line's number in *line. */
MUST_CHECK enum err job_open(struct job *out, const char *dir, unsigned *line);
void job_close(struct job *j);

/* Take a new serial into the job; durable only after job_sync().  ERR_EXISTS: the job has it. */
MUST_CHECK enum err job_mint(struct job *j, const char *serial);
/* Something happened to serial number i. */
MUST_CHECK enum err job_mark(struct job *j, size_t i, enum job_state state);
MUST_CHECK enum err job_sync(struct job *j);

/* How many serials are in this state or beyond. */
size_t job_count(const struct job *j, enum job_state state);

#endif
