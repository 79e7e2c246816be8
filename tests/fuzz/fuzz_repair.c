/* Misread labels: whatever arrives, its readings are whole GS1 data, each says something else, and a reading of a reading is one
 * too; nothing but the one pack that is there is ever accepted. */
#include "scanner/repair_check.h"
#include "tests/fakes/fuzz.h"

static struct repair_readings readings;
static struct repair_memory memory;
static struct checked checked;

static bool is_whole(const struct repair_reading *r)
{
	struct gs1_data d;
	struct fault f;

	return gs1_parse(&d, bytes_of(r->text, r->n), 0, &f) == ERR_OK && gs1_value(&d, "01").p && gs1_value(&d, "21").p &&
	       confusion_row(r->confusion);
}

static bool is_twice(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (readings.v[k].years == readings.v[i].years && bytes_eq(bytes_of(readings.v[k].text, readings.v[k].n),
									   bytes_of(readings.v[i].text, readings.v[i].n)))
			return true;
	return false;
}

static enum err ask(void *ctx, const struct verdict_question *q, struct verdict_facts *out, struct config_fault *why)
{
	(void)ctx;
	(void)why;
	*out = (struct verdict_facts){ .product_known = true, .lot_known = true, .asker = 1, .asker_role = ROLE_PHARMACY };
	out->pack_known = bytes_eq(q->serial, BYTES_LIT("X7"));
	out->state = PACK_ACTIVE;
	out->holder.gln = 1;
	memcpy(out->lot, "AB-1", out->lot_n = 4);
	out->expiry = 20271231;
	return ERR_OK;
}

static enum fuzz_result one(struct bytes in)
{
	static const struct check_source source = { ask, NULL };

	repair_readings(&readings, in);
	for (size_t i = 0; i < readings.n; i++)
		if (!is_whole(&readings.v[i]) || is_twice(i))
			return FUZZ_WRONG;
	check_text(&source, NULL, in, &checked);
	repair_check(&memory, &source, NULL, in, &checked);
	if (check_status(&checked) == 0 && !bytes_eq(checked.question.serial, BYTES_LIT("X7")))
		return FUZZ_WRONG;
	return readings.n > 0 ? FUZZ_ACCEPTED : FUZZ_REFUSED;
}

int main(int argc, char **argv)
{
	static const char *const seeds[] = {
		"(01)09506000134352(10)AB-1(17)271231(21)x7", "010950600013435210AB-1|1727123121X7", "]d2010950600013435210AB-121X7",
		")01=09506000134352)10=ABß1)21=X7", "https>&&id.gs1.org&01&09506000134352&10&AB/1&21&X7_17)271231",
		"HTTPS://ID.GS1.ORG/01/09506000134352/10/ab-1/21/x7?17=771200", "(01)O95O6000I34E52(10)AB-1(21)X7",
		"à&àç(à-ààà&\"'\"(éé&X&", "(01)09506000134352(10)O0Il1E3(21)OO00IIll11EE33", "[)>\x1e" "06\x1d" "9N111234567842",
	};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		fuzz_seed(bytes_of_str(seeds[i]));
	return fuzz_run("fuzz_repair", argc, argv, 20000, one);
}
