#include "labels/label_make.h"

#include "scanner/reader.h"

#include <stdlib.h>

static enum err add_elements(const struct label_maker *m, struct label *l, struct fault *fault)
{
	char gtin[GTIN_DIGITS], expiry[6];
	enum err e;

	gs1_init(&l->data);
	gs1_digits(gtin, GTIN_DIGITS, m->product.gtin);
	gs1_expiry_format(m->product.expiry, expiry);
	e = gs1_add(&l->data, "01", bytes_of(gtin, sizeof(gtin)), fault);
	if (e == ERR_OK)
		e = gs1_add(&l->data, "21", bytes_of_str(l->serial), fault);
	if (e == ERR_OK)
		e = gs1_add(&l->data, "17", bytes_of(expiry, sizeof(expiry)), fault);
	if (e == ERR_OK)
		e = gs1_add(&l->data, "10", bytes_of_str(m->product.lot), fault);
	return e;
}

static enum err add_signature(struct label_maker *m, struct label *l, struct fault *fault)
{
	char text[LABEL_SIG_TEXT_LEN];
	struct label_sig s;
	struct hash digest;
	enum err e;

	memcpy(s.key_id, m->key_id, LABEL_KEY_ID_LEN);
	label_digest(&l->data, s.key_id, &digest);
	e = signer_sign(m->signer, &digest, s.sig);
	if (e != ERR_OK)
		return e;
	label_sig_format(&s, text);
	return gs1_add(&l->data, "8030", bytes_of(text, sizeof(text)), fault);
}

static enum err write_text(const struct label_maker *m, struct label *l)
{
	struct bytes text;
	enum err e;

	if (m->product.kind == SYMBOL_QR)
		e = gs1_format_dl(&l->data, m->product.stem, l->text, sizeof(l->text) - 1, &text);
	else
		e = gs1_format_scan(&l->data, GS1_GS, false, l->text, sizeof(l->text) - 1, &text);
	if (e == ERR_OK)
		l->text[text.n] = 0;
	return e;
}

enum err label_sign(struct label_maker *m, struct label *l, const char *serial, struct fault *fault)
{
	enum err e;

	l->serial = serial;
	e = add_elements(m, l, fault);
	if (e == ERR_OK && m->signer)
		e = add_signature(m, l, fault);
	if (e == ERR_OK)
		e = gs1_validate(&l->data, fault);
	return e ? e : write_text(m, l);
}

enum err label_encode(struct label_maker *m, struct label *l)
{
	const char *rule;
	enum err e = m->product.kind == SYMBOL_QR ? symbol_qr(&l->symbol, l->text, m->level) :
					    symbol_datamatrix(&l->symbol, bytes_of_str(l->text));

	l->drawing.look = m->look;
	l->drawing.symbol = &l->symbol;
	if (e != ERR_OK)
		return e;
	e = layout_place(m->layout, &m->product, l->serial, &l->drawing, &rule);
	m->misplaced = e ? rule : NULL;
	return e;
}

enum err label_read_back(struct label_maker *m, const struct label *l)
{
	struct reader_symbol got;
	unsigned side = render_symbol_side(&l->drawing);
	size_t n = (size_t)side * side;

	if (n > m->grey_n) {
		uint8_t *bigger = realloc(m->grey, n);

		if (!bigger)
			return ERR_NO_MEMORY;
		m->grey = bigger;
		m->grey_n = n;
	}
	render_symbol(&l->drawing, m->grey, side);
	if (reader_read(m->grey, side, side, side, 0, &got, 1) != 1)
		return ERR_NO_CODE;
	return strcmp(got.aim, symbol_aim(m->product.kind)) == 0 && bytes_eq(bytes_of(got.bytes, got.n), bytes_of_str(l->text)) ? ERR_OK : ERR_BAD_INPUT;
}

void label_maker_free(struct label_maker *m)
{
	signer_free(m->signer);
	free(m->grey);
	m->signer = NULL;
	m->grey = NULL;
}
