/* One label from its data: elements, signature, symbol, drawing, and the reading back. */
#ifndef RX_LABEL_MAKE_H
#define RX_LABEL_MAKE_H

#include "labels/layout.h"
#include "node/core/label.h"
#include "node/port/signer.h"

#define LABEL_TEXT_MAX 400 /* worst case, percent-encoded throughout, takes 271 */
#define LABEL_BATCH 32 /* labels made stage by stage: signing, encoding and reading each keep the caches to themselves */

/* What all labels of a job share. */
struct label_maker {
	struct job_product product;
	struct signer *signer; /* NULL: unsigned */
	uint8_t key_id[LABEL_KEY_ID_LEN];
	enum qr_level level;
	struct label_look look;
	const struct layout *layout;
	const char *misplaced; /* what layout_place() found wrong */
	uint8_t *grey; /* of a symbol, for reading back */
	size_t grey_n;
};
void label_maker_free(struct label_maker *m);

/* One label.  Not to be copied by assignment: drawing points at symbol. */
struct label {
	const char *serial; /* the caller's */
	struct gs1_data data;
	char text[LABEL_TEXT_MAX]; /* what its symbol says: Digital Link, or element string with GS between */
	struct symbol symbol;
	struct label_drawing drawing;
};

/* The stages, in their order.  Elements, signature and text; ERR_GS1_* with the fault in the serial or the product. */
MUST_CHECK enum err label_sign(struct label_maker *m, struct label *l, const char *serial, struct fault *fault);
/* Symbol, and places for it and the texts.  ERR_NO_SPACE: m->misplaced says why. */
MUST_CHECK enum err label_encode(struct label_maker *m, struct label *l);
/* Read the drawn symbol with a decoder of its own and compare every byte.  ERR_NO_CODE, ERR_BAD_INPUT (other bytes). */
MUST_CHECK enum err label_read_back(struct label_maker *m, const struct label *l);

#endif
