#include "scanner/reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HALVE_FROM (1000u * 1000) /* pixels: in smaller pictures a module may be too small to be halved */

static bool same(const struct reader_symbol *a, const struct reader_symbol *b)
{
	return strcmp(a->aim, b->aim) == 0 && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static size_t drop_repeated(struct reader_symbol *s, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kept && !same(&s[k], &s[i]))
			k++;
		if (k < kept)
			continue;
		if (k != i)
			s[k] = s[i];
		kept++;
	}
	return kept;
}

static size_t read_both(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap)
{
	size_t n = reader_read(grey, width, height, width, 1, out, cap);

	return n ? n : reader_dmtx(grey, width, height, out, cap);
}

/* The negative; of large pictures at half size, the mean of four pixels.  The caller's to free; NULL: no memory. */
static uint8_t *negative(const uint8_t *grey, unsigned *width, unsigned *height)
{
	unsigned w = *width, by = (size_t)w * *height < HALVE_FROM ? 1 : 2, to = 0;
	uint8_t *out;

	*width /= by;
	*height /= by;
	out = malloc((size_t)*width * *height);
	for (unsigned y = 0; out && y < *height; y++) {
		const uint8_t *upper = grey + (size_t)y * by * w, *lower = upper + (by - 1) * w;

		for (unsigned x = 0; x < *width; x++) {
			unsigned left = x * by, right = left + by - 1;

			out[to++] = (uint8_t)(255 - (upper[left] + upper[right] + lower[left] + lower[right]) / 4);
		}
	}
	return out;
}

size_t reader_find(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap)
{
	size_t n = read_both(grey, width, height, out, cap);
	uint8_t *neg;

	if (n == 0 && (neg = negative(grey, &width, &height)) != NULL) {
		n = read_both(neg, width, height, out, cap);
		free(neg);
	}
	return drop_repeated(out, n);
}
