/* A printer for the ZPL II commands that rxlabel writes, and for no others: ^XA ^CI ^LH ^PW ^LL ^FO ^GFA ^A0N ^FH ^FD ^FS ^XZ. */
#ifndef RX_FAKE_ZPL_H
#define RX_FAKE_ZPL_H

#include "labels/gs1/bytes.h"

#define ZPL_DOTS_MAX 4000 /* a side */
#define ZPL_FIELDS_MAX 16

struct zpl_page {
	unsigned width, height; /* dots */
	uint8_t *grey; /* width * height: 0 ink, 255 paper; the caller's to free */
	struct zpl_field {
		unsigned x, y, height;
		char text[64];
	} fields[ZPL_FIELDS_MAX];
	size_t fields_n;
};

/* What the printer would make of one label; false: a command it does not know, or a field off the page. */
bool zpl_print(struct zpl_page *out, struct bytes zpl);

#endif
