/* A print job's journal: a text file to which one line is appended for each thing that happened to a serial.  What a line
 * says is durable before anything builds on it, so a killed job goes on where it was and no serial is used twice. */
#ifndef RX_JOB_H
#define RX_JOB_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"
#include "labels/symbol.h"

#define JOB_SERIALS_MAX 10000000
#define JOB_STEM_MAX 200

enum job_state {
	JOB_MINTED,
	JOB_SENDING, /* about to be handed to a printer: should this process end now, nobody knows whether the label exists */
	JOB_PRINTED, /* drawn, decoded again and right */
	JOB_READ_BACK, /* the printed label was scanned, and right */
	JOB_APPLIED, /* on its pack */
	JOB_COMMISSIONED, /* on the ledger */
	JOB_REJECTED, /* the label is of no use */
	JOB_VOID, /* and another, with a serial of its own, takes its place */
	JOB_STATES
};
enum job_reason { JOB_NO_REASON, JOB_UNREADABLE, JOB_MISPRINT, JOB_DAMAGED, JOB_LOST, JOB_OTHER, JOB_REASONS };
extern const char *const job_state_names[JOB_STATES]; /* "read back" */
extern const char *const job_reason_names[JOB_REASONS]; /* JOB_NO_REASON: "" */

struct job_serial {
	char text[21];
	enum job_state state;
	enum job_reason reason; /* of JOB_REJECTED, and of JOB_VOID after it */
	size_t replaced_by; /* of JOB_VOID: number of the serial that takes its place, though not yet minted perhaps */
};

/* What all labels of a job share. */
struct job_product {
	uint64_t gtin;
	char lot[21];
	uint32_t expiry; /* YYYYMMDD */
	uint64_t count;
	char market[3]; /* ISO 3166 alpha-2; "": not said */
	enum symbol_kind kind;
	char stem[JOB_STEM_MAX]; /* of the Digital Link */
	char key_id[7]; /* hexadecimal; "" when labels are not signed */
};

struct job {
	struct job_product product;
	struct job_serial *serials;
	size_t n, voids;
	size_t *slots, slots_n; /* serials by their text: open addressing, number + 1 */
	char path[512];
	int fd;
	unsigned unsynced; /* lines since the last job_sync() */
	size_t lines_n;
	char lines[8192]; /* not yet written */
};

/* A new job in directory dir (made when it is not there): its journal with product.  ERR_EXISTS: there is one already. */
MUST_CHECK enum err job_create(struct job *out, const char *dir, const struct job_product *product);
/* The journal of dir, to go on with.  A torn last line is cut off.  ERR_NOT_FOUND, ERR_BUSY (another process has it),
 * ERR_CORRUPT with the line's number in *line. */
MUST_CHECK enum err job_open(struct job *out, const char *dir, unsigned *line);
/* The same to look at only, while another process may be at work on it: job_mint() and job_mark() will fail. */
MUST_CHECK enum err job_read(struct job *out, const char *dir, unsigned *line);
void job_close(struct job *j);

/* Take a new serial into the job; durable only after job_sync().  ERR_EXISTS: the job has it. */
MUST_CHECK enum err job_mint(struct job *j, const char *serial);
/* Number of a serial of this job; SIZE_MAX: it is none. */
size_t job_find(const struct job *j, struct bytes serial);
/* Whether a serial may go from one state to another. */
bool job_may(enum job_state from, enum job_state to);
/* Something happened to serial number i.  reason: of JOB_REJECTED.  ERR_STATE_NOT_ALLOWED. */
MUST_CHECK enum err job_mark(struct job *j, size_t i, enum job_state state, enum job_reason reason);
/* Until then what was minted and marked may be lost with the process, or with the machine. */
MUST_CHECK enum err job_sync(struct job *j);

size_t job_count(const struct job *j, enum job_state state);
/* How many serials are still to be minted: as many labels as the job has to make, and one for each that is void. */
size_t job_missing(const struct job *j);

#endif
