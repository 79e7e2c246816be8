#include "labels/gs1/gs1_elements.h"
#include "tests/t.h"

#include <stdlib.h>

#define STEM "https://id.gs1.org"

/* Rows of tests/vectors/gs1_ai_and_digital_link.tsv (GS1 Barcode Syntax Engine's own unit tests, Apache-2.0) that we judge
 * otherwise, and why. */
static const struct {
	const char *test, *input, *why;
} differ[] = {
	{ "testGenerateScanData", "^011231231231233310ABC123^99TESTING^", "we write no FNC1 after the last element" },
};

/* C escapes of the vector file: \\ and \xNN. */
static size_t unescape(const char *in, char *out)
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
	out[n] = 0;
	return n;
}

struct row {
	const char *test, *expected, *input, *detail, *flags;
};

static bool is_known_difference(const struct row *r)
{
	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		if (strcmp(r->test, differ[i].test) == 0 && strcmp(r->input, differ[i].input) == 0)
			return true;
	return false;
}

static void check_parse(const struct row *r, unsigned flags, const char *canonical)
{
	static struct gs1_data d;
	char in[512], buf[2048];
	size_t n = unescape(r->input, in);
	struct fault f;
	struct bytes out;
	enum err e = gs1_parse(&d, bytes_of(in, n), flags, &f);

	CHECK_ROW((e == ERR_OK) == (strcmp(r->expected, "valid") == 0), r->input);
	if (e != ERR_OK || !canonical || *canonical != '^')
		return;
	CHECK_ROW(gs1_format_scan(&d, '^', true, buf, sizeof(buf), &out) == ERR_OK, r->input);
	CHECK_ROW(bytes_eq(out, bytes_of_str(canonical)), r->input);
}

/* "stem -> link" */
static void check_link(const struct row *r)
{
	static struct gs1_data d;
	const char *arrow = strstr(r->detail, " -> ");
	char stem[64], buf[512];
	struct fault f;
	struct bytes out;
	enum err e = gs1_parse(&d, bytes_of_str(r->input), GS1_SYNTAX_ONLY, &f);

	CHECK_ROW(arrow != NULL, r->input);
	if (!arrow)
		return;
	snprintf(stem, sizeof(stem), "%.*s", (int)(arrow - r->detail), r->detail);
	if (e == ERR_OK)
		e = gs1_format_dl(&d, stem, buf, sizeof(buf), &out);
	CHECK_ROW((e == ERR_OK) == (strcmp(r->expected, "valid") == 0), r->input);
	if (e == ERR_OK)
		CHECK_ROW(bytes_eq(out, bytes_of_str(arrow + 4)), r->input);
}

/* "@QR -> ]Q3...": the form after the symbology identifier is what we write; symbologies themselves are the printer's. */
static void check_scan_data(const struct row *r)
{
	static struct gs1_data d;
	const char *arrow = strstr(r->detail, " -> ]");
	char want[256], buf[512];
	size_t n;
	struct fault f;
	struct bytes out;

	if (r->input[0] != '^' || strchr(r->input, '|') || !arrow || is_known_difference(r))
		return;
	n = unescape(arrow + 7, want);
	CHECK_ROW(gs1_parse(&d, bytes_of_str(r->input), GS1_SYNTAX_ONLY, &f) == ERR_OK, r->input);
	CHECK_ROW(gs1_format_scan(&d, GS1_GS, false, buf, sizeof(buf), &out) == ERR_OK, r->input);
	CHECK_ROW(bytes_eq(out, bytes_of(want, n)), r->input);
}

/* Scan data of GS1 symbologies and links; plain text and EAN/UPC are valid there and no element strings: not for us. */
static void check_scan_input(const struct row *r)
{
	bool gs1 = strncmp(r->input, "]Q3", 3) == 0 || strncmp(r->input, "]d2", 3) == 0 || strncmp(r->input, "]J1", 3) == 0 ||
		   strncmp(r->input, "]e0", 3) == 0 || strncmp(r->input, "]C1", 3) == 0 || strstr(r->input, "://");
	const char *arrow = strstr(r->detail, " -> ");

	if (gs1 || strcmp(r->expected, "INVALID") == 0)
		check_parse(r, GS1_SYNTAX_ONLY, arrow ? arrow + 4 : NULL);
}

/* "path:... query:..." */
static void check_escape(const struct row *r)
{
	struct gs1_data d;
	struct fault f;
	char buf[256];
	struct bytes out;
	const char *path = strstr(r->detail, "path:"), *query = strstr(r->detail, " query:");

	gs1_init(&d);
	CHECK_ROW(path && query && gs1_add(&d, "8004", BYTES_LIT("9520614141234567"), &f) == ERR_OK, r->input);
	if (gs1_add(&d, "240", bytes_of_str(r->input), &f) != ERR_OK)
		return; /* has a character no value may hold */
	CHECK_ROW(gs1_format_dl(&d, "", buf, sizeof(buf), &out) == ERR_OK, r->input);
	CHECK_ROW(out.n > 27 && bytes_eq(bytes_of(out.p + 27, out.n - 27), bytes_of_str(query + 7)), r->input);
}

/* Decoding shows through a value of AI 22 (path) that has a right character set after it. */
static void check_unescape(const struct row *r)
{
	static struct gs1_data d;
	char uri[256], want[128];
	const char *query = strstr(r->detail, " query:");
	struct fault f;
	size_t n;
	enum err e;

	CHECK_ROW(query != NULL, r->input);
	snprintf(want, sizeof(want), "%.*s", (int)(query - r->detail - 5), r->detail + 5);
	n = unescape(want, want);
	snprintf(uri, sizeof(uri), "https://a/01/12312312312333/22/%s", r->input);
	e = gs1_parse(&d, bytes_of_str(uri), 0, &f);
	CHECK_ROW((e == ERR_OK) == gs1_is_cset82(bytes_of(want, n)), r->input);
	if (e == ERR_OK)
		CHECK_ROW(bytes_eq(gs1_value(&d, "22"), bytes_of(want, n)), r->input);
}

static void check_row(const struct row *r)
{
	unsigned pad = strchr(r->flags, 'z') ? GS1_PAD_GTIN : 0;

	if (strcmp(r->test, "validateAIs") == 0) {
		/* rows of one rule set each: the value's own checks and the other pairs stay out of "valid" ones */
		if (strcmp(r->expected, "INVALID") == 0 || strstr(r->detail, "Requires") || strstr(r->input, "(8030)"))
			check_parse(r, pad, NULL);
		else
			check_parse(r, pad | GS1_SYNTAX_ONLY, NULL);
	} else if (strcmp(r->test, "parseDLuri") == 0) {
		check_parse(r, pad | GS1_SYNTAX_ONLY, r->detail);
	} else if (strcmp(r->test, "testGenerateDLuri") == 0) {
		check_link(r);
	} else if (strcmp(r->test, "testGenerateScanData") == 0) {
		check_scan_data(r);
	} else if (strcmp(r->test, "testProcessScanData") == 0) {
		check_scan_input(r);
	} else if (strcmp(r->test, "URIescape") == 0) {
		check_escape(r);
	} else if (strcmp(r->test, "URIunescape") == 0) {
		check_unescape(r);
	} else {
		check_parse(r, pad | GS1_SYNTAX_ONLY, r->detail);
	}
}

static void test_vectors(void)
{
	FILE *f = fopen("tests/vectors/gs1_ai_and_digital_link.tsv", "r");
	char line[1024];
	size_t rows = 0;

	NEED(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		char *at = line, *field[6];
		struct row r;

		line[strcspn(line, "\n")] = 0;
		for (size_t i = 0; i < 6; i++)
			field[i] = at ? strsep(&at, "\t") : line + strlen(line);
		if (rows++ == 0)
			continue;
		r = (struct row){ field[0], field[1], field[2], field[3], field[4] };
		check_row(&r);
	}
	fclose(f);
	CHECK(rows == 247);
}

/* Each error, with the place it names. */
static const struct {
	const char *name, *input;
	enum err err;
	size_t pos;
} bad[] = {
	{ "empty", "", ERR_GS1_SYNTAX, 0 },
	{ "text", "hello", ERR_GS1_NOT_GS1, 0 },
	{ "bare element string is not strict", "0109506000134352", ERR_GS1_NOT_GS1, 0 },
	{ "unknown AI", "(05)123", ERR_GS1_UNKNOWN_AI, 0 },
	{ "unknown AI in the middle", "^0109506000134352" "05x", ERR_GS1_UNKNOWN_AI, 17 },
	{ "short GTIN", "(01)0950600013435", ERR_GS1_LENGTH, 4 },
	{ "long lot", "(01)09506000134352(10)123456789012345678901", ERR_GS1_LENGTH, 42 },
	{ "letter in GTIN", "(01)0950600013435O", ERR_GS1_CHARSET, 17 },
	{ "wrong check digit", "(01)09506000134353", ERR_GS1_CHECK_DIGIT, 17 },
	{ "blank in lot", "(01)09506000134352(10)A B", ERR_GS1_CHARSET, 23 },
	{ "month 13", "(01)09506000134352(17)271301", ERR_GS1_DATE, 24 },
	{ "30 February", "(01)09506000134352(17)280230", ERR_GS1_DATE, 26 },
	{ "lot alone", "(10)ABC", ERR_GS1_REQUIRED, 4 },
	{ "GTIN and content", "(01)09506000134352(02)09506000134352(37)1(00)123456789012345675", ERR_GS1_PAIR, 4 },
	{ "two lots", "(01)09506000134352(10)A(10)B", ERR_GS1_DUPLICATE, 27 },
	{ "link without key", "https://id.gs1.org/about", ERR_GS1_DL, 19 },
	{ "link, wrong order", "https://id.gs1.org/01/09506000134352/21/A/10/B", ERR_GS1_DL, 37 },
	{ "link, unknown query AI", "https://id.gs1.org/01/09506000134352?05=1", ERR_GS1_DL, 37 },
	{ "link with a blank", "https://id.gs1.org/01/09506000134352/10/A B", ERR_GS1_DL, 41 },
	{ "link after its identifier", "]Q1https://id.gs1.org/01/09506000134353", ERR_GS1_CHECK_DIGIT, 38 },
	{ "IFA", "[)>\x1e" "06\x1d" "9N111234567842\x1d" "1TABC", ERR_GS1_NOT_GS1, 0 },
};

static void test_errors_name_the_place(void)
{
	static struct gs1_data d;
	struct fault f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum err e = gs1_parse(&d, bytes_of_str(bad[i].input), 0, &f);

		CHECK_ROW(e == bad[i].err, bad[i].name);
		CHECK_ROW(f.pos == bad[i].pos, bad[i].name);
		CHECK_ROW(f.rule && *f.rule, bad[i].name);
	}
}

/* All forms of one label give the same data, and each form comes back to itself. */
static void test_forms_agree(void)
{
	static const char *const forms[] = {
		"(01)09506000134352(10)AB-1(17)271231(21)X/7%",
		"^010950600013435210AB-1^1727123121X/7%",
		"]d2010950600013435210AB-1\x1d" "1727123121X/7%",
		"]Q3010950600013435210AB-1\x1d" "1727123121X/7%",
		"https://id.gs1.org/01/09506000134352/10/AB-1/21/X%2F7%25?17=271231",
		"HTTPS://EXAMPLE.COM/some/path/01/09506000134352/10/AB-1/21/X%2f7%25?17=271231&x=y#frag",
	};
	static struct gs1_data d;
	char buf[256];
	struct fault f;
	struct bytes out;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		CHECK_ROW(gs1_parse(&d, bytes_of_str(forms[i]), 0, &f) == ERR_OK, forms[i]);
		CHECK_ROW(gs1_format_dl(&d, STEM, buf, sizeof(buf), &out) == ERR_OK, forms[i]);
		CHECK_ROW(bytes_eq(out, bytes_of_str(forms[4])), forms[i]);
	}
	CHECK(gs1_parse(&d, bytes_of_str(forms[0]), 0, &f) == ERR_OK);
	CHECK(gs1_format_scan(&d, '^', true, buf, sizeof(buf), &out) == ERR_OK && bytes_eq(out, bytes_of_str(forms[1])));
	CHECK(gs1_format_brackets(&d, buf, sizeof(buf), &out) == ERR_OK && bytes_eq(out, bytes_of_str(forms[0])));
}

/* Two labels that are one string when their values are just put together (design.md 2). */
static void test_ambiguous_pair_stays_apart(void)
{
	static struct gs1_data a, b;
	struct fault f;

	CHECK(gs1_parse(&a, BYTES_LIT("(01)09506000134352(21)AB(17)271231(10)C1729010110D"), 0, &f) == ERR_OK);
	CHECK(gs1_parse(&b, BYTES_LIT("(01)09506000134352(21)AB1727123110C(17)290101(10)D"), 0, &f) == ERR_OK);
	CHECK(bytes_eq(gs1_value(&a, "21"), BYTES_LIT("AB")) && bytes_eq(gs1_value(&b, "21"), BYTES_LIT("AB1727123110C")));
	CHECK(bytes_eq(gs1_value(&a, "10"), BYTES_LIT("C1729010110D")) && bytes_eq(gs1_value(&b, "10"), BYTES_LIT("D")));
}

static void test_lenient_takes_what_handhelds_send(void)
{
	static const char *const in[] = { "010950600013435210AB\x1d" "21X7", "\x1d" "010950600013435210AB\x1d" "21X7",
					  "https://x.org/01/9506000134352/10/AB/21/X7" };
	static struct gs1_data d;
	struct fault f;

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		CHECK_ROW(gs1_parse(&d, bytes_of_str(in[i]), 0, &f) != ERR_OK, in[i]);
		CHECK_ROW(gs1_parse(&d, bytes_of_str(in[i]), GS1_LENIENT, &f) == ERR_OK, in[i]);
		CHECK_ROW(bytes_eq(gs1_value(&d, "21"), BYTES_LIT("X7")), in[i]);
		CHECK_ROW(bytes_eq(gs1_value(&d, "01"), BYTES_LIT("09506000134352")), in[i]);
	}
}

static void test_keys(void)
{
	uint64_t v;

	CHECK(gs1_gtin_parse(BYTES_LIT("09506000134352"), &v) == ERR_OK && v == 9506000134352);
	CHECK(gs1_gtin_parse(BYTES_LIT("9506000134352"), &v) == ERR_OK && v == 9506000134352);
	CHECK(gs1_gtin_parse(BYTES_LIT("9506000134353"), &v) == ERR_GS1_CHECK_DIGIT);
	CHECK(gs1_gtin_parse(BYTES_LIT("950600013435"), &v) == ERR_GS1_CHECK_DIGIT);
	CHECK(gs1_gtin_parse(BYTES_LIT("95060001343"), &v) == ERR_GS1_LENGTH);
	CHECK(gs1_gln_parse(BYTES_LIT("950600013435x"), &v) == ERR_GS1_CHARSET);
	CHECK(gs1_sscc_parse(BYTES_LIT("006141411234567890"), &v) == ERR_OK && gs1_sscc_ok(v));
	CHECK(gs1_gtin_ok(9506000134352) && !gs1_gtin_ok(9506000134353) && !gs1_gtin_ok(UINT64_MAX));
	CHECK(gs1_gln_ok(9506000134352) && !gs1_gln_ok(95060001343520));
}

static const struct {
	const char *yymmdd;
	unsigned year;
	enum err err;
	uint32_t want;
	bool month_only;
} dates[] = {
	{ "271231", 2026, ERR_OK, 20271231, false }, { "280200", 2026, ERR_OK, 20280229, true },
	{ "270200", 2026, ERR_OK, 20270228, true },  { "760101", 2026, ERR_OK, 20760101, false },
	{ "770101", 2026, ERR_OK, 19770101, false }, { "010101", 2099, ERR_OK, 21010101, false },
	{ "271301", 2026, ERR_GS1_DATE, 0, false },  { "270230", 2026, ERR_GS1_DATE, 0, false },
	{ "2702", 2026, ERR_GS1_DATE, 0, false },    { "27O201", 2026, ERR_GS1_DATE, 0, false },
};

static void test_dates(void)
{
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		uint32_t got = 0;
		bool month_only = false;
		enum err e = gs1_expiry_parse(bytes_of_str(dates[i].yymmdd), dates[i].year, &got, &month_only);

		CHECK_ROW(e == dates[i].err, dates[i].yymmdd);
		if (e == ERR_OK)
			CHECK_ROW(got == dates[i].want && month_only == dates[i].month_only, dates[i].yymmdd);
	}
	CHECK(gs1_date_of(0) == 19700101 && gs1_date_of(951782400) == 20000229 && gs1_date_of(1795803731) == 20261127);
}

T_MAIN("gs1", T(test_vectors), T(test_errors_name_the_place), T(test_forms_agree), T(test_ambiguous_pair_stays_apart),
       T(test_lenient_takes_what_handhelds_send), T(test_keys), T(test_dates))
