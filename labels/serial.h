/* Random serial numbers (Delegated Regulation (EU) 2016/161 Art. 4: at most 20 characters, a chance below 1 in 10,000 to
 * guess one). */
#ifndef RX_SERIAL_H
#define RX_SERIAL_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define SERIAL_ALPHABET "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" /* 32: no 0/O, no 1/I: nobody mistypes those */
#define SERIAL_LEN_DEFAULT 12
#define SERIAL_LEN_LEAST 6
#define SERIAL_LEN_MOST 20

/* n characters of the alphabet from the system's generator; no NUL.  ERR_CRYPTO. */
MUST_CHECK enum err serial_make(char *out, size_t n);

/* Chance that one guess hits one of count serials of n characters. */
double serial_guess_chance(uint64_t count, size_t n);

#endif
