/* Pictures' figures: how many of each bad kind are read, beside zbarimg, ZXingReader and dmtxread on the same files; how long a
 * photograph of 12 megapixels takes from file to symbols.
 *
 * bench_pictures [BUILD [PICTURES]]: so many of each kind, else 10. */
#include "scanner/decoder.h"
#include "tests/bench/bench.h"
#include "tests/fakes/photo.h"

#include <fcntl.h>
#include <unistd.h>

#define WIDTH 4000
#define HEIGHT 3000
#define TIMED 40
#define P95_MS 300

static const char serial[] = "7KQ2M4X9R1TB"; /* in both symbols, and so in whatever a tool prints */
static const char digital_link[] = "https://id.gs1.org/01/09506000134352/21/7KQ2M4X9R1TB?17=271231&10=AB2401";
static const char elements[] = "0109506000134352217KQ2M4X9R1TB\x1d" "1727123110AB2401";
static struct symbol symbols[2];
static const char *const kind_names[] = { "QR", "DataMatrix" };
static struct decoder *decoder;
static char path[64];

static const struct photo_look looks[] = {
	{ .name = "plain", PHOTO_PLAIN },
	{ .name = "turned", PHOTO_PLAIN, .degrees = 37 },
	{ .name = "tilted", PHOTO_PLAIN, .tilt = 0.25 },
	{ .name = "tilted far", PHOTO_PLAIN, .tilt = 0.5, .degrees = 20 },
	{ .name = "blurred", .module = 5, .contrast = 1, .brightness = 235, .blur = 1 },
	{ .name = "blurred much", .module = 6, .contrast = 1, .brightness = 235, .blur = 3 },
	{ .name = "noisy", PHOTO_PLAIN, .noise = 30 },
	{ .name = "noisy much", PHOTO_PLAIN, .noise = 70 },
	{ .name = "dim", .module = 4, .contrast = 0.5, .brightness = 50, .noise = 3 },
	{ .name = "dim, little contrast", .module = 4, .contrast = 0.25, .brightness = 60, .noise = 2 },
	{ .name = "JPEG quality 10", PHOTO_PLAIN, .quality = 10 },
	{ .name = "inverted", PHOTO_PLAIN, .inverted = true },
	{ .name = "inverted, noisy", PHOTO_PLAIN, .inverted = true, .noise = 30 },
	{ .name = "damaged 1 %", PHOTO_PLAIN, .damaged = 0.01 },
	{ .name = "damaged 3 %", PHOTO_PLAIN, .damaged = 0.03 },
	{ .name = "small modules", .module = 2, .contrast = 1, .brightness = 235 },
	{ .name = "turned, blurred, noisy", .module = 5, .contrast = 0.8, .brightness = 200, .degrees = 15, .blur = 1, .noise = 15 },
};
#define LOOKS (sizeof(looks) / sizeof(looks[0]))

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_pictures: %s failed\n", what);
	exit(1);
}

/* ---- who reads a picture ---- */

static bool says(const void *text, size_t n)
{
	return memmem(text, n, serial, sizeof(serial) - 1) != NULL;
}

static bool by_rxscan(void)
{
	static struct reader_symbol got[DECODER_SYMBOLS_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n;
	enum err e;

	must(fd >= 0, path);
	e = decoder_read(decoder, got, &n, fd);
	close(fd);
	return e == ERR_OK && says(got[0].bytes, got[0].n);
}

static bool by_tool(const char *command)
{
	char line[256], out[4096];
	size_t n;
	FILE *f;

	snprintf(line, sizeof(line), "%s %s 2>/dev/null", command, path);
	f = popen(line, "r");
	must(f != NULL, command);
	n = fread(out, 1, sizeof(out), f);
	pclose(f);
	return says(out, n);
}

static const struct { const char *name, *command; bool reads[2]; } tools[] = {
	{ "zbarimg", "zbarimg -q --raw", { true, false } },
	{ "ZXingReader", "ZXingReader", { true, true } },
	{ "dmtxread", "dmtxread -N1 -m2000", { false, true } },
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

static bool there(const char *tool)
{
	char line[64];

	snprintf(line, sizeof(line), "command -v %s >/dev/null", tool);
	return system(line) == 0;
}

/* ---- read rates ---- */

/* The look's n-th picture: no two turned alike. */
static void draw(const struct photo_look *look, int kind, unsigned n)
{
	struct photo_look turned = *look;

	turned.degrees += n * 0.7;
	must(photo_of(&symbols[kind], &turned, 1000 * n + 1, 480, 480, path), "drawing");
}

/* False: one of the tools read more. */
static bool rate(const struct photo_look *look, int kind, unsigned pictures, const bool *have)
{
	unsigned ours = 0, theirs[TOOLS] = { 0 };
	bool reached = true;

	for (unsigned n = 0; n < pictures; n++) {
		draw(look, kind, n);
		ours += by_rxscan();
		for (size_t t = 0; t < TOOLS; t++)
			theirs[t] += have[t] && tools[t].reads[kind] && by_tool(tools[t].command);
	}
	printf("%-11s %-24s %7u", kind_names[kind], look->name, ours);
	for (size_t t = 0; t < TOOLS; t++) {
		if (have[t] && tools[t].reads[kind])
			printf(" %12u", theirs[t]);
		else
			printf(" %12s", "-");
		reached = reached && ours >= theirs[t];
	}
	printf("  %s\n", reached ? "reached" : "MISSED");
	fflush(stdout);
	return reached;
}

static void rates(unsigned pictures)
{
	bool have[TOOLS];
	unsigned missed = 0;

	printf("read of %u pictures      %-13s rxscan", pictures, "");
	for (size_t t = 0; t < TOOLS; t++) {
		have[t] = there(tools[t].name);
		printf(" %12s", tools[t].name);
	}
	printf("\n");
	for (int kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < LOOKS; i++)
			missed += !rate(&looks[i], kind, pictures, have);
	printf("kinds of picture of which a tool reads more than rxscan: %u of %zu\n", missed, 2 * LOOKS);
}

/* ---- time ---- */

static void photograph(int kind, unsigned n)
{
	static const struct photo_look look = { .module = 9, .degrees = 8, .tilt = 0.1, .blur = 1, .noise = 8, .contrast = 0.8, .brightness = 210, .quality = 85 };
	struct photo p;

	must(photo_new(&p, WIDTH, HEIGHT), "memory");
	photo_put(&p, WIDTH / 2.0 + 100 * n, HEIGHT / 2.0, &symbols[kind], &look, n);
	photo_take(&p, &look, n);
	must(photo_write(&p, path, &look), "writing");
	photo_free(&p);
}

static void times(int kind)
{
	double ms[TIMED], p95;
	unsigned read = 0;
	char what[64];

	for (unsigned i = 0; i < TIMED; i++) {
		double from;

		if (i % 10 == 0)
			photograph(kind, i / 10);
		from = bench_s();
		read += by_rxscan();
		ms[i] = 1000 * (bench_s() - from);
	}
	qsort(ms, TIMED, sizeof(ms[0]), bench_cmp);
	p95 = ms[TIMED * 95 / 100];
	snprintf(what, sizeof(what), "12-megapixel JPEG to symbols, %s, p95 (%u of %u)", kind_names[kind], read, TIMED);
	bench_tell(what, p95, "ms", P95_MS, p95 / P95_MS, 1, 1);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/rxbench-XXXXXX";
	unsigned pictures = argc > 2 ? (unsigned)atoi(argv[2]) : 10;

	must(mkdtemp(dir) != NULL, "mkdtemp");
	snprintf(path, sizeof(path), "%s/picture", dir);
	must(decoder_start(&decoder, &decoder_limits_default) == ERR_OK, "decoder_start");
	must(symbol_qr(&symbols[0], digital_link, QR_MEDIUM) == ERR_OK, "symbol_qr");
	must(symbol_datamatrix(&symbols[1], bytes_of_str(elements)) == ERR_OK, "symbol_datamatrix");
	times(0);
	times(1);
	rates(pictures);
	decoder_stop(decoder);
	unlink(path);
	rmdir(dir);
	return 0;
}
