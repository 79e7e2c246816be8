/* A label printer that takes ZPL: over TCP (port 9100 as a rule), or standard output. */
#ifndef RX_PRINTER_H
#define RX_PRINTER_H

#include "labels/render.h"

struct printer {
	int fd; /* -1: none */
};

/* "HOST:PORT", "[IPv6]:PORT", or "-": standard output, which is then the printer's alone: whatever else is said there goes to
 * standard error from now on.  ERR_USAGE: neither; ERR_NOT_FOUND: no such host; ERR_TIMEOUT: nobody answers there. */
MUST_CHECK enum err printer_open(struct printer *out, const char *where);
/* Hand a label over whole.  ERR_TIMEOUT: the printer took nothing for 30 s; ERR_IO: it is gone, and what it printed is unknown. */
MUST_CHECK enum err printer_send(struct printer *p, const struct label_drawing *d);
/* Closing waits for nothing: paper is not acknowledged. */
void printer_close(struct printer *p);

#endif
