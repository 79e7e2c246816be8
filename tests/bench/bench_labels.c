/* Labels' figures, each with its reference in the same run: drawing alone to SVG and ZPL against bare libqrencode; the whole label
 * (sign, encode, draw, read back) against the sum of its four parts done bare. */
#include "labels/label_make.h"
#include "scanner/reader.h"
#include "tests/bench/bench.h"

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

static double time_whole(void)
{
	double from = bench_s();

	for (unsigned i = 0; i < LABELS; i += LABEL_BATCH)
		make_batch(i);
	return bench_s() - from;
}

int main(void)
{
	double encode[ROUNDS], svg[ROUNDS], zpl[ROUNDS], bare[ROUNDS], whole[ROUNDS], e, s, z, b, w;
	char dir[] = "/tmp/rxbench-XXXXXX", key[64];

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
	label_maker_free(&maker);
	unlink(key);
	rmdir(dir);
	return 0;
}
