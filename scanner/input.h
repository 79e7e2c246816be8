/* What is to be checked: pictures and scanned strings, from arguments and standard input. */
#ifndef RX_INPUT_H
#define RX_INPUT_H

#include "scanner/decoder.h"

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define INPUT_LINE_MAX 4096

/* One string as a scanner would send it.  name: where it came from, for people ("pack.png", "standard input:3").
 * decoded: out of a picture, where the symbol's own error correction vouches for it; else it came over a keyboard or cable. */
typedef void input_fn(void *ctx, const char *name, struct bytes text, bool decoded);
/* Something that gave no string, and why. */
typedef void input_failed_fn(void *ctx, const char *name, enum err e);

/* An argument: a picture file when a file of that name is there, the pictures in a folder (those whose names end in .png, .jpg or
 * .jpeg, in the order of their names; not the folders in it), else the string itself; the name of a picture that is not there is
 * ERR_NOT_FOUND, but for a link's.  A folder without pictures: ERR_NO_PICTURE. */
void input_argument(struct decoder *d, const char *arg, input_fn *fn, input_failed_fn *failed, void *ctx);

/* Lines of standard input, each a string; "{GS}" stands for 0x1d.  flush: after each line, for pipes. */
void input_lines(input_fn *fn, input_failed_fn *failed, void *ctx);

/* "{GS}" as 0x1d, in place; the new length. */
size_t input_unescape(char *line, size_t n);

#endif
