/* rxscan parse: what a scanned string says, without asking anybody. */
#include "labels/gs1/gs1_elements.h"
#include "node/cli.h"
#include "scanner/cmd.h"
#include "scanner/input.h"

#include <getopt.h>
#include <stdio.h>

#define STEM "https://id.gs1.org"
#define FORM_MAX 8192 /* percent-encoding takes three characters for one */

struct parsing {
	unsigned flags;
	bool lines, json;
	int status;
};

/* The forms of d; empty where there is none. */
static void make_forms(const struct gs1_data *d, char *brackets, char *link)
{
	struct bytes out;

	brackets[0] = link[0] = 0;
	if (gs1_format_brackets(d, brackets, FORM_MAX - 1, &out) == ERR_OK)
		brackets[out.n] = 0;
	if (gs1_format_dl(d, STEM, link, FORM_MAX - 1, &out) == ERR_OK)
		link[out.n] = 0;
}

static void print_line(const struct gs1_data *d, enum err e, const struct fault *f)
{
	static char brackets[FORM_MAX], link[FORM_MAX];

	make_forms(d, brackets, link);
	if (e == ERR_OK)
		printf("valid\t%s\t%s\t\n", brackets, link);
	else
		printf("INVALID\t\t\t%s at %zu\n", f->rule, f->pos + 1);
}

static void print_json(const struct gs1_data *d, enum err e, const struct fault *f)
{
	static char brackets[FORM_MAX], link[FORM_MAX];

	if (e != ERR_OK) {
		printf("{\"valid\":false,\"error\":\"%s\",\"rule\":\"", err_name(e));
		cli_json_string(f->rule, strlen(f->rule));
		printf("\",\"position\":%zu,\"length\":%zu}\n", f->pos, f->len);
		return;
	}
	make_forms(d, brackets, link);
	printf("{\"valid\":true,\"elements\":{");
	for (size_t i = 0; i < d->n; i++) {
		printf("%s\"%s\":\"", i ? "," : "", d->e[i].ai->digits);
		cli_json_string((const char *)d->e[i].value.p, d->e[i].value.n);
		printf("\"");
	}
	printf("},\"link\":\"");
	cli_json_string(link, strlen(link));
	printf("\"}\n");
}

static void print_text(const char *name, struct bytes text, const struct gs1_data *d, enum err e, const struct fault *f)
{
	static char brackets[FORM_MAX], link[FORM_MAX];

	if (e != ERR_OK) {
		printf("%s: ", name);
		if (strcmp(err_text(e), f->rule) != 0)
			printf("%s: ", err_text(e));
		printf("%s", f->rule);
		if (f->len > 0)
			printf(", at character %zu", f->pos + 1);
		printf("\n  ");
		for (size_t i = 0; i < text.n; i++)
			putchar(text.p[i] >= 0x20 && text.p[i] < 0x7f ? text.p[i] : '.');
		printf("\n  %*s", (int)f->pos, "");
		for (size_t i = 0; i < (f->len ? f->len : 1) && i < text.n; i++)
			putchar('^');
		printf("\n");
		return;
	}
	make_forms(d, brackets, link);
	for (size_t i = 0; i < d->n; i++)
		printf("  (%s)%*s %-24s %.*s\n", d->e[i].ai->digits, (int)(4 - strlen(d->e[i].ai->digits)), "", d->e[i].ai->title,
		       (int)d->e[i].value.n, (const char *)d->e[i].value.p);
	printf("  %s\n", link);
}

static void on_text(void *ctx, const char *name, struct bytes text, bool decoded)
{
	static struct gs1_data d;
	struct parsing *p = ctx;
	struct fault f;
	enum err e = gs1_parse(&d, text, p->flags, &f);

	(void)decoded;
	if (e != ERR_OK)
		p->status = err_exit(e);
	if (p->json)
		print_json(&d, e, &f);
	else if (p->lines)
		print_line(&d, e, &f);
	else
		print_text(name, text, &d, e, &f);
	fflush(stdout);
}

static void on_failed(void *ctx, const char *name, enum err e)
{
	static struct gs1_data none;
	struct parsing *p = ctx;
	struct fault f = { 0, 0, err_text(e) };

	p->status = err_exit(e);
	gs1_init(&none);
	if (p->json)
		print_json(&none, e, &f);
	else if (p->lines)
		print_line(&none, e, &f);
	else
		printf("%s: %s\n", name, err_text(e));
}

int scan_cmd_parse(int argc, char **argv)
{
	static const struct option options[] = { { "lines", no_argument, NULL, 'l' }, { "json", no_argument, NULL, 'j' },
						 { "lenient", no_argument, NULL, 'n' }, { 0 } };
	struct decoder *decoder = NULL;
	struct parsing p = { 0 };
	enum err e;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'l')
			p.lines = true;
		else if (opt == 'j')
			p.json = true;
		else if (opt == 'n')
			p.flags |= GS1_LENIENT;
		else
			return cli_usage("unknown option");
	}
	if (optind == argc && !p.lines)
		return cli_usage("scanned strings, pictures, or - for standard input are wanted");
	e = decoder_start(&decoder, &decoder_limits_default);
	if (e != ERR_OK)
		return cli_fail(e, "no process to read pictures in: %s", err_text(e));
	if (optind == argc)
		input_lines(on_text, on_failed, &p);
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			input_lines(on_text, on_failed, &p);
		else
			input_argument(decoder, argv[i], on_text, on_failed, &p);
	}
	decoder_stop(decoder);
	return p.lines ? 0 : p.status;
}
