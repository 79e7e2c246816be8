/* rxlabel print: mint, sign, draw, read back. */
#include "labels/cmd.h"
#include "labels/label_team.h"
#include "labels/order.h"
#include "labels/printer.h"
#include "labels/serial.h"
#include "node/cli.h"
#include "node/port/file.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_MAX (TEAM_MAX * LABEL_BATCH)
#define GUESS_CHANCE_MOST 1e-4 /* Delegated Regulation (EU) 2016/161 Art. 4 (c) */

struct print {
	struct label_maker maker; /* what those of the team are like; product: of the job */
	struct label_team team;
	struct job job;
	struct order_text order;
	struct printer printer;
	const char *dir, *key_path, *serials_path, *layout_path, *orders_path, *printer_at;
	struct layout layout; /* of layout_path */
	uint64_t serial_len, dpi, module;
	struct label_files files;
	size_t batch; /* labels made at once: a sheet, or LABEL_BATCH for each core */
	bool json, upper_case;
	unsigned side; /* modules of the symbols printed last */
};

static bool take_level(struct print *p, const char *text)
{
	static const char levels[] = "LMQH";
	const char *at = strchr(levels, text[0]);

	if (!at || !*at || text[1])
		return false;
	p->maker.level = (enum qr_level)(at - levels);
	return true;
}

static bool take_symbol(struct print *p, const char *text)
{
	p->maker.product.kind = strcmp(text, "datamatrix") == 0 ? SYMBOL_DATAMATRIX : SYMBOL_QR;
	return p->maker.product.kind == SYMBOL_DATAMATRIX || strcmp(text, "qr") == 0;
}

/* Scheme and host, whose case says nothing: a QR code holds capitals in fewer modules. */
static void raise_stem(char *stem)
{
	char *host = strstr(stem, "://");

	for (char *c = stem; *c && (!host || c < host + 3 || *c != '/'); c++)
		*c = (char)toupper((unsigned char)*c);
}

static bool take_dpi(struct print *p, const char *text)
{
	p->dpi = strtoul(text, NULL, 10);
	return strcmp(text, "203") == 0 || strcmp(text, "300") == 0 || strcmp(text, "600") == 0;
}

static bool copy_text(char *to, size_t cap, const char *from)
{
	return (size_t)snprintf(to, cap, "%s", from) < cap;
}

/* cli_number() has said what is wrong. */
static int take_number(const char *option, const char *arg, uint64_t lo, uint64_t hi, uint64_t *out)
{
	return cli_number(option, arg, lo, hi, out) ? 0 : err_exit(ERR_USAGE);
}

/* 0: taken; else the exit status. */
static int take_option(struct print *p, int opt, const char *arg)
{
	struct job_product *pr = &p->maker.product;
	bool ok = true;

	switch (opt) {
	case 'g': p->order.gtin = arg; break;
	case 'l': p->order.lot = arg; break;
	case 'x': p->order.expiry = arg; break;
	case 'n': p->order.quantity = arg; break;
	case 'M': p->order.market = arg; break;
	case 'O': p->orders_path = arg; break;
	case 'k': p->key_path = arg; break;
	case 'i': ok = copy_text(pr->key_id, sizeof(pr->key_id), arg) && cli_hex(arg, p->maker.key_id, LABEL_KEY_ID_LEN); break;
	case 'o': p->dir = p->files.dir = arg; break;
	case 'f': ok = label_files_take(&p->files, arg); break;
	case 'p': p->files.page = page_size(arg); ok = p->files.page != NULL; break;
	case 'd': ok = take_dpi(p, arg); break;
	case 'm': return take_number("--module-dots", arg, 1, LOOK_MODULE_MAX, &p->module);
	case 'e': ok = take_level(p, arg); break;
	case 'y': ok = take_symbol(p, arg); break;
	case 'u': p->upper_case = true; break;
	case 's': ok = copy_text(pr->stem, sizeof(pr->stem), arg) && strncasecmp(arg, "http", 4) == 0 && !strpbrk(arg, "\t\n "); break;
	case 'c': return take_number("--serial-length", arg, SERIAL_LEN_LEAST, SERIAL_LEN_MOST, &p->serial_len);
	case 'r': p->serials_path = arg; break;
	case 't': p->layout_path = arg; break;
	case 'T': p->printer_at = arg; break;
	case 'j': p->json = true; break;
	default: return cli_usage("unknown option, or one that wants a value");
	}
	return ok ? 0 : cli_usage("\"%s\" is not a value for this option", arg);
}

static int check_chance(struct print *p)
{
	double chance = serial_guess_chance(p->maker.product.count, p->serial_len);

	if (chance > GUESS_CHANCE_MOST)
		return cli_fail(ERR_BAD_VALUE, "one guess in %.0f would hit a serial; the law wants fewer than 1 in 10,000: "
				"raise --serial-length", 1 / chance);
	if (!p->json)
		printf("Serials of %" PRIu64 " characters: a guess hits one of this lot once in %.3g.\n", p->serial_len, 1 / chance);
	return 0;
}

static int fail_at(const struct print *p, enum err e)
{
	if (p->maker.misplaced)
		return cli_fail(ERR_BAD_INPUT, "%s: %s", p->layout_path ? p->layout_path : p->dir, p->maker.misplaced);
	return cli_fail(e, "%s: %s; run the same command again to go on", p->job.path[0] ? p->job.path : p->dir, err_text(e));
}

/* Serials that were minted elsewhere, one a line: as many as the job wants; those left over take the place of void ones. */
static enum err take_serials(struct print *p)
{
	FILE *f = fopen(p->serials_path, "re");
	char line[64];
	size_t at = 0;
	enum err e = ERR_OK;

	if (!f)
		return ERR_NOT_FOUND;
	while (e == ERR_OK && job_missing(&p->job) > 0 && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = 0;
		if (!line[0] || at++ < p->job.n)
			continue; /* taken before */
		if (strlen(line) > SERIAL_LEN_MOST || !gs1_is_cset82(bytes_of_str(line)))
			e = ERR_BAD_VALUE;
		else
			e = job_mint(&p->job, line);
	}
	fclose(f);
	if (e == ERR_OK && job_missing(&p->job) > 0)
		e = ERR_BAD_INPUT;
	return e == ERR_OK ? job_sync(&p->job) : e;
}

/* Mint what is missing: durable in the journal before any label carries it. */
static enum err mint(struct print *p)
{
	char serial[SERIAL_LEN_MOST + 1] = { 0 };
	enum err e = ERR_OK;

	while (e == ERR_OK && job_missing(&p->job) > 0) {
		e = serial_make(serial, p->serial_len);
		if (e == ERR_OK)
			e = job_mint(&p->job, serial);
		if (e == ERR_EXISTS)
			e = ERR_OK; /* another one is drawn */
	}
	return e == ERR_OK ? job_sync(&p->job) : e;
}

/* What is on its way is in the journal first: a label that may exist is never made twice. */
static enum err send(struct print *p, const struct label *labels, const size_t *at, size_t n)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = job_mark(&p->job, at[i], JOB_SENDING, JOB_NO_REASON);
	if (e == ERR_OK)
		e = job_sync(&p->job);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		e = printer_send(&p->printer, &labels[i].drawing);
		if (e == ERR_OK)
			e = job_mark(&p->job, at[i], JOB_PRINTED, JOB_NO_REASON);
	}
	if (e == ERR_OK)
		e = job_sync(&p->job);
	return e;
}

/* Those that were on their way when an earlier run ended. */
static enum err reject_sending(struct print *p)
{
	size_t n = job_count(&p->job, JOB_SENDING);
	enum err e = ERR_OK;

	for (size_t i = 0; n > 0 && i < p->job.n && e == ERR_OK; i++)
		if (p->job.serials[i].state == JOB_SENDING)
			e = job_mark(&p->job, i, JOB_REJECTED, JOB_LOST);
	if (e == ERR_OK && n > 0)
		fprintf(stderr, "%zu labels were on their way to the printer when an earlier run ended.  They count as rejected: destroy what "
			"was printed of them, then rxlabel mark --as void --all %s\n", n, p->dir);
	return e == ERR_OK ? job_sync(&p->job) : e;
}

/* Serials number at[0..n-1]. */
static enum err print_batch(struct print *p, const size_t *at, size_t n)
{
	static struct label labels[AT_ONCE_MAX];
	enum err e;

	for (size_t i = 0; i < n; i++)
		labels[i].serial = p->job.serials[at[i]].text;
	e = label_team_make(&p->team, &p->maker.product, &p->files, labels, at, n, &p->maker.misplaced);
	if (e == ERR_OK && p->files.page)
		e = label_files_sheet(&p->files, labels, n, at[0], at[n - 1]);
	if (e == ERR_OK && p->printer_at)
		e = send(p, labels, at, n);
	for (size_t i = 0; i < n && e == ERR_OK && !p->printer_at; i++)
		e = job_mark(&p->job, at[i], JOB_PRINTED, JOB_NO_REASON);
	p->side = labels[0].symbol.side;
	return e;
}

#define BAR 40

static void show_progress(size_t done, size_t all)
{
	static const char full[BAR + 1] = "########################################";
	int n = (int)(BAR * done / all);

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r[%.*s%*s] %zu of %zu%s", n, full, BAR - n, "", done, all, done == all ? "\n" : "");
}

static int print_all(struct print *p)
{
	size_t at[AT_ONCE_MAX], n = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < p->job.n; i++) {
		if (p->job.serials[i].state == JOB_MINTED)
			at[n++] = i;
		if (n == p->batch || (n > 0 && i + 1 == p->job.n)) {
			e = print_batch(p, at, n);
			n = 0;
			show_progress(i + 1, p->job.n);
		}
	}
	if (e == ERR_OK)
		e = job_sync(&p->job);
	return e == ERR_OK ? 0 : fail_at(p, e);
}

static bool same_product(const struct job_product *a, const struct job_product *b)
{
	return a->gtin == b->gtin && a->kind == b->kind && strcmp(a->lot, b->lot) == 0 && a->expiry == b->expiry && a->count == b->count &&
	       strcmp(a->market, b->market) == 0 && strcmp(a->stem, b->stem) == 0 && strcmp(a->key_id, b->key_id) == 0;
}

/* A new job, or the one in the directory when it is the same. */
static int open_job(struct print *p)
{
	unsigned line;
	enum err e = job_open(&p->job, p->dir, &line);

	if (e == ERR_NOT_FOUND)
		e = job_create(&p->job, p->dir, &p->maker.product);
	if (e != ERR_OK)
		return label_fail_job(p->dir, e, line);
	if (!same_product(&p->job.product, &p->maker.product))
		return cli_fail(ERR_EXISTS, "%s holds a job of other data (GTIN %014" PRIu64 ", lot %s, %" PRIu64
				" labels): take another directory", p->dir, p->job.product.gtin, p->job.product.lot, p->job.product.count);
	e = label_files_begin(&p->files);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", p->dir, err_text(e));
	return 0;
}

static size_t printed(const struct print *p)
{
	return p->job.n - job_count(&p->job, JOB_MINTED);
}

static int take_layout(struct print *p)
{
	static char text[8192];
	FILE *f = p->layout_path ? fopen(p->layout_path, "re") : NULL;
	const char *rule;
	unsigned line;
	size_t n;

	if (!p->layout_path)
		return 0;
	if (!f)
		return cli_fail(ERR_NOT_FOUND, "%s: %s", p->layout_path, strerror(errno));
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (n == sizeof(text))
		return cli_fail(ERR_TOO_LARGE, "%s: larger than a layout needs to be", p->layout_path);
	if (layout_parse(&p->layout, bytes_of(text, n), &line, &rule) != ERR_OK)
		return cli_fail(ERR_BAD_INPUT, "%s:%u: %s", p->layout_path, line, rule);
	p->maker.layout = &p->layout;
	return 0;
}

/* A sheet is cut along marks: all its labels are of one size, which a layout says. */
static int take_page(struct print *p)
{
	size_t n;

	if (!p->files.page)
		return 0;
	if (!p->layout_path)
		return cli_usage("--page goes with --layout, which says how large a label is");
	n = page_labels(p->files.page, p->layout.width, p->layout.height);
	if (n == 0)
		return cli_usage("no label of %g x %g mm fits on a page %s", p->layout.width, p->layout.height, p->files.page->name);
	p->batch = n < SHEET_LABELS_MAX ? n : SHEET_LABELS_MAX;
	return 0;
}

static int take_printer(struct print *p)
{
	enum err e = p->printer_at ? printer_open(&p->printer, p->printer_at) : ERR_OK;

	if (e == ERR_USAGE)
		return cli_usage("--to wants HOST:PORT, or - for standard output, not \"%s\"", p->printer_at);
	return e == ERR_OK ? 0 : cli_fail(e, "%s: %s", p->printer_at, e == ERR_NOT_FOUND ? "no such host" : "no printer answers there");
}

/* What all jobs of this command share. */
static int prepare(struct print *p)
{
	struct label_look *look = &p->maker.look;
	int status;
	enum err e;

	look->dpi = (unsigned)p->dpi;
	look->module = p->module ? (unsigned)p->module : render_module_default(look->dpi);
	if (p->upper_case)
		raise_stem(p->maker.product.stem);
	status = take_layout(p);
	if (status != 0)
		return status;
	e = label_team_init(&p->team, &p->maker, p->key_path);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", p->key_path, err_text(e));
	p->batch = 4 * LABEL_BATCH * p->team.n < AT_ONCE_MAX ? 4 * LABEL_BATCH * p->team.n : AT_ONCE_MAX;
	status = take_page(p);
	return status ? status : take_printer(p);
}

static void tell(const struct print *p)
{
	const struct label_look *look = &p->maker.look;

	if (p->json)
		printf("{\"job\":\"%s\",\"printed\":%zu}\n", p->dir, printed(p));
	else if (p->side)
		printf("%zu labels %s%s%s, %u x %u modules of %.3f mm, each read back and right.\n", printed(p),
		       p->printer_at ? "sent to " : "in ", p->printer_at ? p->printer_at : p->dir, p->printer_at ? "" : "/labels", p->side, p->side, render_mm(look->module, look->dpi));
	else
		printf("All %zu labels of this job were printed before.\n", printed(p));
}

/* One job: maker.product in dir. */
static int print_job(struct print *p)
{
	int status = p->serials_path ? 0 : check_chance(p);
	enum err e;

	if (status == 0)
		status = open_job(p);
	if (status != 0)
		return status;
	e = reject_sending(p);
	if (e != ERR_OK)
		return fail_at(p, e);
	e = p->serials_path ? take_serials(p) : mint(p);
	if (e != ERR_OK && p->serials_path)
		return cli_fail(e, "%s: line %zu: %s; %" PRIu64 " serials of GS1 character set 82 are wanted, one a line",
				p->serials_path, p->job.n + 1, err_text(e), p->job.product.count);
	if (e != ERR_OK)
		return fail_at(p, e);
	status = print_all(p);
	if (status == 0)
		tell(p);
	return status;
}

static int print_one(struct print *p)
{
	struct order_fault why;
	enum err e = order_take(&p->maker.product, &p->order, (uint64_t)time(NULL), &why);

	return e == ERR_OK ? print_job(p) : cli_usage("%s", why.text);
}

/* ---- orders from a file ---- */

static void tell_bad(void *ctx, const char *place, const char *why)
{
	const struct print *p = ctx;

	cli_fail(ERR_BAD_INPUT, "%s: %s: %s", p->orders_path, place, why);
}

static bool is_json(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcasecmp(dot, ".json") == 0 || strcasecmp(dot, ".jsonl") == 0);
}

/* Each job in a directory of its own: OUT/09506000134352-AB2401. */
static int print_order(struct print *p, const struct job_product *product, const char *out)
{
	char dir[400], lot[sizeof(product->lot)];
	int status;

	snprintf(lot, sizeof(lot), "%s", product->lot);
	label_files_name(lot);
	if ((size_t)snprintf(dir, sizeof(dir), "%s/%014" PRIu64 "-%s", out, product->gtin, lot) >= sizeof(dir))
		return cli_fail(ERR_TOO_LARGE, "%s: the path is too long", out);
	p->maker.product = *product;
	p->dir = p->files.dir = dir;
	p->side = 0;
	status = print_job(p);
	job_close(&p->job);
	return status;
}

static int print_orders(struct print *p)
{
	FILE *f = fopen(p->orders_path, "re");
	const char *out = p->dir;
	struct job_product *orders;
	int status = 0;
	size_t n;
	enum err e;

	if (!f)
		return cli_fail(ERR_NOT_FOUND, "%s: %s", p->orders_path, strerror(errno));
	e = orders_read(f, is_json(p->orders_path) ? ORDER_JSON : ORDER_CSV, &p->maker.product, (uint64_t)time(NULL), &orders, &n, tell_bad, p);
	fclose(f);
	if (e != ERR_OK)
		return cli_fail(e, "%s: nothing was printed", p->orders_path);
	if (mkdir(out, 0755) != 0 && errno != EEXIST)
		status = cli_fail(ERR_IO, "%s: %s", out, strerror(errno));
	for (size_t i = 0; i < n && status == 0; i++)
		status = print_order(p, &orders[i], out);
	free(orders);
	return status;
}

int label_cmd_print(int argc, char **argv)
{
	static const struct option options[] = {
		{ "gtin", required_argument, NULL, 'g' }, { "lot", required_argument, NULL, 'l' },
		{ "expiry", required_argument, NULL, 'x' }, { "count", required_argument, NULL, 'n' },
		{ "market", required_argument, NULL, 'M' }, { "orders", required_argument, NULL, 'O' },
		{ "key", required_argument, NULL, 'k' }, { "key-id", required_argument, NULL, 'i' },
		{ "out", required_argument, NULL, 'o' }, { "format", required_argument, NULL, 'f' },
		{ "page", required_argument, NULL, 'p' },
		{ "dpi", required_argument, NULL, 'd' }, { "module-dots", required_argument, NULL, 'm' },
		{ "ecc", required_argument, NULL, 'e' }, { "symbol", required_argument, NULL, 'y' },
		{ "upper-case", no_argument, NULL, 'u' }, { "stem", required_argument, NULL, 's' },
		{ "serial-length", required_argument, NULL, 'c' }, { "serials", required_argument, NULL, 'r' }, { "layout", required_argument, NULL, 't' },
		{ "to", required_argument, NULL, 'T' },
		{ "json", no_argument, NULL, 'j' }, { 0 } };
	static struct print p = { .maker = { .level = QR_MEDIUM, .layout = &layout_beside, .product = { .stem = "https://id.gs1.org" } }, .job = { .fd = -1 }, .printer = { -1 },
				  .serial_len = SERIAL_LEN_DEFAULT, .dpi = 300, .files = { .svg = true, .png = true } };
	bool formats = false;
	int opt, status = 0;

	opterr = 0;
	while (status == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = take_option(&p, opt, optarg);
		formats |= opt == 'f';
	}
	if (status != 0)
		return status;
	if (optind != argc || !p.dir)
		return cli_usage("--out is wanted, and nothing but options");
	if (p.orders_path && (p.order.gtin || p.order.lot || p.order.expiry || p.order.quantity || p.order.market || p.serials_path))
		return cli_usage("--orders says what to print: no --gtin, --lot, --expiry, --count, --market, --serials beside it");
	if (p.printer_at && !formats)
		p.files.svg = p.files.png = false;
	if (!p.key_path != !p.maker.product.key_id[0])
		return cli_usage("--key and --key-id go together");
	status = prepare(&p);
	if (status == 0)
		status = p.orders_path ? print_orders(&p) : print_one(&p);
	printer_close(&p.printer);
	job_close(&p.job);
	label_team_free(&p.team);
	return status;
}
