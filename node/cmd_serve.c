/* rxnode serve. */
#include "node/cmd.h"
#include "node/core/genesis.h"
#include "node/node.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct serving {
	struct cmd_common common;
	struct node_config cfg;
	struct node_options opt;
	uv_loop_t loop;
	uv_signal_t signals[3];
	struct node *node;
};

/* The database is made from genesis.cbor at the first start. */
static int make_database(const struct serving *s)
{
	char db[CONFIG_PATH_MAX], genesis[CONFIG_PATH_MAX];
	uint8_t *buf;
	size_t n;
	FILE *f;
	enum err e = config_path(db, s->cfg.dir, "ledger.db");

	if (e == ERR_OK)
		e = config_path(genesis, s->cfg.dir, "genesis.cbor");
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", s->cfg.dir, err_text(e));
	if (access(db, F_OK) == 0)
		return 0;
	f = fopen(genesis, "re");
	buf = malloc(GENESIS_BYTES_MAX);
	if (!f || !buf) {
		if (f)
			fclose(f);
		free(buf);
		return cli_fail(ERR_CONFIG, "neither ledger.db nor genesis.cbor is in %s: put the consortium's genesis.cbor there",
				s->cfg.dir);
	}
	n = fread(buf, 1, GENESIS_BYTES_MAX, f);
	fclose(f);
	e = store_create(db, bytes_of(buf, n), s->cfg.light);
	free(buf);
	return e == ERR_OK ? 0 : cli_fail(e, "%s: %s", genesis, err_text(e));
}

/* SIGTERM and SIGINT end cleanly; SIGHUP reads the configuration's rates anew. */
static void on_signal(uv_signal_t *h, int signum)
{
	struct serving *s = h->data;
	struct config_fault why;
	struct node_config fresh;

	if (signum != SIGHUP) {
		uv_stop(&s->loop);
		return;
	}
	if (node_config_load(&fresh, s->common.config, &why) != ERR_OK) {
		node_log("error", "%s; the old settings stay", why.text);
		return;
	}
	s->node->cfg.verify_per_s = fresh.verify_per_s;
	node_log("info", "settings read anew; listen and peer take effect at the next start");
}

static void watch_signals(struct serving *s)
{
	static const int nums[] = { SIGTERM, SIGINT, SIGHUP };

	for (size_t i = 0; i < 3; i++) {
		uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		uv_signal_start(&s->signals[i], on_signal, nums[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error to report, not an end */
}

static int serve(struct serving *s)
{
	struct config_fault why;
	enum err e = node_open(&s->node, &s->loop, &s->cfg, &s->opt, &why);

	if (e != ERR_OK)
		return cli_fail(e, "%s", why.text);
	watch_signals(s);
	printf("rxnode %s: %013" PRIu64 " listens on %s:%u, height %" PRIu64 "\n", RXCHAIN_VERSION, s->cfg.gln, s->cfg.address,
	       (unsigned)net_server_port(s->node->server), ledger_height(s->node->ledger));
	fflush(stdout);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	node_log("info", "ending");
	node_close(s->node);
	for (size_t i = 0; i < 3; i++)
		uv_close((uv_handle_t *)&s->signals[i], NULL);
	return 0;
}

int cmd_serve(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "i-am-alone", no_argument, NULL, 'a' },
						 { "threads", required_argument, NULL, 't' }, { 0 } };
	struct serving s = { 0 };
	uint64_t threads = 0;
	int opt, status = 0;

	cmd_common_init(&s.common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'a')
			s.opt.alone = true;
		else if (opt == 't') {
			if (!cli_number("--threads", optarg, 1, 64, &threads))
				return err_exit(ERR_USAGE);
			s.opt.threads = (unsigned)threads;
		} else if (!cmd_common_option(&s.common, opt, optarg, &status))
			return status;
	}
	if (optind != argc)
		return cli_usage("no arguments are taken, only options");
	if (!cmd_load_node(&s.common, &s.cfg, &status))
		return status;
	status = make_database(&s);
	if (status != 0)
		return status;
	uv_loop_init(&s.loop);
	status = serve(&s);
	uv_run(&s.loop, UV_RUN_DEFAULT); /* handles close */
	uv_loop_close(&s.loop);
	return status;
}
