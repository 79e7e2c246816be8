#include "scanner/reader.h"

#define ZX_USE_UTF8 /* what text() returns, which is not used here: unset, every build prints a notice */
#include <ZXing/ReadBarcode.h>

#include <cstring>

using namespace ZXing;

static bool take(const Result &r, reader_symbol &out)
{
	const ByteArray &b = r.bytes();
	std::string aim = r.symbologyIdentifier();

	if (!r.isValid() || b.size() > READER_TEXT_MAX)
		return false;
	std::memset(&out, 0, sizeof(out));
	std::strncpy(out.aim, aim.c_str(), sizeof(out.aim) - 1);
	std::memcpy(out.bytes, b.data(), b.size());
	out.n = b.size();
	return true;
}

static size_t read(const ImageView &view, bool thorough, reader_symbol *out, size_t cap)
{
	DecodeHints hints;
	size_t n = 0;

	hints.setFormats(BarcodeFormat::QRCode | BarcodeFormat::DataMatrix);
	hints.setTryHarder(thorough);
	hints.setTryRotate(thorough);
	hints.setTryDownscale(thorough);
	hints.setMaxNumberOfSymbols(static_cast<uint8_t>(cap > 255 ? 255 : cap));
	for (const Result &r : ReadBarcodes(view, hints))
		if (n < cap && take(r, out[n]))
			n++;
	return n;
}

/* No exception crosses into C. */
extern "C" size_t reader_read(const uint8_t *grey, unsigned width, unsigned height, unsigned stride, int thorough,
			      reader_symbol *out, size_t cap)
try {
	if (cap == 0)
		return 0;
	return read(ImageView(grey, static_cast<int>(width), static_cast<int>(height), ImageFormat::Lum, static_cast<int>(stride)),
		    thorough != 0, out, cap);
} catch (...) {
	return 0;
}
