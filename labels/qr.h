/* QR codes (ISO/IEC 18004) by libqrencode; only qr.c sees it. */
#ifndef RX_QR_H
#define RX_QR_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define QR_SIDE_MAX 177 /* version 40 */
#define QR_QUIET 4 /* modules of quiet zone */

enum qr_level { QR_LOW, QR_MEDIUM, QR_QUARTILE, QR_HIGH };

struct qr {
	unsigned side; /* modules */
	uint8_t dark[QR_SIDE_MAX * QR_SIDE_MAX]; /* rows of side modules: 1 dark */
};

/* The smallest symbol that holds text.  text: NUL-terminated, at most 1,000 characters.  ERR_TOO_LARGE, ERR_NO_MEMORY. */
MUST_CHECK enum err qr_encode(struct qr *out, const char *text, enum qr_level level);

#endif
