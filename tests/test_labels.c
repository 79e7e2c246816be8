/* Labels: serials, signatures, symbols, drawings, jobs, and reading them back. */
#include "labels/label_make.h"
#include "labels/serial.h"
#include "scanner/picture.h"
#include "scanner/reader.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/zpl.h"
#include "tests/t.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void parse(struct gs1_data *d, const char *text)
{
	struct fault f;

	CHECK_ROW(gs1_parse(d, bytes_of_str(text), 0, &f) == ERR_OK, text);
}

/* ---- signatures ---- */

static bool verifies(const char *signed_text, const char *shown_text)
{
	static struct gs1_data a, b;
	struct label_sig s = { .key_id = { 1, 2, 3 } };
	struct hash h;

	parse(&a, signed_text);
	parse(&b, shown_text);
	label_digest(&a, s.key_id, &h);
	CHECK(signer_sign(test_signer(0), &h, s.sig) == ERR_OK);
	return label_verify(&b, &s, signer_pubkey(test_signer(0))) == ERR_OK;
}

static void test_a_signature_holds_for_its_data_alone(void)
{
	static const char good[] = "(01)09506000134352(10)L1(17)271231(21)A7";

	CHECK(verifies(good, good));
	CHECK(verifies(good, "(01)09506000134352(21)A7(17)271231(10)L1")); /* the order on the label is free */
	CHECK(!verifies(good, "(01)09506000134352(10)L2(17)271231(21)A7"));
	CHECK(!verifies(good, "(01)09506000134352(10)L1(17)281231(21)A7"));
	CHECK(!verifies(good, "(01)09506000134352(10)L1(17)271231(21)A8"));
	CHECK(!verifies(good, "(01)09506000134352(10)L1(21)A7"));
	/* one string when values are just put together (design: the vector that plain concatenation fails) */
	CHECK(!verifies("(01)09506000134352(21)AB(17)271231(10)C1729010110D", "(01)09506000134352(21)AB1727123110C(17)290101(10)D"));
}

static void test_signature_text(void)
{
	struct label_sig s = { .key_id = { 0xff, 0, 0x10 } }, back;
	char text[LABEL_SIG_TEXT_LEN];

	for (int i = 0; i < SIG_LEN; i++)
		s.sig[i] = (uint8_t)(i * 37);
	label_sig_format(&s, text);
	CHECK(label_sig_parse(&back, bytes_of(text, sizeof(text))) == ERR_OK && memcmp(&s, &back, sizeof(s)) == 0);
	CHECK(label_sig_parse(&back, bytes_of(text, sizeof(text) - 1)) == ERR_BAD_VALUE);
	text[89] = (char)(text[89] + 1); /* bits beyond the last byte */
	CHECK(label_sig_parse(&back, bytes_of(text, sizeof(text))) == ERR_BAD_VALUE);
	text[5] = '+';
	CHECK(label_sig_parse(&back, bytes_of(text, sizeof(text))) == ERR_BAD_VALUE);
}

/* ---- serials ---- */

static void test_serials(void)
{
	char a[SERIAL_LEN_MOST + 1] = { 0 }, b[SERIAL_LEN_MOST + 1] = { 0 };

	CHECK(serial_make(a, 12) == ERR_OK && serial_make(b, 12) == ERR_OK && strcmp(a, b) != 0);
	CHECK(strlen(a) == 12 && strspn(a, SERIAL_ALPHABET) == 12);
	CHECK(serial_make(a, SERIAL_LEN_MOST + 1) == ERR_BAD_VALUE);
	CHECK(serial_guess_chance(1000, 6) < 1e-6 * 1.0 && serial_guess_chance(1u << 20, 4) > 0.9);
}

/* ---- symbols and drawings ---- */

static struct label_maker maker;
static struct label label;

static enum err read_picture(struct picture *out, const char *path)
{
	int fd = open(path, O_RDONLY);
	enum err e;

	CHECK_ROW(fd >= 0, path);
	e = picture_read(out, fd);
	close(fd);
	return e;
}

static void test_a_label_is_drawn_and_read_back(void)
{
	static char svg[RENDER_SVG_MAX];
	struct picture p;
	static struct reader_symbol got;
	struct fault f;
	struct bytes out;
	uint8_t *grey = NULL;
	unsigned side;
	bool white = true;

	maker = (struct label_maker){ .product = { .gtin = 9506000134352, .lot = "L/1&<", .expiry = 20271231,
						   .stem = "https://id.gs1.org" },
				      .key_id = { 1, 2, 3 }, .level = QR_MEDIUM, .layout = &layout_beside, .look = { 300, render_module_default(300) } };
	strcpy(maker.product.lot, "L/1&<");
	CHECK(signer_create(test_path("label.key")) == ERR_OK && signer_load(&maker.signer, test_path("label.key")) == ERR_OK);
	CHECK(label_sign(&maker, &label, "12345678901234567890", &f) == ERR_OK && label_encode(&maker, &label) == ERR_OK);
	CHECK(label_read_back(&maker, &label) == ERR_OK);
	label.text[30] ^= 1; /* what was drawn is not what should have been */
	CHECK(label_read_back(&maker, &label) == ERR_BAD_INPUT);
	label.text[30] ^= 1;
	side = render_symbol_side(&label.drawing);
	CHECK(side == (label.symbol.side + 2 * label.symbol.quiet) * maker.look.module);
	CHECK(label.drawing.width > side && label.drawing.height >= side);
	NEED(render_grey(&label.drawing, &grey) == ERR_OK);
	for (unsigned y = 0; y < side; y++)
		for (unsigned x = 0; x < label.symbol.quiet * maker.look.module; x++)
			white &= grey[(size_t)y * label.drawing.width + x] == 255;
	CHECK(white);
	CHECK(render_png_write(test_path("label.png"), &label.drawing) == ERR_OK);
	free(grey);
	NEED(read_picture(&p, test_path("label.png")) == ERR_OK);
	CHECK(p.width == label.drawing.width && p.height == label.drawing.height);
	CHECK(reader_read(p.grey, p.width, p.height, p.width, 1, &got, 1) == 1);
	CHECK(strcmp(got.aim, "]Q1") == 0 && bytes_eq(bytes_of(got.bytes, got.n), bytes_of_str(label.text)));
	picture_free(&p);
	CHECK(render_svg(&label.drawing, svg, sizeof(svg), &out) == ERR_OK && strstr(svg, "L/1&amp;&lt;") != NULL);
	CHECK(render_svg(&label.drawing, svg, 100, &out) == ERR_NO_SPACE);
}

/* Printed by a printer that knows these commands alone, read, and its text compared; each kind, each resolution. */
static void check_zpl(enum symbol_kind kind, unsigned dpi)
{
	static char zpl[RENDER_ZPL_MAX];
	static struct reader_symbol got;
	struct zpl_page page;
	struct bytes out;
	struct fault f;

	maker.look = (struct label_look){ dpi, render_module_default(dpi) };
	maker.product.kind = kind;
	CHECK(label_sign(&maker, &label, "A_^~9", &f) == ERR_GS1_CHARSET); /* no such serial: "_" alone is to be escaped */
	NEED(label_sign(&maker, &label, "A_9%", &f) == ERR_OK && label_encode(&maker, &label) == ERR_OK);
	NEED(render_zpl(&label.drawing, zpl, sizeof(zpl), &out) == ERR_OK);
	CHECK(zpl_print(&page, out) && page.width == label.drawing.width && page.height == label.drawing.height);
	NEED(page.grey != NULL && page.fields_n == 4);
	CHECK(reader_read(page.grey, page.width, page.height, page.width, 1, &got, 1) == 1 && strcmp(got.aim, symbol_aim(kind)) == 0);
	CHECK(bytes_eq(bytes_of(got.bytes, got.n), bytes_of_str(label.text)));
	for (size_t i = 0; i < page.fields_n; i++)
		CHECK(strcmp(page.fields[i].text, label.drawing.texts[i].text) == 0 && page.fields[i].x >= render_symbol_side(&label.drawing));
	CHECK(render_zpl(&label.drawing, zpl, 100, &out) == ERR_NO_SPACE);
	free(page.grey);
}

static void test_zpl(void)
{
	static const unsigned dpi[] = { 203, 300, 600 };

	for (size_t i = 0; i < 3; i++) {
		check_zpl(SYMBOL_QR, dpi[i]);
		check_zpl(SYMBOL_DATAMATRIX, dpi[i]);
	}
	maker.product.kind = SYMBOL_QR;
}

/* ---- layouts ---- */

static void test_templates(void)
{
	static const struct { const char *text, *rule; unsigned line; } rows[] = {
		{ "label 50 25\nsymbol 1 1\n# of acme\ntext 24 5 2.2 (01){gtin}\n\ntext 24 9.5 2.2 {{ {serial} {yymmdd}\n", NULL, 0 },
		{ "label 50 25\n", "are wanted", 2 },
		{ "symbol 1 1\n", "are wanted", 2 },
		{ "label 50 25\nsymbol 1\n", "wants x and y", 2 },
		{ "label 50 0\n", "wants width", 1 },
		{ "label 50 25 3\n", "wants width", 1 },
		{ "label 50 1e9\n", "wants width", 1 },
		{ "label nan 25\n", "wants width", 1 },
		{ "picture 1 1\n", "neither", 1 },
		{ "text 24 5 2.2\n", "then the text", 1 },
		{ "text 24 5 -2.2 a\n", "then the text", 1 },
		{ "text 24 5 2.2 {gtn}\n", "fields are", 1 },
		{ "text 24 5 2.2 {gtin\n", "fields are", 1 },
		{ "text 24 5 2.2 0123456789012345678901234567890123456789012345678901234567890123\n", "too long", 1 },
	};
	struct layout l;
	const char *rule;
	unsigned line;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err e = layout_parse(&l, bytes_of_str(rows[i].text), &line, &rule);

		CHECK_ROW(e == (rows[i].rule ? ERR_BAD_INPUT : ERR_OK), rows[i].text);
		if (rows[i].rule)
			CHECK_ROW(rule && strstr(rule, rows[i].rule) && line == rows[i].line, rows[i].text);
	}
	CHECK(layout_parse(&l, BYTES_LIT("label 50\0 25"), &line, &rule) == ERR_BAD_INPUT);
}

static void test_a_template_is_placed(void)
{
	static const struct { const char *text, *rule; } rows[] = {
		{ "label 50 25\nsymbol 1 1\ntext 24 5 1.2 {{{serial} {lot} {yymmdd}\n", NULL },
		{ "label 50 25\nsymbol 40 1\n", "symbol with its quiet zone" },
		{ "label 50 14\nsymbol 1 1\n", "symbol with its quiet zone" },
		{ "label 50 25\nsymbol 1 1\ntext 35 5 2.2 {gtin}\n", "does not fit" },
		{ "label 50 25\nsymbol 1 1\ntext 24 1 2.2 a\n", "does not fit" },
		{ "label 50 25\nsymbol 1 1\ntext 24 25 2.2 a\n", "does not fit" },
		{ "label 50 25\nsymbol 1 1\ntext 10 5 2.2 a\n", "quiet zone" },
		{ "label 50 25\nsymbol 1 1\ntext 20 5 2.2 {serial}{serial}{serial}{serial}\n", "too long" },
	};
	static struct symbol symbol;
	const struct job_product p = { .gtin = 9506000134352, .lot = "L1", .expiry = 20271231 };
	struct label_drawing d = { .look = { 300, 4 }, .symbol = &symbol };
	struct layout l;
	const char *rule;
	unsigned line;

	NEED(symbol_qr(&symbol, "https://id.gs1.org/01/09506000134352/21/A7?17=271231", QR_MEDIUM) == ERR_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err e;

		NEED(layout_parse(&l, bytes_of_str(rows[i].text), &line, &rule) == ERR_OK);
		e = layout_place(&l, &p, "12345678901234567890", &d, &rule);
		CHECK_ROW(e == (rows[i].rule ? ERR_NO_SPACE : ERR_OK), rows[i].text);
		if (rows[i].rule)
			CHECK_ROW(strstr(rule, rows[i].rule) != NULL, rows[i].text);
		else
			CHECK_ROW(strcmp(d.texts[0].text, "{12345678901234567890 L1 271231") == 0, d.texts[0].text);
	}
}

static void test_modules_are_whole_dots(void)
{
	static const struct { unsigned dpi, dots; } rows[] = { { 203, 3 }, { 300, 4 }, { 600, 7 } };

	for (size_t i = 0; i < 3; i++) {
		CHECK(render_module_default(rows[i].dpi) == rows[i].dots);
		CHECK(render_mm(rows[i].dots, rows[i].dpi) > 0.29);
	}
}

static void test_bad_serials_and_links_are_refused(void)
{
	struct fault f;

	CHECK(label_sign(&maker, &label, "123456789012345678901", &f) == ERR_GS1_LENGTH);
	CHECK(label_sign(&maker, &label, "A B", &f) == ERR_GS1_CHARSET);
	maker.product.gtin++;
	CHECK(label_sign(&maker, &label, "A", &f) == ERR_GS1_CHECK_DIGIT);
	label_maker_free(&maker);
}

/* ---- pictures ---- */

static void test_pictures(void)
{
	static const uint8_t png_head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R',
					    0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct picture p = { 0 };
	char cmd[400];

	CHECK(picture_decode(&p, BYTES_LIT("hello")) == ERR_BAD_INPUT);
	CHECK(picture_decode(&p, bytes_of(png_head, sizeof(png_head))) != ERR_OK); /* four thousand million pixels */
	CHECK(picture_decode(&p, BYTES_LIT("\xff\xd8\xff\xe0")) == ERR_BAD_INPUT);
	snprintf(cmd, sizeof(cmd), "head -c 200 %s > %s", test_path("label.png"), test_path("cut.png"));
	CHECK(system(cmd) == 0 && read_picture(&p, test_path("cut.png")) == ERR_BAD_INPUT);
}

/* ---- jobs ---- */

static void append_torn(void)
{
	FILE *f = fopen(test_path("job/job.txt"), "a");

	NEED(f != NULL);
	fputs("P 1", f); /* the process ended here */
	fclose(f);
}

static void test_a_job_goes_on_where_it_was(void)
{
	struct job_product p = { .gtin = 9506000134352, .lot = "L1", .expiry = 20271231, .count = 3, .stem = "https://x" };
	char dir[96];
	struct job j, other;
	unsigned line;

	snprintf(dir, sizeof(dir), "%s", test_path("job"));
	CHECK(job_open(&j, dir, &line) == ERR_NOT_FOUND);
	NEED(job_create(&j, dir, &p) == ERR_OK);
	CHECK(job_open(&other, dir, &line) == ERR_BUSY); /* one at a time */
	CHECK(job_create(&other, dir, &p) == ERR_EXISTS);
	CHECK(job_mint(&j, "A") == ERR_OK && job_mint(&j, "B") == ERR_OK && job_mint(&j, "A") == ERR_EXISTS);
	CHECK(job_mint(&j, "C") == ERR_OK && job_mark(&j, 0, JOB_PRINTED, JOB_NO_REASON) == ERR_OK && job_sync(&j) == ERR_OK);
	job_close(&j);
	append_torn();
	NEED(job_open(&j, dir, &line) == ERR_OK);
	CHECK(j.n == 3 && strcmp(j.serials[2].text, "C") == 0 && j.product.count == 3 && strcmp(j.product.lot, "L1") == 0);
	CHECK(job_count(&j, JOB_PRINTED) == 1 && j.serials[1].state == JOB_MINTED); /* the torn line never happened */
	CHECK(job_mark(&j, 1, JOB_PRINTED, JOB_NO_REASON) == ERR_OK && job_mark(&j, 0, JOB_APPLIED, JOB_NO_REASON) == ERR_OK &&
	      job_mark(&j, 0, JOB_COMMISSIONED, JOB_NO_REASON) == ERR_OK);
	job_close(&j);
	NEED(job_open(&j, dir, &line) == ERR_OK);
	CHECK(job_count(&j, JOB_PRINTED) == 1 && job_count(&j, JOB_COMMISSIONED) == 1 && job_find(&j, BYTES_LIT("B")) == 1);
	CHECK(job_find(&j, BYTES_LIT("D")) == SIZE_MAX && job_missing(&j) == 0);
	job_close(&j);
}

static void test_a_journal_of_something_else_is_refused(void)
{
	struct job j;
	unsigned line = 0;
	FILE *f = fopen(test_path("job/job.txt"), "a");

	NEED(f != NULL);
	fputs("P 99\n", f);
	fclose(f);
	CHECK(job_open(&j, test_path("job"), &line) == ERR_CORRUPT && line == 9);
}

T_MAIN("labels", T(test_a_signature_holds_for_its_data_alone), T(test_signature_text), T(test_serials),
       T(test_a_label_is_drawn_and_read_back), T(test_zpl), T(test_templates), T(test_a_template_is_placed), T(test_modules_are_whole_dots), T(test_bad_serials_and_links_are_refused),
       T(test_pictures), T(test_a_job_goes_on_where_it_was), T(test_a_journal_of_something_else_is_refused))
