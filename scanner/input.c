#include "scanner/input.h"

#include "scanner/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

size_t input_unescape(char *line, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (n - i >= 4 && memcmp(line + i, "{GS}", 4) == 0) {
			line[to++] = 0x1d;
			i += 3;
		} else {
			line[to++] = line[i];
		}
	}
	return to;
}

static void take_symbols(const char *name, const struct picture *p, input_fn *fn, input_failed_fn *failed, void *ctx)
{
	struct reader_symbol *symbols = calloc(INPUT_SYMBOLS_MAX, sizeof(*symbols));
	char text[READER_TEXT_MAX + 4];
	size_t n = 0;

	if (!symbols) {
		failed(ctx, name, ERR_NO_MEMORY);
		return;
	}
	n = reader_read(p->grey, p->width, p->height, p->width, 1, symbols, INPUT_SYMBOLS_MAX);
	for (size_t i = 0; i < n; i++) {
		memcpy(text, symbols[i].aim, 3);
		memcpy(text + 3, symbols[i].bytes, symbols[i].n);
		fn(ctx, name, bytes_of(text, symbols[i].n + 3), true);
	}
	if (n == 0)
		failed(ctx, name, ERR_NO_CODE);
	free(symbols);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

static bool names_a_picture(const char *arg)
{
	return !strstr(arg, "://") && (ends_with(arg, ".png") || ends_with(arg, ".jpg") || ends_with(arg, ".jpeg"));
}

void input_argument(const char *arg, input_fn *fn, input_failed_fn *failed, void *ctx)
{
	struct picture p;
	struct stat st;
	enum err e;

	if (stat(arg, &st) != 0 || !S_ISREG(st.st_mode)) {
		char line[INPUT_LINE_MAX];
		size_t n = strlen(arg);

		if (names_a_picture(arg)) {
			failed(ctx, arg, ERR_NOT_FOUND);
			return;
		}
		if (n >= sizeof(line)) {
			failed(ctx, "argument", ERR_TOO_LARGE);
			return;
		}
		memcpy(line, arg, n);
		fn(ctx, "argument", bytes_of(line, input_unescape(line, n)), false);
		return;
	}
	e = picture_read(&p, arg);
	if (e != ERR_OK) {
		failed(ctx, arg, e);
		return;
	}
	take_symbols(arg, &p, fn, failed, ctx);
	picture_free(&p);
}

/* The rest of a line that was too long. */
static void skip_line(FILE *f)
{
	int c;

	while ((c = getc(f)) != EOF && c != '\n')
		;
}

void input_lines(input_fn *fn, input_failed_fn *failed, void *ctx)
{
	char line[INPUT_LINE_MAX], name[48];
	unsigned number = 0;

	while (fgets(line, sizeof(line), stdin)) {
		size_t n = strlen(line);

		snprintf(name, sizeof(name), "standard input:%u", ++number);
		if (n == sizeof(line) - 1 && line[n - 1] != '\n') {
			skip_line(stdin);
			failed(ctx, name, ERR_TOO_LARGE);
			continue;
		}
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n > 0)
			fn(ctx, name, bytes_of(line, input_unescape(line, n)), false);
	}
}
