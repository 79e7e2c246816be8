#include "scanner/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

static bool names_a_picture(const char *arg)
{
	return !strstr(arg, "://") && (ends_with(arg, ".png") || ends_with(arg, ".jpg") || ends_with(arg, ".jpeg"));
}

/* Where what is found goes. */
struct taking {
	struct decoder *decoder;
	input_fn *fn;
	input_failed_fn *failed;
	void *ctx;
};

static void take_symbols(const struct taking *t, const char *name, const struct reader_symbol *symbols, size_t n)
{
	char text[READER_TEXT_MAX + 4];

	for (size_t i = 0; i < n; i++) {
		memcpy(text, symbols[i].aim, 3);
		memcpy(text + 3, symbols[i].bytes, symbols[i].n);
		t->fn(t->ctx, name, bytes_of(text, symbols[i].n + 3), true);
	}
}

static void take_picture(const struct taking *t, const char *path)
{
	static struct reader_symbol symbols[DECODER_SYMBOLS_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n;
	enum err e;

	if (fd < 0) {
		t->failed(t->ctx, path, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO);
		return;
	}
	e = decoder_read(t->decoder, symbols, &n, fd);
	close(fd);
	if (e == ERR_OK)
		take_symbols(t, path, symbols, n);
	else
		t->failed(t->ctx, path, e);
}

static int is_picture(const struct dirent *d)
{
	return names_a_picture(d->d_name);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static void take_folder(const struct taking *t, const char *folder)
{
	struct dirent **names;
	char path[PATH_MAX];
	int n = scandir(folder, &names, is_picture, alphasort), taken = 0;

	if (n < 0) {
		t->failed(t->ctx, folder, errno == ENOMEM ? ERR_NO_MEMORY : ERR_IO);
		return;
	}
	for (int i = 0; i < n; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) < sizeof(path) && is_file(path)) {
			take_picture(t, path);
			taken++;
		}
		free(names[i]);
	}
	free(names);
	if (taken == 0)
		t->failed(t->ctx, folder, ERR_NO_PICTURE);
}

static void take_string(const struct taking *t, const char *arg)
{
	char line[INPUT_LINE_MAX];
	size_t n = strlen(arg);

	if (names_a_picture(arg)) {
		t->failed(t->ctx, arg, ERR_NOT_FOUND);
		return;
	}
	if (n >= sizeof(line)) {
		t->failed(t->ctx, "argument", ERR_TOO_LARGE);
		return;
	}
	memcpy(line, arg, n);
	t->fn(t->ctx, "argument", bytes_of(line, input_unescape(line, n)), false);
}

void input_argument(struct decoder *d, const char *arg, input_fn *fn, input_failed_fn *failed, void *ctx)
{
	const struct taking t = { d, fn, failed, ctx };
	struct stat st;

	if (stat(arg, &st) == 0 && S_ISREG(st.st_mode))
		take_picture(&t, arg);
	else if (stat(arg, &st) == 0 && S_ISDIR(st.st_mode))
		take_folder(&t, arg);
	else
		take_string(&t, arg);
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
