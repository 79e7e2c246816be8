/* What the three programs' command lines share: dispatch, help, errors. */
#ifndef RX_CLI_H
#define RX_CLI_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define RXCHAIN_VERSION "0.1.0"

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
	const char *summary; /* one line for the program's help */
	const char *help; /* the command's own: usage and options, at most one screen */
};

struct cli_program {
	const char *name; /* "rxnode" */
	const char *intro; /* what it is for, one or two lines */
	const struct cli_command *commands;
	size_t commands_n;
	const char *outro; /* exit statuses, files; may be "" */
};

/* Run argv[1]'s command: --help, --version and unknown commands (with the nearest name) are handled here. */
int cli_main(const struct cli_program *p, int argc, char **argv);

/* Print "PROGRAM COMMAND: text" to standard error; returns err_exit(e).  Every failure of a command goes through here. */
int cli_fail(enum err e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Wrong use: as cli_fail() with ERR_USAGE, then where to find help. */
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Numbers from the command line.  False: not a number in lo..hi, and said so on standard error with the option's name. */
bool cli_number(const char *option, const char *text, uint64_t lo, uint64_t hi, uint64_t *out);

/* Hexadecimal digits, exactly n bytes. */
bool cli_hex(const char *text, uint8_t *out, size_t n);
void cli_hex_print(char *out, const uint8_t *p, size_t n); /* out: 2 n + 1 */

/* "2026-11-27 18:22:11Z" of Unix seconds; buf: 24 bytes. */
const char *cli_time(char buf[static 24], int64_t s);

/* Standard output as JSON string contents: quotes, backslashes and control characters escaped. */
void cli_json_string(const char *text, size_t n);

#endif
