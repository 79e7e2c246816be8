/* Symbols: as small as can be, and what they say is what was put in, byte for byte, as a decoder reads it. */
#include "labels/gs1/gs1_elements.h"
#include "labels/render.h"
#include "scanner/reader.h"
#include "tests/t.h"

#include <qrencode.h>
#include <stdlib.h>

static struct symbol symbol;

/* Drawn at four dots a module, and read. */
static bool says(const struct symbol *s, struct bytes text)
{
	const struct label_drawing d = { .look = { 300, 4 }, .symbol = s };
	unsigned side = (s->side + 2 * s->quiet) * 4;
	static uint8_t grey[(SYMBOL_SIDE_MAX + 8) * 4 * (SYMBOL_SIDE_MAX + 8) * 4];
	static struct reader_symbol got;

	render_symbol(&d, grey, side);
	return reader_read(grey, side, side, side, 0, &got, 1) == 1 && strcmp(got.aim, symbol_aim(s->kind)) == 0 &&
	       bytes_eq(bytes_of(got.bytes, got.n), text);
}

static size_t below(uint64_t *r, size_t n)
{
	*r = *r * 6364136223846793005ULL + 1442695040888963407ULL;
	return (size_t)(*r >> 33) % n;
}

/* n characters, in runs of digits, capitals and anything. */
static void random_text(uint64_t *r, char *out, size_t n)
{
	static const char *const of[] = { "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./:", "abcdefghijklmnopqrstuvwxyz?=&%_" };

	for (size_t i = 0; i < n;) {
		const char *from = of[below(r, 3)];

		for (size_t run = 1 + below(r, 20); run > 0 && i < n; run--)
			out[i++] = from[below(r, strlen(from))];
	}
	out[n] = 0;
}

static unsigned side_by_library(const char *text)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	unsigned side = q ? (unsigned)q->width : 0;

	QRcode_free(q);
	return side;
}

static void test_qr_is_never_larger(void)
{
	uint64_t r = 4;
	unsigned smaller = 0;
	char text[301];

	for (unsigned i = 0; i < 500; i++) {
		random_text(&r, text, 1 + below(&r, 300));
		CHECK_ROW(symbol_qr(&symbol, text, QR_MEDIUM) == ERR_OK && says(&symbol, bytes_of_str(text)), text);
		CHECK_ROW(symbol.side <= side_by_library(text), text);
		smaller += symbol.side < side_by_library(text);
	}
	CHECK(smaller > 0);
}

/* ISO/IEC 18004 table 7: what fits into a version, and one more. */
static void test_qr_capacities(void)
{
	static const struct { char c; size_t n; enum qr_level level; unsigned version; } rows[] = {
		{ '7', 41, QR_LOW, 1 }, { 'A', 25, QR_LOW, 1 }, { 'a', 17, QR_LOW, 1 }, { '7', 34, QR_MEDIUM, 1 }, { 'a', 14, QR_MEDIUM, 1 },
		{ 'a', 11, QR_QUARTILE, 1 }, { 'a', 7, QR_HIGH, 1 }, { 'A', 335, QR_LOW, 9 }, { 'a', 230, QR_LOW, 9 }, { 'a', 271, QR_LOW, 10 },
		{ '7', 652, QR_LOW, 10 }, { 'A', 395, QR_LOW, 10 },
	};
	char text[SYMBOL_TEXT_MAX + 2];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(text, rows[i].c, sizeof(text));
		text[rows[i].n] = 0;
		CHECK_EQ(symbol_qr(&symbol, text, rows[i].level), ERR_OK, text);
		CHECK_EQ(symbol.side, 17 + 4 * rows[i].version, text);
		text[rows[i].n] = rows[i].c;
		text[rows[i].n + 1] = 0;
		CHECK_EQ(symbol_qr(&symbol, text, rows[i].level), ERR_OK, text);
		CHECK_EQ(symbol.side, 17 + 4 * (rows[i].version + 1), text);
	}
	memset(text, 'a', SYMBOL_TEXT_MAX + 1);
	text[SYMBOL_TEXT_MAX + 1] = 0;
	CHECK(symbol_qr(&symbol, text, QR_LOW) == ERR_TOO_LARGE);
}

/* design: a signed link takes version 9 at M, with scheme and host in capitals version 8. */
static void test_qr_capitals_are_smaller(void)
{
	static const char rest[] = "/01/09506000134352/10/ABC123/21/7KQ2MX9PDR4T?17=281231&8030=AQID3NQgrKRvBZCVifH3P6Sf17t7ZLepSKZYsP8e4VjM"
				   "1I5ZQG2HLC4Af8HaNO4Wo8AtzKK1Qpe5qXrgPVDG2qAc_g";
	static const struct { const char *host; unsigned side; } rows[] = { { "https://id.gs1.org", 53 }, { "HTTPS://ID.GS1.ORG", 49 } };
	char text[200];

	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%s%s", rows[i].host, rest);
		CHECK(symbol_qr(&symbol, text, QR_MEDIUM) == ERR_OK && symbol.side == rows[i].side);
	}
}

/* Each GS1 element string there can be on a label: with all characters of set 82, long and short. */
static void test_datamatrix(void)
{
	static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	uint64_t r = 5;
	char text[400], serial[21] = { 0 }, lot[21] = { 0 };

	for (unsigned i = 0; i < 200; i++) {
		size_t serial_n = 1 + below(&r, 20), lot_n = 1 + below(&r, 20);

		for (size_t k = 0; k < 20; k++) {
			serial[k] = k < serial_n ? set82[below(&r, sizeof(set82) - 1)] : 0;
			lot[k] = k < lot_n ? set82[below(&r, sizeof(set82) - 1)] : 0;
		}
		snprintf(text, sizeof(text), "010950600013435221%s\x1d" "17281231" "10%s", serial, lot);
		CHECK_ROW(symbol_datamatrix(&symbol, bytes_of_str(text)) == ERR_OK && says(&symbol, bytes_of_str(text)), text);
		CHECK(symbol.quiet >= 1 && symbol.side <= 40);
	}
	memset(text, 'a', sizeof(text));
	CHECK(symbol_datamatrix(&symbol, bytes_of(text, sizeof(text))) == ERR_OK && says(&symbol, bytes_of(text, sizeof(text))));
	CHECK(symbol_datamatrix(&symbol, bytes_of(text, SYMBOL_TEXT_MAX + 1)) == ERR_TOO_LARGE);
}

T_MAIN("symbols", T(test_qr_is_never_larger), T(test_qr_capacities), T(test_qr_capitals_are_smaller), T(test_datamatrix))
