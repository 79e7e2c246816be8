#include "tests/fakes/tsv.h"

#include <stdlib.h>
#include <string.h>

bool tsv_open(struct tsv *t, const char *path, size_t fields)
{
	*t = (struct tsv){ .file = fopen(path, "r"), .path = path, .fields = fields };
	if (t->file == NULL)
		perror(path);
	return t->file != NULL;
}

static void split(struct tsv *t)
{
	char *at = t->line;
	size_t n = 0;

	t->line[strcspn(t->line, "\n")] = 0;
	for (; at && n < TSV_FIELDS_MAX; n++) {
		t->field[n] = at;
		at = strchr(at, '\t');
		if (at)
			*at++ = 0;
	}
	if (at || n != t->fields) {
		fprintf(stderr, "%s:%u: not %zu fields\n", t->path, t->line_no, t->fields);
		abort();
	}
}

bool tsv_next(struct tsv *t)
{
	while (getline(&t->line, &t->cap, t->file) > 0) {
		t->line_no++;
		if (t->line[0] == '#' || t->line[0] == '\n')
			continue;
		split(t);
		return true;
	}
	return false;
}

void tsv_close(struct tsv *t)
{
	fclose(t->file);
	free(t->line);
}

static unsigned digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (at == NULL) {
		fprintf(stderr, "not hex: %c\n", c);
		abort();
	}
	return (unsigned)(at - digits);
}

size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (; *hex; hex += 2, n++) {
		if (n == cap)
			abort();
		out[n] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
	}
	return n;
}
