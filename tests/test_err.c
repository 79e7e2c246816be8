#include "labels/gs1/err.h"
#include "tests/t.h"

static const struct {
	const char *name;
	int number, coap, exit_status;
	const char *text;
} rows[] = {
#define X(name, number, coap, exit_status, text) { #name, number, coap, exit_status, text },
	ERRORS(X)
#undef X
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_every_row_answers(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		enum err e = (enum err)rows[i].number;

		CHECK_ROW(strcmp(err_name(e), rows[i].name) == 0, rows[i].name);
		CHECK_ROW(strcmp(err_text(e), rows[i].text) == 0, rows[i].name);
		CHECK_EQ(err_coap(e), rows[i].coap, rows[i].name);
		CHECK_EQ(err_exit(e), rows[i].exit_status, rows[i].name);
	}
}

/* design.md: failures are these sysexits only; CoAP has class 4 and 5. */
static void test_numbers_are_of_their_kind(void)
{
	static const int allowed[] = { 64, 65, 66, 69, 70, 73, 74, 75, 77, 78 };

	for (size_t i = 1; i < ROWS; i++) {
		int coap = rows[i].coap, ok = 0;

		CHECK_ROW((coap >= 400 && coap < 432) || (coap >= 500 && coap < 506), rows[i].name);
		for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++)
			ok |= allowed[k] == rows[i].exit_status;
		CHECK_ROW(ok, rows[i].name);
	}
	CHECK(rows[0].number == 0 && rows[0].coap == 0 && rows[0].exit_status == 0);
}

T_MAIN("err", T(test_every_row_answers), T(test_numbers_are_of_their_kind))
