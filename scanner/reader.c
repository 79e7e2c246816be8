#include "scanner/reader.h"

#include "scanner/finder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HALVE_FROM (1000u * 1000) /* pixels: of smaller pictures a module may be too small to be halved */
#define FEW 5000 /* one in so many pixels: the ink of a symbol of 90000 pixels is 1 in 270 of a photograph */
#define CALM_FROM (6u * 1000 * 1000) /* pixels: ZXing takes 144 ms for 12 megapixels, a quarter of that for their half-size view */

static bool same(const struct reader_symbol *a, const struct reader_symbol *b)
{
	return strcmp(a->aim, b->aim) == 0 && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* What is new among n more; the count of all. */
static size_t add_new(struct reader_symbol *all, size_t all_n, size_t cap, const struct reader_symbol *more, size_t n)
{
	for (size_t i = 0; i < n && all_n < cap; i++) {
		size_t k = 0;

		while (k < all_n && !same(&all[k], &more[i]))
			k++;
		if (k == all_n)
			all[all_n++] = more[i];
	}
	return all_n;
}

/* ---- views ---- */

struct view {
	uint8_t *grey; /* width * height */
	unsigned width, height;
};

/* Levels between which all but one in FEW of the darkest and of the brightest lie. */
static void find_levels(const struct view *v, unsigned *low, unsigned *high)
{
	size_t pixels = (size_t)v->width * v->height, count[256] = { 0 }, below = 0, above = 0;

	for (size_t i = 0; i < pixels; i++)
		count[v->grey[i]]++;
	for (*low = 0; *low < 255 && (below += count[*low]) <= pixels / FEW; (*low)++)
		;
	for (*high = 255; *high > *low && (above += count[*high]) <= pixels / FEW; (*high)--)
		;
}

static void stretch(struct view *v)
{
	unsigned low, high;
	uint8_t to[256];

	find_levels(v, &low, &high);
	if (high == low)
		return;
	for (unsigned i = 0; i < 256; i++)
		to[i] = (uint8_t)(i <= low ? 0 : i >= high ? 255 : 255 * (i - low) / (high - low));
	for (size_t i = 0; i < (size_t)v->width * v->height; i++)
		v->grey[i] = to[v->grey[i]];
}

/* Less noise and full contrast: means of two by two pixels, of large pictures at half size, from black to white.  False: too small,
 * or no memory. */
static bool make_calm(struct view *out, const struct view *in)
{
	unsigned step = (size_t)in->width * in->height < HALVE_FROM ? 1 : 2;
	uint8_t *to;

	if (in->width < 2 || in->height < 2)
		return false;
	*out = (struct view){ .width = in->width / step - (step == 1), .height = in->height / step - (step == 1) };
	to = out->grey = malloc((size_t)out->width * out->height);
	for (unsigned y = 0; to && y < out->height; y++) {
		const uint8_t *p = in->grey + (size_t)y * step * in->width, *below = p + in->width;

		for (unsigned x = 0; x < out->width; x++, p += step, below += step)
			*to++ = (uint8_t)((p[0] + p[1] + below[0] + below[1]) / 4);
	}
	if (to)
		stretch(out);
	return to != NULL;
}

static bool make_mended(struct view *out, const struct view *in)
{
	size_t pixels = (size_t)in->width * in->height;

	*out = (struct view){ malloc(pixels), in->width, in->height };
	if (out->grey) {
		memcpy(out->grey, in->grey, pixels);
		finder_mend(out->grey, out->width, out->height);
	}
	return out->grey != NULL;
}

static bool make_negative(struct view *out, const struct view *in)
{
	*out = (struct view){ malloc((size_t)in->width * in->height), in->width, in->height };
	for (size_t i = 0; out->grey && i < (size_t)in->width * in->height; i++)
		out->grey[i] = (uint8_t)(255 - in->grey[i]);
	return out->grey != NULL;
}

/* ---- reading ---- */

static size_t read_view(const struct view *v, bool dmtx, struct reader_symbol *out, size_t cap)
{
	if (dmtx)
		return reader_dmtx(v->grey, v->width, v->height, out, cap);
	return reader_read(v->grey, v->width, v->height, v->width, 1, out, cap);
}

enum { AS_TAKEN, CALM, MENDED, MENDED_CALM, NEGATIVE, VIEWS };

/* False: there is no such view. */
static bool make_view(struct view *views, int which)
{
	if (views[which].grey)
		return true;
	if (which == CALM)
		return make_calm(&views[CALM], &views[AS_TAKEN]);
	if (which == MENDED)
		return make_mended(&views[MENDED], &views[AS_TAKEN]);
	if (!make_view(views, CALM))
		return false;
	return which == NEGATIVE ? make_negative(&views[NEGATIVE], &views[CALM]) : make_mended(&views[MENDED_CALM], &views[CALM]);
}

/* The first two: where one shows several codes, the other may show more of them. */
#define PLAIN 2

/* ZXing first on all views: it is done with each in a fraction of the time that libdmtx may take.  MENDED costs large ones too much. */
static const struct step {
	int view;
	bool dmtx;
} small[] = {
	{ AS_TAKEN, false }, { CALM, false }, { NEGATIVE, false }, { MENDED, false }, { MENDED_CALM, false },
	{ AS_TAKEN, true }, { CALM, true }, { NEGATIVE, true },
}, large[] = {
	{ CALM, false }, { AS_TAKEN, false }, { NEGATIVE, false }, { MENDED_CALM, false },
	{ CALM, true }, { AS_TAKEN, true }, { NEGATIVE, true },
};

size_t reader_find(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap)
{
	bool is_small = (size_t)width * height < CALM_FROM;
	const struct step *steps = is_small ? small : large;
	size_t steps_n = is_small ? sizeof(small) / sizeof(small[0]) : sizeof(large) / sizeof(large[0]);
	struct view views[VIEWS] = { { .grey = (uint8_t *)grey, .width = width, .height = height } };
	struct reader_symbol *found = malloc(cap * sizeof(*found));
	size_t n = 0;

	for (size_t i = 0; found && i < steps_n && (n == 0 || (n > 1 && i < PLAIN)); i++)
		if (make_view(views, steps[i].view))
			n = add_new(out, n, cap, found, read_view(&views[steps[i].view], steps[i].dmtx, found, cap));
	for (int i = CALM; i < VIEWS; i++)
		free(views[i].grey);
	free(found);
	return n;
}
