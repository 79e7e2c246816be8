#include "labels/gs1/gs1_ai.h"

#include "gen/gs1_ai_table.h"
#include "labels/gs1/gs1_lint.h"
#include "labels/gs1/text.h"

static const struct gs1_ai ais[] = {
#define X(digits, flags, components, req, ex, dlpkey, title) { digits, flags, components, req, ex, dlpkey, title },
	GS1_AIS(X)
#undef X
};

/* Row + 1 for each four leading digits. */
static const uint16_t by_digits[10000] = GS1_AI_INDEX;

const struct gs1_ai *gs1_ai_at(struct bytes text)
{
	unsigned four = 0;
	size_t have = 0;
	const struct gs1_ai *ai;

	while (have < 4 && have < text.n && text_is_digit(text.p[have]))
		four = four * 10 + (unsigned)(text.p[have++] - '0');
	for (size_t i = have; i < 4; i++)
		four *= 10;
	if (have < 2 || by_digits[four] == 0)
		return NULL;
	ai = &ais[by_digits[four] - 1];
	return strlen(ai->digits) <= have ? ai : NULL;
}

const struct gs1_ai *gs1_ai_find(struct bytes text)
{
	const struct gs1_ai *ai = gs1_ai_at(text);

	return ai && strlen(ai->digits) == text.n ? ai : NULL;
}

bool gs1_ai_needs_fnc1(const struct gs1_ai *ai)
{
	return strchr(ai->flags, '*') == NULL;
}

bool gs1_ai_matches(const struct gs1_ai *ai, struct bytes pattern)
{
	if (strlen(ai->digits) != pattern.n)
		return false;
	for (size_t i = 0; i < pattern.n; i++)
		if (pattern.p[i] != 'n' && pattern.p[i] != (uint8_t)ai->digits[i])
			return false;
	return true;
}

unsigned gs1_ai_number(const struct gs1_ai *ai)
{
	unsigned v = 0;

	for (const char *s = ai->digits; *s; s++)
		v = v * 10 + (unsigned)(*s - '0');
	return v;
}

/* ---- components ---- */

struct component {
	char type; /* N X Y Z */
	bool optional;
	size_t min, max;
	const char *linters; /* ",csum,gcppos1" up to a blank, ']' or the end */
};

static size_t number_at(const char **s)
{
	size_t v = 0;

	while (text_is_digit((uint8_t)**s))
		v = v * 10 + (size_t)(*(*s)++ - '0');
	return v;
}

/* "N13,csum", "X..20", "[N..12],x": step s over one; false at the end. */
static bool next_component(const char **s, struct component *c)
{
	while (**s == ' ')
		(*s)++;
	if (**s == 0)
		return false;
	c->optional = **s == '[';
	*s += c->optional;
	c->type = *(*s)++;
	c->min = 0;
	if (strncmp(*s, "..", 2) == 0) {
		*s += 2;
		c->max = number_at(s);
		c->min = 1;
	} else {
		c->min = c->max = number_at(s);
	}
	*s += **s == ']';
	c->linters = *s;
	while (**s && **s != ' ')
		(*s)++;
	return true;
}

size_t gs1_ai_fixed_len(const struct gs1_ai *ai)
{
	const char *s = ai->components;
	struct component c;
	size_t n = 0;

	while (next_component(&s, &c))
		n += c.max;
	return n;
}

static bool in_charset(char type, uint8_t c)
{
	switch (type) {
	case 'N':
		return text_is_digit(c);
	case 'X':
		return gs1_is_cset82_char(c);
	case 'Y': /* GenSpecs table 7.11-2 */
		return text_is_digit(c) || (c >= 'A' && c <= 'Z') || c == '#' || c == '-' || c == '/';
	default: /* GenSpecs table 7.11-3: base64url */
		return text_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
	}
}

static const char *charset_rule(char type)
{
	switch (type) {
	case 'N':
		return "only digits may stand here";
	case 'X':
		return "not a character of GS1 CSET 82";
	case 'Y':
		return "not a character of GS1 CSET 39";
	default:
		return "not a character of base64url";
	}
}

static enum err check_charset(char type, struct bytes part, size_t at, struct fault *fault)
{
	size_t n = part.n, padding;

	while (type == 'Z' && n > 0 && part.p[n - 1] == '=')
		n--;
	padding = part.n - n;
	/* GS1's own check of CSET 64 counts padding to a multiple of three, unlike RFC 4648 4; none is right too. */
	if (padding > 2 || (padding > 0 && part.n % 3 != 0)) {
		*fault = (struct fault){ at + n, padding, "wrong padding of base64url" };
		return ERR_GS1_CHARSET;
	}
	for (size_t i = 0; i < n; i++)
		if (!in_charset(type, part.p[i])) {
			*fault = (struct fault){ at + i, 1, charset_rule(type) };
			return ERR_GS1_CHARSET;
		}
	return ERR_OK;
}

static enum err run_linters(const struct component *c, struct bytes part, size_t at, struct fault *fault)
{
	const char *s = c->linters;

	while (*s == ',') {
		const char *name = ++s;
		enum err e;

		while (*s && *s != ',' && *s != ' ')
			s++;
		e = gs1_lint(bytes_of(name, (size_t)(s - name)), part, fault);
		if (e != ERR_OK) {
			fault->pos += at;
			return e;
		}
	}
	return ERR_OK;
}

static enum err wrong_length(struct bytes value, size_t at, const char *rule, struct fault *fault)
{
	*fault = (struct fault){ at, value.n - at, rule };
	return ERR_GS1_LENGTH;
}

enum err gs1_ai_check(const struct gs1_ai *ai, struct bytes value, struct fault *fault)
{
	const char *s = ai->components;
	struct component c;
	size_t at = 0;

	while (next_component(&s, &c)) {
		size_t left = value.n - at, n = left < c.max ? left : c.max;
		struct bytes part = bytes_of(value.p + at, n);
		enum err e;

		if (left == 0 && c.optional)
			continue;
		if (n < c.min)
			return wrong_length(value, at, "too short for this application identifier", fault);
		e = check_charset(c.type, part, at, fault);
		if (e == ERR_OK)
			e = run_linters(&c, part, at, fault);
		if (e != ERR_OK)
			return e;
		at += n;
	}
	return at == value.n ? ERR_OK : wrong_length(value, at, "too long for this application identifier", fault);
}
