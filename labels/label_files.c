#include "labels/label_files.h"

#include "node/port/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef enum err render_fn(const struct label_drawing *d, char *buf, size_t cap, struct bytes *out);

bool label_files_take(struct label_files *f, const char *formats)
{
	const struct { const char *name; bool *flag; } known[] = {
		{ "svg", &f->svg }, { "png", &f->png }, { "zpl", &f->zpl }, { "pdf", &f->pdf } };
	char copy[32], *save, *at;
	bool all = strlen(formats) < sizeof(copy);

	f->svg = f->png = f->zpl = f->pdf = false;
	snprintf(copy, sizeof(copy), "%s", formats);
	for (at = strtok_r(copy, ",", &save); at && all; at = strtok_r(NULL, ",", &save)) {
		size_t i = 0;

		while (i < 4 && strcmp(at, known[i].name) != 0)
			i++;
		all = i < 4;
		if (all)
			*known[i].flag = true;
	}
	return all && (f->svg || f->png || f->zpl || f->pdf);
}

static enum err make_dir(const char *dir, const char *name)
{
	char path[600];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return ERR_TOO_LARGE;
	return mkdir(path, 0755) == 0 || errno == EEXIST ? ERR_OK : file_error(errno);
}

enum err label_files_begin(const struct label_files *f)
{
	enum err e = make_dir(f->dir, "labels");

	return e == ERR_OK && f->page ? make_dir(f->dir, "sheets") : e;
}

static enum err write_text(const struct label *l, const char *path, render_fn *render)
{
	static _Thread_local char buf[RENDER_SVG_MAX > RENDER_ZPL_MAX ? RENDER_SVG_MAX : RENDER_ZPL_MAX];
	struct bytes text;
	enum err e = render(&l->drawing, buf, sizeof(buf), &text);

	return e ? e : file_write(path, 0644, text);
}

void label_files_name(char *text)
{
	for (char *c = text; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", *c))
			*c = '_';
}

static const char *label_path(const struct label_files *f, const struct label *l, size_t i, const char *ending)
{
	static _Thread_local char path[640];
	char name[21];

	snprintf(name, sizeof(name), "%s", l->serial);
	label_files_name(name);
	snprintf(path, sizeof(path), "%s/labels/%05zu-%s.%s", f->dir, i + 1, name, ending);
	return path;
}

enum err label_files_write(const struct label_files *f, const struct label *l, size_t i)
{
	enum err e = ERR_OK;

	if (f->svg)
		e = write_text(l, label_path(f, l, i, "svg"), render_svg);
	if (e == ERR_OK && f->zpl)
		e = write_text(l, label_path(f, l, i, "zpl"), render_zpl);
	if (e == ERR_OK && f->png)
		e = render_png_write(label_path(f, l, i, "png"), &l->drawing);
	if (e == ERR_OK && f->pdf)
		e = render_pdf_write(label_path(f, l, i, "pdf"), &l->drawing);
	return e;
}

enum err label_files_sheet(const struct label_files *f, const struct label *labels, size_t n, size_t first, size_t last)
{
	const struct label_drawing *drawings[SHEET_LABELS_MAX];
	char path[640];

	for (size_t i = 0; i < n; i++)
		drawings[i] = &labels[i].drawing;
	snprintf(path, sizeof(path), "%s/sheets/%05zu-%05zu.pdf", f->dir, first + 1, last + 1);
	return render_sheet_write(path, f->page, drawings, n);
}
