#include "tests/fakes/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/fakes/tsv.h"

#define SEEDS_MAX 1024
#define INPUT_MAX (1024 * 1024)

static struct bytes seeds[SEEDS_MAX];
static size_t seeds_n;
static uint64_t random_state;

static void *need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

void fuzz_seed(struct bytes in)
{
	uint8_t *copy = need(malloc(in.n + 1));

	if (seeds_n == SEEDS_MAX || in.n > INPUT_MAX)
		abort();
	memcpy(copy, in.n ? in.p : copy, in.n);
	seeds[seeds_n++] = bytes_of(copy, in.n);
}

void fuzz_seed_tsv(const char *path, size_t columns, size_t hex_column)
{
	uint8_t *buf = need(malloc(INPUT_MAX));
	struct tsv t;

	if (!tsv_open(&t, path, columns))
		abort();
	while (tsv_next(&t))
		fuzz_seed(bytes_of(buf, from_hex(t.field[hex_column], buf, INPUT_MAX)));
	tsv_close(&t);
	free(buf);
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return n ? (size_t)(next_random() % n) : 0;
}

/* A byte that means something to decoders of CBOR and of text, or any. */
static uint8_t some_byte(void)
{
	static const uint8_t telling[] = { 0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x40, 0x58, 0x5f, 0x60,
					   0x61, 0x78, 0x7f, 0x80, 0x81, 0x9f, 0xa0, 0xa1, 0xbf, 0xc2, 0xd2, 0xf4, 0xf5,
					   0xf6, 0xf7, 0xf9, 0xfb, 0xff, 'A',  '0',  '(',  '%',  '\n', 0x1d };

	return below(2) ? telling[below(sizeof(telling))] : (uint8_t)next_random();
}

/* Move what stands at from to to, in a buffer of n bytes that has room; the length that results. */
static size_t shift(uint8_t *buf, size_t n, size_t from, size_t to)
{
	memmove(buf + to, buf + from, n - from);
	return n - from + to;
}

static size_t mutate_once(uint8_t *buf, size_t n)
{
	size_t at = below(n), len = 1 + below(8);
	struct bytes other = seeds[below(seeds_n)];

	switch (below(7)) {
	case 0: /* a bit */
		if (n)
			buf[at] ^= (uint8_t)(1u << below(8));
		return n;
	case 1: /* a byte */
		if (n)
			buf[at] = some_byte();
		return n;
	case 2: /* one more or one less */
		if (n)
			buf[at] = (uint8_t)(buf[at] + (below(2) ? 1 : -1));
		return n;
	case 3: /* bytes put in */
		if (n + len > INPUT_MAX)
			return n;
		n = shift(buf, n, at, at + len);
		for (size_t i = 0; i < len; i++)
			buf[at + i] = some_byte();
		return n;
	case 4: /* bytes taken out */
		return at + len > n ? n : shift(buf, n, at + len, at);
	case 5: /* the end cut off */
		return at;
	default: /* the end of another */
		at = below((n < other.n ? n : other.n) + 1);
		memcpy(buf + at, other.p + at, other.n - at);
		return other.n;
	}
}

static void print_wrong(const char *name, struct bytes in)
{
	printf("%s: wrong on ", name);
	for (size_t i = 0; i < in.n; i++)
		printf("%02x", in.p[i]);
	printf("\n");
}

static enum fuzz_result run_one(const char *name, struct bytes in, enum fuzz_result (*one)(struct bytes in))
{
	uint8_t *exact = need(malloc(in.n ? in.n : 1));
	enum fuzz_result result;

	memcpy(exact, in.n ? in.p : exact, in.n);
	result = one(bytes_of(exact, in.n));
	if (result == FUZZ_WRONG)
		print_wrong(name, in);
	free(exact);
	return result;
}

int fuzz_run(const char *name, int argc, char **argv, unsigned long rounds, enum fuzz_result (*one)(struct bytes in))
{
	time_t end = argc > 1 ? time(NULL) + atoi(argv[1]) : 0;
	uint8_t *buf = need(malloc(2 * INPUT_MAX));
	unsigned long done = 0, accepted = 0, wrong = 0;

	random_state = end ? (uint64_t)time(NULL) : 1;
	printf("%s: seed %llu\n", name, (unsigned long long)random_state);
	for (size_t i = 0; i < seeds_n; i++)
		wrong += run_one(name, seeds[i], one) == FUZZ_WRONG;
	for (; end ? time(NULL) < end : done < rounds; done++) {
		struct bytes seed = seeds[below(seeds_n)];
		size_t n = seed.n;
		enum fuzz_result result;

		memcpy(buf, seed.p, n);
		for (size_t times = 1 + below(3); times > 0; times--)
			n = mutate_once(buf, n);
		result = run_one(name, bytes_of(buf, n), one);
		accepted += result == FUZZ_ACCEPTED;
		wrong += result == FUZZ_WRONG;
	}
	free(buf);
	for (size_t i = 0; i < seeds_n; i++)
		free((void *)seeds[i].p);
	printf("%s: %lu mutations, %lu accepted\n", name, done, accepted);
	wrong += accepted == 0;
	printf("%s: %d passed, %d failed\n", name, wrong == 0, wrong != 0);
	return wrong != 0;
}
