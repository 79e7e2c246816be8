#include "labels/gs1/gs1_elements.h"
#include "labels/gs1/text.h"
#include "tests/t.h"

#define STEM "https://id.gs1.org"

/* Each error, with the place it names. */
static const struct {
	const char *name, *input;
	enum err err;
	size_t pos;
} bad[] = {
	{ "empty", "", ERR_GS1_SYNTAX, 0 },
	{ "text", "hello", ERR_GS1_NOT_GS1, 0 },
	{ "bare element string is not strict", "0109506000134352", ERR_GS1_NOT_GS1, 0 },
	{ "leading GS is not strict", "\x1d" "0109506000134352", ERR_GS1_NOT_GS1, 0 },
	{ "identifier of plain DataMatrix", "]d10109506000134352", ERR_GS1_NOT_GS1, 0 },
	{ "identifier alone", "]d2", ERR_GS1_SYNTAX, 3 },
	{ "FNC1 alone", "^", ERR_GS1_SYNTAX, 1 },
	{ "bracket not closed", "(01)09506000134352(10", ERR_GS1_SYNTAX, 18 },
	{ "bracket in a value, not escaped", "(01)09506000134352(10)A(B", ERR_GS1_SYNTAX, 23 },
	{ "unknown AI", "(05)123", ERR_GS1_UNKNOWN_AI, 0 },
	{ "unknown AI in the middle", "^0109506000134352" "05x", ERR_GS1_UNKNOWN_AI, 17 },
	{ "separator twice", "^0109506000134352" "10A^^21B", ERR_GS1_UNKNOWN_AI, 21 },
	{ "short GTIN", "(01)0950600013435", ERR_GS1_LENGTH, 4 },
	{ "short GTIN in scan data", "]d2010950600013435\x1d" "10A", ERR_GS1_LENGTH, 5 },
	{ "long lot", "(01)09506000134352(10)123456789012345678901", ERR_GS1_LENGTH, 42 },
	{ "no value", "(01)09506000134352(10)", ERR_GS1_LENGTH, 22 },
	{ "separator lost", "^0109506000134352" "10A1234567890123456789" "21S", ERR_GS1_LENGTH, 39 },
	{ "letter in GTIN", "(01)0950600013435O", ERR_GS1_CHARSET, 17 },
	{ "blank in lot", "(01)09506000134352(10)A B", ERR_GS1_CHARSET, 23 },
	{ "NUL in lot", "https://a/01/09506000134352/10/A%00B", ERR_GS1_CHARSET, 32 },
	{ "not base64url", "(00)123456789012345675(8030)ABC+", ERR_GS1_CHARSET, 31 },
	{ "padding of base64url", "(00)123456789012345675(8030)ABC=", ERR_GS1_CHARSET, 31 },
	{ "padding inside base64url", "(00)123456789012345675(8030)AB=C", ERR_GS1_CHARSET, 30 },
	{ "wrong check digit", "(01)09506000134353", ERR_GS1_CHECK_DIGIT, 17 },
	{ "month 13", "(01)09506000134352(17)271301", ERR_GS1_DATE, 24 },
	{ "30 February", "(01)09506000134352(17)280230", ERR_GS1_DATE, 26 },
	{ "29 February, no leap year", "(01)09506000134352(17)270229", ERR_GS1_DATE, 26 },
	{ "no such country", "(01)09506000134352(422)999", ERR_GS1_CONTENT, 23 },
	{ "lot alone", "(10)ABC", ERR_GS1_REQUIRED, 4 },
	{ "count without content", "(00)123456789012345675(37)5", ERR_GS1_REQUIRED, 26 },
	{ "price without a measure", "(01)09506000134352(3925)12599", ERR_GS1_REQUIRED, 24 },
	{ "signature of a class", "(8003)09506000134352(8030)AAAA", ERR_GS1_REQUIRED, 6 },
	{ "GTIN and content", "(01)09506000134352(02)09506000134352(37)1(00)123456789012345675", ERR_GS1_PAIR, 4 },
	{ "two lots", "(01)09506000134352(10)A(10)B", ERR_GS1_DUPLICATE, 27 },
	{ "link without host", "https:///01/09506000134352", ERR_GS1_DL, 8 },
	{ "link without path", "https://id.gs1.org?01=09506000134352", ERR_GS1_DL, 8 },
	{ "link, bad host", "https://me@a/01/09506000134352", ERR_GS1_DL, 10 },
	{ "link without key", "https://id.gs1.org/about", ERR_GS1_DL, 19 },
	{ "link, key escaped", "https://id.gs1.org/%30%31/09506000134352", ERR_GS1_DL, 19 },
	{ "link, wrong order", "https://id.gs1.org/01/09506000134352/21/A/10/B", ERR_GS1_DL, 37 },
	{ "link, other key's qualifier", "https://id.gs1.org/00/123456789012345675/21/A", ERR_GS1_DL, 41 },
	{ "link, slash at the end", "https://id.gs1.org/01/09506000134352/", ERR_GS1_DL, 36 },
	{ "link, unknown query AI", "https://id.gs1.org/01/09506000134352?05=1", ERR_GS1_DL, 37 },
	{ "link, AI not for queries", "https://id.gs1.org/01/09506000134352?21=A", ERR_GS1_DL, 37 },
	{ "link, qualifier in the query", "https://id.gs1.org/01/09506000134352/21/A?10=B", ERR_GS1_DL, 42 },
	{ "link, AI twice", "https://id.gs1.org/01/09506000134352?17=271231&17=271231", ERR_GS1_DL, 50 },
	{ "link, no value", "https://id.gs1.org/01/09506000134352?17=", ERR_GS1_LENGTH, 40 },
	{ "link, fault after an escape", "https://id.gs1.org/01/09506000134352/10/A%2FB%20C", ERR_GS1_CHARSET, 45 },
	{ "link with a blank", "https://id.gs1.org/01/09506000134352/10/A B", ERR_GS1_DL, 41 },
	{ "link after its identifier", "]Q1https://id.gs1.org/01/09506000134353", ERR_GS1_CHECK_DIGIT, 38 },
	{ "IFA", "[)>\x1e" "06\x1d" "9N111234567842\x1d" "1TABC", ERR_GS1_NOT_GS1, 0 },
	{ "IFA after its identifier", "]d1[)>\x1e" "06\x1d" "9N111234567842\x1d" "1TABC", ERR_GS1_NOT_GS1, 3 },
};

static struct gs1_data d;

static void test_errors_name_the_place(void)
{
	struct fault f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(gs1_parse(&d, bytes_of_str(bad[i].input), 0, &f), bad[i].err, bad[i].name);
		CHECK_EQ(f.pos, bad[i].pos, bad[i].name);
		CHECK_ROW(f.pos + f.len <= strlen(bad[i].input), bad[i].name);
		CHECK_ROW(f.rule && *f.rule, bad[i].name);
		if (strncmp(bad[i].name, "IFA", 3) == 0)
			CHECK_ROW(strstr(f.rule, "IFA") && strstr(f.rule, "PPN"), bad[i].name);
	}
}

/* Each rule of the dictionary: a value that passes and, unless the format leaves none, one that fails at pos. */
static const struct {
	const char *linter, *ai, *good, *bad;
	enum err err;
	size_t pos;
} linted[] = {
	{ "csum", "01", "09506000134352", "09506000134350", ERR_GS1_CHECK_DIGIT, 13 },
	{ "csumalpha", "8013", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310c2L", ERR_GS1_CHECK_DIGIT, 23 },
	{ "gcppos1", "401", "1234A", "12A4", ERR_GS1_CONTENT, 2 },
	{ "gcppos2", "00", "123456789012345675", NULL, ERR_OK, 0 },
	{ "yymmdd", "7006", "271231", "271200", ERR_GS1_DATE, 4 },
	{ "yymmd0", "17", "271200", "271232", ERR_GS1_DATE, 4 },
	{ "yyyymmdd", "7250", "20280229", "19000229", ERR_GS1_DATE, 6 },
	{ "hhmi", "7003", "2712312359", "2712312360", ERR_GS1_DATE, 8 },
	{ "hh", "8008", "27123123", "27123124", ERR_GS1_DATE, 6 },
	{ "mi", "8008", "2712312359", "2712312360", ERR_GS1_DATE, 8 },
	{ "ss", "8008", "271231235959", "271231235960", ERR_GS1_DATE, 10 },
	{ "iso3166", "422", "276", "999", ERR_GS1_CONTENT, 0 },
	{ "iso3166999", "7030", "999A", "998A", ERR_GS1_CONTENT, 0 },
	{ "iso3166alpha2", "4307", "DE", "AA", ERR_GS1_CONTENT, 0 },
	{ "iso4217", "3910", "9781", "9870", ERR_GS1_CONTENT, 0 },
	{ "iso5218", "7252", "9", "3", ERR_GS1_CONTENT, 0 },
	{ "iban", "8007", "DE91100000000123456789", "DE92100000000123456789", ERR_GS1_CHECK_DIGIT, 2 },
	{ "importeridx", "7040", "1ABC", "1AB!", ERR_GS1_CONTENT, 3 },
	{ "latitude", "4309", "18000000003600000000", "18000000013600000000", ERR_GS1_CONTENT, 0 },
	{ "longitude", "4309", "00000000000000000000", "18000000003600000001", ERR_GS1_CONTENT, 10 },
	{ "mediatype", "7241", "80", "11", ERR_GS1_CONTENT, 0 },
	{ "packagetype", "7041", "PX", "PW", ERR_GS1_CONTENT, 0 },
	{ "nonzero", "8001", "00010000100101", "00010000000101", ERR_GS1_CONTENT, 4 },
	{ "zero", "8003", "09506000134352", "19506000134352", ERR_GS1_CONTENT, 0 },
	{ "nozeroprefix", "8011", "0", "01", ERR_GS1_CONTENT, 0 },
	{ "winding", "8001", "12341234512398", "12341234512328", ERR_GS1_CONTENT, 12 },
	{ "yesno", "4321", "1", "2", ERR_GS1_CONTENT, 0 },
	{ "hyphen", "4330", "000000-", "000000X", ERR_GS1_CONTENT, 6 },
	{ "hasnondigit", "8014", "1234ABPM", "100096", ERR_GS1_CONTENT, 0 },
	{ "pieceoftotal", "8006", "095060001343520202", "095060001343520302", ERR_GS1_CONTENT, 14 },
	{ "posinseqslash", "7258", "2/2", "3/2", ERR_GS1_CONTENT, 0 },
	{ "pcenc", "4300", "A%2FB", "A%2", ERR_GS1_CONTENT, 1 },
	{ "couponcode", "8110", "012345612345611110123", "012345612345611115123", ERR_GS1_CONTENT, 17 },
	{ "couponposoffer", "8112", "001234561234560123456", "201234561234560123456", ERR_GS1_CONTENT, 0 },
};

static bool names_linter(const struct gs1_ai *ai, const char *linter)
{
	size_t n = strlen(linter);

	for (const char *s = ai->components; (s = strchr(s, ',')) != NULL;)
		if (strncmp(++s, linter, n) == 0 && strchr(", ", s[n]) != NULL)
			return true;
	return false;
}

static void test_linters(void)
{
	struct fault f;

	for (size_t i = 0; i < sizeof(linted) / sizeof(linted[0]); i++) {
		const struct gs1_ai *ai = gs1_ai_find(bytes_of_str(linted[i].ai));

		CHECK_ROW(ai && names_linter(ai, linted[i].linter), linted[i].linter);
		if (!ai)
			continue;
		CHECK_EQ(gs1_ai_check(ai, bytes_of_str(linted[i].good), &f), ERR_OK, linted[i].linter);
		if (!linted[i].bad)
			continue;
		CHECK_EQ(gs1_ai_check(ai, bytes_of_str(linted[i].bad), &f), linted[i].err, linted[i].linter);
		CHECK_EQ(f.pos, linted[i].pos, linted[i].linter);
	}
}

static bool is_linted(struct bytes linter)
{
	for (size_t i = 0; i < sizeof(linted) / sizeof(linted[0]); i++)
		if (bytes_eq(linter, bytes_of_str(linted[i].linter)))
			return true;
	return false;
}

/* No AI has a rule without a row above, and each is found by its digits and by nothing else. */
static void test_whole_dictionary(void)
{
	size_t found = 0;

	for (size_t digits = 2; digits <= 4; digits++)
		for (unsigned v = 0; v < (digits == 2 ? 100 : digits == 3 ? 1000 : 10000); v++) {
			char text[5];
			const struct gs1_ai *ai;
			struct bytes components, part, linter;

			gs1_digits(text, digits, v);
			text[digits] = 0;
			ai = gs1_ai_find(bytes_of(text, digits));
			if (!ai)
				continue;
			found++;
			CHECK_ROW(strcmp(ai->digits, text) == 0 && gs1_ai_number(ai) == v, text);
			components = bytes_of_str(ai->components);
			while (text_part(&components, ' ', &part)) {
				text_part(&part, ',', &linter); /* the format */
				while (text_part(&part, ',', &linter))
					CHECK_ROW(is_linted(linter), ai->components);
			}
		}
	CHECK_EQ(found, 541, "");
}

/* All forms of one label give the same data, and each form comes back to itself. */
static void test_forms_agree(void)
{
	static const char link[] = "https://id.gs1.org/01/09506000134352/10/AB-1/21/X%2F7%25?17=271231";
	static const char *const forms[] = {
		"(01)09506000134352(10)AB-1(17)271231(21)X/7%",
		"^010950600013435210AB-1^1727123121X/7%",
		"]d2010950600013435210AB-1\x1d" "1727123121X/7%",
		"]Q3010950600013435210AB-1\x1d" "1727123121X/7%",
		"]C1010950600013435210AB-1\x1d" "1727123121X/7%",
		"]e0010950600013435210AB-1\x1d" "1727123121X/7%\x1d",
		"]J10109506000134352\x1d" "10AB-1\x1d" "17271231\x1d" "21X/7%",
		link,
		"HTTPS://EXAMPLE.COM/some/path/01/09506000134352/10/AB-1/21/X%2f7%25?17=271231&x=y#frag",
	};
	char buf[256];
	struct fault f;
	struct bytes out;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		CHECK_ROW(gs1_parse(&d, bytes_of_str(forms[i]), 0, &f) == ERR_OK, forms[i]);
		CHECK_ROW(gs1_format_dl(&d, STEM, buf, sizeof(buf), &out) == ERR_OK, forms[i]);
		CHECK_ROW(bytes_eq(out, bytes_of_str(link)), forms[i]);
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

/* What strict reading refuses and lenient reading understands, and how it reads it. */
static const struct {
	const char *in, *brackets;
} lenient[] = {
	{ "010950600013435210AB\x1d" "21X7", "(01)09506000134352(10)AB(21)X7" },
	{ "\x1d" "010950600013435210AB\x1d" "21X7", "(01)09506000134352(10)AB(21)X7" },
	{ "https://x.org/01/9506000134352/10/AB/21/X7", "(01)09506000134352(10)AB(21)X7" },
	{ "https://x.org/01/09506000134352/21/X7/", "(01)09506000134352(21)X7" },
	{ "https://x.org/01/09506000134352/21/X7?10=AB", "(01)09506000134352(21)X7(10)AB" },
};

static void test_lenient_takes_what_handhelds_send(void)
{
	char buf[256];
	struct fault f;
	struct bytes out;

	for (size_t i = 0; i < sizeof(lenient) / sizeof(lenient[0]); i++) {
		struct bytes in = bytes_of_str(lenient[i].in);

		CHECK_ROW(gs1_parse(&d, in, 0, &f) != ERR_OK, lenient[i].in);
		CHECK_EQ(gs1_parse(&d, in, GS1_LENIENT, &f), ERR_OK, lenient[i].in);
		CHECK(gs1_format_brackets(&d, buf, sizeof(buf), &out) == ERR_OK);
		CHECK_ROW(bytes_eq(out, bytes_of_str(lenient[i].brackets)), lenient[i].in);
	}
}

/* Nearly all that struct gs1_data holds, of a character that every form escapes. */
static void fill(struct gs1_data *full)
{
	static const char *const ais[] = { "91",   "92",   "93",   "94",   "95",   "96",   "97",   "98",
					   "99",   "4300", "4301", "4302", "4303", "4304", "4305", "4306",
					   "4310", "4311", "4312", "4313", "4314", "4315", "4316" };
	char value[90];
	struct fault f;

	memset(value, '(', sizeof(value));
	gs1_init(full);
	CHECK(gs1_add(full, "00", BYTES_LIT("123456789012345675"), &f) == ERR_OK);
	for (size_t i = 0; i < sizeof(ais) / sizeof(ais[0]); i++)
		for (size_t n = sizeof(value); n > 0 && gs1_add(full, ais[i], bytes_of(value, n), &f) != ERR_OK; n--)
			;
	CHECK(full->n == 1 + sizeof(ais) / sizeof(ais[0]) && full->text_n > 1600);
}

static void check_same(struct bytes form, const struct gs1_data *want)
{
	struct fault f;

	CHECK_EQ(gs1_parse(&d, form, 0, &f), ERR_OK, "");
	CHECK_EQ(d.n, want->n, "");
	for (size_t i = 0; i < want->n; i++)
		CHECK_ROW(bytes_eq(gs1_value(&d, want->e[i].ai->digits), want->e[i].value), want->e[i].ai->digits);
}

static void test_the_longest_comes_back(void)
{
	static struct gs1_data full;
	static char buf[GS1_INPUT_MAX];
	struct bytes out;

	fill(&full);
	CHECK(gs1_format_brackets(&full, buf, sizeof(buf), &out) == ERR_OK);
	check_same(out, &full);
	CHECK(gs1_format_scan(&full, '^', true, buf, sizeof(buf), &out) == ERR_OK);
	check_same(out, &full);
	CHECK(gs1_format_dl(&full, STEM, buf, sizeof(buf), &out) == ERR_OK && out.n > GS1_INPUT_MAX / 2);
	check_same(out, &full);
	for (size_t cap = 0; cap < out.n; cap++)
		CHECK(gs1_format_dl(&full, STEM, buf, cap, &(struct bytes){ 0 }) == ERR_NO_SPACE);
}

/* Text of part, so many times, must be too large. */
static void check_too_large(const char *part, size_t times)
{
	static char in[4 * GS1_INPUT_MAX];
	struct text t = { in, 0, sizeof(in) };
	struct bytes out = { 0 };
	struct fault f;

	while (times-- > 0)
		text_put(&t, part, strlen(part));
	CHECK_ROW(text_end(&t, &out) == ERR_OK, part);
	CHECK_EQ(gs1_parse(&d, out, GS1_LENIENT, &f), ERR_TOO_LARGE, part);
	CHECK_ROW(f.pos + f.len <= out.n, part);
}

static void test_too_large(void)
{
	check_too_large("9", GS1_INPUT_MAX + 1);
	check_too_large("(91)A", GS1_ELEMENTS_MAX + 1);
	check_too_large("(91)ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKL",
			GS1_TEXT_MAX / 90 + 1);
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
	CHECK(gs1_gtin_parse(BYTES_LIT(""), &v) == ERR_GS1_LENGTH);
	CHECK(gs1_gtin_parse(BYTES_LIT("96385074"), &v) == ERR_OK && gs1_gtin_ok(v));
	CHECK(gs1_gtin_parse(BYTES_LIT("614141000036"), &v) == ERR_OK && gs1_gtin_ok(v));
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
}

/* GenSpecs 7.12: never more than 49 years back or 50 ahead, and the two digits stay. */
static void test_every_year(void)
{
	for (unsigned now = 1951; now <= 2149; now++)
		for (unsigned two = 0; two < 100; two++) {
			unsigned year = gs1_full_year(two, now);

			CHECK(year % 100 == two && year + 49 >= now && year <= now + 50);
		}
}

static void test_every_day(void)
{
	uint64_t unix_s = 0;
	char yymmdd[6];

	for (unsigned y = 1970; y <= 2100; y++)
		for (unsigned m = 0; m <= 13; m++) {
			CHECK(!gs1_date_ok(y, m, 0) && !gs1_date_ok(y, m, gs1_days_in_month(y, m) + 1));
			for (unsigned day = 1; day <= gs1_days_in_month(y, m); day++, unix_s += 86400) {
				uint32_t want = y * 10000 + m * 100 + day, back = 0;
				bool month_only;

				CHECK(gs1_date_of(unix_s) == want && gs1_date_of(unix_s + 86399) == want);
				gs1_expiry_format(want, yymmdd);
				CHECK(gs1_expiry_parse(bytes_of(yymmdd, 6), y, &back, &month_only) == ERR_OK && back == want);
			}
		}
	CHECK(gs1_date_of(951782400) == 20000229 && gs1_date_of(1795803731) == 20261127);
}

/* GenSpecs table 7.11-1: 82 characters, all printable ASCII. */
static void test_cset82(void)
{
	unsigned n = 0;

	for (unsigned c = 0; c < 256; c++)
		if (gs1_is_cset82_char((uint8_t)c)) {
			n++;
			CHECK(c > 0x20 && c < 0x7f && !strchr("#$@[\\]^`{|}~", (int)c));
		}
	CHECK_EQ(n, 82, "");
}

T_MAIN("gs1", T(test_errors_name_the_place), T(test_linters), T(test_whole_dictionary), T(test_forms_agree),
       T(test_ambiguous_pair_stays_apart), T(test_lenient_takes_what_handhelds_send), T(test_the_longest_comes_back),
       T(test_too_large), T(test_keys), T(test_dates), T(test_every_year), T(test_every_day), T(test_cset82))
