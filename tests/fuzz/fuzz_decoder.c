/* What a worker that its picture has taken over may answer: refused, or symbols that make the same bytes again. */
#include "scanner/decoder_internal.h"
#include "tests/fakes/fuzz.h"

#include <assert.h>

static enum fuzz_result one(struct bytes in)
{
	static struct reader_symbol symbols[DECODER_SYMBOLS_MAX];
	static uint8_t again[BODY_MAX];
	size_t n, len = 3;

	if (decoder_take(symbols, &n, in) != ERR_OK)
		return FUZZ_REFUSED;
	assert(n > 0 && n <= DECODER_SYMBOLS_MAX && in.n < BODY_MAX);
	memcpy(again, in.p, len);
	for (size_t i = 0; i < n; i++) {
		memcpy(again + len, symbols[i].aim, 3);
		again[len + 3] = (uint8_t)(symbols[i].n >> 8);
		again[len + 4] = (uint8_t)symbols[i].n;
		memcpy(again + len + 5, symbols[i].bytes, symbols[i].n);
		len += 5 + symbols[i].n;
	}
	assert(bytes_eq(bytes_of(again, len), in));
	return FUZZ_ACCEPTED;
}

int main(int argc, char **argv)
{
	fuzz_seed(BYTES_LIT("\0\0\1]Q1\0\2hi"));
	fuzz_seed(BYTES_LIT("\0\0\2]Q1\0\2hi]d2\0\5(01)0"));
	fuzz_seed(BYTES_LIT("\0\203\0"));
	return fuzz_run("fuzz_decoder", argc, argv, 1000000, one);
}
