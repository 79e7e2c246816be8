#include "node/core/event_parts.h"

size_t event_map_begin(struct event_map *m, struct rd *r, size_t min, size_t max)
{
	size_t n = rd_map(r);

	m->r = r;
	m->last = -1;
	if (n < min)
		rd_fail(r, ERR_MISSING_FIELD);
	if (n > max)
		rd_fail(r, ERR_UNKNOWN_FIELD);
	return n;
}

void event_map_key(struct event_map *m, uint64_t key)
{
	uint64_t found = rd_key(m->r, &m->last);

	if (found != key)
		rd_fail(m->r, found > key ? ERR_MISSING_FIELD : ERR_UNKNOWN_FIELD);
}

/* event.cddl: gln = 1..9999999999999                 ; 13 digits, check digit right */
uint64_t event_read_gln(struct rd *r)
{
	uint64_t gln = rd_uint(r);

	if (gln == 0)
		rd_fail(r, ERR_BAD_VALUE);
	if (!gs1_gln_ok(gln))
		rd_fail(r, ERR_GS1_CHECK_DIGIT);
	return gln;
}

/* event.cddl: gtin = 0..99999999999999               ; 14 digits, check digit right */
uint64_t event_read_gtin(struct rd *r)
{
	uint64_t gtin = rd_uint(r);

	if (!gs1_gtin_ok(gtin))
		rd_fail(r, ERR_GS1_CHECK_DIGIT);
	return gtin;
}

/* event.cddl: sscc = 0..999999999999999999           ; 18 digits, check digit right */
uint64_t event_read_sscc(struct rd *r)
{
	uint64_t sscc = rd_uint(r);

	if (!gs1_sscc_ok(sscc))
		rd_fail(r, ERR_GS1_CHECK_DIGIT);
	return sscc;
}

/* event.cddl: cset82 = tstr .size (1..20)            ; of GS1 CSET 82 */
struct bytes event_read_cset82(struct rd *r)
{
	struct bytes s = rd_tstr_max(r, SERIAL_MAX);

	if (s.n == 0 || !gs1_is_cset82(s))
		rd_fail(r, ERR_BAD_VALUE);
	return s;
}
_Static_assert(SERIAL_MAX == LOT_MAX, "one reader for both");

/* C0, DEL and C1: what a terminal would act on.  s: valid UTF-8, where C1 is C2 80..C2 9F. */
static bool has_controls(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] == 0x7F)
			return true;
		if (s.p[i] == 0xC2 && s.p[i + 1] < 0xA0)
			return true;
	}
	return false;
}

/* event.cddl: name = tstr .size (1..80)              ; bytes of UTF-8, no control characters */
struct bytes event_read_name(struct rd *r)
{
	struct bytes s = rd_tstr_max(r, NAME_MAX_BYTES);

	if (s.n == 0 || has_controls(s))
		rd_fail(r, ERR_BAD_VALUE);
	return s;
}

/* event.cddl: date = 20000101..20991231              ; YYYYMMDD, a day of the calendar */
uint32_t event_read_date(struct rd *r)
{
	uint32_t date = (uint32_t)rd_uint_max(r, 20991231);

	if (date < 20000101 || !gs1_date_ok(date / 10000, date / 100 % 100, date % 100))
		rd_fail(r, ERR_GS1_DATE);
	return date;
}

/* event.cddl: day = 101..99991231                    ; YYYYMMDD, a day of the calendar, of any year: labels can be wrong */
uint32_t event_read_day(struct rd *r)
{
	uint32_t day = (uint32_t)rd_uint_max(r, 99991231);

	if (!gs1_date_ok(day / 10000, day / 100 % 100, day % 100))
		rd_fail(r, ERR_GS1_DATE);
	return day;
}

/* event.cddl: country = tstr .regexp "[A-Z]{2}"      ; ISO 3166-1 alpha-2 */
void event_read_country(struct rd *r, struct country *out)
{
	struct bytes s = rd_tstr_max(r, sizeof(out->c));

	if (s.n != sizeof(out->c) || s.p[0] < 'A' || s.p[0] > 'Z' || s.p[1] < 'A' || s.p[1] > 'Z')
		rd_fail(r, ERR_BAD_VALUE);
	else
		memcpy(out->c, s.p, sizeof(out->c));
}

void event_write_country(struct wr *w, const struct country *c)
{
	wr_tstr(w, bytes_of(c->c, sizeof(c->c)));
}

/* event.cddl: ? 4: [1*32 country],                 ; ascending */
void event_read_markets(struct rd *r, struct markets *out)
{
	size_t n = rd_array(r);

	if (n == 0 || n > MARKETS_MAX) {
		rd_fail(r, ERR_BAD_VALUE);
		return;
	}
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		event_read_country(r, &out->v[i]);
		if (i > 0 && memcmp(out->v[i - 1].c, out->v[i].c, sizeof(out->v[i].c)) >= 0)
			rd_fail(r, ERR_NOT_SORTED);
	}
	out->n = n;
}

void event_write_markets(struct wr *w, const struct markets *m)
{
	wr_array(w, m->n);
	for (size_t i = 0; i < m->n; i++)
		event_write_country(w, &m->v[i]);
}

/* event.cddl: ? 5: [ -100..100, -100..100 ],       ; degrees Celsius, from .. to */
void event_read_storage(struct rd *r, struct storage *out)
{
	int64_t from, to;

	rd_array_n(r, 2);
	from = rd_int(r);
	to = rd_int(r);
	if (from < -STORAGE_MAX_C || to > STORAGE_MAX_C || from > to) {
		rd_fail(r, ERR_BAD_VALUE);
		return;
	}
	*out = (struct storage){ true, (int8_t)from, (int8_t)to };
}

void event_write_storage(struct wr *w, const struct storage *s)
{
	wr_array(w, 2);
	wr_int(w, s->from_c);
	wr_int(w, s->to_c);
}

int32_t event_read_udeg(struct rd *r, int32_t max)
{
	int64_t v = rd_int(r);

	if (v < -max || v > max) {
		rd_fail(r, ERR_BAD_VALUE);
		return 0;
	}
	return (int32_t)v;
}

void event_read_bstr(struct rd *r, uint8_t *out, size_t n)
{
	struct bytes b = rd_bstr_n(r, n);

	if (b.n == n) /* an empty view after an error */
		memcpy(out, b.p, n);
}

unsigned event_read_choice(struct rd *r, unsigned max)
{
	uint64_t v = rd_uint_max(r, max);

	if (v == 0)
		rd_fail(r, ERR_BAD_VALUE);
	return (unsigned)v;
}

size_t event_copy(struct bytes b, uint8_t *out)
{
	if (b.n)
		memcpy(out, b.p, b.n);
	return b.n;
}

/* event.cddl: pubkey = bstr .size 65 */
void event_read_pubkey(struct rd *r, struct pubkey *out)
{
	event_read_bstr(r, out->b, PUBKEY_LEN);
	if (r->err == ERR_OK && crypto_pubkey_check(out))
		rd_fail(r, ERR_BAD_KEY);
}

/* event.cddl: prefix = tstr .regexp "[0-9]{4,12}"    ; GS1 company prefix */
static void read_prefix(struct rd *r, struct prefix *out)
{
	struct bytes s = rd_tstr_max(r, PREFIX_DIGITS_MAX);

	if (s.n < PREFIX_DIGITS_MIN)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			rd_fail(r, ERR_BAD_VALUE);
	if (r->err)
		return;
	memcpy(out->digits, s.p, s.n);
	out->n = (uint8_t)s.n;
}

static struct bytes prefix_text(const struct prefix *p)
{
	return bytes_of(p->digits, p->n);
}

/* In this order a beginning stands right before what goes on from it. */
static void check_order(struct rd *r, const struct prefix *prev, const struct prefix *p)
{
	if (bytes_cmp(prefix_text(prev), prefix_text(p)) >= 0)
		rd_fail(r, ERR_NOT_SORTED);
	else if (p->n > prev->n && memcmp(prev->digits, p->digits, prev->n) == 0)
		rd_fail(r, ERR_BAD_VALUE);
}

/* event.cddl: prefixes = [0*16 prefix]               ; ascending as text, none the beginning of another */
void event_read_prefixes(struct rd *r, struct prefixes *out)
{
	size_t n = rd_array(r);

	if (n > PREFIXES_MAX) {
		rd_fail(r, ERR_BAD_VALUE);
		return;
	}
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		read_prefix(r, &out->v[i]);
		if (i > 0 && r->err == ERR_OK)
			check_order(r, &out->v[i - 1], &out->v[i]);
	}
	out->n = n;
}

/* GenSpecs 2.1: GTIN-14 = indicator, GS1 company prefix and item reference (12 digits), check digit. */
void prefix_of_gtin(struct prefix *out, uint64_t gtin)
{
	char digits[GTIN_DIGITS];

	gs1_digits(digits, GTIN_DIGITS, gtin);
	memcpy(out->digits, digits + 1, PREFIX_DIGITS_MAX);
	out->n = PREFIX_DIGITS_MAX;
}

/* GenSpecs 3.2.1: SSCC = extension digit, GS1 company prefix and serial reference (16 digits), check digit. */
void prefix_of_sscc(struct prefix *out, uint64_t sscc)
{
	char digits[SSCC_DIGITS];

	gs1_digits(digits, SSCC_DIGITS, sscc);
	memcpy(out->digits, digits + 1, PREFIX_DIGITS_MAX);
	out->n = PREFIX_DIGITS_MAX;
}

bool prefix_covers(const struct prefix *p, uint64_t gtin)
{
	struct prefix longest;

	prefix_of_gtin(&longest, gtin);
	return memcmp(longest.digits, p->digits, p->n) == 0;
}

void event_write_prefixes(struct wr *w, const struct prefixes *prefixes)
{
	wr_array(w, prefixes->n);
	for (size_t i = 0; i < prefixes->n; i++)
		wr_tstr(w, prefix_text(&prefixes->v[i]));
}

/* event.cddl: VALIDATORS: 1 or 4..13, no repeats, order is the validator index */
void event_read_validators(struct rd *r, struct validator_list *out)
{
	size_t n = rd_array(r);

	if (n > VALIDATORS_MAX || (n != 1 && n < 4)) {
		rd_fail(r, ERR_BAD_VALUE);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		out->gln[i] = event_read_gln(r);
		for (size_t j = 0; j < i; j++)
			if (out->gln[j] == out->gln[i])
				rd_fail(r, ERR_NOT_SORTED);
	}
	out->n = n;
}

void event_write_validators(struct wr *w, const struct validator_list *list)
{
	wr_array(w, list->n);
	for (size_t i = 0; i < list->n; i++)
		wr_uint(w, list->gln[i]);
}
