#include "labels/render_pdf.h"

#include "node/port/file.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <unistd.h>

#define POINTS_A_MM (72 / 25.4)
#define MARGIN 10.0 /* mm: what desktop printers leave white */
#define GAP 6.0 /* between labels: room for the marks of both */
#define MARK_OFF 1.0 /* a crop mark begins so far from the corner */
#define MARK 1.8 /* and is so long */

/* ISO 216; ANSI/ASME Y14.1; a common size of label stock. */
static const struct page_size pages[] = {
	{ "A4", 210, 297 }, { "A5", 148, 210 }, { "A6", 105, 148 }, { "Letter", 215.9, 279.4 }, { "4x6in", 101.6, 152.4 },
};

const struct page_size *page_size(const char *name)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(name, pages[i].name) == 0)
			return &pages[i];
	return NULL;
}

static size_t fits(double room, double label)
{
	double n = (room - 2 * MARGIN + GAP) / (label + GAP);

	return n < 1 ? 0 : (size_t)n;
}

size_t page_labels(const struct page_size *page, double width, double height)
{
	return fits(page->width, width) * fits(page->height, height);
}

/* ---- drawing; user space is dots ---- */

static void draw_symbol(cairo_t *c, const struct label_drawing *d)
{
	const struct symbol *s = d->symbol;
	unsigned m = d->look.module;

	for (unsigned y = 0; y < s->side; y++) {
		const uint8_t *row = s->dark + (size_t)y * s->side;

		for (unsigned x = 0; x < s->side; x++) {
			unsigned from = x;

			while (x < s->side && row[x])
				x++;
			if (x > from)
				cairo_rectangle(c, d->symbol_x + (from + s->quiet) * m, d->symbol_y + (y + s->quiet) * m, (x - from) * m, m);
		}
	}
	cairo_fill(c);
}

static void draw_label(cairo_t *c, const struct label_drawing *d)
{
	cairo_select_font_face(c, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	for (const struct label_text *t = d->texts; t < d->texts + d->texts_n; t++) {
		cairo_set_font_size(c, t->size);
		cairo_move_to(c, t->x, t->y);
		cairo_show_text(c, t->text);
	}
	draw_symbol(c, d);
}

static void draw_mark(cairo_t *c, double x, double y, double dx, double dy)
{
	cairo_move_to(c, x + MARK_OFF * dx, y + MARK_OFF * dy);
	cairo_rel_line_to(c, MARK * dx, MARK * dy);
}

/* Two at each corner, outside the label; user space is millimetres. */
static void draw_marks(cairo_t *c, double x, double y, double width, double height)
{
	for (int i = 0; i < 4; i++) {
		double at_x = i & 1 ? x + width : x, at_y = i & 2 ? y + height : y;

		draw_mark(c, at_x, at_y, i & 1 ? 1 : -1, 0);
		draw_mark(c, at_x, at_y, 0, i & 2 ? 1 : -1);
	}
	cairo_set_line_width(c, 0.1);
	cairo_stroke(c);
}

/* ---- files ---- */

static cairo_surface_t *surface_new(const char *path, double width, double height)
{
	cairo_surface_t *s = cairo_pdf_surface_create(path, width * POINTS_A_MM, height * POINTS_A_MM);

	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z"); /* the same labels, the same bytes */
	return s;
}

static enum err finish(cairo_surface_t *s, cairo_t *c, const char *path)
{
	cairo_status_t status = cairo_status(c);
	enum err e = ERR_OK;

	cairo_destroy(c);
	cairo_surface_finish(s);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(s);
	cairo_surface_destroy(s);
	if (status == CAIRO_STATUS_WRITE_ERROR)
		e = file_error(errno ? errno : EIO);
	else if (status != CAIRO_STATUS_SUCCESS)
		e = ERR_NO_MEMORY;
	if (e != ERR_OK)
		unlink(path);
	return e;
}

enum err render_pdf_write(const char *path, const struct label_drawing *d)
{
	double dot = 25.4 / d->look.dpi;
	cairo_surface_t *s = surface_new(path, d->width * dot, d->height * dot);
	cairo_t *c = cairo_create(s);

	cairo_scale(c, dot * POINTS_A_MM, dot * POINTS_A_MM);
	draw_label(c, d);
	cairo_show_page(c);
	return finish(s, c, path);
}

enum err render_sheet_write(const char *path, const struct page_size *page, const struct label_drawing *const *labels, size_t n)
{
	double dot = 25.4 / labels[0]->look.dpi, width = labels[0]->width * dot, height = labels[0]->height * dot;
	size_t across = fits(page->width, width);
	cairo_surface_t *s;
	cairo_t *c;

	if (n > page_labels(page, width, height))
		return ERR_NO_SPACE;
	s = surface_new(path, page->width, page->height);
	c = cairo_create(s);
	cairo_scale(c, POINTS_A_MM, POINTS_A_MM);
	for (size_t i = 0; i < n; i++) {
		double x = MARGIN + (double)(i % across) * (width + GAP), y = MARGIN + (double)(i / across) * (height + GAP);

		draw_marks(c, x, y, width, height);
		cairo_save(c);
		cairo_translate(c, x, y);
		cairo_scale(c, dot, dot);
		draw_label(c, labels[i]);
		cairo_restore(c);
	}
	cairo_show_page(c);
	return finish(s, c, path);
}
