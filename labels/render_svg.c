#include "labels/render.h"

#include "labels/gs1/text.h"

#include <stdio.h>

#define ADVANCE 0.602 /* of DejaVu Sans Mono, in ems */
#define MODULE_MM 0.295 /* 0.30 mm, a dot's rounding allowed: 203 dpi gives 0.375, 300 dpi 0.339, 600 dpi 0.296 */

double render_mm(unsigned dots, unsigned dpi)
{
	return dots * 25.4 / dpi;
}

unsigned render_module_default(unsigned dpi)
{
	unsigned dots = 1;

	while (render_mm(dots, dpi) < MODULE_MM)
		dots++;
	return dots;
}

unsigned render_symbol_side(const struct label_drawing *d)
{
	return (d->symbol->side + 2 * d->symbol->quiet) * d->look.module;
}

unsigned render_text_width(const struct label_text *t)
{
	return (unsigned)((double)strlen(t->text) * t->size * ADVANCE + 0.999);
}

static void put_text(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

static void put_uint(struct text *t, unsigned v)
{
	char d[10];
	size_t n = 0;

	do
		d[sizeof(d) - ++n] = (char)('0' + v % 10);
	while (v /= 10);
	text_put(t, d + sizeof(d) - n, n);
}

static void put_mm(struct text *t, unsigned dots, unsigned dpi)
{
	char s[32];

	text_put(t, s, (size_t)snprintf(s, sizeof(s), "%.3fmm", render_mm(dots, dpi)));
}

static void put_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			put_text(t, "&amp;");
		else if (*s == '<')
			put_text(t, "&lt;");
		else if (*s == '>')
			put_text(t, "&gt;");
		else
			text_put(t, s, 1);
	}
}

/* A run of dark modules: a rectangle as wide as it. */
static void put_run(struct text *t, const struct label_drawing *d, unsigned x, unsigned y, unsigned n)
{
	unsigned m = d->look.module;

	put_text(t, "M");
	put_uint(t, d->symbol_x + (x + d->symbol->quiet) * m);
	put_text(t, " ");
	put_uint(t, d->symbol_y + (y + d->symbol->quiet) * m);
	put_text(t, "h");
	put_uint(t, n * m);
	put_text(t, "v");
	put_uint(t, m);
	put_text(t, "h-");
	put_uint(t, n * m);
	put_text(t, "z");
}

static void put_symbol(struct text *t, const struct label_drawing *d)
{
	unsigned side = d->symbol->side;

	put_text(t, "<path d=\"");
	for (unsigned y = 0; y < side; y++) {
		const uint8_t *row = d->symbol->dark + (size_t)y * side;

		for (unsigned x = 0; x < side; x++) {
			unsigned from = x;

			while (x < side && row[x])
				x++;
			if (x > from)
				put_run(t, d, from, y, x - from);
		}
	}
	put_text(t, "\"/>\n");
}

static void put_texts(struct text *t, const struct label_drawing *d)
{
	put_text(t, "<g font-family=\"DejaVu Sans Mono\" xml:space=\"preserve\">\n");
	for (const struct label_text *x = d->texts; x < d->texts + d->texts_n; x++) {
		put_text(t, "<text x=\"");
		put_uint(t, x->x);
		put_text(t, "\" y=\"");
		put_uint(t, x->y);
		put_text(t, "\" font-size=\"");
		put_uint(t, x->size);
		put_text(t, "\">");
		put_escaped(t, x->text);
		put_text(t, "</text>\n");
	}
	put_text(t, "</g>\n");
}

enum err render_svg(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out)
{
	struct text t = { buf, 0, cap };

	put_text(&t, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"");
	put_mm(&t, d->width, d->look.dpi);
	put_text(&t, "\" height=\"");
	put_mm(&t, d->height, d->look.dpi);
	put_text(&t, "\" viewBox=\"0 0 ");
	put_uint(&t, d->width);
	put_text(&t, " ");
	put_uint(&t, d->height);
	put_text(&t, "\" shape-rendering=\"crispEdges\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
	put_symbol(&t, d);
	put_texts(&t, d);
	put_text(&t, "</svg>\n");
	return text_end(&t, out);
}
