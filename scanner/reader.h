/* Symbols in a grey picture, read by ZXing: the one C++ file stands behind this. */
#ifndef RX_READER_H
#define RX_READER_H

#include <stddef.h>
#include <stdint.h>

#define READER_TEXT_MAX 1024 /* a QR code of version 13 at level M holds less */

struct reader_symbol {
	char aim[4]; /* "]Q1", "]d2": AIM symbology identifier, NUL-terminated */
	size_t n;
	uint8_t bytes[READER_TEXT_MAX]; /* content, GS as 0x1d */
};

#ifdef __cplusplus
extern "C" {
#endif

/* Read up to cap symbols (QR and DataMatrix).  grey: width x height, rows stride bytes apart, 0 black.
 * thorough: rotated and downscaled tries too (photographs); without: a clean upright picture (labels just drawn).
 * Gives their count; 0 when there are none. */
size_t reader_read(const uint8_t *grey, unsigned width, unsigned height, unsigned stride, int thorough,
		   struct reader_symbol *out, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
