/* Vector files: lines of fields between tabs; empty lines and those that begin with # are passed over. */
#ifndef RX_TSV_H
#define RX_TSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TSV_FIELDS_MAX 8

struct tsv {
	FILE *file;
	const char *path;
	char *line;
	size_t cap, fields;
	unsigned line_no;
	const char *field[TSV_FIELDS_MAX]; /* of the present line */
};

/* fields: in each line.  False, having said why, when the file cannot be opened. */
bool tsv_open(struct tsv *t, const char *path, size_t fields);
/* False at the end.  A line with another count of fields ends the program. */
bool tsv_next(struct tsv *t);
void tsv_close(struct tsv *t);

/* Bytes written of an even number of hex digits; anything else, or more than cap, ends the program. */
size_t from_hex(const char *hex, uint8_t *out, size_t cap);

#endif
