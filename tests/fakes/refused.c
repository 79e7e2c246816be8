#include "tests/fakes/refused.h"

#include <stdio.h>

#include "tests/t.h"

void check_refusals(const struct refused *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct world w;
		enum err e;

		world_init(&w, 1);
		e = rows[i].try(&w);
		if (e != rows[i].want)
			printf("\n%s: %s", rows[i].name, err_name(e));
		CHECK_ROW(e == rows[i].want, rows[i].name);
		CHECK_ROW(w.why.at_pack == (rows[i].at_pack > 0), rows[i].name);
		CHECK_ROW(!w.why.at_pack || w.why.pack_pos == rows[i].at_pack - 1, rows[i].name);
		world_free(&w);
	}
}
