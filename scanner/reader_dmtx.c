#include "scanner/reader.h"

#include <dmtx.h>
#include <stdbool.h>
#include <string.h>

#define LIMIT_MS 150 /* one that is there is found within 115 ms in a photograph of 12 megapixels; without one the search goes on and on */
#define GS 0x1d
#define FNC1 232 /* ISO/IEC 16022 5.2.4.6: as the first codeword, GS1 data */

static bool take(const DmtxMessage *m, struct reader_symbol *out)
{
	bool gs1 = m->codeSize > 0 && m->code[0] == FNC1;
	const uint8_t *text = m->output;
	size_t n = m->outputIdx > 0 ? (size_t)m->outputIdx : 0;

	if (gs1 && n > 0 && text[0] == GS) {
		text++;
		n--;
	}
	if (n == 0 || n > READER_TEXT_MAX)
		return false;
	memcpy(out->aim, gs1 ? "]d2" : "]d1", sizeof(out->aim));
	memcpy(out->bytes, text, n);
	out->n = n;
	return true;
}

static size_t search(DmtxDecode *dec, struct reader_symbol *out, size_t cap)
{
	DmtxTime until = dmtxTimeAdd(dmtxTimeNow(), LIMIT_MS);
	DmtxRegion *region;
	size_t n = 0;

	while (n < cap && (region = dmtxRegionFindNext(dec, &until)) != NULL) {
		DmtxMessage *m = dmtxDecodeMatrixRegion(dec, region, DmtxUndefined);

		if (m && take(m, &out[n]))
			n++;
		dmtxMessageDestroy(&m);
		dmtxRegionDestroy(&region);
	}
	return n;
}

size_t reader_dmtx(const uint8_t *grey, unsigned width, unsigned height, struct reader_symbol *out, size_t cap)
{
	DmtxImage *image = dmtxImageCreate((unsigned char *)grey, (int)width, (int)height, DmtxPack8bppK);
	DmtxDecode *dec = image ? dmtxDecodeCreate(image, 1) : NULL;
	size_t n = 0;

	if (dec && dmtxDecodeSetProp(dec, DmtxPropFnc1, GS) == DmtxPass)
		n = search(dec, out, cap);
	dmtxDecodeDestroy(&dec);
	dmtxImageDestroy(&image);
	return n;
}
