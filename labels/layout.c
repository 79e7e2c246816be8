#include "labels/layout.h"

#include "labels/gs1/gs1_id.h"
#include "labels/gs1/text.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MM 2.2 /* font size: capitals 1.6 mm high */

const struct layout layout_beside = {
	.texts_n = 4,
	.texts = { { 0, 0, TEXT_MM, "PC  {gtin}" }, { 0, 0, TEXT_MM, "SN  {serial}" }, { 0, 0, TEXT_MM, "LOT {lot}" },
		   { 0, 0, TEXT_MM, "EXP {expiry}" } },
};

/* ---- fields ---- */

static const char *const fields[] = { "gtin", "serial", "lot", "expiry", "yymmdd" };
enum field { GTIN, SERIAL, LOT, EXPIRY, YYMMDD, FIELDS };

static int field_of(struct bytes name)
{
	for (int i = 0; i < FIELDS; i++)
		if (bytes_eq(name, bytes_of_str(fields[i])))
			return i;
	return -1;
}

static void put_field(struct text *t, enum field f, const struct job_product *p, const char *serial)
{
	char s[32];
	uint32_t x = p->expiry;

	switch (f) {
	case GTIN:
		snprintf(s, sizeof(s), "%014llu", (unsigned long long)p->gtin);
		break;
	case SERIAL:
		snprintf(s, sizeof(s), "%s", serial);
		break;
	case LOT:
		snprintf(s, sizeof(s), "%s", p->lot);
		break;
	case EXPIRY:
		snprintf(s, sizeof(s), "%04u-%02u-%02u", x / 10000, x / 100 % 100, x % 100);
		break;
	case YYMMDD:
	case FIELDS:
		gs1_expiry_format(x, s);
		s[6] = 0;
	}
	text_put(t, s, strlen(s));
}

/* template with its fields filled in; p NULL: only whether it is one.  False: an unknown field, or a brace without its other. */
static bool fill(const char *template, const struct job_product *p, const char *serial, struct text *t)
{
	for (const char *c = template; *c; c++) {
		const char *end = *c == '{' ? strchr(c, '}') : NULL;
		int f = end ? field_of(bytes_of(c + 1, (size_t)(end - c) - 1)) : -1;

		if (*c == '{' && c[1] == '{') {
			text_put(t, c++, 1);
		} else if (*c != '{') {
			text_put(t, c, 1);
		} else if (f < 0) {
			return false;
		} else {
			if (p)
				put_field(t, (enum field)f, p, serial);
			c = end;
		}
	}
	return true;
}

/* ---- reading a template ---- */

/* A length in millimetres at the beginning of *at, which moves behind it. */
static bool take_mm(const char **at, double *out)
{
	char *end;

	*out = strtod(*at, &end);
	if (end == *at || !(*out >= 0 && *out <= LAYOUT_MM_MAX) || (*end && *end != ' '))
		return false;
	*at = end;
	return true;
}

static const char *take_text(struct layout *l, const char *at)
{
	struct layout_text *x = &l->texts[l->texts_n];
	struct text nowhere = { NULL, 0, 0 };

	if (l->texts_n == LAYOUT_TEXTS_MAX)
		return "too many texts";
	if (!take_mm(&at, &x->x) || !take_mm(&at, &x->y) || !take_mm(&at, &x->size) || x->size < 0.5 || *at++ != ' ')
		return "\"text\" wants x, y and font size in mm, then the text";
	if ((size_t)snprintf(x->text, sizeof(x->text), "%s", at) >= sizeof(x->text))
		return "the text is too long";
	if (!fill(x->text, NULL, NULL, &nowhere))
		return "fields are {gtin}, {serial}, {lot}, {expiry} and {yymmdd}; a brace itself is {{";
	l->texts_n++;
	return NULL;
}

/* NULL: taken; else what is wrong. */
static const char *take_line(struct layout *l, const char *line, bool *symbol)
{
	bool two;

	if (!line[0] || line[0] == '#')
		return NULL;
	if (strncmp(line, "text ", 5) == 0)
		return take_text(l, line + 5);
	if (strncmp(line, "label ", 6) == 0) {
		line += 6;
		two = take_mm(&line, &l->width) && take_mm(&line, &l->height) && !*line && l->width > 0 && l->height > 0;
		return two ? NULL : "\"label\" wants width and height in mm";
	}
	if (strncmp(line, "symbol ", 7) == 0) {
		line += 7;
		*symbol = take_mm(&line, &l->symbol_x) && take_mm(&line, &l->symbol_y) && !*line;
		return *symbol ? NULL : "\"symbol\" wants x and y in mm";
	}
	return "neither label, symbol nor text";
}

enum err layout_parse(struct layout *out, struct bytes text, unsigned *line, const char **rule)
{
	struct bytes rest = text, part;
	bool symbol = false;

	*out = (struct layout){ .width = 0 };
	for (*line = 1; text_part(&rest, '\n', &part); ++*line) {
		char copy[160];

		if (part.n > 0 && part.p[part.n - 1] == '\r')
			part.n--;
		*rule = "the line is too long, or holds a NUL";
		if (part.n >= sizeof(copy) || (part.n > 0 && memchr(part.p, 0, part.n)))
			return ERR_BAD_INPUT;
		snprintf(copy, sizeof(copy), "%.*s", (int)part.n, (const char *)part.p);
		*rule = take_line(out, copy, &symbol);
		if (*rule)
			return ERR_BAD_INPUT;
	}
	*rule = "\"label\" and \"symbol\" are wanted";
	return symbol && out->width > 0 ? ERR_OK : ERR_BAD_INPUT;
}

/* ---- placing ---- */

static unsigned dots_of(double mm, unsigned dpi)
{
	return (unsigned)(mm * dpi / 25.4 + 0.5);
}

static enum err write_text(const struct layout_text *from, const struct job_product *p, const char *serial, unsigned dpi,
			   struct label_text *to, const char **rule)
{
	struct text t = { to->text, 0, sizeof(to->text) - 1 };

	*rule = "a text is too long";
	if (!fill(from->text, p, serial, &t) || t.n >= sizeof(to->text))
		return ERR_NO_SPACE;
	to->text[t.n] = 0;
	to->x = dots_of(from->x, dpi);
	to->y = dots_of(from->y, dpi);
	to->size = dots_of(from->size, dpi);
	return ERR_OK;
}

/* Texts below each other, in the middle of the height. */
static void place_beside(struct label_drawing *d)
{
	unsigned symbol = render_symbol_side(d), line = d->texts[0].size * 14 / 10, text_height = (unsigned)d->texts_n * line, longest = 0;

	d->symbol_x = d->symbol_y = 0;
	d->height = symbol > text_height ? symbol : text_height;
	for (size_t i = 0; i < d->texts_n; i++) {
		unsigned width = render_text_width(&d->texts[i]);

		d->texts[i].x = symbol;
		d->texts[i].y = (d->height - text_height) / 2 + d->texts[i].size + (unsigned)i * line;
		longest = width > longest ? width : longest;
	}
	d->width = symbol + longest + d->symbol->quiet * d->look.module;
}

static enum err check_fit(const struct label_drawing *d, const char **rule)
{
	unsigned symbol = render_symbol_side(d);

	*rule = "the symbol with its quiet zone does not fit on the label";
	if (d->symbol_x + symbol > d->width || d->symbol_y + symbol > d->height)
		return ERR_NO_SPACE;
	for (size_t i = 0; i < d->texts_n; i++) {
		const struct label_text *t = &d->texts[i];
		unsigned right = t->x + render_text_width(t), bottom = t->y + t->size / 4, top = t->y - t->size;

		*rule = "a text does not fit on the label";
		if (right > d->width || bottom > d->height || t->y < t->size)
			return ERR_NO_SPACE;
		*rule = "a text stands in the symbol's quiet zone";
		if (t->x < d->symbol_x + symbol && right > d->symbol_x && top < d->symbol_y + symbol && bottom > d->symbol_y)
			return ERR_NO_SPACE;
	}
	return ERR_OK;
}

enum err layout_place(const struct layout *l, const struct job_product *p, const char *serial, struct label_drawing *d, const char **rule)
{
	enum err e = ERR_OK;

	for (d->texts_n = 0; e == ERR_OK && d->texts_n < l->texts_n; d->texts_n++)
		e = write_text(&l->texts[d->texts_n], p, serial, d->look.dpi, &d->texts[d->texts_n], rule);
	if (e != ERR_OK)
		return e;
	if (l->width > 0) {
		d->width = dots_of(l->width, d->look.dpi);
		d->height = dots_of(l->height, d->look.dpi);
		d->symbol_x = dots_of(l->symbol_x, d->look.dpi);
		d->symbol_y = dots_of(l->symbol_y, d->look.dpi);
	} else {
		place_beside(d);
	}
	return check_fit(d, rule);
}
