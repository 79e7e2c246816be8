#include "node/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NAME_LEN_MAX 32

/* Who is speaking, for error messages: set once, before a command runs. */
static const char *program = "rxchain", *command = "";

static void print_help(const struct cli_program *p)
{
	printf("Usage: %s COMMAND [OPTION]... [ARGUMENT]...\n%s\n\nCommands:\n", p->name, p->intro);
	for (size_t i = 0; i < p->commands_n; i++)
		printf("  %-14s %s\n", p->commands[i].name, p->commands[i].summary);
	printf("\n\"%s COMMAND --help\" tells more, \"%s --version\" which version this is.\n%s", p->name, p->name, p->outro);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein distance of short names; long ones are just far. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_LEN_MAX + 1], an = strlen(a), bn = strlen(b);

	if (an > NAME_LEN_MAX || bn > NAME_LEN_MAX)
		return NAME_LEN_MAX;
	for (size_t j = 0; j <= bn; j++)
		row[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[bn];
}

static int unknown_command(const struct cli_program *p, const char *name)
{
	const char *near = NULL;
	size_t best = 3;

	for (size_t i = 0; i < p->commands_n; i++) {
		size_t d = distance(name, p->commands[i].name);

		if (d < best) {
			best = d;
			near = p->commands[i].name;
		}
	}
	fprintf(stderr, "%s: unknown command \"%s\"", p->name, name);
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fprintf(stderr, "\nTry \"%s --help\".\n", p->name);
	return err_exit(ERR_USAGE);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* A full disk or a closed pipe at the very end is a failure too. */
static int flush_out(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "%s: standard output: %s\n", program, strerror(errno));
	return err_exit(ERR_IO);
}

int cli_main(const struct cli_program *p, int argc, char **argv)
{
	program = p->name;
	if (argc < 2) {
		print_help(p);
		return err_exit(ERR_USAGE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(p);
		return flush_out(0);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", p->name, RXCHAIN_VERSION);
		return flush_out(0);
	}
	for (size_t i = 0; i < p->commands_n; i++) {
		const struct cli_command *c = &p->commands[i];

		if (strcmp(argv[1], c->name) != 0)
			continue;
		command = c->name;
		if (wants_help(argc - 1, argv + 1)) {
			fputs(c->help, stdout);
			return flush_out(0);
		}
		return flush_out(c->run(argc - 1, argv + 1));
	}
	return unknown_command(p, argv[1]);
}

static void speak(const char *fmt, va_list ap)
{
	fprintf(stderr, "%s%s%s: ", program, *command ? " " : "", command);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int cli_fail(enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	return err_exit(e);
}

int cli_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try \"%s%s%s --help\".\n", program, *command ? " " : "", command);
	return err_exit(ERR_USAGE);
}

bool cli_number(const char *option, const char *text, uint64_t lo, uint64_t hi, uint64_t *out)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || v < lo || v > hi) {
		cli_usage("%s wants a number from %llu to %llu, not \"%s\"", option, (unsigned long long)lo,
			  (unsigned long long)hi, text);
		return false;
	}
	*out = v;
	return true;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool cli_hex(const char *text, uint8_t *out, size_t n)
{
	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = nibble(text[2 * i]), lo = nibble(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

void cli_hex_print(char *out, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = 0;
}

const char *cli_time(char buf[static 24], int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(buf, 24, "%Y-%m-%d %H:%M:%SZ", &tm) == 0)
		memcpy(buf, "?", 2);
	return buf;
}

void cli_json_string(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
}
