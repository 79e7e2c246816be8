/* What commands print in rows: a table for people, JSON lines or CSV (RFC 4180) for programs. */
#ifndef RX_SHEET_H
#define RX_SHEET_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

enum sheet_form { SHEET_TABLE, SHEET_JSON, SHEET_CSV };
enum sheet_kind { SHEET_TEXT, SHEET_NUMBER }; /* in JSON a string, or as it stands; an empty cell is null */

struct sheet_column {
	const char *key; /* in JSON and CSV; NULL: in the table alone */
	const char *title; /* in the table; NULL: not there */
	enum sheet_kind kind;
};

struct sheet;
/* columns: borrowed.  ERR_NO_MEMORY. */
MUST_CHECK enum err sheet_new(struct sheet **out, enum sheet_form form, const struct sheet_column *columns, size_t n);
void sheet_free(struct sheet *r); /* accepts NULL */

/* The next cell; after the last column's the next row begins.  Memory that fails shows in sheet_print(). */
void sheet_put(struct sheet *r, struct bytes text);
void sheet_printf(struct sheet *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Print all rows on standard output: in a table columns that are empty throughout are left out.  ERR_NO_MEMORY. */
MUST_CHECK enum err sheet_print(const struct sheet *r);

#endif
