/* A small mutating fuzzer: inputs that are nearly right, from a corpus, in buffers of exactly their size so that the
 * sanitizers see every read beyond.  A fuzzer is a plain program:
 *
 *	int main(int argc, char **argv)
 *	{
 *		fuzz_seed_hex("event_payloads.tsv" ..);
 *		return fuzz_run("fuzz_event", argc, argv, 1000000, one);
 *	}
 */
#ifndef RX_FUZZ_H
#define RX_FUZZ_H

#include "labels/gs1/bytes.h"

/* Add an input to the corpus (copied); all rows of a vector file: its hex column, from 0, of so many. */
void fuzz_seed(struct bytes in);
void fuzz_seed_tsv(const char *path, size_t columns, size_t hex_column);

enum fuzz_result { FUZZ_REFUSED, FUZZ_ACCEPTED, FUZZ_WRONG };

/* Run every seed, then mutations of them: so many rounds with a fixed seed (a second or two under the sanitizers), or for
 * argv[1] seconds with a seed of the clock, which is printed.  What was wrong is printed in hex.  Prints "name: N passed, M failed"; 0 when nothing was
 * wrong and something mutated was accepted (else it looked no deeper than the first check). */
int fuzz_run(const char *name, int argc, char **argv, unsigned long rounds, enum fuzz_result (*one)(struct bytes in));

#endif
