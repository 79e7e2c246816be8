/* One label from its data: Digital Link, signature, symbol, drawing, and the reading back. */
#ifndef RX_LABEL_MAKE_H
#define RX_LABEL_MAKE_H

#include "labels/job.h"
#include "labels/render.h"
#include "node/core/label.h"
#include "node/port/signer.h"

#define LABEL_LINK_MAX 400 /* worst case, percent-encoded throughout, takes 271 */

struct label_maker {
	struct job_product product;
	struct signer *signer; /* NULL: unsigned */
	uint8_t key_id[LABEL_KEY_ID_LEN];
	enum qr_level level;
	struct label_look look;
	/* the label made last */
	struct gs1_data data;
	char link[LABEL_LINK_MAX];
	struct qr qr;
	struct label_drawing drawing;
	uint8_t *grey; /* of its symbol, for reading back */
	size_t grey_n;
};

/* Elements, signature, link, symbol and lines for one serial.  ERR_GS1_* with the fault in the serial or the product. */
MUST_CHECK enum err label_make(struct label_maker *m, const char *serial, struct fault *fault);
/* Read the drawn symbol with a decoder of its own and compare every byte.  ERR_NO_CODE, ERR_BAD_INPUT (other bytes). */
MUST_CHECK enum err label_read_back(struct label_maker *m);
void label_maker_free(struct label_maker *m);

#endif
