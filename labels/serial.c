#include "labels/serial.h"

#include "node/port/signer.h"

_Static_assert(sizeof(SERIAL_ALPHABET) == 33, "five random bits make a character, without bias");

enum err serial_make(char *out, size_t n)
{
	uint8_t random[SERIAL_LEN_MOST];
	enum err e = n <= sizeof(random) ? signer_random(random, n) : ERR_BAD_VALUE;

	for (size_t i = 0; e == ERR_OK && i < n; i++)
		out[i] = SERIAL_ALPHABET[random[i] & 31];
	return e;
}

double serial_guess_chance(uint64_t count, size_t n)
{
	double chance = (double)count;

	while (n-- > 0)
		chance /= 32;
	return chance;
}
