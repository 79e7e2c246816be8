/* The files of a print job: what is drawn of each label, in a directory "labels", and sheets of them in "sheets". */
#ifndef RX_LABEL_FILES_H
#define RX_LABEL_FILES_H

#include "labels/label_make.h"
#include "labels/render_pdf.h"

#define SHEET_LABELS_MAX 128

struct label_files {
	const char *dir; /* the job's; not owned */
	bool svg, png, zpl, pdf;
	const struct page_size *page; /* NULL: no sheets */
};

/* "svg,png": which are written.  False: a word that names no format, or none at all. */
bool label_files_take(struct label_files *f, const char *formats);
/* What a serial or lot is called in a file name: other characters than letters, digits and "-" become "_". */
void label_files_name(char *text);
/* Make the directories.  ERR_IO and its like. */
MUST_CHECK enum err label_files_begin(const struct label_files *f);
/* The label of serial number i (from 0), one file a format: "labels/00001-7KQ2MX9PDR4T.svg". */
MUST_CHECK enum err label_files_write(const struct label_files *f, const struct label *l, size_t i);
/* A sheet of labels of one size, n at most SHEET_LABELS_MAX; first, last: their serials' numbers: "sheets/00001-00018.pdf". */
MUST_CHECK enum err label_files_sheet(const struct label_files *f, const struct label *labels, size_t n, size_t first, size_t last);

#endif
