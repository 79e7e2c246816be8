/* Labels' figures, each with its reference in the same run: drawing alone to SVG and ZPL against bare libqrencode, to PNG and PDF
 * against bare cairo; the whole label (sign, encode, draw, read back) against the sum of its four parts done bare; the whole program
 * against zint's. */
#include "labels/label_make.h"
#include "labels/render_pdf.h"
#include "scanner/reader.h"
#include "tests/bench/bench.h"

#include <cairo-pdf.h>
#include <ftw.h>
#include <qrencode.h>
#include <string.h>
#include <unistd.h>

#define LABELS (10 * LABEL_BATCH)
#define ROUNDS 7

static struct label_maker maker;
static char text[RENDER_SVG_MAX];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_labels: %s failed\n", what);
	exit(1);
}

static struct label labels[LABEL_BATCH];

typedef enum err render_fn(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out);

static void draw(const struct label *l, render_fn *render)
{
	struct bytes out;

	must(render(&l->drawing, text, sizeof(text), &out) == ERR_OK, "render");
}

/* A batch as rxlabel prints it. */
static void make_batch(unsigned first)
{
	static char serials[LABEL_BATCH][16];
	struct fault f;

	for (unsigned i = 0; i < LABEL_BATCH; i++) {
		snprintf(serials[i], sizeof(serials[i]), "B%011u", first + i);
		must(label_sign(&maker, &labels[i], serials[i], &f) == ERR_OK, "label_sign");
	}
	for (unsigned i = 0; i < LABEL_BATCH; i++)
		must(label_encode(&maker, &labels[i]) == ERR_OK, "label_encode");
	for (unsigned i = 0; i < LABEL_BATCH; i++)
		must(label_read_back(&maker, &labels[i]) == ERR_OK, "label_read_back");
	for (unsigned i = 0; i < LABEL_BATCH; i++)
		draw(&labels[i], render_svg);
}

static double time_sign(void)
{
	struct hash digest = { { 1 } };
	uint8_t sig[SIG_LEN];
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i++) {
		digest.b[1] = (uint8_t)i;
		must(signer_sign(maker.signer, &digest, sig) == ERR_OK, "sign");
	}
	return bench_s() - from;
}

static double time_encode(void)
{
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i++) {
		QRcode *q = QRcode_encodeString(labels[i % LABEL_BATCH].text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

		must(q != NULL, "QRcode_encodeString");
		QRcode_free(q);
	}
	return bench_s() - from;
}

static double time_draw(render_fn *render)
{
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i++)
		draw(&labels[i % LABEL_BATCH], render);
	return bench_s() - from;
}

static double time_read(void)
{
	static struct reader_symbol got;
	unsigned side = render_symbol_side(&labels[0].drawing);
	double took = 0, from;

	for (unsigned i = 0; i < LABELS; i++) {
		render_symbol(&labels[i % LABEL_BATCH].drawing, maker.grey, side);
		from = bench_s();
		must(reader_read(maker.grey, side, side, side, 0, &got, 1) == 1, "reader_read");
		took += bench_s() - from;
	}
	return took;
}

/* ---- against cairo ---- */

static void draw_bare(cairo_t *c, const struct label_drawing *d)
{
	const struct symbol *s = d->symbol;
	unsigned m = d->look.module;

	cairo_select_font_face(c, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	for (size_t i = 0; i < d->texts_n; i++) {
		cairo_set_font_size(c, d->texts[i].size);
		cairo_move_to(c, d->texts[i].x, d->texts[i].y);
		cairo_show_text(c, d->texts[i].text);
	}
	for (unsigned y = 0; y < s->side; y++)
		for (unsigned x = 0, from; x < s->side; x++) {
			for (from = x; x < s->side && s->dark[y * s->side + x];)
				x++;
			if (x > from)
				cairo_rectangle(c, d->symbol_x + (from + s->quiet) * m, d->symbol_y + (y + s->quiet) * m, (x - from) * m, m);
		}
	cairo_fill(c);
}

static void bare_png(const char *path, const struct label_drawing *d)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)d->width, (int)d->height);
	cairo_t *c = cairo_create(s);

	cairo_set_source_rgb(c, 1, 1, 1);
	cairo_paint(c);
	cairo_set_source_rgb(c, 0, 0, 0);
	draw_bare(c, d);
	must(cairo_surface_write_to_png(s, path) == CAIRO_STATUS_SUCCESS, "cairo's PNG");
	cairo_destroy(c);
	cairo_surface_destroy(s);
}

static void bare_pdf(const char *path, const struct label_drawing *d)
{
	double dot = 72.0 / d->look.dpi;
	cairo_surface_t *s = cairo_pdf_surface_create(path, d->width * dot, d->height * dot);
	cairo_t *c = cairo_create(s);

	cairo_scale(c, dot, dot);
	draw_bare(c, d);
	cairo_show_page(c);
	must(cairo_status(c) == CAIRO_STATUS_SUCCESS, "cairo's PDF");
	cairo_destroy(c);
	cairo_surface_destroy(s);
}

static void our_png(const char *path, const struct label_drawing *d)
{
	must(render_png_write(path, d) == ERR_OK, "render_png_write");
}

static void our_pdf(const char *path, const struct label_drawing *d)
{
	must(render_pdf_write(path, d) == ERR_OK, "render_pdf_write");
}

static double time_file(void (*write)(const char *, const struct label_drawing *), const char *path)
{
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i++)
		write(path, &labels[i % LABEL_BATCH].drawing);
	return bench_s() - from;
}

static void against_cairo(const char *dir)
{
	double png[ROUNDS], pdf[ROUNDS], png_bare[ROUNDS], pdf_bare[ROUNDS], a, b;
	char path[64];

	snprintf(path, sizeof(path), "%s/file", dir);
	for (int i = 0; i < ROUNDS; i++) {
		png[i] = time_file(our_png, path);
		png_bare[i] = time_file(bare_png, path);
		pdf[i] = time_file(our_pdf, path);
		pdf_bare[i] = time_file(bare_pdf, path);
	}
	unlink(path);
	a = bench_median(png, ROUNDS), b = bench_median(png_bare, ROUNDS);
	bench_tell("labels to PNG, against bare cairo", LABELS / a, "labels/s", LABELS / b, b / a, 0.8, 0);
	a = bench_median(pdf, ROUNDS), b = bench_median(pdf_bare, ROUNDS);
	bench_tell("labels to PDF, against bare cairo", LABELS / a, "labels/s", LABELS / b, b / a, 0.8, 0);
}

/* ---- against zint ---- */

#define PROGRAM_LABELS 2000

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static double time_command(const char *command)
{
	double from = bench_s();

	must(system(command) == 0, command);
	return bench_s() - from;
}

/* The same links to SVG files: rxlabel mints, draws and reads back, zint draws. */
static void against_zint(const char *build, const char *dir, const char *where)
{
	double ours[ROUNDS], zint[ROUNDS], a, b;
	char command[600];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(command, sizeof(command), "%s/rxlabel print --gtin 09506000134352 --lot AB2401 --expiry 761231 --count %d --format svg "
			 "--out %s/job%d >/dev/null", build, PROGRAM_LABELS, dir, i);
		ours[i] = time_command(command);
		snprintf(command, sizeof(command), "mkdir %s/zint%d && cd %s/zint%d && sed -n 's|^M \\(.*\\)|https://id.gs1.org/01/"
			 "09506000134352/10/AB2401/21/\\1?17=761231|p' ../job%d/job.txt >in.txt", dir, i, dir, i, i);
		must(system(command) == 0, command);
		snprintf(command, sizeof(command), "cd %s/zint%d && zint --batch -b 58 --secure=2 -i in.txt -o z~~~~~.svg", dir, i);
		zint[i] = time_command(command);
	}
	a = bench_median(ours, ROUNDS), b = bench_median(zint, ROUNDS);
	snprintf(command, sizeof(command), "rxlabel print, unsigned, against zint --batch, %s", where);
	bench_tell(command, PROGRAM_LABELS / a, "labels/s", PROGRAM_LABELS / b, b / a, 2, 0);
}

static double time_whole(void)
{
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i += LABEL_BATCH)
		make_batch(i);
	return bench_s() - from;
}

int main(int argc, char **argv)
{
	double encode[ROUNDS], svg[ROUNDS], zpl[ROUNDS], bare[ROUNDS], whole[ROUNDS], e, s, z, b, w;
	char dir[] = "/tmp/rxbench-XXXXXX", memory[] = "/dev/shm/rxbench-XXXXXX", key[64];

	must(mkdtemp(dir) != NULL, "mkdtemp");
	snprintf(key, sizeof(key), "%s/label.key", dir);
	must(signer_create(key) == ERR_OK && signer_load(&maker.signer, key) == ERR_OK, "key");
	maker.product = (struct job_product){ .gtin = 9506000134352, .lot = "AB2401", .expiry = 20271231, .stem = "https://id.gs1.org" };
	maker.level = QR_MEDIUM;
	maker.layout = &layout_beside;
	maker.look = (struct label_look){ 300, render_module_default(300) };
	make_batch(0);
	for (int i = 0; i < ROUNDS; i++) {
		encode[i] = time_encode();
		svg[i] = time_draw(render_svg);
		zpl[i] = time_draw(render_zpl);
		bare[i] = time_sign() + encode[i] + svg[i] + time_read();
		whole[i] = time_whole();
	}
	e = bench_median(encode, ROUNDS);
	s = bench_median(svg, ROUNDS);
	z = bench_median(zpl, ROUNDS);
	b = bench_median(bare, ROUNDS);
	w = bench_median(whole, ROUNDS);
	bench_tell("labels to SVG, symbol and signature given", LABELS / s, "labels/s", LABELS / e, e / s, 0.6, 0);
	bench_tell("labels to ZPL, likewise", LABELS / z, "labels/s", LABELS / e, e / z, 0.6, 0);
	bench_tell("whole label: sign, encode, draw, read back", LABELS / w, "labels/s", LABELS / b, b / w, 0.8, 0);
	against_cairo(dir);
	if (argc > 1)
		against_zint(argv[1], dir, "on disk");
	if (argc > 1 && mkdtemp(memory)) {
		against_zint(argv[1], memory, "in memory");
		nftw(memory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	}
	label_maker_free(&maker);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
