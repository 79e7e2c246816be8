/* Drawing a label whose parts have their places (layout.h): symbol with its quiet zone, human-readable text.  All lengths are
 * printer dots, so that a module is a whole number of them. */
#ifndef RX_RENDER_H
#define RX_RENDER_H

#include "labels/symbol.h"

#define RENDER_TEXTS 12
#define RENDER_TEXT_MAX 64
#define RENDER_SVG_MAX (96 * 1024) /* a version 11 symbol takes 30 kB */
#define RENDER_ZPL_MAX (96 * 1024) /* a version 11 symbol with the largest modules takes 40 kB */
#define LOOK_MODULE_MAX 40

struct label_look {
	unsigned dpi; /* 203, 300 or 600 */
	unsigned module; /* dots a module, at most LOOK_MODULE_MAX */
};

struct label_drawing {
	struct label_look look;
	const struct symbol *symbol;
	unsigned width, height;
	unsigned symbol_x, symbol_y; /* upper left corner of its quiet zone */
	size_t texts_n;
	struct label_text {
		unsigned x, y, size; /* left end of the baseline; font size.  DejaVu Sans Mono */
		char text[RENDER_TEXT_MAX];
	} texts[RENDER_TEXTS];
};

/* Side of the symbol with its quiet zone. */
unsigned render_symbol_side(const struct label_drawing *d);
unsigned render_text_width(const struct label_text *t);

/* Smallest whole number of dots that is at least 0.30 mm: what thermal printers and phones read well. */
unsigned render_module_default(unsigned dpi);
double render_mm(unsigned dots, unsigned dpi);

/* SVG text (UTF-8) into buf: one path for the symbol, runs of dark modules merged.  ERR_NO_SPACE. */
MUST_CHECK enum err render_svg(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out);

/* ZPL II for thermal label printers into buf.  ERR_NO_SPACE; ERR_BAD_VALUE: a module of too many dots. */
MUST_CHECK enum err render_zpl(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out);

/* Grey pixels, one a dot: 0 ink, 255 paper.  *out: width * height, the caller's to free. */
MUST_CHECK enum err render_grey(const struct label_drawing *d, uint8_t **out);
/* The symbol alone with its quiet zone, side x side of render_symbol_side(), for reading back. */
void render_symbol(const struct label_drawing *d, uint8_t *grey, size_t stride);

/* The drawing as a PNG with its resolution, written to a file of its own.  ERR_IO, ERR_DISK_FULL. */
MUST_CHECK enum err render_png_write(const char *path, const struct label_drawing *d);

#endif
