#include "labels/gs1/gs1_id.h"

char gs1_check_digit(const char *digits, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		sum += i % 2 ? d : 3 * d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

void gs1_digits(char *out, size_t n, uint64_t v)
{
	while (n-- > 0) {
		out[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

static bool key_ok(uint64_t v, size_t n)
{
	char d[SSCC_DIGITS];
	uint64_t rest = v;

	for (size_t i = 0; i < n; i++)
		rest /= 10;
	if (rest != 0)
		return false;
	gs1_digits(d, n, v);
	return gs1_check_digit(d, n - 1) == d[n - 1];
}

bool gs1_gtin_ok(uint64_t gtin)
{
	return key_ok(gtin, GTIN_DIGITS);
}

bool gs1_gln_ok(uint64_t gln)
{
	return key_ok(gln, GLN_DIGITS);
}

bool gs1_sscc_ok(uint64_t sscc)
{
	return key_ok(sscc, SSCC_DIGITS);
}

static enum err key_parse(struct bytes text, uint64_t *out)
{
	const char *s = (const char *)text.p;
	uint64_t v = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return ERR_GS1_CHARSET;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (gs1_check_digit(s, text.n - 1) != s[text.n - 1])
		return ERR_GS1_CHECK_DIGIT;
	*out = v;
	return ERR_OK;
}

enum err gs1_gtin_parse(struct bytes text, uint64_t *gtin)
{
	if (text.n != 8 && text.n != 12 && text.n != 13 && text.n != GTIN_DIGITS)
		return ERR_GS1_LENGTH;
	return key_parse(text, gtin);
}

enum err gs1_gln_parse(struct bytes text, uint64_t *gln)
{
	return text.n == GLN_DIGITS ? key_parse(text, gln) : ERR_GS1_LENGTH;
}

enum err gs1_sscc_parse(struct bytes text, uint64_t *sscc)
{
	return text.n == SSCC_DIGITS ? key_parse(text, sscc) : ERR_GS1_LENGTH;
}

bool gs1_is_cset82_char(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c != 0 && strchr("!\"%&'()*+,-./_:;<=>?", c) != NULL;
}

bool gs1_is_cset82(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!gs1_is_cset82_char(text.p[i]))
			return false;
	return true;
}

unsigned gs1_full_year(unsigned two_digits, unsigned this_year)
{
	unsigned century = this_year / 100 * 100, yy = this_year % 100;

	if (two_digits >= yy + 51)
		return century - 100 + two_digits;
	if (two_digits + 50 <= yy)
		return century + 100 + two_digits;
	return century + two_digits;
}

unsigned gs1_days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12)
		return 0;
	return (unsigned)days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool gs1_date_ok(unsigned year, unsigned month, unsigned day)
{
	return day >= 1 && day <= gs1_days_in_month(year, month);
}

enum err gs1_expiry_parse(struct bytes t, unsigned this_year, uint32_t *yyyymmdd, bool *month_only)
{
	unsigned v[3], year;

	if (t.n != 6)
		return ERR_GS1_DATE;
	for (size_t i = 0; i < 3; i++) {
		uint8_t a = t.p[2 * i], b = t.p[2 * i + 1];

		if (a < '0' || a > '9' || b < '0' || b > '9')
			return ERR_GS1_DATE;
		v[i] = (unsigned)(a - '0') * 10 + (unsigned)(b - '0');
	}
	year = gs1_full_year(v[0], this_year);
	*month_only = v[2] == 0;
	if (*month_only)
		v[2] = gs1_days_in_month(year, v[1]);
	if (!gs1_date_ok(year, v[1], v[2]))
		return ERR_GS1_DATE;
	*yyyymmdd = year * 10000 + v[1] * 100 + v[2];
	return ERR_OK;
}

void gs1_expiry_format(uint32_t yyyymmdd, char yymmdd[static 6])
{
	gs1_digits(yymmdd, 6, yyyymmdd % 1000000);
}

/* Days to civil date, counted in 400-year eras that begin in March, so that the leap day comes last. */
uint32_t gs1_date_of(uint64_t unix_s)
{
	uint64_t z = unix_s / 86400 + 719468;
	uint64_t era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153;
	uint64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
	uint64_t year = era * 400 + yoe + (month <= 2);

	return (uint32_t)(year * 10000 + month * 100 + day);
}
