/* Reasons in words, distances in metres: no libc but memory and strings. */
#include "node/core/risk.h"

/* ---- text ---- */

#define GLN_WIDTH 13

struct pen {
	char *buf;
	size_t n, cap;
};

static void put(struct pen *p, char c)
{
	if (p->n + 1 < p->cap)
		p->buf[p->n++] = c;
}

static void put_number(struct pen *p, uint64_t v, int width)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v || n < width);
	while (n)
		put(p, digits[--n]);
}

static void put_text(struct pen *p, const char *text)
{
	while (*text)
		put(p, *text++);
}

/* What a name between braces stands for; width: digits at least. */
static bool number_of(const struct risk_reason *r, struct bytes name, uint64_t *v, int *width)
{
	const struct {
		const char *name;
		uint64_t v;
		int width;
	} all[] = {
		{ "gln", r->gln, GLN_WIDTH },		     { "gln2", r->gln2, GLN_WIDTH },
		{ "km", (r->apart_m + 500) / 1000, 1 }, { "minutes", (r->apart_s + 30) / 60, 1 },
		{ "kmh", r->kmh, 1 },		     { "hours", (r->dwell_s + 1800) / 3600, 1 },
		{ "usual", (r->usual_s + 1800) / 3600, 1 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (bytes_eq(name, bytes_of_str(all[i].name))) {
			*v = all[i].v;
			*width = all[i].width;
			return true;
		}
	}
	return false;
}

void risk_explain(const struct risk_reason *r, char *buf, size_t cap)
{
	const struct risk_row *row = risk_row(r->kind);
	struct pen p = { buf, 0, cap };

	for (const char *c = row ? row->text : ""; *c; c++) {
		const char *end = *c == '{' ? strchr(c, '}') : NULL;
		uint64_t v;
		int width;

		if (end && number_of(r, bytes_of(c + 1, (size_t)(end - c - 1)), &v, &width)) {
			if (width == GLN_WIDTH && v == 0)
				put_text(&p, "another party");
			else
				put_number(&p, v, width);
			c = end;
		} else {
			put(&p, *c);
		}
	}
	buf[p.n] = '\0';
}

/* ---- distance ---- */

#define PI 3.14159265358979323846
#define EARTH_M 6371008.8 /* mean radius (IUGG) */

/* Taylor's series, |x| up to pi: the first term left out is below 1e-9. */
static double sine(double x)
{
	double term = x, sum = x;

	for (int k = 1; k <= 10; k++) {
		term *= -x * x / (2 * k * (2 * k + 1));
		sum += term;
	}
	return sum;
}

static double cosine(double x)
{
	double s = sine(x / 2);

	return 1 - 2 * s * s;
}

/* Newton's, from above; 0 for what rounding made negative. */
static double root(double v)
{
	double x = 1;

	if (v <= 0)
		return 0;
	for (int i = 0; i < 40; i++)
		x = (x + v / x) / 2;
	return x;
}

/* Abramowitz and Stegun 4.4.46: within 2e-8, 0 <= x <= 1. */
static double arcsine(double x)
{
	static const double a[] = { 1.5707963050, -0.2145988016, 0.0889789874, -0.0501743046,
				    0.0308918810, -0.0170881256, 0.0066700901, -0.0012624911 };
	double sum = 0;

	for (int i = 7; i >= 0; i--)
		sum = sum * x + a[i];
	return PI / 2 - root(1 - x) * sum;
}

/* The haversine formula. */
uint64_t risk_distance_m(int32_t lat1_udeg, int32_t lon1_udeg, int32_t lat2_udeg, int32_t lon2_udeg)
{
	const double rad = PI / 180e6;
	double a = lat1_udeg * rad, b = lat2_udeg * rad;
	double dlat = sine((b - a) / 2), dlon = sine(((double)lon2_udeg - lon1_udeg) * rad / 2);
	double h = dlat * dlat + cosine(a) * cosine(b) * dlon * dlon;

	return (uint64_t)(2 * EARTH_M * arcsine(root(h)) + 0.5);
}
