#include "labels/gs1/text.h"
#include "scanner/repair_internal.h"

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void add_mapped(struct repair_readings *out, const struct repair_scan *s, enum confusion c, uint8_t (*map)(uint8_t))
{
	uint8_t buf[REPAIR_TEXT_MAX];

	for (size_t i = 0; i < s->text.n; i++)
		buf[i] = map(s->text.p[i]);
	repair_add_typed(out, s, c, bytes_of(buf, s->text.n));
}

static uint8_t other_case(uint8_t c)
{
	return is_letter(c) ? c ^ 0x20 : c;
}

void repair_caps_lock(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	add_mapped(out, s, c, other_case);
}

static uint8_t y_for_z(uint8_t c)
{
	uint8_t small = c | 0x20;

	return is_letter(c) && (small == 'y' || small == 'z') ? c ^ ('y' ^ 'z') : c;
}

void repair_y_z(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	add_mapped(out, s, c, y_for_z);
}

/* ---- keyboard layouts ---- */

/* What each key gives, alone and with shift, in one order of the keys: digits' row and the three below it, from the left.
 * DEL stands for what is not there. */
static const char us[] = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
			 "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?";
static const char german[] = "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
			     "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_";
static const char french[] = "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"
			     "\x7f" "1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§";

static const struct {
	enum confusion confusion;
	const char *sent, *taken;
} layouts[] = {
	{ CONFUSION_LAYOUT_US_DE, us, german }, { CONFUSION_LAYOUT_DE_US, german, us },
	{ CONFUSION_LAYOUT_US_FR, us, french }, { CONFUSION_LAYOUT_FR_US, french, us },
	{ CONFUSION_LAYOUT_DE_FR, german, french }, { CONFUSION_LAYOUT_FR_DE, french, german },
};

/* Length of the UTF-8 character that in begins with; 1 for a byte that begins none. */
static size_t char_len(struct bytes in)
{
	size_t n = in.p[0] >= 0xf0 ? 4 : in.p[0] >= 0xe0 ? 3 : in.p[0] >= 0xc0 ? 2 : 1;

	return n <= in.n ? n : 1;
}

/* The character at keys' place where taken has c; n 0: none. */
static struct bytes same_key(const char *sent, const char *taken, struct bytes c)
{
	struct bytes s = bytes_of_str(sent), t = bytes_of_str(taken);

	while (s.n > 0 && t.n > 0) {
		size_t sn = char_len(s), tn = char_len(t);

		if (bytes_eq(bytes_of(t.p, tn), c))
			return bytes_of(s.p, sn);
		s = bytes_of(s.p + sn, s.n - sn);
		t = bytes_of(t.p + tn, t.n - tn);
	}
	return bytes_of(NULL, 0);
}

/* The text as it was sent; false: taken has no key for some character. */
static bool retype(struct text *out, struct bytes in, const char *sent, const char *taken)
{
	while (in.n > 0) {
		size_t n = char_len(in);
		struct bytes c = bytes_of(in.p, n), key = in.p[0] <= ' ' ? c : same_key(sent, taken, c);

		if (key.n == 0)
			return false;
		text_put(out, key.p, key.n);
		in = bytes_of(in.p + n, in.n - n);
	}
	return true;
}

void repair_layout(struct repair_readings *out, const struct repair_scan *s, enum confusion c)
{
	char buf[REPAIR_TEXT_MAX];
	struct text t = { buf, 0, sizeof(buf) };
	struct bytes text;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].confusion == c && retype(&t, s->text, layouts[i].sent, layouts[i].taken) &&
		    text_end(&t, &text) == ERR_OK)
			repair_add_typed(out, s, c, text);
}
