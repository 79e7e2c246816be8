#include "labels/gs1/gs1_elements.h"

#include "labels/gs1/text.h"

static enum err fail(struct fault *f, size_t pos, size_t len, const char *rule, enum err e)
{
	*f = (struct fault){ pos, len, rule };
	return e;
}

void gs1_init(struct gs1_data *d)
{
	d->n = 0;
	d->text_n = 0;
}

enum err gs1_put(struct gs1_data *d, const struct gs1_ai *ai, struct bytes value, size_t pos, struct fault *f)
{
	uint8_t *at = d->text + d->text_n;
	enum err e;

	if (d->n == GS1_ELEMENTS_MAX || value.n > GS1_TEXT_MAX - d->text_n)
		return fail(f, pos, value.n, "too many elements or too long", ERR_TOO_LARGE);
	if (value.n == 0)
		return fail(f, pos, 0, "the value is missing", ERR_GS1_LENGTH);
	e = gs1_ai_check(ai, value, f);
	if (e != ERR_OK) {
		f->pos += pos;
		return e;
	}
	memcpy(at, value.p, value.n);
	d->text_n += value.n;
	d->e[d->n++] = (struct gs1_element){ .ai = ai, .value = bytes_of(at, value.n), .pos = pos };
	return ERR_OK;
}

enum err gs1_add(struct gs1_data *d, const char *ai, struct bytes value, struct fault *f)
{
	const struct gs1_ai *row = gs1_ai_find(bytes_of_str(ai));

	if (!row)
		return fail(f, 0, 0, "unknown application identifier", ERR_GS1_UNKNOWN_AI);
	return gs1_put(d, row, value, 0, f);
}

const struct gs1_element *gs1_find(const struct gs1_data *d, struct bytes pattern)
{
	for (size_t i = 0; i < d->n; i++)
		if (gs1_ai_matches(d->e[i].ai, pattern))
			return &d->e[i];
	return NULL;
}

struct bytes gs1_value(const struct gs1_data *d, const char *ai)
{
	const struct gs1_element *e = gs1_find(d, bytes_of_str(ai));

	return e ? e->value : bytes_of(NULL, 0);
}

/* ---- pairs ---- */

/* One group "01+21" is there whole. */
static bool has_group(const struct gs1_data *d, struct bytes group)
{
	struct bytes ai;

	while (text_part(&group, '+', &ai))
		if (!gs1_find(d, ai))
			return false;
	return true;
}

static bool requirements_met(const struct gs1_data *d, const struct gs1_ai *ai)
{
	struct bytes list = bytes_of_str(ai->req), group;

	if (list.n == 0)
		return true;
	while (text_part(&list, ',', &group))
		if (has_group(d, group))
			return true;
	return false;
}

static const struct gs1_element *excluded_by(const struct gs1_data *d, const struct gs1_ai *ai)
{
	struct bytes list = bytes_of_str(ai->ex), pattern;

	while (text_part(&list, ',', &pattern))
		for (size_t i = 0; i < d->n; i++)
			if (d->e[i].ai != ai && gs1_ai_matches(d->e[i].ai, pattern))
				return &d->e[i];
	return NULL;
}

static const struct gs1_element *repeated_otherwise(const struct gs1_data *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->e[k].ai == d->e[i].ai && !bytes_eq(d->e[k].value, d->e[i].value))
			return &d->e[k];
	return NULL;
}

/* A signature names one thing: GDTI, GCN and GRAI must carry their serial part beside AI 8030 (GenSpecs 3.9.8). */
static bool signature_without_serial(const struct gs1_data *d, const struct gs1_element *e)
{
	static const struct { const char *ai; size_t without; } keys[] = { { "253", 13 }, { "255", 13 }, { "8003", 14 } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(e->ai->digits, keys[i].ai) == 0 && e->value.n <= keys[i].without)
			return gs1_value(d, "8030").p != NULL;
	return false;
}

enum err gs1_validate(const struct gs1_data *d, struct fault *f)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct gs1_element *e = &d->e[i];

		if (repeated_otherwise(d, i))
			return fail(f, e->pos, e->value.n, "repeated with another value", ERR_GS1_DUPLICATE);
		if (excluded_by(d, e->ai))
			return fail(f, e->pos, e->value.n, "must not stand beside another element that is there", ERR_GS1_PAIR);
		if (!requirements_met(d, e->ai))
			return fail(f, e->pos, e->value.n, "wants another element beside it that is not there", ERR_GS1_REQUIRED);
		if (signature_without_serial(d, e))
			return fail(f, e->pos, e->value.n, "a signature wants this key's serial part", ERR_GS1_REQUIRED);
	}
	return ERR_OK;
}

/* ---- reading ---- */

/* "(AI)value(AI)value": a "(" in a value is escaped by a backslash. */
static enum err parse_brackets(struct gs1_data *d, struct bytes in, struct fault *f)
{
	size_t i = 0;
	enum err e = ERR_OK;

	while (i < in.n && e == ERR_OK) {
		uint8_t value[GS1_TEXT_MAX];
		size_t n = 0, open = i, close, from;
		const struct gs1_ai *ai;

		for (close = i + 1; close < in.n && in.p[close] != ')'; close++)
			;
		if (in.p[i] != '(' || close == in.n)
			return fail(f, i, 1, "an application identifier in brackets is wanted", ERR_GS1_SYNTAX);
		ai = gs1_ai_find(bytes_of(in.p + i + 1, close - i - 1));
		if (!ai)
			return fail(f, open, close + 1 - open, "unknown application identifier", ERR_GS1_UNKNOWN_AI);
		from = close + 1;
		for (i = from; i < in.n && in.p[i] != '('; i++) {
			if (in.p[i] == '\\' && i + 1 < in.n && in.p[i + 1] == '(')
				i++;
			if (n == sizeof(value))
				return fail(f, from, n, "too long", ERR_TOO_LARGE);
			value[n++] = in.p[i];
		}
		e = gs1_put(d, ai, bytes_of(value, n), from, f);
	}
	return e;
}

/* Elements one after the other, fnc1 between those that need it.  base: where in begins in the original input. */
static enum err parse_elements(struct gs1_data *d, struct bytes in, uint8_t fnc1, size_t base, struct fault *f)
{
	size_t i = 0;
	enum err e = ERR_OK;

	if (in.n == 0)
		return fail(f, base, 0, "no elements", ERR_GS1_SYNTAX);
	while (i < in.n && e == ERR_OK) {
		const struct gs1_ai *ai = gs1_ai_at(bytes_of(in.p + i, in.n - i));
		const uint8_t *end;
		size_t n, fixed, left;

		if (!ai)
			return fail(f, base + i, in.n - i < 4 ? in.n - i : 4, "unknown application identifier", ERR_GS1_UNKNOWN_AI);
		i += strlen(ai->digits);
		left = in.n - i;
		end = memchr(in.p + i, fnc1, left);
		n = end ? (size_t)(end - (in.p + i)) : left;
		fixed = gs1_ai_needs_fnc1(ai) ? SIZE_MAX : gs1_ai_fixed_len(ai);
		if (n > fixed)
			n = fixed; /* no separator stands between this element and the next */
		e = gs1_put(d, ai, bytes_of(in.p + i, n), base + i, f);
		i += n;
		if (i < in.n && in.p[i] == fnc1)
			i++;
	}
	return e;
}

static bool starts(struct bytes in, const char *prefix)
{
	size_t n = strlen(prefix);

	return in.n >= n && memcmp(in.p, prefix, n) == 0;
}

static bool is_gs1_symbology(struct bytes in)
{
	return starts(in, "]d2") || starts(in, "]Q3") || starts(in, "]C1") || starts(in, "]e0") || starts(in, "]J1");
}

/* "[)>" RS "06" GS "9N...": the ISO/IEC 15434 envelope of German PPN codes (IFA coding). */
static bool is_ifa(struct bytes in)
{
	return starts(in, "[)>\x1e" "06\x1d" "9N");
}

static enum err parse_lenient(struct gs1_data *d, struct bytes in, struct fault *f)
{
	size_t skip = in.n > 0 && in.p[0] == GS1_GS;

	if (in.n > skip && text_is_digit(in.p[skip]))
		return parse_elements(d, bytes_of(in.p + skip, in.n - skip), GS1_GS, skip, f);
	return fail(f, 0, in.n, "neither an element string nor a Digital Link", ERR_GS1_NOT_GS1);
}

static enum err parse_form(struct gs1_data *d, struct bytes in, unsigned flags, struct fault *f)
{
	size_t skip = starts(in, "]Q1") || starts(in, "]d1") ? 3 : 0;
	struct bytes plain = bytes_of(in.p + skip, in.n - skip);

	if (in.n == 0)
		return fail(f, 0, 0, "nothing there", ERR_GS1_SYNTAX);
	if (in.n > GS1_INPUT_MAX)
		return fail(f, GS1_INPUT_MAX, 1, "longer than any label", ERR_TOO_LARGE);
	if (is_ifa(plain))
		return fail(f, skip, plain.n, "an IFA code (PPN), not GS1", ERR_GS1_NOT_GS1);
	if (gs1_dl_scheme(plain) > 0)
		return gs1_parse_dl(d, plain, skip, flags, f);
	if (in.p[0] == '(')
		return parse_brackets(d, in, f);
	if (in.p[0] == '^')
		return parse_elements(d, bytes_of(in.p + 1, in.n - 1), '^', 1, f);
	if (is_gs1_symbology(in))
		return parse_elements(d, bytes_of(in.p + 3, in.n - 3), GS1_GS, 3, f);
	if (flags & GS1_LENIENT && skip == 0)
		return parse_lenient(d, in, f);
	return fail(f, 0, in.n, "neither an element string nor a Digital Link", ERR_GS1_NOT_GS1);
}

enum err gs1_parse(struct gs1_data *out, struct bytes in, unsigned flags, struct fault *fault)
{
	enum err e;

	gs1_init(out);
	*fault = (struct fault){ 0, 0, "" };
	if (flags & GS1_LENIENT)
		flags |= GS1_PAD_GTIN;
	e = parse_form(out, in, flags, fault);
	if (e == ERR_OK && !(flags & GS1_SYNTAX_ONLY))
		e = gs1_validate(out, fault);
	return e;
}

/* ---- writing ---- */

enum err gs1_format_brackets(const struct gs1_data *d, char *buf, size_t cap, struct bytes *out)
{
	struct text t = { buf, 0, cap };

	for (size_t i = 0; i < d->n; i++) {
		struct bytes v = d->e[i].value;

		text_put(&t, "(", 1);
		text_put(&t, d->e[i].ai->digits, strlen(d->e[i].ai->digits));
		text_put(&t, ")", 1);
		for (size_t k = 0; k < v.n; k++) {
			if (v.p[k] == '(')
				text_put(&t, "\\", 1);
			text_put(&t, v.p + k, 1);
		}
	}
	return text_end(&t, out);
}

enum err gs1_format_scan(const struct gs1_data *d, char fnc1, bool first, char *buf, size_t cap, struct bytes *out)
{
	struct text t = { buf, 0, cap };

	if (first)
		text_put(&t, &fnc1, 1);
	for (size_t i = 0; i < d->n; i++) {
		text_put(&t, d->e[i].ai->digits, strlen(d->e[i].ai->digits));
		text_put(&t, d->e[i].value.p, d->e[i].value.n);
		if (i + 1 < d->n && gs1_ai_needs_fnc1(d->e[i].ai))
			text_put(&t, &fnc1, 1);
	}
	return text_end(&t, out);
}
