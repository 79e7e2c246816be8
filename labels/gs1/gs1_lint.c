#include "labels/gs1/gs1_lint.h"

#include "labels/gs1/gs1_codes.h"
#include "labels/gs1/text.h"

typedef enum err lint_fn(struct bytes d, struct fault *f);

static enum err bad(struct fault *f, size_t pos, size_t len, const char *rule, enum err e)
{
	*f = (struct fault){ pos, len, rule };
	return e;
}

static enum err content(struct fault *f, size_t pos, size_t len, const char *rule)
{
	return bad(f, pos, len, rule, ERR_GS1_CONTENT);
}

static unsigned num(struct bytes d, size_t at, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(d.p[at + i] - '0');
	return v;
}

/* ---- keys ---- */

static enum err lint_csum(struct bytes d, struct fault *f)
{
	if (gs1_check_digit((const char *)d.p, d.n - 1) == (char)d.p[d.n - 1])
		return ERR_OK;
	return bad(f, d.n - 1, 1, "wrong check digit", ERR_GS1_CHECK_DIGIT);
}

/* Check character pair of a GMN (GenSpecs 7.9.5): weights are the primes from the right, modulo 1021. */
static enum err lint_csumalpha(struct bytes d, struct fault *f)
{
	static const char order[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	static const char pair[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const uint8_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83 };
	unsigned sum = 0;

	if (d.n < 2)
		return content(f, 0, d.n, "too short for its check character pair");
	if (d.n - 2 > sizeof(primes))
		return content(f, 0, d.n, "too long for its check character pair");
	for (size_t i = 0; i < d.n - 2; i++)
		sum += (unsigned)(strchr(order, d.p[i]) - order) * primes[d.n - 3 - i];
	sum %= 1021;
	if (d.p[d.n - 2] != (uint8_t)pair[sum >> 5] || d.p[d.n - 1] != (uint8_t)pair[sum & 31])
		return bad(f, d.n - 2, 2, "wrong check character pair", ERR_GS1_CHECK_DIGIT);
	return ERR_OK;
}

/* No list of company prefixes is here: that there is one, of digits, is what can be checked. */
static enum err prefix_from(struct bytes d, size_t at, struct fault *f)
{
	if (d.n < at + 4)
		return content(f, 0, d.n, "too short for a GS1 company prefix");
	for (size_t i = at; i < at + 4; i++)
		if (!text_is_digit(d.p[i]))
			return content(f, i, 1, "a GS1 company prefix begins with four digits");
	return ERR_OK;
}

static enum err lint_gcppos1(struct bytes d, struct fault *f)
{
	return prefix_from(d, 0, f);
}

static enum err lint_gcppos2(struct bytes d, struct fault *f)
{
	return prefix_from(d, 1, f);
}

/* ---- dates and times ---- */

#define THIS_YEAR 2026 /* for the leap year of a two-digit year: whole centuries away from any that is not one */

static enum err date(struct bytes d, bool day_zero, struct fault *f)
{
	unsigned year = gs1_full_year(num(d, 0, 2), THIS_YEAR), month = num(d, 2, 2), day = num(d, 4, 2);

	if (month < 1 || month > 12)
		return bad(f, 2, 2, "no such month", ERR_GS1_DATE);
	if ((day == 0 && !day_zero) || day > gs1_days_in_month(year, month))
		return bad(f, 4, 2, "no such day in this month", ERR_GS1_DATE);
	return ERR_OK;
}

static enum err lint_yymmdd(struct bytes d, struct fault *f)
{
	return date(d, false, f);
}

static enum err lint_yymmd0(struct bytes d, struct fault *f)
{
	return date(d, true, f);
}

static enum err lint_yyyymmdd(struct bytes d, struct fault *f)
{
	if (num(d, 4, 2) < 1 || num(d, 4, 2) > 12)
		return bad(f, 4, 2, "no such month", ERR_GS1_DATE);
	if (!gs1_date_ok(num(d, 0, 4), num(d, 4, 2), num(d, 6, 2)))
		return bad(f, 6, 2, "no such day in this month", ERR_GS1_DATE);
	return ERR_OK;
}

static enum err below(struct bytes d, size_t at, unsigned limit, const char *rule, struct fault *f)
{
	return num(d, at, 2) < limit ? ERR_OK : bad(f, at, 2, rule, ERR_GS1_DATE);
}

static enum err lint_hh(struct bytes d, struct fault *f)
{
	return below(d, 0, 24, "no such hour", f);
}

static enum err lint_mi(struct bytes d, struct fault *f)
{
	return below(d, 0, 60, "no such minute", f);
}

static enum err lint_ss(struct bytes d, struct fault *f)
{
	return below(d, 0, 60, "no such second", f);
}

static enum err lint_hhmi(struct bytes d, struct fault *f)
{
	enum err e = below(d, 0, 24, "no such hour", f);

	return e == ERR_OK ? below(d, 2, 60, "no such minute", f) : e;
}

/* ---- code lists ---- */

static bool in_numbers(const uint16_t *list, size_t n, unsigned v)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

static bool in_pairs(const char *list, const uint8_t *pair)
{
	for (; *list; list += 2)
		if (list[0] == (char)pair[0] && list[1] == (char)pair[1])
			return true;
	return false;
}

static enum err lint_iso3166(struct bytes d, struct fault *f)
{
	if (in_numbers(gs1_iso3166, GS1_ISO3166_COUNT, num(d, 0, 3)))
		return ERR_OK;
	return content(f, 0, 3, "not a country code of ISO 3166");
}

static enum err lint_iso3166999(struct bytes d, struct fault *f)
{
	return num(d, 0, 3) == 999 ? ERR_OK : lint_iso3166(d, f);
}

static enum err lint_iso3166alpha2(struct bytes d, struct fault *f)
{
	return in_pairs(gs1_iso3166_alpha2, d.p) ? ERR_OK : content(f, 0, 2, "not a two-letter country code of ISO 3166");
}

static enum err lint_iso4217(struct bytes d, struct fault *f)
{
	if (in_numbers(gs1_iso4217, GS1_ISO4217_COUNT, num(d, 0, 3)))
		return ERR_OK;
	return content(f, 0, 3, "not a currency code of ISO 4217");
}

static enum err lint_iso5218(struct bytes d, struct fault *f)
{
	return strchr("0129", d.p[0]) ? ERR_OK : content(f, 0, 1, "ISO 5218 knows 0, 1, 2 and 9");
}

/* ISO 13616: country, check digits, then modulo 97 of the number with the first four characters last. */
static enum err lint_iban(struct bytes d, struct fault *f)
{
	unsigned rest = 0;

	if (d.n < 5)
		return content(f, 0, d.n, "too short for an IBAN");
	for (size_t i = 0; i < d.n; i++)
		if (!text_is_digit(d.p[i]) && !(d.p[i] >= 'A' && d.p[i] <= 'Z'))
			return content(f, i, 1, "not a character of an IBAN");
	if (!in_pairs(gs1_iso3166_alpha2, d.p))
		return content(f, 0, 2, "an IBAN begins with a country");
	for (size_t i = 0; i < d.n; i++) {
		uint8_t c = d.p[(i + 4) % d.n];

		rest = text_is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1 ? ERR_OK : bad(f, 2, 2, "wrong check digits of the IBAN", ERR_GS1_CHECK_DIGIT);
}

/* GenSpecs 3.2: AIDC media types 01-10 and 80-99. */
static enum err lint_mediatype(struct bytes d, struct fault *f)
{
	unsigned v = num(d, 0, 2);

	return (v >= 1 && v <= 10) || v >= 80 ? ERR_OK : content(f, 0, 2, "not an AIDC media type");
}

static enum err lint_packagetype(struct bytes d, struct fault *f)
{
	struct bytes list = bytes_of_str(gs1_package_types), code;

	while (text_part(&list, ' ', &code))
		if (bytes_eq(code, d))
			return ERR_OK;
	return content(f, 0, d.n, "not a package type code");
}

/* ---- small forms ---- */

static enum err lint_zero(struct bytes d, struct fault *f)
{
	return d.p[0] == '0' ? ERR_OK : content(f, 0, 1, "a zero is required here");
}

static enum err lint_nonzero(struct bytes d, struct fault *f)
{
	for (size_t i = 0; i < d.n; i++)
		if (d.p[i] != '0')
			return ERR_OK;
	return content(f, 0, d.n, "must not be zero");
}

static enum err lint_nozeroprefix(struct bytes d, struct fault *f)
{
	return d.p[0] == '0' && d.n > 1 ? content(f, 0, 1, "must not begin with a zero") : ERR_OK;
}

static enum err lint_winding(struct bytes d, struct fault *f)
{
	return strchr("019", d.p[0]) ? ERR_OK : content(f, 0, 1, "a winding direction is 0, 1 or 9");
}

static enum err lint_yesno(struct bytes d, struct fault *f)
{
	return strchr("01", d.p[0]) ? ERR_OK : content(f, 0, 1, "0 or 1 is wanted");
}

static enum err lint_hyphen(struct bytes d, struct fault *f)
{
	return d.p[0] == '-' ? ERR_OK : content(f, 0, 1, "only a minus sign may stand here");
}

static enum err lint_hasnondigit(struct bytes d, struct fault *f)
{
	for (size_t i = 0; i < d.n; i++)
		if (!text_is_digit(d.p[i]))
			return ERR_OK;
	return content(f, 0, d.n, "one character at least must not be a digit");
}

static enum err lint_importeridx(struct bytes d, struct fault *f)
{
	uint8_t c = d.p[0];

	if (text_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_')
		return ERR_OK;
	return content(f, 0, 1, "not an importer index");
}

static enum err lint_pieceoftotal(struct bytes d, struct fault *f)
{
	unsigned piece = num(d, 0, 2), total = num(d, 2, 2);

	if (piece == 0 || total == 0)
		return content(f, piece == 0 ? 0 : 2, 2, "pieces are counted from 01");
	return piece <= total ? ERR_OK : content(f, 0, 4, "the piece's number exceeds the total");
}

static enum err lint_posinseqslash(struct bytes d, struct fault *f)
{
	if (!text_is_digit(d.p[0]) || d.p[1] != '/' || !text_is_digit(d.p[2]))
		return content(f, 0, 3, "a position such as 1/2 is wanted");
	if (d.p[0] == '0' || d.p[2] == '0' || d.p[0] > d.p[2])
		return content(f, 0, 3, "the position exceeds the end");
	return ERR_OK;
}

static enum err lint_pcenc(struct bytes d, struct fault *f)
{
	for (size_t i = 0; i < d.n; i++)
		if (d.p[i] == '%' && (d.n - i < 3 || text_hex(d.p[i + 1]) < 0 || text_hex(d.p[i + 2]) < 0))
			return content(f, i, d.n - i < 3 ? d.n - i : 3, "% wants two hexadecimal digits");
	return ERR_OK;
}

/* Degrees times 10^7, shifted to be positive (GenSpecs 3.5.13). */
static enum err at_most(struct bytes d, uint64_t max, const char *rule, struct fault *f)
{
	uint64_t v = 0;

	for (size_t i = 0; i < d.n; i++)
		v = v * 10 + (uint64_t)(d.p[i] - '0');
	return v <= max ? ERR_OK : content(f, 0, d.n, rule);
}

static enum err lint_latitude(struct bytes d, struct fault *f)
{
	return at_most(d, 1800000000, "beyond a pole", f);
}

static enum err lint_longitude(struct bytes d, struct fault *f)
{
	return at_most(d, 3600000000, "more than a whole turn", f);
}

static const struct {
	const char *name;
	lint_fn *fn;
} lints[] = {
	{ "csum", lint_csum }, { "gcppos2", lint_gcppos2 }, { "gcppos1", lint_gcppos1 }, { "yymmd0", lint_yymmd0 },
	{ "yymmdd", lint_yymmdd }, { "yyyymmdd", lint_yyyymmdd }, { "hhmi", lint_hhmi }, { "hh", lint_hh },
	{ "mi", lint_mi }, { "ss", lint_ss }, { "csumalpha", lint_csumalpha }, { "iso3166", lint_iso3166 },
	{ "iso3166999", lint_iso3166999 }, { "iso3166alpha2", lint_iso3166alpha2 }, { "iso4217", lint_iso4217 },
	{ "iso5218", lint_iso5218 }, { "iban", lint_iban }, { "mediatype", lint_mediatype },
	{ "packagetype", lint_packagetype }, { "zero", lint_zero }, { "nonzero", lint_nonzero },
	{ "nozeroprefix", lint_nozeroprefix }, { "winding", lint_winding }, { "yesno", lint_yesno },
	{ "hyphen", lint_hyphen }, { "hasnondigit", lint_hasnondigit }, { "importeridx", lint_importeridx },
	{ "pieceoftotal", lint_pieceoftotal }, { "posinseqslash", lint_posinseqslash }, { "pcenc", lint_pcenc },
	{ "latitude", lint_latitude }, { "longitude", lint_longitude }, { "couponcode", gs1_lint_coupon_code },
	{ "couponposoffer", gs1_lint_coupon_offer },
};

enum err gs1_lint(struct bytes name, struct bytes data, struct fault *fault)
{
	for (size_t i = 0; i < sizeof(lints) / sizeof(lints[0]); i++)
		if (bytes_eq(name, bytes_of_str(lints[i].name)))
			return lints[i].fn(data, fault);
	return content(fault, 0, data.n, "the dictionary names a rule that this program does not know");
}
