/* ZPL II: the symbol as graphics, so that the printer encodes nothing; text in its own scalable font. */
#include "labels/render.h"

#include "labels/gs1/text.h"

#include <stdarg.h>
#include <stdio.h>

#define ROW_BYTES_MAX (SYMBOL_SIDE_MAX * LOOK_MODULE_MAX / 8 + 1)

__attribute__((format(printf, 2, 3))) static void put_format(struct text *t, const char *format, ...)
{
	char s[64];
	va_list args;

	va_start(args, format);
	text_put(t, s, (size_t)vsnprintf(s, sizeof(s), format, args));
	va_end(args);
}

/* One row of dots, eight a byte, dark 1, in hexadecimal. */
static void put_row(struct text *t, const struct label_drawing *d, unsigned y, unsigned row_bytes)
{
	static const char hex[] = "0123456789ABCDEF";
	const uint8_t *dark = d->symbol->dark + (size_t)y * d->symbol->side;
	unsigned m = d->look.module, dots = d->symbol->side * m;
	char s[2 * ROW_BYTES_MAX];

	for (unsigned k = 0; k < 2 * row_bytes; k++) {
		unsigned nibble = 0;

		for (unsigned dot = 4 * k; dot < 4 * k + 4; dot++)
			nibble = 2 * nibble + (dot < dots && dark[dot / m]);
		s[k] = hex[nibble];
	}
	text_put(t, s, 2 * row_bytes);
}

/* ":" says the row above once more. */
static void put_symbol(struct text *t, const struct label_drawing *d)
{
	unsigned m = d->look.module, row_bytes = (d->symbol->side * m + 7) / 8, total = row_bytes * d->symbol->side * m;

	put_format(t, "^FO%u,%u", d->symbol_x + d->symbol->quiet * m, d->symbol_y + d->symbol->quiet * m);
	put_format(t, "^GFA,%u,%u,%u,", total, total, row_bytes);
	for (unsigned y = 0; y < d->symbol->side; y++) {
		put_row(t, d, y, row_bytes);
		for (unsigned k = 1; k < m; k++)
			text_put(t, ":", 1);
	}
	text_put(t, "^FS\n", 4);
}

/* ^FH_: what would begin a command, and "_" itself, as "_" and two hexadecimal digits. */
static void put_line(struct text *t, const char *line)
{
	for (; *line; line++) {
		if (strchr("^~_", *line))
			put_format(t, "_%02X", (unsigned)(unsigned char)*line);
		else
			text_put(t, line, 1);
	}
}

enum err render_zpl(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out)
{
	struct text t = { buf, 0, cap };

	if (d->look.module > LOOK_MODULE_MAX)
		return ERR_BAD_VALUE;
	put_format(&t, "^XA^CI28^LH0,0^PW%u^LL%u\n", d->width, d->height);
	put_symbol(&t, d);
	for (const struct label_text *x = d->texts; x < d->texts + d->texts_n; x++) {
		put_format(&t, "^FO%u,%u", x->x, x->y - x->size);
		put_format(&t, "^A0N,%u,%u^FH_^FD", x->size, x->size * 6 / 10);
		put_line(&t, x->text);
		text_put(&t, "^FS\n", 4);
	}
	text_put(&t, "^XZ\n", 4);
	return text_end(&t, out);
}
