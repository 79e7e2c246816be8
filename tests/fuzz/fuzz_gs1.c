/* Scanned strings: what is read can be written in every form, and reads from there as the same. */
#include "labels/gs1/gs1_elements.h"
#include "tests/fakes/fuzz.h"
#include "tests/fakes/tsv.h"

#include <stdlib.h>

static struct gs1_data read_once, again;
static char form[GS1_INPUT_MAX], form_again[GS1_INPUT_MAX];

/* Reads, without being told to be lenient, as the same elements in the same order. */
static bool comes_back(struct bytes out)
{
	struct fault f;

	if (gs1_parse(&again, out, 0, &f) != ERR_OK || again.n != read_once.n)
		return false;
	for (size_t i = 0; i < again.n; i++)
		if (again.e[i].ai != read_once.e[i].ai || !bytes_eq(again.e[i].value, read_once.e[i].value))
			return false;
	return true;
}

/* A link has an order of its own and no element twice: the same values, and from them the same link. */
static bool link_comes_back(struct bytes out)
{
	struct fault f;
	struct bytes second;

	if (gs1_parse(&again, out, 0, &f) != ERR_OK || gs1_format_dl(&again, "https://a", form_again, sizeof(form_again), &second) != ERR_OK)
		return false;
	for (size_t i = 0; i < read_once.n; i++)
		if (!bytes_eq(gs1_value(&again, read_once.e[i].ai->digits), read_once.e[i].value))
			return false;
	return bytes_eq(out, second);
}

static enum fuzz_result one(struct bytes in)
{
	struct bytes out;
	struct fault f;
	enum err e = gs1_parse(&read_once, in, GS1_LENIENT, &f);

	if (e != ERR_OK)
		return f.rule && *f.rule && f.pos <= in.n && f.len <= in.n - f.pos ? FUZZ_REFUSED : FUZZ_WRONG;
	if (gs1_format_brackets(&read_once, form, sizeof(form), &out) != ERR_OK || !comes_back(out))
		return FUZZ_WRONG;
	if (gs1_format_scan(&read_once, '^', true, form, sizeof(form), &out) != ERR_OK || !comes_back(out))
		return FUZZ_WRONG;
	e = gs1_format_dl(&read_once, "https://a", form, sizeof(form), &out);
	if (e != ERR_GS1_DL && (e != ERR_OK || !link_comes_back(out)))
		return FUZZ_WRONG;
	return FUZZ_ACCEPTED;
}

static void seed_vectors(void)
{
	struct tsv t;

	if (!tsv_open(&t, "tests/vectors/gs1_ai_and_digital_link.tsv", 6))
		abort();
	while (tsv_next(&t))
		fuzz_seed(bytes_of_str(t.field[2]));
	tsv_close(&t);
}

int main(int argc, char **argv)
{
	static const char *const seeds[] = {
		"(01)09506000134352(10)AB-1(17)271231(21)X/7%", "^010950600013435210AB-1^1727123121X/7%",
		"]d2010950600013435210AB-1\x1d" "1727123121X/7%", "010950600013435210AB\x1d" "21X7",
		"https://id.gs1.org/01/09506000134352/10/AB-1/21/X%2F7%25?17=271231&8030=ABC&x=y#f",
		"HTTPS://A.B/c/00/006141411234567890?99=A", "(01)09506000134352(10)A\\((21)\\(B", "(8007)FR1420041010050500013M02606",
		"(253)9526064000028000001", "[)>\x1e" "06\x1d" "9N111234567842",
	};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		fuzz_seed(bytes_of_str(seeds[i]));
	seed_vectors();
	return fuzz_run("fuzz_gs1", argc, argv, 300000, one);
}
