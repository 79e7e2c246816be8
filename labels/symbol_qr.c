#include "labels/symbol.h"

#include <errno.h>
#include <limits.h>
#include <qrencode.h>

/* ISO/IEC 18004 7.4: modes of a segment.  Costs in sixths of a bit: a digit takes 10/3, a letter 11/2 bits. */
enum mode { NUMERIC, ALPHANUMERIC, BYTE, MODES };
static const struct {
	QRencodeMode mode;
	unsigned sixths; /* a character */
	unsigned length_bits[3]; /* of the count in the head: versions 1 to 9, 10 to 26, 27 to 40 */
} modes[MODES] = {
	[NUMERIC] = { QR_MODE_NUM, 20, { 10, 12, 14 } },
	[ALPHANUMERIC] = { QR_MODE_AN, 33, { 9, 11, 13 } },
	[BYTE] = { QR_MODE_8, 48, { 8, 16, 16 } },
};
static const int last_version[3] = { 9, 26, 40 };

#define NEVER (UINT_MAX / 2)

static bool holds(enum mode m, char c)
{
	bool digit = c >= '0' && c <= '9';

	if (m == NUMERIC)
		return digit;
	return m == BYTE || digit || (c >= 'A' && c <= 'Z') || (c && strchr(" $%*+-./:", c));
}

static unsigned whole_bits(unsigned sixths)
{
	return (sixths + 5) / 6 * 6;
}

/* Mode of each character, so that the whole takes the fewest bits in versions of this group: the cheapest way to end in each mode
 * after each character, then back along it. */
static void choose_modes(const char *text, size_t n, size_t group, uint8_t *mode)
{
	static _Thread_local uint8_t from[SYMBOL_TEXT_MAX][MODES];
	unsigned cost[MODES], next[MODES];
	uint8_t at = BYTE;

	for (unsigned m = 0; m < MODES; m++)
		cost[m] = 6 * (4 + modes[m].length_bits[group]);
	for (size_t i = 0; i < n; i++) {
		for (unsigned m = 0; m < MODES; m++) {
			next[m] = NEVER;
			for (unsigned f = 0; f < MODES && holds((enum mode)m, text[i]); f++) {
				unsigned head = f == m || i == 0 ? 0 : 6 * (4 + modes[m].length_bits[group]);
				unsigned before = f == m ? cost[f] : whole_bits(cost[f]);

				if ((i > 0 || f == m) && before + head + modes[m].sixths < next[m]) {
					next[m] = before + head + modes[m].sixths;
					from[i][m] = (uint8_t)f;
				}
			}
		}
		memcpy(cost, next, sizeof(cost));
	}
	for (unsigned m = 0; m < MODES; m++)
		if (whole_bits(cost[m]) < whole_bits(cost[at]))
			at = (uint8_t)m;
	for (size_t i = n; i-- > 0; at = from[i][at])
		mode[i] = at;
}

static enum err append_segments(QRinput *in, const char *text, size_t n, const uint8_t *mode)
{
	for (size_t i = 0; i < n;) {
		size_t from = i;

		while (i < n && mode[i] == mode[from])
			i++;
		if (QRinput_append(in, modes[mode[from]].mode, (int)(i - from), (const unsigned char *)text + from) != 0)
			return errno == ENOMEM ? ERR_NO_MEMORY : ERR_TOO_LARGE;
	}
	return ERR_OK;
}

static QRecLevel level_of(enum qr_level level)
{
	switch (level) {
	case QR_LOW:
		return QR_ECLEVEL_L;
	case QR_MEDIUM:
		return QR_ECLEVEL_M;
	case QR_QUARTILE:
		return QR_ECLEVEL_Q;
	case QR_HIGH:
		return QR_ECLEVEL_H;
	}
	return QR_ECLEVEL_M;
}

/* NULL: there is no such symbol of a version in this group; errno says why. */
static QRcode *encode_in(const char *text, size_t n, enum qr_level level, size_t group)
{
	uint8_t mode[SYMBOL_TEXT_MAX];
	QRinput *in = QRinput_new2(0, level_of(level));
	QRcode *q = NULL;

	choose_modes(text, n, group, mode);
	if (in && append_segments(in, text, n, mode) == ERR_OK)
		q = QRcode_encodeInput(in);
	QRinput_free(in);
	if (q && q->version > last_version[group]) {
		QRcode_free(q);
		errno = ERANGE;
		return NULL;
	}
	return q;
}

enum err symbol_qr(struct symbol *out, const char *text, enum qr_level level)
{
	size_t n = strlen(text), modules;
	QRcode *q = NULL;

	errno = ERANGE;
	for (size_t group = 0; group < 3 && !q && n <= SYMBOL_TEXT_MAX; group++)
		q = encode_in(text, n, level, group);
	if (!q)
		return errno == ENOMEM ? ERR_NO_MEMORY : ERR_TOO_LARGE;
	out->kind = SYMBOL_QR;
	out->quiet = 4;
	out->side = (unsigned)q->width;
	modules = (size_t)out->side * out->side;
	for (size_t i = 0; i < modules; i++)
		out->dark[i] = q->data[i] & 1;
	QRcode_free(q);
	return ERR_OK;
}

const char *symbol_aim(enum symbol_kind kind)
{
	return kind == SYMBOL_QR ? "]Q1" : "]d2";
}
