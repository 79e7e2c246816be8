#include "labels/qr.h"

#include <errno.h>
#include <qrencode.h>

static QRecLevel level_of(enum qr_level level)
{
	switch (level) {
	case QR_LOW:
		return QR_ECLEVEL_L;
	case QR_MEDIUM:
		return QR_ECLEVEL_M;
	case QR_QUARTILE:
		return QR_ECLEVEL_Q;
	case QR_HIGH:
		return QR_ECLEVEL_H;
	}
	return QR_ECLEVEL_M;
}

enum err qr_encode(struct qr *out, const char *text, enum qr_level level)
{
	QRcode *q = strlen(text) <= 1000 ? QRcode_encodeString(text, 0, level_of(level), QR_MODE_8, 1) : NULL;
	size_t modules;

	if (!q)
		return errno == ENOMEM ? ERR_NO_MEMORY : ERR_TOO_LARGE;
	out->side = (unsigned)q->width;
	modules = (size_t)out->side * out->side;
	for (size_t i = 0; i < modules; i++)
		out->dark[i] = q->data[i] & 1;
	QRcode_free(q);
	return ERR_OK;
}
