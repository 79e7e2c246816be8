/* The one list of errors, from schemas/errors.csv. */
#ifndef RX_ERR_H
#define RX_ERR_H

#include "gen/errors.h"

enum err {
#define X(name, number, coap, exit_status, text) ERR_##name = (number),
	ERRORS(X)
#undef X
};

/* Text for people; never NULL. */
const char *err_text(enum err e);

/* Stable name for programs ("BAD_SIGNATURE"); never NULL. */
const char *err_name(enum err e);

/* CoAP response code as class * 100 + detail (401 for 4.01); 0 for ERR_OK (RFC 7252 12.1.2). */
int err_coap(enum err e);

/* sysexits(3) status for a command that failed with e. */
int err_exit(enum err e);

#endif
