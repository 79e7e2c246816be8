#include "tests/fakes/zpl.h"

#include "labels/gs1/text.h"

#include <stdio.h>
#include <stdlib.h>

struct printer {
	struct zpl_page *page;
	const char *at, *end;
	unsigned x, y; /* of the field */
	bool hex; /* ^FH_ */
};

static bool is_next(struct printer *p, const char *command)
{
	size_t n = strlen(command);

	if ((size_t)(p->end - p->at) < n || memcmp(p->at, command, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* A number and what comes behind it, unless that begins a command. */
static bool number(struct printer *p, unsigned *out)
{
	if (p->at == p->end || !text_is_digit((uint8_t)*p->at))
		return false;
	for (*out = 0; p->at < p->end && text_is_digit((uint8_t)*p->at) && *out < 100000000; p->at++)
		*out = 10 * *out + (unsigned)(*p->at - '0');
	if (p->at < p->end && *p->at == ',')
		p->at++;
	return true;
}

static bool ink(struct printer *p, unsigned x, unsigned y)
{
	if (x >= p->page->width || y >= p->page->height || !p->page->grey)
		return false;
	p->page->grey[(size_t)y * p->page->width + x] = 0;
	return true;
}

/* Rows of hexadecimal; ":" for the row above once more. */
static bool graphic(struct printer *p)
{
	unsigned sent, total, row_bytes;
	const char *row = NULL;

	if (!number(p, &sent) || !number(p, &total) || !number(p, &row_bytes) || sent != total || !row_bytes || total % row_bytes)
		return false;
	for (unsigned y = 0; y < total / row_bytes; y++) {
		if (p->at == p->end || (*p->at == ':' && !row))
			return false;
		if (*p->at == ':') {
			p->at++;
		} else {
			if ((size_t)(p->end - p->at) < 2 * row_bytes)
				return false;
			row = p->at;
			p->at += 2 * row_bytes;
		}
		for (unsigned dot = 0; dot < 8 * row_bytes; dot++) {
			int nibble = text_hex((uint8_t)row[dot / 4]);

			if (nibble < 0 || ((nibble >> (3 - dot % 4) & 1) && !ink(p, p->x + dot, p->y + y)))
				return false;
		}
	}
	return true;
}

static bool text_field(struct printer *p, struct zpl_field *f)
{
	size_t n = 0;

	while (p->at < p->end && *p->at != '^' && *p->at != '~' && n + 1 < sizeof(f->text)) {
		if (p->hex && *p->at == '_') {
			if (p->end - p->at < 3)
				return false;
			f->text[n++] = (char)(16 * text_hex((uint8_t)p->at[1]) + text_hex((uint8_t)p->at[2]));
			p->at += 3;
		} else {
			f->text[n++] = *p->at++;
		}
	}
	f->text[n] = 0;
	p->hex = false;
	p->page->fields_n++;
	return f->x < p->page->width && f->y + f->height <= p->page->height;
}

static bool paper(struct printer *p)
{
	size_t n = (size_t)p->page->width * p->page->height;

	if (n == 0 || p->page->width > ZPL_DOTS_MAX || p->page->height > ZPL_DOTS_MAX || p->page->grey)
		return false;
	p->page->grey = malloc(n);
	if (p->page->grey)
		memset(p->page->grey, 255, n);
	return p->page->grey != NULL;
}

static bool command(struct printer *p)
{
	struct zpl_field *f = &p->page->fields[p->page->fields_n];
	unsigned ignored;

	if (is_next(p, "\n") || is_next(p, "^XA") || is_next(p, "^FS"))
		return true;
	if (is_next(p, "^CI") && number(p, &ignored))
		return ignored == 28;
	if (is_next(p, "^LH"))
		return number(p, &ignored) && ignored == 0 && number(p, &ignored) && ignored == 0;
	if (is_next(p, "^PW"))
		return number(p, &p->page->width);
	if (is_next(p, "^LL"))
		return number(p, &p->page->height) && paper(p);
	if (is_next(p, "^FO"))
		return number(p, &p->x) && number(p, &p->y);
	if (is_next(p, "^GFA,"))
		return graphic(p);
	if (is_next(p, "^FH_"))
		return p->hex = true;
	if (p->page->fields_n == ZPL_FIELDS_MAX)
		return false;
	f->x = p->x;
	f->y = p->y;
	if (is_next(p, "^A0N,"))
		return number(p, &f->height) && number(p, &ignored);
	return is_next(p, "^FD") && text_field(p, f);
}

bool zpl_print(struct zpl_page *out, struct bytes zpl)
{
	struct printer p = { .page = out, .at = (const char *)zpl.p, .end = (const char *)zpl.p + zpl.n };

	*out = (struct zpl_page){ .grey = NULL };
	while (!is_next(&p, "^XZ"))
		if (!command(&p))
			return false;
	return out->grey != NULL;
}
