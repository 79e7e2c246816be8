/* Where symbol and text stand on a label: a template, in millimetres, read from a small text file or built in.
 *
 *   # what comes after "#" is for people
 *   label 50 25              width and height
 *   symbol 1 1               upper left corner, quiet zone included
 *   text 24 5 2.2 PC  {gtin} x, baseline y, font size, then the text to the line's end
 *
 * Fields in texts: {gtin} {serial} {lot} {expiry} (2027-12-31) {yymmdd}; "{{" is a brace. */
#ifndef RX_LAYOUT_H
#define RX_LAYOUT_H

#include "labels/job.h"
#include "labels/render.h"

#define LAYOUT_TEXTS_MAX RENDER_TEXTS
#define LAYOUT_MM_MAX 300

struct layout {
	double width, height; /* 0: as large as the contents, texts beside the symbol: layout_beside */
	double symbol_x, symbol_y;
	size_t texts_n;
	struct layout_text {
		double x, y, size;
		char text[64];
	} texts[LAYOUT_TEXTS_MAX];
};

/* PC, SN, LOT, EXP beside the symbol (Delegated Regulation (EU) 2016/161 Art. 7: human-readable product code, serial, batch, expiry). */
extern const struct layout layout_beside;

/* A template.  ERR_BAD_INPUT with the line's number in *line and what is wrong in *rule; fields and numbers are checked here,
 * whether a symbol fits in layout_place(). */
MUST_CHECK enum err layout_parse(struct layout *out, struct bytes text, unsigned *line, const char **rule);

/* Everything in dots: d->look and d->symbol are given.  ERR_NO_SPACE: symbol or a text off the label, or a text in the symbol's
 * quiet zone; what in *rule. */
MUST_CHECK enum err layout_place(const struct layout *l, const struct job_product *p, const char *serial, struct label_drawing *d,
				 const char **rule);

#endif
