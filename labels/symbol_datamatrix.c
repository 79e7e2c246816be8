#include "labels/gs1/gs1_elements.h"
#include "labels/symbol.h"

#include <dmtx.h>

/* libdmtx counts rows from below. */
static void take_modules(struct symbol *out, const DmtxEncode *enc)
{
	int side = dmtxGetSymbolAttribute(DmtxSymAttribSymbolRows, enc->region.sizeIdx);

	out->kind = SYMBOL_DATAMATRIX;
	out->quiet = 2;
	out->side = (unsigned)side;
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++)
			out->dark[y * side + x] = (dmtxSymbolModuleStatus(enc->message, enc->region.sizeIdx, side - 1 - y, x) & DmtxModuleOn) != 0;
}

static bool encode(DmtxEncode *enc, struct bytes elements, uint8_t *buf, int scheme)
{
	buf[0] = GS1_GS;
	memcpy(buf + 1, elements.p, elements.n);
	return dmtxEncodeSetProp(enc, DmtxPropFnc1, GS1_GS) == DmtxPass && dmtxEncodeSetProp(enc, DmtxPropScheme, scheme) == DmtxPass &&
	       dmtxEncodeSetProp(enc, DmtxPropSizeRequest, DmtxSymbolSquareAuto) == DmtxPass &&
	       dmtxEncodeDataMatrix(enc, (int)elements.n + 1, buf) == DmtxPass;
}

enum err symbol_datamatrix(struct symbol *out, struct bytes elements)
{
	uint8_t buf[SYMBOL_TEXT_MAX + 1];
	DmtxEncode *enc;
	bool ok;

	if (elements.n > SYMBOL_TEXT_MAX)
		return ERR_TOO_LARGE;
	enc = dmtxEncodeCreate();
	if (!enc)
		return ERR_NO_MEMORY;
	ok = encode(enc, elements, buf, DmtxSchemeAutoBest);
	if (ok)
		take_modules(out, enc);
	dmtxEncodeDestroy(&enc);
	return ok ? ERR_OK : ERR_TOO_LARGE;
}
