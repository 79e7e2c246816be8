#include "scanner/finder.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DARK_BELOW 128
#define REACH 4.2 /* modules: half a pattern is 3.5, and it is light around */
#define SYMMETRIC 0.75 /* data would be so to an eighth */
#define PLACES_MAX 256 /* what looks like a pattern, in one direction */

/* Where lines in one direction cross what looks like a pattern: sums over n lines. */
struct place {
	double x, y, module;
	unsigned n;
};

struct places {
	struct place at[PLACES_MAX];
	size_t n;
};

static bool near(double a, double b, double most)
{
	return a - b < most && b - a < most;
}

/* Dark, light, dark, light, dark: widths as 1 : 1 : 3 : 1 : 1. */
static bool is_pattern(const unsigned run[5], double *module)
{
	double m = (run[0] + run[1] + run[2] + run[3] + run[4]) / 7.0;

	*module = m;
	return m >= 1 && near(run[0], m, 0.6 * m) && near(run[1], m, 0.6 * m) && near(run[2], 3 * m, m) && near(run[3], m, 0.6 * m) &&
	       near(run[4], m, 0.6 * m);
}

static void add(struct places *p, double x, double y, double module)
{
	for (size_t i = 0; i < p->n; i++) {
		struct place *at = &p->at[i];

		if (near(at->x / at->n, x, 2 * module) && near(at->y / at->n, y, 2 * module)) {
			at->x += x;
			at->y += y;
			at->module += module;
			at->n++;
			return;
		}
	}
	if (p->n < PLACES_MAX)
		p->at[p->n++] = (struct place){ x, y, module, 1 };
}

/* The patterns along a line of n pixels, each step apart; (x, y) is its first, and dx, dy the way along it. */
static void scan_line(struct places *p, const uint8_t *line, size_t step, unsigned n, double x, double y, bool across)
{
	unsigned run[5] = { 0 };
	bool dark = false;
	double module;

	for (unsigned i = 0; i <= n; i++) {
		bool now = i < n && line[i * step] < DARK_BELOW;

		if (i < n && now == dark) {
			run[4]++;
			continue;
		}
		if (dark && is_pattern(run, &module)) {
			double middle = i - run[4] - run[3] - run[2] / 2.0;

			add(p, across ? middle : x, across ? y : middle, module);
		}
		memmove(run, run + 1, 4 * sizeof(run[0]));
		run[4] = 1;
		dark = now;
	}
}

static uint8_t middle_of_four(const uint8_t v[4])
{
	int sum = v[0] + v[1] + v[2] + v[3], low = v[0], high = v[0];

	for (int i = 1; i < 4; i++) {
		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
	}
	return (uint8_t)((sum - low - high) / 2);
}

/* A place in the picture, with room for a whole pattern around it. */
struct spot {
	uint8_t *middle;
	ptrdiff_t width; /* of the picture */
	double module;
	int reach;
};

/* The four pixels at (dx, dy) from the middle and turned by 90 degrees. */
static void find_four(const struct spot *s, int dx, int dy, uint8_t *at[4])
{
	at[0] = s->middle + dy * s->width + dx;
	at[1] = s->middle + dx * s->width - dy;
	at[2] = s->middle - dy * s->width - dx;
	at[3] = s->middle - dx * s->width + dy;
}

/* The part of all that the pattern covers that is equal when turned. */
static double symmetry(const struct spot *s)
{
	unsigned n = 0, equal = 0;
	uint8_t *at[4];

	for (int dy = 0; dy <= s->reach; dy++)
		for (int dx = 1; dx <= s->reach; dx++) {
			int dark = 0;

			if (dx * dx + dy * dy > s->reach * s->reach)
				continue;
			find_four(s, dx, dy, at);
			for (int i = 0; i < 4; i++)
				dark += *at[i] < DARK_BELOW;
			n++;
			equal += dark == 0 || dark == 4;
		}
	return (double)equal / n;
}

/* Those at the very middle, which have no others, are dark. */
static void mend(const struct spot *s)
{
	double core = s->module * s->module;
	uint8_t *at[4];

	for (int dy = 0; dy <= s->reach; dy++)
		for (int dx = dy > 0; dx <= s->reach; dx++) {
			uint8_t v[4], mended;

			if (dx * dx + dy * dy > s->reach * s->reach)
				continue;
			find_four(s, dx, dy, at);
			for (int i = 0; i < 4; i++)
				v[i] = *at[i];
			mended = dx * dx + dy * dy < core ? 0 : middle_of_four(v);
			for (int i = 0; i < 4; i++)
				*at[i] = mended;
		}
}

/* False: too near the edge. */
static bool spot_at(struct spot *s, uint8_t *grey, unsigned width, unsigned height, double x, double y, double module)
{
	int reach = (int)(REACH * module);

	if (x < reach + 1 || y < reach + 1 || x + reach + 1 >= width || y + reach + 1 >= height)
		return false;
	*s = (struct spot){ grey + (size_t)y * width + (size_t)x, width, module, reach };
	return true;
}

/* Mend what is symmetric about a point within half a module of (x, y): lines that damage leaves out shift their mean. */
static void mend_near(uint8_t *grey, unsigned width, unsigned height, double x, double y, double module)
{
	double step = module < 8 ? 1 : module / 8, most = 0;
	struct spot s, best = { 0 };

	for (double dy = -module / 2; dy <= module / 2; dy += step)
		for (double dx = -module / 2; dx <= module / 2; dx += step) {
			double found = spot_at(&s, grey, width, height, x + dx, y + dy, module) ? symmetry(&s) : 0;

			if (found > most) {
				most = found;
				best = s;
			}
		}
	if (most > SYMMETRIC)
		mend(&best);
}

/* Lines across tell x, lines down y: a damaged row or column is missing among its own lines alone. */
void finder_mend(uint8_t *grey, unsigned width, unsigned height)
{
	struct places across, down;

	across.n = down.n = 0;
	for (unsigned y = 0; y < height; y++)
		scan_line(&across, grey + (size_t)y * width, 1, width, 0, y + 0.5, true);
	for (unsigned x = 0; x < width; x++)
		scan_line(&down, grey + x, width, height, x + 0.5, 0, false);
	for (size_t i = 0; i < across.n; i++)
		for (size_t k = 0; k < down.n; k++) {
			const struct place *a = &across.at[i], *d = &down.at[k];
			double module = (a->module / a->n + d->module / d->n) / 2, x = a->x / a->n, y = d->y / d->n;

			if (near(x, d->x / d->n, 2 * module) && near(a->y / a->n, y, 2 * module))
				mend_near(grey, width, height, x, y, module);
		}
}
