#include "labels/gs1/text.h"
#include "scanner/repair_internal.h"

#define LOST_MAX 3 /* separators: lot, serial, a national number */
#define CUTS_MAX 12 /* ways to cut: the other confusions want their place too */

/* What handhelds send in place of GS.  None is a character of CSET 82: it can stand in no value of a pack's label. */
static const char *const stand_ins[] = { "^]", "|", "#", "~", " ", "@", "\t", "\x1e" };

static bool begins(struct bytes text, const char *what)
{
	size_t n = strlen(what);

	return text.n >= n && memcmp(text.p, what, n) == 0;
}

/* Bytes of the AIM identifier that text begins with. */
static size_t aim_len(struct bytes text)
{
	return text.n >= 3 && text.p[0] == ']' ? 3 : 0;
}

static bool is_element_string(struct bytes text)
{
	return gs1_dl_scheme(text) == 0 && text.n > 0 && text.p[0] != '(';
}

static void replace(struct text *t, struct bytes in, const char *what)
{
	const char gs = GS1_GS;
	size_t i = aim_len(in);

	text_put(t, in.p, i);
	while (i < in.n) {
		if (begins(bytes_of(in.p + i, in.n - i), what)) {
			text_put(t, &gs, 1);
			i += strlen(what);
		} else {
			text_put(t, in.p + i++, 1);
		}
	}
}

void repair_separator(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	if (s->parsed || !is_element_string(s->text))
		return;
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++) {
		char buf[REPAIR_TEXT_MAX];
		struct text t = { buf, 0, sizeof(buf) };
		struct bytes text;

		replace(&t, s->text, stand_ins[i]);
		if (text_end(&t, &text) == ERR_OK)
			repair_add(out, s, c, text, 0);
	}
}

/* ---- lost separators ---- */

/* One way to cut the text: made so far, and what is left. */
struct cutting {
	struct repair_readings *out;
	const struct repair_scan *s;
	enum confusion confusion;
	size_t room; /* readings there may be at the end */
	char buf[REPAIR_TEXT_MAX];
};

/* What can follow glued: the AIs on packs (domain.md, "Identifiers on a pack"), and the dates beside them. */
static bool begins_element(struct bytes rest)
{
	static const char *const ais[] = { "10", "21", "17", "01", "11", "8030", "710", "711", "712", "713", "714", "715", "716" };

	for (size_t i = 0; i < sizeof(ais) / sizeof(ais[0]); i++)
		if (begins(rest, ais[i]) && rest.n > strlen(ais[i]))
			return true;
	return false;
}

static void cut(struct cutting *k, size_t made, struct bytes rest, unsigned lost);

/* The element's value is n bytes of rest; go on behind it, with a separator that was there or is put back. */
static void take(struct cutting *k, size_t made, const struct gs1_ai *ai, struct bytes rest, size_t n, unsigned lost)
{
	size_t head = strlen(ai->digits), end = head + n, more = end;
	bool there = rest.n > end && rest.p[end] == GS1_GS;
	struct fault f;

	if (gs1_ai_check(ai, bytes_of(rest.p + head, n), &f) != ERR_OK || made + end + 1 > sizeof(k->buf))
		return;
	memcpy(k->buf + made, rest.p, end);
	made += end;
	more += there;
	if (rest.n > more && gs1_ai_needs_fnc1(ai))
		k->buf[made++] = GS1_GS;
	cut(k, made, bytes_of(rest.p + more, rest.n - more), lost);
}

/* rest begins with an element: every way to go on with so many separators lost in it. */
static void cut(struct cutting *k, size_t made, struct bytes rest, unsigned lost)
{
	const struct gs1_ai *ai = gs1_ai_at(rest);
	size_t head, whole, fixed;
	const uint8_t *gs;

	if (rest.n == 0 && lost == 0 && k->out->n < k->room)
		repair_add(k->out, k->s, k->confusion, bytes_of(k->buf, made), 0);
	if (rest.n == 0 || !ai || rest.n <= strlen(ai->digits))
		return;
	head = strlen(ai->digits);
	gs = memchr(rest.p + head, GS1_GS, rest.n - head);
	whole = gs ? (size_t)(gs - rest.p) - head : rest.n - head;
	fixed = gs1_ai_fixed_len(ai);
	if (!gs1_ai_needs_fnc1(ai)) {
		take(k, made, ai, rest, whole < fixed ? whole : fixed, lost);
		return;
	}
	take(k, made, ai, rest, whole, lost);
	for (size_t n = 1; lost > 0 && n < whole && n <= fixed; n++)
		if (begins_element(bytes_of(rest.p + head + n, whole - n)))
			take(k, made, ai, rest, n, lost - 1);
}

void repair_glued(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	struct cutting k = { .out = out, .s = s, .confusion = c, .room = out->n + CUTS_MAX };
	size_t skip = aim_len(s->text);

	if (!is_element_string(s->text) || s->text.p[0] == '^')
		return;
	skip += s->text.n > skip && s->text.p[skip] == GS1_GS;
	memcpy(k.buf, s->text.p, skip);
	for (unsigned lost = 1; lost <= LOST_MAX; lost++)
		cut(&k, skip, bytes_of(s->text.p + skip, s->text.n - skip), lost);
}

void repair_add_typed(struct repair_readings *out, const struct repair_scan *s, enum confusion c, struct bytes text)
{
	struct repair_scan typed = { .text = text, .brackets = s->brackets };
	size_t before = out->n;

	repair_add(out, s, c, text, 0);
	if (out->n == before)
		repair_glued(out, &typed, c);
}
