/* Two-dimensional symbols: QR codes (ISO/IEC 18004) by libqrencode, DataMatrix ECC 200 (ISO/IEC 16022) by libdmtx; only
 * symbol_qr.c and symbol_datamatrix.c see them. */
#ifndef RX_SYMBOL_H
#define RX_SYMBOL_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define SYMBOL_SIDE_MAX 177 /* QR version 40 */
#define SYMBOL_TEXT_MAX 1000 /* bytes of content */

enum symbol_kind { SYMBOL_QR, SYMBOL_DATAMATRIX };
enum qr_level { QR_LOW, QR_MEDIUM, QR_QUARTILE, QR_HIGH };

struct symbol {
	enum symbol_kind kind;
	unsigned side; /* modules */
	unsigned quiet; /* modules of quiet zone on each side: QR 4 (ISO/IEC 18004 6.3.8); DataMatrix 2, where 1 is asked (GenSpecs 5.12.3) */
	uint8_t dark[SYMBOL_SIDE_MAX * SYMBOL_SIDE_MAX]; /* rows of side modules: 1 dark */
};

/* "]Q1", "]d2": what a reader says of such a symbol as rxchain draws it (ISO/IEC 15424). */
const char *symbol_aim(enum symbol_kind kind);

/* The smallest QR code that holds text: split into numeric, alphanumeric and byte segments so that it takes the fewest bits.
 * text: NUL-terminated.  ERR_TOO_LARGE, ERR_NO_MEMORY. */
MUST_CHECK enum err symbol_qr(struct symbol *out, const char *text, enum qr_level level);

/* The smallest square GS1 DataMatrix (FNC1 first) that libdmtx finds for an element string, GS (0x1d) between elements. */
MUST_CHECK enum err symbol_datamatrix(struct symbol *out, struct bytes elements);

#endif
