#include "node/sheet.h"

#include "node/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS_MAX 32

struct sheet {
	enum sheet_form form;
	const struct sheet_column *columns;
	size_t columns_n;
	char *text; /* of all cells, one after the other */
	size_t text_n, text_cap;
	size_t *ends; /* of each cell in text */
	size_t cells, cells_cap;
	bool failed;
};

enum err sheet_new(struct sheet **out, enum sheet_form form, const struct sheet_column *columns, size_t n)
{
	struct sheet *r = calloc(1, sizeof(*r));

	if (!r || n > COLUMNS_MAX) {
		free(r);
		return ERR_NO_MEMORY;
	}
	r->form = form;
	r->columns = columns;
	r->columns_n = n;
	*out = r;
	return ERR_OK;
}

void sheet_free(struct sheet *r)
{
	if (!r)
		return;
	free(r->text);
	free(r->ends);
	free(r);
}

static bool make_room(struct sheet *r, size_t n)
{
	if (r->text_n + n > r->text_cap) {
		size_t cap = (r->text_cap + n) * 2;
		char *text = realloc(r->text, cap);

		if (!text)
			return false;
		r->text = text;
		r->text_cap = cap;
	}
	if (r->cells == r->cells_cap) {
		size_t cap = r->cells_cap ? r->cells_cap * 2 : 256;
		size_t *ends = realloc(r->ends, cap * sizeof(*ends));

		if (!ends)
			return false;
		r->ends = ends;
		r->cells_cap = cap;
	}
	return true;
}

void sheet_put(struct sheet *r, struct bytes text)
{
	if (!make_room(r, text.n)) {
		r->failed = true;
		return;
	}
	if (text.n)
		memcpy(r->text + r->text_n, text.p, text.n);
	r->text_n += text.n;
	r->ends[r->cells++] = r->text_n;
}

void sheet_printf(struct sheet *r, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	sheet_put(r, bytes_of(buf, n < (int)sizeof(buf) ? (size_t)n : sizeof(buf) - 1));
}

static struct bytes cell(const struct sheet *r, size_t row, size_t column)
{
	size_t i = row * r->columns_n + column, from = i > 0 ? r->ends[i - 1] : 0;

	return bytes_of(r->text + from, r->ends[i] - from);
}

/* ---- the table ---- */

/* Characters of UTF-8, as wide as a terminal shows most of them. */
static size_t width_of(struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += (text.p[i] & 0xc0) != 0x80;
	return n;
}

static void print_padded(struct bytes text, size_t width, bool right, bool last)
{
	int pad = (int)(width - width_of(text));

	if (right)
		printf("%*s", pad, "");
	fwrite(text.p, 1, text.n, stdout);
	if (!last)
		printf("%*s", right ? 2 : pad + 2, "");
}

/* row SIZE_MAX: the titles. */
static struct bytes table_cell(const struct sheet *r, size_t row, size_t column)
{
	return row == SIZE_MAX ? bytes_of_str(r->columns[column].title) : cell(r, row, column);
}

static void print_line(const struct sheet *r, const size_t *widths, size_t row)
{
	size_t last = 0;

	for (size_t c = 0; c < r->columns_n; c++)
		if (widths[c] && table_cell(r, row, c).n > 0)
			last = c;
	for (size_t c = 0; c <= last; c++)
		if (widths[c])
			print_padded(table_cell(r, row, c), widths[c], r->columns[c].kind == SHEET_NUMBER, c == last);
	putchar('\n');
}

static void print_table(const struct sheet *r, size_t rows)
{
	size_t widths[COLUMNS_MAX] = { 0 };

	for (size_t c = 0; c < r->columns_n; c++) {
		for (size_t i = 0; i < rows && r->columns[c].title; i++) {
			size_t n = width_of(cell(r, i, c));

			widths[c] = n > widths[c] ? n : widths[c];
		}
		if (widths[c] && strlen(r->columns[c].title) > widths[c])
			widths[c] = strlen(r->columns[c].title);
	}
	if (rows > 0)
		print_line(r, widths, SIZE_MAX);
	for (size_t i = 0; i < rows; i++)
		print_line(r, widths, i);
}

/* ---- for programs ---- */

static void print_json_value(const struct sheet_column *c, struct bytes text)
{
	if (text.n == 0) {
		printf("null");
	} else if (c->kind == SHEET_NUMBER) {
		fwrite(text.p, 1, text.n, stdout);
	} else {
		putchar('"');
		cli_json_string((const char *)text.p, text.n);
		putchar('"');
	}
}

static void print_json(const struct sheet *r, size_t row)
{
	const char *before = "{";

	for (size_t c = 0; c < r->columns_n; c++) {
		if (!r->columns[c].key)
			continue;
		printf("%s\"%s\":", before, r->columns[c].key);
		print_json_value(&r->columns[c], cell(r, row, c));
		before = ",";
	}
	printf("}\n");
}

/* RFC 4180: fields with commas, quotes or line ends stand in quotes, quotes in them twice; lines end in CRLF. */
static void print_field(struct bytes text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++)
		quoted |= memchr(",\"\r\n", text.p[i], 4) != NULL;
	if (quoted)
		putchar('"');
	for (size_t i = 0; i < text.n; i++)
		printf(text.p[i] == '"' ? "\"\"" : "%c", text.p[i]);
	if (quoted)
		putchar('"');
}

static void print_csv(const struct sheet *r, size_t row)
{
	const char *before = "";

	for (size_t c = 0; c < r->columns_n; c++) {
		if (!r->columns[c].key)
			continue;
		printf("%s", before);
		print_field(row == SIZE_MAX ? bytes_of_str(r->columns[c].key) : cell(r, row, c));
		before = ",";
	}
	printf("\r\n");
}

enum err sheet_print(const struct sheet *r)
{
	size_t rows = r->cells / r->columns_n;

	if (r->failed)
		return ERR_NO_MEMORY;
	if (r->form == SHEET_TABLE)
		print_table(r, rows);
	if (r->form == SHEET_CSV)
		print_csv(r, SIZE_MAX);
	for (size_t i = 0; i < rows && r->form != SHEET_TABLE; i++) {
		if (r->form == SHEET_CSV)
			print_csv(r, i);
		else
			print_json(r, i);
	}
	return ERR_OK;
}
