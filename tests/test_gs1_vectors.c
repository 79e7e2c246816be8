/* tests/vectors/gs1_ai_and_digital_link.tsv: the GS1 Barcode Syntax Engine's own unit tests (Apache-2.0), row by row. */
#include "labels/gs1/gs1_elements.h"
#include "tests/fakes/tsv.h"
#include "tests/t.h"

#include <stdlib.h>

struct row {
	const char *test, *expected, *input, *detail, *flags;
};

static const char plain[] = "plain text or an EAN/UPC number in a symbology without FNC1: no element string";
static const char composite[] = "a composite symbol, of which none is on medicine";

/* Rows that we judge otherwise, and why; in each the engine has more than we want. */
static const struct {
	const char *test, *input, *why;
} differ[] = {
	{ "testGenerateScanData", "\\\\\\\\^TESTING", plain },
	{ "testGenerateScanData", "\\\\^TESTING", plain },
	{ "testGenerateScanData", "TESTING|^99XYZ", plain },
	{ "testGenerateScanData", "15012345678907|^99COMPOSITE^98XYZ", plain },
	{ "testGenerateScanData", "02345673|^99COMPOSITE^98XYZ", plain },
	{ "testGenerateScanData", "^011231231231233310ABC123^99TESTING|^98COMPOSITE^97XYZ", composite },
	{ "testGenerateScanData", "^0124012345678905|^99COMPOSITE^98XYZ", composite },
	{ "testGenerateScanData", "^0115012345678907|^99COMPOSITE^98XYZ", composite },
	{ "testGenerateScanData", "^011231231231233310ABC123^99TESTING^", "we write no FNC1 after the last element" },
	{ "testProcessScanData", "]Q1TESTING", plain },
	{ "testProcessScanData", "]Q1\\\\^TESTING", plain },
	{ "testProcessScanData", "]d1", plain },
	{ "testProcessScanData", "]J0^TESTING", plain },
	{ "testProcessScanData", "]J0\\\\^TESTING", plain },
	{ "testProcessScanData", "]E402345673|]e099COMPOSITE\\x1d98XYZ", plain },
	{ "URIescape", "!\"#%&'()*+,/:;<=>?", "'#' is in no value that we would have to escape" },
};

static bool is_listed(const struct row *r)
{
	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		if (strcmp(r->test, differ[i].test) == 0 && strcmp(r->input, differ[i].input) == 0)
			return true;
	return false;
}

static bool expects_valid(const struct row *r)
{
	return strcmp(r->expected, "valid") == 0;
}

static const char *after(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);

	return at ? at + strlen(mark) : "";
}

/* C escapes of the vector file: \\ and \xNN. */
static struct bytes unescape(const char *in, char *out)
{
	size_t n = 0;

	while (*in) {
		if (in[0] == '\\' && in[1] == '\\') {
			out[n++] = '\\';
			in += 2;
		} else if (in[0] == '\\' && in[1] == 'x') {
			char hex[3] = { in[2], in[3], 0 };

			out[n++] = (char)strtol(hex, NULL, 16);
			in += 4;
		} else {
			out[n++] = *in++;
		}
	}
	return bytes_of(out, n);
}

static struct gs1_data data;
static struct fault fault;

static enum err parse(const struct row *r, unsigned flags)
{
	char in[512];

	return gs1_parse(&data, unescape(r->input, in), flags | (strchr(r->flags, 'z') ? GS1_PAD_GTIN : 0), &fault);
}

static bool is_written(enum err e, struct bytes out, struct bytes want)
{
	return e == ERR_OK && bytes_eq(out, want);
}

/* What was read, written as element string, is this; "" wants nothing. */
static bool reads_as(const char *element_string)
{
	char buf[2048];
	struct bytes out = { 0 };
	enum err e = gs1_format_scan(&data, '^', true, buf, sizeof(buf), &out);

	return *element_string == 0 || is_written(e, out, bytes_of_str(element_string));
}

/* Syntax alone, without pairs; the element string, if any, in the detail. */
static bool agrees_syntax(const struct row *r)
{
	enum err e = parse(r, GS1_SYNTAX_ONLY);

	return (e == ERR_OK) == expects_valid(r) && (e != ERR_OK || reads_as(r->detail));
}

/* Required and excluded pairs too. */
static bool agrees_strict(const struct row *r)
{
	return (parse(r, 0) == ERR_OK) == expects_valid(r);
}

/* "(8001)1|X|34": the fault is between the bars. */
static bool agrees_markup(const struct row *r)
{
	size_t from = strcspn(r->detail, "|"), len = strcspn(r->detail + from + 1, "|");

	return parse(r, GS1_SYNTAX_ONLY) != ERR_OK && fault.pos == from && fault.len == len;
}

/* The engine's name of the rule tells our kind of error. */
static bool agrees_lint(const struct row *r)
{
	static const struct {
		const char *in_name;
		enum err err;
	} kinds[] = {
		{ "_OK", ERR_OK },
		{ "NON_DIGIT_CHARACTER", ERR_GS1_CHARSET }, { "_CSET", ERR_GS1_CHARSET },
		{ "_INCORRECT_", ERR_GS1_CHECK_DIGIT },
		{ "ILLEGAL_MONTH", ERR_GS1_DATE }, { "ILLEGAL_DAY", ERR_GS1_DATE },
		{ "ILLEGAL_HOUR", ERR_GS1_DATE }, { "ILLEGAL_MINUTE", ERR_GS1_DATE },
		{ "GS1_LINTER_", ERR_GS1_CONTENT },
	};
	enum err e = parse(r, GS1_SYNTAX_ONLY);
	size_t i = 0;

	while (!strstr(r->detail, kinds[i].in_name))
		i++;
	return e == kinds[i].err && (e == ERR_OK) == expects_valid(r);
}

/* "stem -> link" */
static bool agrees_link(const struct row *r)
{
	char stem[64], buf[512];
	struct bytes out = { 0 };
	enum err e = parse(r, GS1_SYNTAX_ONLY);

	snprintf(stem, sizeof(stem), "%.*s", (int)(strstr(r->detail, " -> ") - r->detail), r->detail);
	if (e == ERR_OK)
		e = gs1_format_dl(&data, stem, buf, sizeof(buf), &out);
	if (e == ERR_OK)
		return expects_valid(r) && bytes_eq(out, bytes_of_str(after(r->detail, " -> ")));
	return !expects_valid(r);
}

/* "@QR -> ]Q3...": the form after the identifier is what we write; symbologies themselves are the printer's. */
static bool agrees_scan_output(const struct row *r)
{
	char want[256], buf[512];
	struct bytes out = { 0 };
	enum err e = parse(r, GS1_SYNTAX_ONLY);

	if (e != ERR_OK || !expects_valid(r))
		return (e == ERR_OK) == expects_valid(r);
	e = gs1_format_scan(&data, GS1_GS, false, buf, sizeof(buf), &out);
	return is_written(e, out, unescape(after(r->detail, " -> ]") + 2, want));
}

/* "@QR -> ^..." or, for a link, "@QR -> " and the link itself. */
static bool agrees_scan_input(const struct row *r)
{
	const char *form = after(r->detail, " -> ");
	enum err e = parse(r, GS1_SYNTAX_ONLY);

	return (e == ERR_OK) == expects_valid(r) && (e != ERR_OK || reads_as(*form == '^' ? form : ""));
}

/* "path:... query:...": both are escaped alike; here in the query. */
static bool agrees_escape(const struct row *r)
{
	static const char key[] = "/8004/9520614141234567?240=";
	char want[256], buf[256];
	struct bytes out = { 0 };
	enum err e;

	gs1_init(&data);
	e = gs1_add(&data, "8004", BYTES_LIT("9520614141234567"), &fault);
	if (e == ERR_OK)
		e = gs1_add(&data, "240", bytes_of_str(r->input), &fault);
	if (e == ERR_OK)
		e = gs1_format_dl(&data, "", buf, sizeof(buf), &out);
	snprintf(want, sizeof(want), "%s%s", key, after(r->detail, " query:"));
	return is_written(e, out, bytes_of_str(want));
}

/* "path:... query:...": shows in a link's path by the value, where its character set allows that. */
static bool agrees_unescape(const struct row *r)
{
	char uri[256], text[128];
	const char *path = after(r->detail, "path:");
	struct bytes want;
	enum err e;

	snprintf(uri, sizeof(uri), "%.*s", (int)(strstr(path, " query:") - path), path);
	want = unescape(uri, text);
	snprintf(uri, sizeof(uri), "https://a/01/12312312312333/22/%s", r->input);
	e = gs1_parse(&data, bytes_of_str(uri), 0, &fault);
	return gs1_is_cset82(want) ? e == ERR_OK && bytes_eq(gs1_value(&data, "22"), want) : e == ERR_GS1_CHARSET;
}

static const struct {
	const char *test;
	bool (*agrees)(const struct row *r);
} kinds_of_test[] = {
	{ "parseAIdata", agrees_syntax },
	{ "processAIdata", agrees_syntax },
	{ "parseDLuri", agrees_syntax },
	{ "errMarkup", agrees_markup },
	{ "linters", agrees_lint },
	{ "validateAIs", agrees_strict },
	{ "testGenerateDLuri", agrees_link },
	{ "testGenerateScanData", agrees_scan_output },
	{ "testProcessScanData", agrees_scan_input },
	{ "URIescape", agrees_escape },
	{ "URIunescape", agrees_unescape },
};

static void check_row(const struct row *r)
{
	for (size_t i = 0; i < sizeof(kinds_of_test) / sizeof(kinds_of_test[0]); i++)
		if (strcmp(r->test, kinds_of_test[i].test) == 0) {
			CHECK_ROW(kinds_of_test[i].agrees(r) != is_listed(r), r->input);
			return;
		}
	CHECK_ROW(!"a test of the engine that is not known here", r->test);
}

static void test_every_row(void)
{
	struct tsv t;
	size_t rows = 0;

	NEED(tsv_open(&t, "tests/vectors/gs1_ai_and_digital_link.tsv", 6));
	NEED(tsv_next(&t)); /* the names of the columns */
	for (; tsv_next(&t); rows++)
		check_row(&(struct row){ t.field[0], t.field[1], t.field[2], t.field[3], t.field[4] });
	tsv_close(&t);
	CHECK(rows == 246);
}

T_MAIN("gs1_vectors", T(test_every_row))
