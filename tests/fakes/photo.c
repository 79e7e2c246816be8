#include "tests/fakes/photo.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#define PAPER 255
#define INK 0
#define SAMPLES 3 /* a side, of each pixel */

/* splitmix64 */
static uint32_t next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)(z >> 32);
}

static double next_unit(uint64_t *state)
{
	return next(state) / 4294967296.0;
}

/* Near enough to a normal deviate: twelve uniform ones. */
static double next_normal(uint64_t *state)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += next_unit(state);
	return sum;
}

bool photo_new(struct photo *p, unsigned width, unsigned height)
{
	*p = (struct photo){ .grey = malloc((size_t)width * height), .width = width, .height = height };
	if (p->grey)
		memset(p->grey, PAPER, (size_t)width * height);
	return p->grey != NULL;
}

void photo_free(struct photo *p)
{
	free(p->grey);
	p->grey = NULL;
}

/* ---- the symbol ---- */

struct placed {
	const uint8_t *dark;
	double side, x, y, cosine, sine, module, tilt;
};

/* Where on the symbol, in modules from its upper left corner, a point of the picture lies. */
static bool is_dark(const struct placed *s, double px, double py)
{
	double dx = (px - s->x) / s->module, dy = (py - s->y) / s->module;
	double u = dx * s->cosine + dy * s->sine, v = dy * s->cosine - dx * s->sine;
	double depth = 1 + s->tilt * v / s->side;

	u = u / depth + s->side / 2;
	v = v / depth + s->side / 2;
	if (u < 0 || v < 0 || u >= s->side || v >= s->side)
		return false;
	return s->dark[(unsigned)v * (unsigned)s->side + (unsigned)u];
}

static uint8_t pixel(const struct placed *s, unsigned x, unsigned y)
{
	int dark = 0;

	for (int j = 0; j < SAMPLES; j++)
		for (int i = 0; i < SAMPLES; i++)
			dark += is_dark(s, x + (i + 0.5) / SAMPLES, y + (j + 0.5) / SAMPLES);
	return (uint8_t)(PAPER - dark * (PAPER - INK) / (SAMPLES * SAMPLES));
}

static unsigned clamp(double v, unsigned most)
{
	return v < 0 ? 0 : v > most ? most : (unsigned)v;
}

void photo_put(struct photo *p, double x, double y, const struct symbol *s, const struct photo_look *look, uint32_t seed)
{
	uint8_t dark[SYMBOL_SIDE_MAX * SYMBOL_SIDE_MAX];
	double angle = look->degrees * 3.14159265358979 / 180, reach = s->side * look->module;
	struct placed placed = { .dark = dark, .side = s->side, .x = x, .y = y, .cosine = cos(angle), .sine = sin(angle),
				 .module = look->module, .tilt = look->tilt };
	uint64_t state = seed;

	for (unsigned i = 0; i < s->side * s->side; i++)
		dark[i] = s->dark[i] ^ (next_unit(&state) < look->damaged);
	for (unsigned py = clamp(y - reach, p->height); py < clamp(y + reach, p->height); py++)
		for (unsigned px = clamp(x - reach, p->width); px < clamp(x + reach, p->width); px++) {
			uint8_t v = pixel(&placed, px, py);

			if (v < PAPER)
				p->grey[(size_t)py * p->width + px] = v;
		}
}

/* ---- the camera ---- */

/* Mean of the 2 half + 1 neighbours along a line of n pixels, each step apart. */
static void spread(uint8_t *line, size_t step, unsigned n, unsigned half, uint8_t *copy)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		copy[i] = line[i * step];
	for (unsigned i = 0; i <= 2 * half; i++)
		sum += copy[i < half ? 0 : i - half];
	for (unsigned i = 0; i < n; i++) {
		unsigned gone = i < half ? 0 : i - half, come = i + half + 1 < n ? i + half + 1 : n - 1;

		line[i * step] = (uint8_t)(sum / (2 * half + 1));
		sum += copy[come] - copy[gone];
	}
}

static void blur(struct photo *p, unsigned half)
{
	unsigned most = p->width > p->height ? p->width : p->height;
	uint8_t *copy = malloc(most);

	for (int pass = 0; copy && half && pass < 3; pass++) {
		for (unsigned y = 0; y < p->height; y++)
			spread(p->grey + (size_t)y * p->width, 1, p->width, half, copy);
		for (unsigned x = 0; x < p->width; x++)
			spread(p->grey + x, p->width, p->height, half, copy);
	}
	free(copy);
}

void photo_take(struct photo *p, const struct photo_look *look, uint32_t seed)
{
	uint64_t state = seed;

	blur(p, (unsigned)look->blur);
	for (size_t i = 0; i < (size_t)p->width * p->height; i++) {
		double light = look->inverted ? PAPER - p->grey[i] : p->grey[i];

		light = look->brightness * (1 - look->contrast * (1 - light / PAPER));
		p->grey[i] = (uint8_t)clamp(light + (look->noise > 0 ? look->noise * next_normal(&state) : 0), 255);
	}
}

/* ---- files ---- */

static bool write_png(const struct photo *p, const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = p->width, .height = p->height, .format = PNG_FORMAT_GRAY };

	return png_image_write_to_file(&image, path, 0, p->grey, (png_int_32)p->width, NULL) != 0;
}

static bool write_jpeg(const struct photo *p, const char *path, int quality)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	FILE *f = fopen(path, "wb");

	if (!f)
		return false;
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, f);
	c.image_width = p->width;
	c.image_height = p->height;
	c.input_components = 1;
	c.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = p->grey + (size_t)c.next_scanline * p->width;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return fclose(f) == 0;
}

bool photo_write(const struct photo *p, const char *path, const struct photo_look *look)
{
	return look->quality ? write_jpeg(p, path, look->quality) : write_png(p, path);
}

bool photo_of(const struct symbol *s, const struct photo_look *look, uint32_t seed, unsigned width, unsigned height, const char *path)
{
	struct photo p;
	bool ok = photo_new(&p, width, height);

	if (ok) {
		photo_put(&p, width / 2.0, height / 2.0, s, look, seed);
		photo_take(&p, look, seed + 1);
		ok = photo_write(&p, path, look);
	}
	photo_free(&p);
	return ok;
}
