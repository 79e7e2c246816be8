#include "labels/gs1/err.h"

#include <stddef.h>

struct row {
	int number, coap, exit_status;
	const char *name, *text;
};

static const struct row rows[] = {
#define X(name, number, coap, exit_status, text) { number, coap, exit_status, #name, text },
	ERRORS(X)
#undef X
};

static const struct row *row_of(enum err e)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == (int)e)
			return &rows[i];
	return &rows[0];
}

const char *err_text(enum err e)
{
	return row_of(e)->text;
}

const char *err_name(enum err e)
{
	return row_of(e)->name;
}

int err_coap(enum err e)
{
	return row_of(e)->coap;
}

int err_exit(enum err e)
{
	return row_of(e)->exit_status;
}
