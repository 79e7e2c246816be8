/* Pictures from anywhere: damaged files are refused, the rest can be looked at for symbols. */
#include "scanner/finder.h"
#include "scanner/picture.h"
#include "scanner/reader.h"
#include "tests/fakes/fuzz.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#define SIDE 48

static enum fuzz_result one(struct bytes in)
{
	static struct reader_symbol symbols[4];
	struct picture p;

	if (picture_decode(&p, in) != ERR_OK)
		return FUZZ_REFUSED;
	if (p.width <= 4 * SIDE && p.height <= 4 * SIDE) {
		reader_read(p.grey, p.width, p.height, p.width, 1, symbols, 4);
		finder_mend(p.grey, p.width, p.height);
	}
	picture_free(&p);
	return FUZZ_ACCEPTED;
}

/* Squares, and a finder pattern of modules of two pixels near the edge. */
static void draw(uint8_t *grey)
{
	for (int i = 0; i < SIDE * SIDE; i++) {
		int dx = abs(i % SIDE - 10), dy = abs(i / SIDE - 10), d = dx > dy ? dx : dy;

		grey[i] = (i / 4 + i / SIDE / 4) % 2 ? 255 : 0;
		if (d < 10)
			grey[i] = d < 3 || (d >= 5 && d < 7) ? 0 : 255;
	}
}

static void seed_png(const uint8_t *grey)
{
	static uint8_t file[1 << 16];
	png_image image = { .version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = PNG_FORMAT_GRAY };
	png_alloc_size_t n = sizeof(file);

	if (png_image_write_to_memory(&image, file, &n, 0, grey, SIDE, NULL))
		fuzz_seed(bytes_of(file, n));
}

static void seed_jpeg(uint8_t *grey)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *file = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &file, &n);
	c.image_width = c.image_height = SIDE;
	c.input_components = 1;
	c.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < SIDE) {
		JSAMPROW row = grey + c.next_scanline * SIDE;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	fuzz_seed(bytes_of(file, n));
	free(file);
}

int main(int argc, char **argv)
{
	static uint8_t grey[SIDE * SIDE];

	draw(grey);
	seed_png(grey);
	seed_jpeg(grey);
	return fuzz_run("fuzz_picture", argc, argv, 20000, one);
}
