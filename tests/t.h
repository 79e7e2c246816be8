/* A thin layer over CUnit: tables of rows, failures that print the row's name, one closing line.
 *
 *	static void test_a(void) { ...CHECK_ROW(x == row->want, row->name); }
 *	T_MAIN("rd", T(test_a), T(test_b))
 */
#ifndef RX_T_H
#define RX_T_H

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/* A condition that must hold; the test goes on. */
#define CHECK(cond) CHECK_ROW(cond, "")

/* The same for a row of a table: row is its name. */
#define CHECK_ROW(cond, row) t_check((cond), __LINE__, #cond, __FILE__, (row))

/* Two integers that must be the same; a failure prints both. */
#define CHECK_EQ(got, want, row) t_check_eq((long long)(got), (long long)(want), __LINE__, #got " == " #want, __FILE__, (row))

/* What the rest of the test cannot do without. */
#define NEED(cond)                                          \
	do {                                                \
		if (!t_check((cond), __LINE__, #cond, __FILE__, "")) \
			return;                             \
	} while (0)

static inline int t_check(int ok, unsigned line, const char *cond, const char *file, const char *row)
{
	if (!ok)
		printf("\n%s:%u: %s%s%s failed", file, line, row, *row ? ": " : "", cond);
	CU_assertImplementation(ok ? CU_TRUE : CU_FALSE, line, cond, file, "", CU_FALSE);
	return ok;
}

static inline void t_check_eq(long long got, long long want, unsigned line, const char *cond, const char *file, const char *row)
{
	if (!t_check(got == want, line, cond, file, row))
		printf(": %lld, not %lld", got, want);
}

struct t_test {
	const char *name;
	void (*fn)(void);
};
#define T(fn) { #fn, fn }

/* CU_basic_run_tests() returns 0 even when assertions fail: count them. */
static inline int t_main(const char *name, const struct t_test *tests, size_t n)
{
	CU_pSuite suite;
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS || !(suite = CU_add_suite(name, NULL, NULL)))
		return 1;
	for (size_t i = 0; i < n; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].fn))
			return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_tests_failed();
	printf("\n%s: %zu passed, %u failed\n", name, n - failed, failed);
	failed += CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}

#define T_MAIN(name, ...)                                                        \
	int main(void)                                                           \
	{                                                                        \
		static const struct t_test tests[] = { __VA_ARGS__ };            \
		return t_main(name, tests, sizeof(tests) / sizeof(tests[0]));    \
	}

#endif
