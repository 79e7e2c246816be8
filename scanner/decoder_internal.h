/* What passes between decoder.c and its keeper.  A request is a message of one byte with the picture's descriptor; its answer one
 * message: a byte, enum ending, then what the worker wrote.  That is, from a good worker: the error as two bytes, the number of
 * symbols as one, and of each: AIM identifier (3), length (2), content; numbers with the high byte first. */
#ifndef RX_DECODER_INTERNAL_H
#define RX_DECODER_INTERNAL_H

#include "scanner/decoder.h"

#define BODY_MAX (3 + DECODER_SYMBOLS_MAX * (3 + 2 + READER_TEXT_MAX) + 1) /* one byte more than is right, so that too much shows */
#define ANSWER_MAX (1 + BODY_MAX)

enum ending { ENDED_WELL, BROKE_OFF };

/* The keeper's whole life, on its end of the socket; ends when the other end is closed. */
_Noreturn void decoder_keep(int socket, const struct decoder_limits *limits);

/* What a worker wrote, which may have been taken over by its picture.  *n: how many symbols, 0 on error.  The worker's error, or
 * ERR_PICTURE_LOST: nonsense. */
MUST_CHECK enum err decoder_take(struct reader_symbol out[static DECODER_SYMBOLS_MAX], size_t *n, struct bytes body);

#endif
