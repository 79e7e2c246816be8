#include "scanner/picture.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jpeglib.h>

#define FILE_BYTES_MAX (64u * 1024 * 1024)

void picture_free(struct picture *p)
{
	free(p->grey);
	p->grey = NULL;
}

static enum err make(struct picture *p, unsigned width, unsigned height)
{
	if (width == 0 || height == 0)
		return ERR_BAD_INPUT;
	if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX || (uint64_t)width * height > PICTURE_PIXELS_MAX)
		return ERR_TOO_LARGE;
	*p = (struct picture){ .grey = malloc((size_t)width * height), .width = width, .height = height };
	return p->grey ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- PNG ---- */

static enum err decode_png(struct picture *out, struct bytes file)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct picture p = { 0 };
	png_color white = { 255, 255, 255 };
	enum err e;

	if (!png_image_begin_read_from_memory(&image, file.p, file.n))
		return ERR_BAD_INPUT;
	image.format = PNG_FORMAT_GRAY;
	e = make(&p, image.width, image.height);
	if (e == ERR_OK && !png_image_finish_read(&image, &white, p.grey, (png_int_32)p.width, NULL))
		e = ERR_BAD_INPUT;
	png_image_free(&image);
	if (e != ERR_OK)
		picture_free(&p);
	else
		*out = p;
	return e;
}

/* ---- JPEG ---- */

struct jpeg_failure {
	struct jpeg_error_mgr mgr;
	jmp_buf back;
};

static void on_jpeg_error(j_common_ptr c)
{
	struct jpeg_failure *f = (struct jpeg_failure *)(void *)c->err;

	longjmp(f->back, 1);
}

static void on_jpeg_message(j_common_ptr c)
{
	(void)c;
}

static enum err read_rows(struct jpeg_decompress_struct *d, struct picture *p)
{
	enum err e;

	jpeg_read_header(d, TRUE);
	d->out_color_space = JCS_GRAYSCALE;
	e = make(p, d->image_width, d->image_height);
	if (e != ERR_OK)
		return e;
	jpeg_start_decompress(d);
	while (d->output_scanline < d->output_height) {
		JSAMPROW row = p->grey + (size_t)d->output_scanline * p->width;

		jpeg_read_scanlines(d, &row, 1);
	}
	jpeg_finish_decompress(d);
	return ERR_OK;
}

/* The library jumps back here on damage; what must be freed then hangs on *out, which the jump leaves alone. */
static enum err decode_jpeg(struct picture *out, struct bytes file)
{
	struct jpeg_decompress_struct d;
	struct jpeg_failure f;
	enum err e;

	*out = (struct picture){ 0 };
	d.err = jpeg_std_error(&f.mgr);
	f.mgr.error_exit = on_jpeg_error;
	f.mgr.output_message = on_jpeg_message;
	if (setjmp(f.back)) {
		jpeg_destroy_decompress(&d);
		picture_free(out);
		return ERR_BAD_INPUT;
	}
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, file.p, file.n);
	e = read_rows(&d, out);
	jpeg_destroy_decompress(&d);
	return e;
}

enum err picture_decode(struct picture *out, struct bytes file)
{
	static const uint8_t png[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

	if (file.n >= 8 && memcmp(file.p, png, 8) == 0)
		return decode_png(out, file);
	if (file.n >= 3 && memcmp(file.p, "\xff\xd8\xff", 3) == 0)
		return decode_jpeg(out, file);
	return ERR_BAD_INPUT;
}

static enum err read_all(int fd, uint8_t **out, size_t *n)
{
	size_t cap = 1 << 16;
	ssize_t got = 1;

	*out = NULL;
	*n = 0;
	while (got > 0) {
		if (!*out || *n == cap) {
			uint8_t *bigger;

			cap *= 2;
			bigger = cap > 2 * FILE_BYTES_MAX ? NULL : realloc(*out, cap);
			if (!bigger)
				return cap > 2 * FILE_BYTES_MAX ? ERR_TOO_LARGE : ERR_NO_MEMORY;
			*out = bigger;
		}
		got = read(fd, *out + *n, cap - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? ERR_IO : ERR_OK;
}

enum err picture_read(struct picture *out, int fd)
{
	uint8_t *buf;
	size_t n;
	enum err e = read_all(fd, &buf, &n);

	if (e == ERR_OK)
		e = picture_decode(out, bytes_of(buf, n));
	free(buf);
	return e;
}
