#include "scanner/repair_internal.h"

#define SOME_OF_MAX 5 /* places of one letter of which some are wrong: 31 ways */

/* The values typed with letters. */
static const char *const typed[] = { "21", "10" };
#define TYPED_COUNT (sizeof(typed) / sizeof(typed[0]))

/* Values of a scan's elements, in its order, some of them changed. */
struct values {
	struct bytes v[GS1_ELEMENTS_MAX];
};

static void values_of(struct values *out, const struct repair_scan *s)
{
	for (size_t i = 0; i < s->data.n; i++)
		out->v[i] = s->data.e[i].value;
}

/* Where the element of ai is; the count of elements: nowhere. */
static size_t place(const struct repair_scan *s, const char *ai)
{
	const struct gs1_element *e = gs1_find(&s->data, bytes_of_str(ai));

	return e ? (size_t)(e - s->data.e) : s->data.n;
}

static void add_values(struct repair_readings *out, const struct repair_scan *s, enum confusion c, const struct values *v)
{
	char buf[REPAIR_TEXT_MAX];
	struct gs1_data d;
	struct bytes text;
	struct fault f;

	gs1_init(&d);
	for (size_t i = 0; i < s->data.n; i++)
		if (gs1_put(&d, s->data.e[i].ai, v->v[i], 0, &f) != ERR_OK)
			return;
	if (gs1_format_brackets(&d, buf, sizeof(buf), &text) == ERR_OK)
		repair_add(out, s, c, text, 0);
}

static bool is_value(const struct repair_scan *s, size_t at)
{
	return at < s->data.n && s->data.e[at].value.n <= REPAIR_TEXT_MAX;
}

/* ---- letters of the other case ---- */

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c - 0x20 : c;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static struct bytes mapped(uint8_t *buf, struct bytes in, uint8_t (*map)(uint8_t))
{
	for (size_t i = 0; i < in.n; i++)
		buf[i] = map(in.p[i]);
	return bytes_of(buf, in.n);
}

void repair_case(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	static uint8_t (*const maps[])(uint8_t) = { upper, lower };
	static const unsigned which[] = { 1, 2, 3 }; /* bits: of typed[] */
	uint8_t buf[TYPED_COUNT][REPAIR_TEXT_MAX];
	struct values v;

	for (size_t m = 0; s->parsed && m < 2; m++)
		for (size_t w = 0; w < sizeof(which) / sizeof(which[0]); w++) {
			values_of(&v, s);
			for (size_t i = 0; i < TYPED_COUNT; i++) {
				size_t at = place(s, typed[i]);

				if (which[w] & 1U << i && is_value(s, at))
					v.v[at] = mapped(buf[i], v.v[at], maps[m]);
			}
			add_values(out, s, c, &v);
		}
}

/* ---- characters that look alike ---- */

/* The digit first. */
static const char *alike(enum confusion c)
{
	return c == CONFUSION_O_0 ? "0Oo" : c == CONFUSION_I_L_1 ? "1Il" : "3E";
}

/* One letter for another in a value, where it stands. */
struct exchange {
	size_t at; /* the element */
	char from, to;
	size_t places[REPAIR_TEXT_MAX], n;
};

static void find_places(struct exchange *x, struct bytes value)
{
	x->n = 0;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == x->from)
			x->places[x->n++] = i;
}

/* At the places of mask, bit by bit; beyond its bits at all of them or none, as its highest says. */
static void add_exchanged(struct repair_readings *out, const struct repair_scan *s, enum confusion c, const struct exchange *x,
			  uint32_t mask)
{
	struct bytes value = s->data.e[x->at].value;
	uint8_t buf[REPAIR_TEXT_MAX];
	struct values v;

	values_of(&v, s);
	memcpy(buf, value.p, value.n);
	for (size_t i = 0; i < x->n; i++)
		if (mask >> (i < 31 ? i : 31) & 1)
			buf[x->places[i]] = (uint8_t)x->to;
	v.v[x->at] = bytes_of(buf, value.n);
	add_values(out, s, c, &v);
}

/* At every place, then at each alone. */
static void all_or_one(struct repair_readings *out, const struct repair_scan *s, enum confusion c, const struct exchange *x)
{
	add_exchanged(out, s, c, x, UINT32_MAX);
	for (size_t i = 0; i < x->n && i < 31; i++)
		add_exchanged(out, s, c, x, 1U << i);
}

/* At some of a few places. */
static void some(struct repair_readings *out, const struct repair_scan *s, enum confusion c, const struct exchange *x)
{
	for (uint32_t mask = 1; x->n <= SOME_OF_MAX && mask >> x->n == 0; mask++)
		add_exchanged(out, s, c, x, mask);
}

static void exchange_typed(struct repair_readings *out, const struct repair_scan *s, enum confusion c,
			   void (*make)(struct repair_readings *, const struct repair_scan *, enum confusion, const struct exchange *))
{
	struct exchange x;

	for (size_t i = 0; i < TYPED_COUNT; i++)
		for (const char *from = alike(c); *from; from++)
			for (const char *to = alike(c); *to; to++) {
				x = (struct exchange){ .at = place(s, typed[i]), .from = *from, .to = *to };
				if (!is_value(s, x.at) || from == to)
					continue;
				find_places(&x, s->data.e[x.at].value);
				if (x.n > 0)
					make(out, s, c, &x);
			}
}

/* The first letter of the group in text from pos on becomes the group's digit; false: there is none. */
static bool digit_for_letter(uint8_t *text, size_t n, const struct fault *f, const char *group)
{
	size_t end = f->pos + (f->len ? f->len : 1);

	for (size_t i = f->pos; i < end && i < n; i++)
		if (text[i] != 0 && strchr(group + 1, text[i])) {
			text[i] = (uint8_t)group[0];
			return true;
		}
	return false;
}

/* Where only digits may stand: the parser says where. */
static void digits_only(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	uint8_t text[REPAIR_TEXT_MAX];
	struct fault f = s->fault;
	struct gs1_data d;

	memcpy(text, s->text.p, s->text.n);
	while (digit_for_letter(text, s->text.n, &f, alike(c))) {
		if (gs1_parse(&d, bytes_of(text, s->text.n), GS1_LENIENT, &f) != ERR_OK)
			continue;
		repair_add(out, s, c, bytes_of(text, s->text.n), 0);
		return;
	}
}

void repair_alike(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	if (s->parsed)
		exchange_typed(out, s, c, all_or_one);
	else
		digits_only(out, s, c);
}

void repair_alike_some(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	if (s->parsed)
		exchange_typed(out, s, c, some);
}

/* ---- the expiry ---- */

void repair_month_end(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	size_t at = place(s, "17");
	uint8_t date[6];
	struct values v;
	unsigned year, month, last;

	if (!s->parsed || !is_value(s, at) || s->data.e[at].value.n != sizeof(date))
		return;
	memcpy(date, s->data.e[at].value.p, sizeof(date));
	year = 2000 + (date[0] - '0') * 10U + (date[1] - '0');
	month = (date[2] - '0') * 10U + (date[3] - '0');
	last = gs1_days_in_month(year, month);
	if (memcmp(date + 4, "00", 2) == 0)
		gs1_digits((char *)date + 4, 2, last);
	else if ((date[4] - '0') * 10U + (date[5] - '0') == last)
		memcpy(date + 4, "00", 2);
	else
		return;
	values_of(&v, s);
	v.v[at] = bytes_of(date, sizeof(date));
	add_values(out, s, c, &v);
}

void repair_century(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	if (s->parsed && gs1_value(&s->data, "17").p)
		repair_add(out, s, c, s->text, 100);
}
