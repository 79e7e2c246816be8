/* A label operator's files: orders, layouts, journals.  What is refused names its place; what is taken is within its bounds, and a
 * layout that is placed stays on its label. */
#include "labels/gs1/gs1_id.h"
#include "labels/layout.h"
#include "labels/order.h"
#include "tests/fakes/fuzz.h"
#include "tests/fakes/keys.h"

#include <stdio.h>
#include <stdlib.h>

static const char *dir;
static size_t told;

static void bad(void *ctx, const char *place, const char *why)
{
	(void)ctx;
	told += place[0] && why[0];
}

static bool sane(const struct job_product *p)
{
	return gs1_gtin_ok(p->gtin) && p->lot[0] && p->count > 0 && p->count <= JOB_SERIALS_MAX && (!p->market[0] || strlen(p->market) == 2);
}

static enum fuzz_result orders(struct bytes in, enum order_form form)
{
	static const struct job_product base = { .stem = "https://x" };
	FILE *f = fmemopen((void *)in.p, in.n, "r");
	struct job_product *out = NULL;
	size_t n = 0;
	enum err e;

	if (!f)
		return FUZZ_REFUSED;
	told = 0;
	e = orders_read(f, form, &base, 1795737600, &out, &n, bad, NULL);
	fclose(f);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		if (!sane(&out[i]))
			e = ERR_CORRUPT;
	if (e == ERR_OK)
		free(out);
	if (e == ERR_CORRUPT || (e == ERR_BAD_INPUT && told == 0))
		return FUZZ_WRONG;
	return e ? FUZZ_REFUSED : FUZZ_ACCEPTED;
}

static enum fuzz_result layout(struct bytes in)
{
	static const struct job_product p = { .gtin = 9506000134352, .lot = "L1", .expiry = 20271231 };
	static struct symbol symbol = { .side = 49, .quiet = 4 };
	struct label_drawing d = { .look = { 300, 4 }, .symbol = &symbol };
	const char *rule = NULL;
	struct layout l;
	unsigned line = 0;

	if (layout_parse(&l, in, &line, &rule) != ERR_OK)
		return rule && line ? FUZZ_REFUSED : FUZZ_WRONG;
	if (layout_place(&l, &p, "A7", &d, &rule) != ERR_OK)
		return rule ? FUZZ_REFUSED : FUZZ_WRONG;
	for (size_t i = 0; i < d.texts_n; i++)
		if (d.texts[i].x + render_text_width(&d.texts[i]) > d.width || d.texts[i].y > d.height || d.texts[i].y < d.texts[i].size)
			return FUZZ_WRONG;
	return d.symbol_x + render_symbol_side(&d) <= d.width ? FUZZ_ACCEPTED : FUZZ_WRONG;
}

static enum fuzz_result journal(struct bytes in)
{
	char path[300];
	struct job j = { .fd = -1 };
	unsigned line;
	FILE *f;
	enum err e;

	snprintf(path, sizeof(path), "%s/job.txt", dir);
	f = fopen(path, "wb");
	if (!f || (in.n && fwrite(in.p, in.n, 1, f) != 1) || fclose(f) != 0)
		return FUZZ_WRONG;
	e = job_read(&j, dir, &line);
	if (e != ERR_OK)
		return FUZZ_REFUSED;
	for (size_t i = 0; i < j.n; i++)
		if (job_find(&j, bytes_of_str(j.serials[i].text)) != i || j.serials[i].state >= JOB_STATES)
			e = ERR_CORRUPT;
	job_close(&j);
	return e ? FUZZ_WRONG : FUZZ_ACCEPTED;
}

static enum fuzz_result one(struct bytes in)
{
	enum fuzz_result results[] = { orders(in, ORDER_CSV), orders(in, ORDER_JSON), layout(in), journal(in) }, all = FUZZ_REFUSED;

	for (size_t i = 0; i < 4; i++) {
		if (results[i] == FUZZ_WRONG)
			return FUZZ_WRONG;
		all = results[i] == FUZZ_ACCEPTED ? FUZZ_ACCEPTED : all;
	}
	return all;
}

int main(int argc, char **argv)
{
	struct job j;
	struct job_product p = { .gtin = 9506000134352, .lot = "L1", .expiry = 20271231, .count = 3, .stem = "https://x" };

	dir = strdup(test_path("fuzz-job"));
	if (!dir || job_create(&j, dir, &p) != ERR_OK)
		return 1;
	job_close(&j);
	fuzz_seed(BYTES_LIT("gtin,lot,expiry,quantity,market\n09506000134352,\"L\"\"1\",271231,10,FR\n9506000134352,L2,2027-12-31,1,\n"));
	fuzz_seed(BYTES_LIT("[{\"gtin\":\"09506000134352\",\"lot\":\"L1\",\"expiry\":\"271231\",\"quantity\":10,\"market\":\"FR\"}]"));
	fuzz_seed(BYTES_LIT("{\"gtin\":\"09506000134352\",\"lot\":\"L1\",\"expiry\":\"271231\",\"quantity\":10}\n"));
	fuzz_seed(BYTES_LIT("label 60 30\nsymbol 1 1\n# x\ntext 26 6 2.4 (01) {gtin}\ntext 26 11 2.4 {{{serial} {lot} {yymmdd}\n"));
	fuzz_seed(BYTES_LIT("rxlabel-job 2\t09506000134352\tL1\t20271231\t3\tFR\tqr\thttps://x\ta1b2c3\nM A\nM B\nM C\nP 0\nB 0\nR 0 2\nV 0\n"
			    "M D\nP 1\nA 1\nC 1\n"));
	return fuzz_run("fuzz_labels", argc, argv, 5000, one);
}
