/* Scanned strings: what is read can be written, and what is written is read as the same. */
#include "labels/gs1/gs1_elements.h"
#include "tests/fakes/fuzz.h"

static bool same(const struct gs1_data *a, const struct gs1_data *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->e[i].ai != b->e[i].ai || !bytes_eq(a->e[i].value, b->e[i].value))
			return false;
	return true;
}

static enum fuzz_result one(struct bytes in)
{
	static struct gs1_data d, again;
	static char buf[16384], link[16384];
	struct bytes out;
	struct fault f;

	if (gs1_parse(&d, in, GS1_LENIENT, &f) != ERR_OK)
		return f.rule && f.pos <= in.n ? FUZZ_REFUSED : FUZZ_WRONG;
	if (gs1_format_brackets(&d, buf, sizeof(buf), &out) != ERR_OK)
		return FUZZ_WRONG;
	/* a backslash before a bracket is how a bracket is written: it cannot be written itself */
	if (!memchr(buf, '\\', out.n) && (gs1_parse(&again, out, 0, &f) != ERR_OK || !same(&d, &again)))
		return FUZZ_WRONG;
	if (gs1_format_dl(&d, "https://id.gs1.org", link, sizeof(link), &out) == ERR_OK && gs1_parse(&again, out, 0, &f) != ERR_OK)
		return FUZZ_WRONG;
	return FUZZ_ACCEPTED;
}

int main(int argc, char **argv)
{
	static const char *const seeds[] = {
		"(01)09506000134352(10)AB-1(17)271231(21)X/7%", "^010950600013435210AB-1^1727123121X/7%",
		"]d2010950600013435210AB-1\x1d" "1727123121X/7%", "010950600013435210AB\x1d" "21X7",
		"https://id.gs1.org/01/09506000134352/10/AB-1/21/X%2F7%25?17=271231&8030=ABC&x=y#f",
		"HTTPS://A.B/c/00/006141411234567890?99=A", "(8110)0123456123456111101232110", "(8007)FR1420041010050500013M02606",
		"(253)9526064000028000001", "[)>\x1e" "06\x1d" "9N111234567842",
	};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		fuzz_seed(bytes_of_str(seeds[i]));
	return fuzz_run("fuzz_gs1", argc, argv, 300000, one);
}
