/* rxscan check. */
#include "node/cli.h"
#include "scanner/check.h"
#include "scanner/cmd.h"
#include "scanner/input.h"
#include "scanner/repair_check.h"
#include "scanner/report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct checking {
	struct client *client;
	struct pubkey key;
	bool has_key, json, colour, quiet;
	int status;
	size_t n;
	struct repair_memory held;
};

static void on_text(void *ctx, const char *name, struct bytes text, bool decoded)
{
	static struct checked c;
	struct checking *k = ctx;
	struct check_source node = check_node(k->client);
	const struct check_source *source = k->client ? &node : NULL;
	const struct pubkey *key = k->has_key ? &k->key : NULL;

	check_text(source, key, text, &c);
	if (!decoded)
		repair_check(&k->held, source, key, text, &c);
	if (!k->quiet)
		report_scan(k->client, &c, decoded);
	k->status = k->n++ ? check_worse(k->status, check_status(&c)) : check_status(&c);
	if (k->json)
		check_print_json(&c, name);
	else
		check_print(&c, name, k->colour);
	fflush(stdout); /* a pipe's other end waits for it */
}

/* Nothing was scanned: no verdict. */
static void on_failed(void *ctx, const char *name, enum err e)
{
	static struct checked c;
	struct checking *k = ctx;

	memset(&c, 0, sizeof(c));
	verdict_unreadable(&c.verdict);
	c.err = e;
	c.fault.rule = err_text(e);
	k->status = k->n++ ? check_worse(k->status, check_status(&c)) : check_status(&c);
	if (k->json)
		check_print_json(&c, name);
	else
		check_print(&c, name, k->colour);
	fflush(stdout);
}

static int connect(struct checking *k, const char *config)
{
	struct client_config cfg;
	struct config_fault why;
	enum err e = client_config_load(&cfg, config, &why);

	if (e == ERR_OK)
		e = client_open(&k->client, &cfg, &why);
	if (e == ERR_OK)
		return 0;
	return cli_fail(e == ERR_NOT_FOUND ? ERR_CONFIG : e, "%s%s", why.text,
			e == ERR_NOT_FOUND ? "; make one with \"rxnode ca\", name it with --config, or check labels alone with --offline" : "");
}

int scan_cmd_check(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
						 { "no-report", no_argument, NULL, 'n' }, { "offline", no_argument, NULL, 'o' }, { "pubkey", required_argument, NULL, 'p' }, { 0 } };
	struct decoder *decoder = NULL;
	struct checking k = { .colour = isatty(STDOUT_FILENO) };
	char config[CONFIG_PATH_MAX];
	bool offline = false;
	int opt, status = 0;
	enum err e;

	config_default(config, "client.conf");
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c' && config_path(config, ".", optarg) == ERR_OK)
			continue;
		if (opt == 'j')
			k.json = true;
		else if (opt == 'o')
			offline = true;
		else if (opt == 'n')
			k.quiet = true;
		else if (opt == 'p' && pubkey_load(&k.key, optarg) == ERR_OK)
			k.has_key = offline = true;
		else
			return opt == 'p' ? cli_usage("%s: not a public P-256 key in PEM", optarg) :
					    cli_usage("unknown option, or one that wants a value");
	}
	if (optind == argc)
		return cli_usage("pictures, scanned strings, or - for standard input are wanted");
	e = decoder_start(&decoder, &decoder_limits_default); /* before the device's key is here */
	if (e != ERR_OK)
		return cli_fail(e, "no process to read pictures in: %s", err_text(e));
	if (!offline)
		status = connect(&k, config);
	for (int i = optind; i < argc && status == 0; i++) {
		if (strcmp(argv[i], "-") == 0)
			input_lines(on_text, on_failed, &k);
		else
			input_argument(decoder, argv[i], on_text, on_failed, &k);
	}
	client_close(k.client);
	decoder_stop(decoder);
	return status ? status : k.n ? k.status : 3;
}
