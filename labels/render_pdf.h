/* Labels as PDF by cairo: one to a page of its own size, or sheets with crop marks. */
#ifndef RX_RENDER_PDF_H
#define RX_RENDER_PDF_H

#include "labels/render.h"

struct page_size {
	const char *name;
	double width, height; /* mm */
};
/* "A4", "A5", "A6", "Letter", "4x6in"; NULL: no such page. */
const struct page_size *page_size(const char *name);
/* How many labels of so many millimetres stand on such a page, with margins, and gaps for crop marks. */
size_t page_labels(const struct page_size *page, double width, double height);

/* To a file of its own; the same drawing gives the same bytes.  ERR_IO, ERR_DISK_FULL, ERR_NO_MEMORY. */
MUST_CHECK enum err render_pdf_write(const char *path, const struct label_drawing *d);
/* n labels of the same size on one page, row by row.  ERR_NO_SPACE besides: more than page_labels(). */
MUST_CHECK enum err render_sheet_write(const char *path, const struct page_size *page, const struct label_drawing *const *labels, size_t n);

#endif
