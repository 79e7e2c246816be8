/* Pictures from files: PNG and JPEG to 8-bit grey. */
#ifndef RX_PICTURE_H
#define RX_PICTURE_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define PICTURE_PIXELS_MAX (64u * 1000 * 1000) /* a 64-megapixel photograph; larger ones are refused before memory is taken */
#define PICTURE_SIDE_MAX 20000

struct picture {
	uint8_t *grey; /* width * height, rows one after the other; freed by picture_free() */
	unsigned width, height;
};

/* Read a picture from an open descriptor, from where it stands to its end.  ERR_BAD_INPUT (neither PNG nor JPEG, or damaged),
 * ERR_TOO_LARGE, ERR_NO_MEMORY, ERR_IO. */
MUST_CHECK enum err picture_read(struct picture *out, int fd);
/* The same from memory. */
MUST_CHECK enum err picture_decode(struct picture *out, struct bytes file);
void picture_free(struct picture *p);

#endif
