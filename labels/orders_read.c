#include "labels/order.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

#define RECORD_MAX 4096 /* bytes of a CSV record or a JSON line */
#define COLUMNS_MAX 32
#define ORDERS_MAX 100000

enum column { GTIN, LOT, EXPIRY, QUANTITY, MARKET, COLUMNS };
static const char *const names[COLUMNS] = { "gtin", "lot", "expiry", "quantity", "market" };

struct reading {
	const struct job_product *base;
	uint64_t now_s;
	struct job_product *orders;
	unsigned *at; /* where each came from */
	size_t n;
	bool failed; /* something was told */
	const char *unit; /* "line" */
	order_bad_fn *bad;
	void *ctx;
};

static void tell(struct reading *r, unsigned at, const char *why)
{
	char place[32];

	snprintf(place, sizeof(place), "%s %u", r->unit, at);
	r->bad(r->ctx, place, why);
	r->failed = true;
}

static bool grow(struct reading *r)
{
	struct job_product *orders;
	unsigned *at;

	if ((r->n & (r->n + 1)) != 0)
		return true;
	orders = realloc(r->orders, 2 * (r->n + 1) * sizeof(*orders));
	if (orders)
		r->orders = orders;
	at = realloc(r->at, 2 * (r->n + 1) * sizeof(*at));
	if (at)
		r->at = at;
	return orders && at;
}

static enum err take(struct reading *r, unsigned at, const char *const value[COLUMNS])
{
	const struct order_text t = { value[GTIN], value[LOT], value[EXPIRY], value[QUANTITY], value[MARKET] };
	struct job_product p = *r->base;
	struct order_fault why;

	if (order_take(&p, &t, r->now_s, &why) != ERR_OK) {
		tell(r, at, why.text);
		return ERR_OK;
	}
	if (r->n == ORDERS_MAX)
		return ERR_TOO_LARGE;
	if (!grow(r))
		return ERR_NO_MEMORY;
	r->orders[r->n] = p;
	r->at[r->n++] = at;
	return ERR_OK;
}

/* ---- CSV ---- */

/* The fields of one record, cut in place: "" around a field, "" twice for one of them.  Their count; 0: not a record. */
static size_t cut(char *record, char *field[COLUMNS_MAX])
{
	size_t n = 0;
	char *from = record, *to;

	for (;;) {
		bool quoted = *from == '"';

		if (n == COLUMNS_MAX)
			return 0;
		field[n++] = to = from;
		from += quoted;
		while (*from && (quoted ? *from != '"' || from[1] == '"' : *from != ',' && *from != '"')) {
			from += quoted && *from == '"';
			*to++ = *from++;
		}
		if (quoted && *from++ != '"')
			return 0;
		if (*from && *from != ',')
			return 0;
		bool last = !*from;
		*to = 0;
		if (last)
			return n;
		from++;
	}
}

/* One line without its end.  False: none is left.  *whole: it fits, and holds no NUL. */
static bool next_line(FILE *f, char line[static RECORD_MAX], bool *whole)
{
	size_t n = 0;
	int c = getc(f);

	if (c == EOF)
		return false;
	for (*whole = true; c != EOF && c != '\n'; c = getc(f)) {
		if (c == 0 || n + 1 == RECORD_MAX)
			*whole = false;
		else
			line[n++] = (char)c;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = 0;
	return true;
}

static bool take_names(struct reading *r, char *line, int where[COLUMNS])
{
	static const char bom[] = "\xef\xbb\xbf";
	char *field[COLUMNS_MAX];
	size_t n = cut(strncmp(line, bom, 3) == 0 ? line + 3 : line, field);

	for (int c = 0; c < COLUMNS; c++) {
		where[c] = -1;
		for (size_t i = 0; i < n; i++)
			if (strcasecmp(field[i], names[c]) == 0)
				where[c] = (int)i;
		if (where[c] < 0 && c != MARKET) {
			tell(r, 1, "the first line must name the columns: gtin,lot,expiry,quantity,market (market may be left out)");
			return false;
		}
	}
	return true;
}

static enum err read_csv(struct reading *r, FILE *f)
{
	char line[RECORD_MAX], *field[COLUMNS_MAX];
	int where[COLUMNS];
	bool whole;
	enum err e = ERR_OK;

	if (!next_line(f, line, &whole) || !whole)
		line[0] = 0;
	if (!take_names(r, line, where))
		return ERR_BAD_INPUT;
	for (unsigned at = 2; e == ERR_OK && next_line(f, line, &whole); at++) {
		const char *value[COLUMNS];
		size_t n = whole ? cut(line, field) : 0;

		if (!line[0])
			continue;
		if (n == 0)
			tell(r, at, "not a CSV record: a quote that is not closed, or too long");
		for (int c = 0; c < COLUMNS; c++)
			value[c] = where[c] >= 0 && (size_t)where[c] < n && field[where[c]][0] ? field[where[c]] : NULL;
		if (n > 0)
			e = take(r, at, value);
	}
	return e;
}

/* ---- JSON ---- */

static enum err take_object(struct reading *r, unsigned at, const json_t *o)
{
	const char *value[COLUMNS];
	char number[24];

	if (!json_is_object(o)) {
		tell(r, at, "not a JSON object");
		return ERR_OK;
	}
	for (int c = 0; c < COLUMNS; c++) {
		const json_t *v = json_object_get(o, names[c]);

		value[c] = json_string_value(v);
		if (json_is_integer(v) && c == QUANTITY) {
			snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
			value[c] = number;
		} else if (v && !value[c]) {
			char why[64];

			snprintf(why, sizeof(why), "\"%s\" must be a string", names[c]);
			tell(r, at, why);
			return ERR_OK;
		}
	}
	return take(r, at, value);
}

static enum err read_json_array(struct reading *r, FILE *f)
{
	json_error_t error;
	json_t *all = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	enum err e = all ? ERR_OK : ERR_BAD_INPUT;

	if (!all)
		tell(r, (unsigned)error.line, error.text);
	r->unit = "entry";
	for (size_t i = 0; e == ERR_OK && i < json_array_size(all); i++)
		e = take_object(r, (unsigned)i + 1, json_array_get(all, i));
	json_decref(all);
	return e;
}

static enum err read_json(struct reading *r, FILE *f)
{
	char line[RECORD_MAX];
	json_error_t error;
	bool whole;
	enum err e = ERR_OK;
	int first;

	do
		first = getc(f);
	while (first == ' ' || first == '\t' || first == '\r' || first == '\n');
	ungetc(first, f);
	if (first == '[')
		return read_json_array(r, f);
	for (unsigned at = 1; e == ERR_OK && next_line(f, line, &whole); at++) {
		json_t *o = whole ? json_loads(line, JSON_REJECT_DUPLICATES, &error) : NULL;

		if (o)
			e = take_object(r, at, o);
		else if (line[0])
			tell(r, at, whole ? error.text : "the line is too long, or holds a NUL");
		json_decref(o);
	}
	return e;
}

/* ---- both ---- */

static const struct reading *sorting; /* qsort takes no context */

static int by_product(const void *a, const void *b)
{
	const struct job_product *x = &sorting->orders[*(const size_t *)a], *y = &sorting->orders[*(const size_t *)b];

	if (x->gtin != y->gtin)
		return x->gtin < y->gtin ? -1 : 1;
	return strcmp(x->lot, y->lot);
}

static int by_product_and_place(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int c = by_product(a, b);

	return c ? c : x < y ? -1 : x > y;
}

/* Each lot of a product is one job. */
static enum err check_twice(struct reading *r)
{
	size_t *order = malloc((r->n + 1) * sizeof(*order));

	if (!order)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < r->n; i++)
		order[i] = i;
	sorting = r;
	qsort(order, r->n, sizeof(*order), by_product_and_place);
	for (size_t i = 1; i < r->n; i++) {
		char why[64];

		if (by_product(&order[i - 1], &order[i]) != 0)
			continue;
		snprintf(why, sizeof(why), "the same GTIN and lot as in %s %u", r->unit, r->at[order[i - 1]]);
		tell(r, r->at[order[i]], why);
	}
	free(order);
	return ERR_OK;
}

enum err orders_read(FILE *f, enum order_form form, const struct job_product *base, uint64_t now_s, struct job_product **out, size_t *n,
		     order_bad_fn *bad, void *ctx)
{
	struct reading r = { .base = base, .now_s = now_s, .unit = "line", .bad = bad, .ctx = ctx };
	enum err e = form == ORDER_CSV ? read_csv(&r, f) : read_json(&r, f);

	if (e == ERR_OK)
		e = check_twice(&r);
	if (e == ERR_OK && r.n == 0 && !r.failed)
		tell(&r, 1, "no order is there");
	if (e == ERR_OK && r.failed)
		e = ERR_BAD_INPUT;
	free(r.at);
	if (e != ERR_OK) {
		free(r.orders);
		return e;
	}
	*out = r.orders;
	*n = r.n;
	return ERR_OK;
}
