/* What the benches share: a clock, medians, a line for each figure with its reference. */
#ifndef RX_BENCH_H
#define RX_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double bench_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int bench_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), bench_cmp);
	return v[n / 2];
}

/* ratio against what is to be reached: at least (or at most, when most is set). */
static inline void bench_tell(const char *what, double ours, const char *unit, double reference, double ratio, double reach, int most)
{
	int reached = most ? ratio <= reach : ratio >= reach;

	printf("%-52s %12.1f %-8s reference %12.1f  %5.2fx (%s %.2fx) %s\n", what, ours, unit, reference, ratio,
	       most ? "at most" : "at least", reach, reached ? "reached" : "MISSED");
	fflush(stdout);
}

#endif
