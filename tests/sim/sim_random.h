/* A generator of its own, so that a seed gives the same run everywhere: splitmix64 (Steele, Lea, Flood 2014). */
#ifndef RX_SIM_RANDOM_H
#define RX_SIM_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_random {
	uint64_t state;
};

static inline uint64_t sim_bits(struct sim_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 to 1, without 1. */
static inline double sim_unit(struct sim_random *r)
{
	return (double)(sim_bits(r) >> 11) / 9007199254740992.0;
}

static inline bool sim_chance(struct sim_random *r, double p)
{
	return sim_unit(r) < p;
}

/* 0 to n - 1. */
static inline int sim_pick(struct sim_random *r, int n)
{
	return (int)(sim_bits(r) % (uint64_t)n);
}

/* Seconds between two counts of hours. */
static inline uint64_t sim_hours(struct sim_random *r, double lo, double hi)
{
	return (uint64_t)((lo + (hi - lo) * sim_unit(r)) * 3600);
}

/* Log-normal seconds; twelve uniforms make a normal. */
static inline uint64_t sim_dwell(struct sim_random *r, double median_h, double spread)
{
	double z = -6;

	for (int i = 0; i < 12; i++)
		z += sim_unit(r);
	return (uint64_t)(median_h * 3600 * exp(z * spread));
}

#endif
