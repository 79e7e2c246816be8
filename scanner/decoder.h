/* Pictures are decoded in processes of their own, without keys, network or files, within limits: what a picture does to its
 * decoder ends with that picture.
 *
 * A keeper process is forked first of all, while this process holds nothing to hide.  It decodes nothing itself: for each picture
 * it forks a worker from its own clean memory, which gives up all it can (sandbox.h), answers through a pipe and ends. */
#ifndef RX_DECODER_H
#define RX_DECODER_H

#include "scanner/reader.h"
#include "scanner/sandbox.h"

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#include <sys/types.h>

#define DECODER_SYMBOLS_MAX 16 /* codes in one picture */

struct decoder;

struct decoder_limits {
	struct sandbox_limits worker;
	unsigned wall_ms;
};
/* What the programs use. */
extern const struct decoder_limits decoder_limits_default;

/* Fork the keeper: before keys are loaded, connections opened or threads started.  ERR_NO_MEMORY, ERR_IO. */
MUST_CHECK enum err decoder_start(struct decoder **out, const struct decoder_limits *limits);
/* End the keeper, and a worker with it; NULL is fine. */
void decoder_stop(struct decoder *d);

/* Read up to DECODER_SYMBOLS_MAX different symbols from an open picture file; *n: how many.  fd: the caller's, read on from where it
 * stands.  As picture_read(), ERR_NO_CODE, ERR_PICTURE_LOST: the worker died, took too long or answered nonsense; the next picture
 * has a worker of its own.  Once the keeper is gone every picture is lost: a new one would be born with this process's keys. */
MUST_CHECK enum err decoder_read(struct decoder *d, struct reader_symbol out[static DECODER_SYMBOLS_MAX], size_t *n, int fd);

/* The keeper, whose children are the workers. */
pid_t decoder_pid(const struct decoder *d);

#endif
