#include "scanner/repair_internal.h"

static const struct {
	struct confusion_row row;
	void (*make)(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
} confusions[] = {
#define LAYOUT "the scanner and the computer are set to different keyboard layouts"
	{ { CONFUSION_SEPARATOR, "separator", "with the separator put back", "the scanner replaces the separator GS", true },
	  repair_separator },
	{ { CONFUSION_GLUED, "glued", "with the lost separator put back", "the scanner does not send the separator GS", true },
	  repair_glued },
	{ { CONFUSION_CENTURY, "century", "with the expiry in another century", "the label's year has two digits", false },
	  repair_century },
	{ { CONFUSION_CAPS_LOCK, "caps_lock", "with capital and small letters exchanged", "Caps Lock is on", false },
	  repair_caps_lock },
	{ { CONFUSION_Y_Z, "y_z", "with Y and Z exchanged", LAYOUT, false }, repair_y_z },
	{ { CONFUSION_LAYOUT_US_DE, "layout_us_de", "sent as US keys and taken for German ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_LAYOUT_DE_US, "layout_de_us", "sent as German keys and taken for US ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_LAYOUT_US_FR, "layout_us_fr", "sent as US keys and taken for French ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_LAYOUT_FR_US, "layout_fr_us", "sent as French keys and taken for US ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_LAYOUT_DE_FR, "layout_de_fr", "sent as German keys and taken for French ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_LAYOUT_FR_DE, "layout_fr_de", "sent as French keys and taken for German ones", LAYOUT, false }, repair_layout },
	{ { CONFUSION_CASE, "case", "with capitals for small letters or the other way round",
	    "the case was changed in typing or by the scanner", false },
	  repair_case },
	{ { CONFUSION_MONTH_END, "month_end", "with the day 00 for the month's last", "one of the two dates names no day", false },
	  repair_month_end },
#define O_0 { CONFUSION_O_0, "o_0", "with letter O and digit 0 exchanged", "they look alike", false }
#define I_L_1 { CONFUSION_I_L_1, "i_l_1", "with I, l and 1 exchanged", "they look alike", false }
#define E_3 { CONFUSION_E_3, "e_3", "with E and 3 exchanged", "the scanner's keyboard table is of another country or make", false }
	{ O_0, repair_alike },
	{ I_L_1, repair_alike },
	{ E_3, repair_alike },
	{ O_0, repair_alike_some },
	{ I_L_1, repair_alike_some },
	{ E_3, repair_alike_some },
#undef E_3
#undef I_L_1
#undef O_0
#undef LAYOUT
};
#define CONFUSION_COUNT (sizeof(confusions) / sizeof(confusions[0]))

const struct confusion_row *confusion_row(enum confusion c)
{
	for (size_t i = 0; i < CONFUSION_COUNT; i++)
		if (confusions[i].row.confusion == c)
			return &confusions[i].row;
	return NULL;
}

/* As brackets, whatever form it came in; false: it names no pack. */
static bool as_brackets(struct bytes text, char buf[static REPAIR_TEXT_MAX], struct bytes *out)
{
	struct gs1_data d;
	struct fault f;

	return gs1_parse(&d, text, GS1_LENIENT, &f) == ERR_OK && gs1_value(&d, "01").p && gs1_value(&d, "21").p &&
	       gs1_format_brackets(&d, buf, REPAIR_TEXT_MAX, out) == ERR_OK;
}

static bool is_there(const struct repair_readings *r, struct bytes text, unsigned years)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].years == years && bytes_eq(bytes_of(r->v[i].text, r->v[i].n), text))
			return true;
	return false;
}

void repair_add(struct repair_readings *out, const struct repair_scan *s, enum confusion c, struct bytes text, unsigned years)
{
	struct repair_reading *r = &out->v[out->n];
	char buf[REPAIR_TEXT_MAX];
	struct bytes b;

	if (out->n == REPAIR_READINGS_MAX || !as_brackets(text, buf, &b))
		return;
	if ((years == 0 && bytes_eq(b, s->brackets)) || is_there(out, b, years))
		return;
	r->confusion = c;
	r->years = years;
	memcpy(r->text, b.p, r->n = b.n);
	out->n++;
}

void repair_readings(struct repair_readings *out, struct bytes text)
{
	struct repair_scan s = { .text = text };
	char buf[REPAIR_TEXT_MAX];

	out->n = 0;
	if (text.n == 0 || text.n > REPAIR_TEXT_MAX)
		return;
	if (!as_brackets(text, buf, &s.brackets))
		s.brackets = bytes_of(NULL, 0);
	s.parsed = gs1_parse(&s.data, text, GS1_LENIENT, &s.fault) == ERR_OK;
	for (size_t i = 0; i < CONFUSION_COUNT; i++)
		confusions[i].make(out, &s, confusions[i].row.confusion);
}
