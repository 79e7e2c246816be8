/* Orders from files: what is taken, and what is told of each that is not. */
#include "labels/order.h"
#include "tests/t.h"

#include <stdlib.h>

#define NOW 1795737600 /* 2026-11-27 */
#define HEAD "gtin,lot,expiry,quantity,market\n"
#define GOOD "09506000134352,L1,271231,10,FR\n"

static char told[1000];

static void bad(void *ctx, const char *place, const char *why)
{
	size_t n = strlen(told);

	(void)ctx;
	snprintf(told + n, sizeof(told) - n, "%s: %s\n", place, why);
}

static enum err read_text(const char *text, size_t n, enum order_form form, struct job_product **out, size_t *out_n)
{
	static const struct job_product base = { .stem = "https://x", .kind = SYMBOL_DATAMATRIX };
	FILE *f = fmemopen((void *)text, n, "r");
	enum err e;

	told[0] = 0;
	*out = NULL;
	if (!f)
		return ERR_NO_MEMORY;
	e = orders_read(f, form, &base, NOW, out, out_n, bad, NULL);
	fclose(f);
	return e;
}

static const struct {
	const char *name, *text;
	size_t n; /* orders; 0: none, and told says */
	const char *told;
} csv[] = {
	{ "one", HEAD GOOD, 1, "" },
	{ "no market", "lot,GTIN,quantity,expiry\nL1,9506000134352,10,2027-12-31", 1, "" },
	{ "more columns, quotes, CR, empty lines, a mark of byte order",
	  "\xef\xbb\xbfgtin,note,lot,expiry,quantity\r\n\r\n09506000134352,\"a \"\"b\"\", c\",\"L\"\"1\",271231,10\r\n", 1, "" },
	{ "nothing", "\n", 0, "must name the columns" },
	{ "no column of lots", "gtin,expiry,quantity\n", 0, "line 1: the first line must name" },
	{ "columns alone", HEAD, 0, "line 1: no order is there" },
	{ "check digit", HEAD GOOD "09506000134353,L2,271231,10,FR\n", 0, "line 3: GTIN 09506000134353 has a wrong check digit: the last one should be 2" },
	{ "spreadsheet's number", HEAD "9.506E+12,L2,271231,10,FR\n", 0, "line 2: a GTIN has 8, 12, 13 or 14 digits, not \"9.506E+12\"" },
	{ "no lot", HEAD "09506000134352,,271231,10,FR\n", 0, "line 2: the lot is missing" },
	{ "long lot", HEAD "09506000134352,123456789012345678901,271231,10,\n", 0, "line 2: a lot has 1 to 20" },
	{ "lot with a space", HEAD "09506000134352,L 1,271231,10,\n", 0, "line 2: a lot has 1 to 20" },
	{ "day 00", HEAD "09506000134352,L1,271200,10,\n", 0, "line 2: expiry 271200: day 00" },
	{ "no such day", HEAD "09506000134352,L1,270231,10,\n", 0, "line 2: an expiry is" },
	{ "words", HEAD "09506000134352,L1,31.12.2027,10,\n", 0, "line 2: an expiry is" },
	{ "past", HEAD "09506000134352,L1,261126,10,\n", 0, "line 2: expiry 261126 is in the past" },
	{ "another century", HEAD "09506000134352,L1,2127-12-31,10,\n", 0, "more than 50 years away" },
	{ "none", HEAD "09506000134352,L1,271231,0,\n", 0, "a quantity is" },
	{ "less", HEAD "09506000134352,L1,271231,-5,\n", 0, "a quantity is" },
	{ "too many", HEAD "09506000134352,L1,271231,10000001,\n", 0, "a quantity is" },
	{ "more than a number holds", HEAD "09506000134352,L1,271231,99999999999999999999999,\n", 0, "a quantity is" },
	{ "market", HEAD "09506000134352,L1,271231,10,fr\n", 0, "a market is a country's two letters" },
	{ "open quote", HEAD "\"09506000134352,L1\n", 0, "line 2: not a CSV record" },
	{ "quote inside", HEAD "09506000134352,L\"1,271231,10,\n", 0, "line 2: not a CSV record" },
	{ "the same twice", HEAD GOOD "09506000134352,L2,271231,10,\n9506000134352,L1,281231,1,\n", 0, "line 4: the same GTIN and lot as in line 2" },
	{ "all are told", HEAD "1,L1,271231,10,\n" GOOD "2,L1,271231,10,\n", 0, "line 4: a GTIN" },
}, json[] = {
	{ "lines", "{\"gtin\":\"09506000134352\",\"lot\":\"L1\",\"expiry\":\"271231\",\"quantity\":10}\n\n", 1, "" },
	{ "array", " [{\"gtin\":\"09506000134352\",\"lot\":\"L1\",\"expiry\":\"271231\",\"quantity\":\"10\",\"market\":\"FR\"}]", 1, "" },
	{ "not JSON", "{\"gtin\":\n", 0, "line 1: " },
	{ "not JSON within", "[{\"gtin\":\"1\"},\n}]", 0, "line 2: " },
	{ "no object", "[1]", 0, "entry 1: not a JSON object" },
	{ "a number", "[{\"gtin\":9506000134352}]", 0, "entry 1: \"gtin\" must be a string" },
	{ "half a pack", "{\"gtin\":\"09506000134352\",\"lot\":\"L1\",\"expiry\":\"271231\",\"quantity\":1.5}", 0, "line 1: \"quantity\" must be" },
	{ "a key twice", "{\"gtin\":\"1\",\"gtin\":\"2\"}", 0, "line 1: " },
	{ "missing", "{\"gtin\":\"09506000134352\",\"lot\":\"L1\"}", 0, "line 1: the expiry is missing" },
	{ "none", "[]", 0, "no order is there" },
};

static void check_file(const char *name, const char *text, enum order_form form, size_t n, const char *wanted)
{
	struct job_product *out;
	size_t got = 0;
	enum err e = read_text(text, strlen(text), form, &out, &got);

	CHECK_EQ(e, n ? ERR_OK : ERR_BAD_INPUT, name);
	CHECK_ROW(strstr(told, wanted) != NULL && (!n || !told[0]), name);
	if (e == ERR_OK)
		CHECK_ROW(got == n && out[0].gtin == 9506000134352 && out[0].expiry == 20271231 && out[0].count == 10 && out[0].lot[0] == 'L' &&
			  out[0].kind == SYMBOL_DATAMATRIX && strcmp(out[0].stem, "https://x") == 0, name);
	free(out);
}

static void test_csv(void)
{
	for (size_t i = 0; i < sizeof(csv) / sizeof(csv[0]); i++)
		check_file(csv[i].name, csv[i].text, ORDER_CSV, csv[i].n, csv[i].told);
}

static void test_json(void)
{
	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		check_file(json[i].name, json[i].text, ORDER_JSON, json[i].n, json[i].told);
}

static void test_long_lines(void)
{
	static char text[10000] = HEAD;
	struct job_product *out;
	size_t n;

	memset(text + strlen(HEAD), 'a', 6000);
	strcpy(text + strlen(HEAD) + 6000, "\n" GOOD);
	CHECK(read_text(text, strlen(text), ORDER_CSV, &out, &n) == ERR_BAD_INPUT && strstr(told, "line 2: not a CSV record") && !strstr(told, "line 3"));
	text[strlen(HEAD) + 10] = 0;
	CHECK(read_text(text, strlen(HEAD) + 6000, ORDER_JSON, &out, &n) == ERR_BAD_INPUT);
}

T_MAIN("orders", T(test_csv), T(test_json), T(test_long_lines))
