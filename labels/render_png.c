#include "labels/render.h"

#include "node/port/file.h"

#include <cairo.h>
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void render_symbol(const struct label_drawing *d, uint8_t *grey, size_t stride)
{
	const struct symbol *s = d->symbol;
	unsigned m = d->look.module, dots = (s->side + 2 * s->quiet) * m;

	for (unsigned y = 0; y < dots; y++)
		memset(grey + y * stride, 255, dots);
	for (unsigned y = 0; y < s->side; y++) {
		uint8_t *first = grey + (size_t)(y + s->quiet) * m * stride + (size_t)s->quiet * m;

		for (unsigned x = 0; x < s->side; x++)
			if (s->dark[(size_t)y * s->side + x])
				memset(first + (size_t)x * m, 0, m);
		for (unsigned k = 1; k < m; k++)
			memcpy(first + k * stride, first, (size_t)s->side * m);
	}
}

/* Text is drawn by cairo as coverage, then laid on the paper as ink. */
static enum err draw_texts(const struct label_drawing *d, uint8_t *grey)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, (int)d->width, (int)d->height);
	cairo_t *c = cairo_create(s);
	const uint8_t *data;
	size_t stride;
	enum err e;

	cairo_select_font_face(c, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	for (const struct label_text *x = d->texts; x < d->texts + d->texts_n; x++) {
		cairo_set_font_size(c, x->size);
		cairo_move_to(c, x->x, x->y);
		cairo_show_text(c, x->text);
	}
	cairo_surface_flush(s);
	e = cairo_status(c) == CAIRO_STATUS_SUCCESS ? ERR_OK : ERR_NO_MEMORY;
	data = cairo_image_surface_get_data(s);
	stride = (size_t)cairo_image_surface_get_stride(s);
	for (unsigned y = 0; e == ERR_OK && y < d->height; y++)
		for (unsigned x = 0; x < d->width; x++)
			if (data[y * stride + x])
				grey[(size_t)y * d->width + x] = (uint8_t)(255 - data[y * stride + x]);
	cairo_destroy(c);
	cairo_surface_destroy(s);
	return e;
}

enum err render_grey(const struct label_drawing *d, uint8_t **out)
{
	size_t n = (size_t)d->width * d->height;
	uint8_t *grey = malloc(n);
	enum err e;

	if (!grey)
		return ERR_NO_MEMORY;
	memset(grey, 255, n);
	e = draw_texts(d, grey);
	if (e != ERR_OK) {
		free(grey);
		return e;
	}
	render_symbol(d, grey + (size_t)d->symbol_y * d->width + d->symbol_x, d->width);
	*out = grey;
	return ERR_OK;
}

static bool write_png(FILE *f, const uint8_t *grey, const struct label_drawing *d)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	png_uint_32 per_metre = (png_uint_32)(d->look.dpi / 0.0254 + 0.5);

	if (!info || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return false;
	}
	png_init_io(png, f);
	png_set_compression_level(png, 1); /* large areas of one colour: more effort gains little */
	png_set_filter(png, 0, PNG_FILTER_NONE);
	png_set_IHDR(png, info, d->width, d->height, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
	png_write_info(png, info);
	for (unsigned y = 0; y < d->height; y++)
		png_write_row(png, grey + (size_t)y * d->width);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	return true;
}

enum err render_png_write(const char *path, const struct label_drawing *d)
{
	uint8_t *grey;
	FILE *f;
	bool ok;
	enum err e = render_grey(d, &grey);

	if (e != ERR_OK)
		return e;
	f = fopen(path, "wbe");
	ok = f && write_png(f, grey, d);
	free(grey);
	if (f && fclose(f) != 0)
		ok = false;
	if (ok)
		return ERR_OK;
	e = file_error(errno);
	unlink(path);
	return e;
}
