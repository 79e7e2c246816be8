/* Symbols (QR, DataMatrix) in a grey picture, by two decoders: ZXing, behind the one C++ file, and libdmtx. */
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

/* Read up to cap symbols of a clean upright picture (a label just drawn) or, thorough, of a photograph: rotated and downscaled
 * tries too.  ZXing alone.  grey: width x height, rows stride bytes apart, 0 black.  Gives their count; 0 when there are none. */
size_t reader_read(const uint8_t *grey, unsigned width, unsigned height, unsigned stride, int thorough,
		   struct reader_symbol *out, size_t cap);

/* DataMatrix by libdmtx, for at most 150 ms and the symbol under way.  Ends the process on some bad pictures: it is for
 * a process that can be spared (decoder.h). */
size_t reader_dmtx(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap);

/* What a photograph holds: each way of reading in turn, as the picture stands and negated, until one finds something; of equal
 * symbols one.  The same warning. */
size_t reader_find(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
