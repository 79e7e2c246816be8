/* rxnode init, ca, genesis: making an organisation's node, its devices, and a chain. */
#include "node/cmd.h"
#include "node/core/genesis.h"
#include "node/port/cert.h"
#include "node/port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CA_DAYS 3650
#define DEVICE_DAYS 825
#define JOIN_BYTES_MAX 4096

static const char *const role_names[] = { "", "manufacturer", "distributor", "pharmacy", "regulator" };

/* ---- init ---- */

struct init {
	struct member_fields m;
	char dir[CONFIG_PATH_MAX], name[NAME_MAX_BYTES + 1], contact[NAME_MAX_BYTES + 1], listen[80];
	const char *peers[CONFIG_PEERS_MAX];
	size_t peers_n;
	uint8_t ca[CA_MAX];
	const char *profile; /* NULL: as its role has it */
};

static bool take_role(struct init *in, const char *text)
{
	for (unsigned r = ROLE_MANUFACTURER; r <= ROLE_REGULATOR; r++)
		if (strcmp(text, role_names[r]) == 0) {
			in->m.role = (enum role)r;
			return true;
		}
	cli_usage("--role wants manufacturer, distributor, pharmacy or regulator, not \"%s\"", text);
	return false;
}

static bool take_place(struct init *in, const char *text)
{
	double lat, lon;
	char extra;

	if (sscanf(text, "%lf,%lf%c", &lat, &lon, &extra) != 2 || lat < -90 || lat > 90 || lon < -180 || lon > 180) {
		cli_usage("--at wants LATITUDE,LONGITUDE in degrees, such as 52.52,13.40");
		return false;
	}
	in->m.located = true;
	in->m.lat_udeg = (int32_t)(lat * 1e6);
	in->m.lon_udeg = (int32_t)(lon * 1e6);
	return true;
}

static bool take_peer(struct init *in, const char *text)
{
	struct endpoint ep;

	if (in->peers_n == CONFIG_PEERS_MAX || endpoint_parse(&ep, text) != ERR_OK) {
		cli_usage("--peer wants GLN@ADDRESS:PORT, not \"%s\"", text);
		return false;
	}
	in->peers[in->peers_n++] = text;
	return true;
}

static bool init_option(struct init *in, int opt, const char *arg)
{
	switch (opt) {
	case 'g':
		return cmd_gln("--gln", arg, &in->m.gln);
	case 'r':
		return take_role(in, arg);
	case 'n':
		snprintf(in->name, sizeof(in->name), "%s", arg);
		return true;
	case 't':
		snprintf(in->contact, sizeof(in->contact), "%s", arg);
		return true;
	case 'p':
		return cmd_prefix(&in->m.prefixes, arg);
	case 'l':
		snprintf(in->listen, sizeof(in->listen), "%s", arg);
		return true;
	case 'e':
		return take_peer(in, arg);
	case 'a':
		return take_place(in, arg);
	case 'f':
		in->profile = arg;
		if (strcmp(arg, "full") == 0 || strcmp(arg, "light") == 0)
			return true;
		cli_usage("--profile wants full or light, not \"%s\"", arg);
		return false;
	case 'y':
		return cmd_country("--country", arg, &in->m.country);
	case 's':
		in->m.supplies = true;
		return true;
	default:
		cli_usage("unknown option, or one that wants a value");
		return false;
	}
}

static enum err write_config(const struct init *in, const char *path)
{
	char text[8192];
	bool full = in->m.full || in->m.role == ROLE_REGULATOR;
	int n = snprintf(text, sizeof(text), "# rxchain node of %s\ngln = %013" PRIu64 "\nlisten = %s\nprofile = %s\n", in->name,
			 in->m.gln, in->listen, full ? "full" : "light");

	for (size_t i = 0; i < in->peers_n && n > 0 && n < (int)sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "peer = %s\n", in->peers[i]);
	return n > 0 && n < (int)sizeof(text) ? file_write_new(path, 0644, bytes_of(text, (size_t)n)) : ERR_TOO_LARGE;
}

/* What the organisation hands to whoever makes the genesis block. */
static enum err write_join(struct init *in, const char *event_key, const char *ca_cert, const char *path)
{
	uint8_t buf[JOIN_BYTES_MAX];
	struct signer *s;
	struct bytes out;
	struct wr w;
	enum err e = signer_load(&s, event_key);

	if (e != ERR_OK)
		return e;
	in->m.key = *signer_pubkey(s);
	signer_free(s);
	in->m.name = bytes_of_str(in->name);
	in->m.contact = bytes_of_str(in->contact);
	e = cert_der_read(ca_cert, in->ca, sizeof(in->ca), &in->m.ca);
	if (e != ERR_OK)
		return e;
	wr_init(&w, buf, sizeof(buf));
	member_write(&w, &in->m);
	e = wr_end(&w, &out);
	return e == ERR_OK ? file_write_new(path, 0644, out) : e;
}

static enum err make_node(struct init *in, char at[static CONFIG_PATH_MAX])
{
	char conf[CONFIG_PATH_MAX], event_key[CONFIG_PATH_MAX], ca_key[CONFIG_PATH_MAX], ca_crt[CONFIG_PATH_MAX];
	char node_key[CONFIG_PATH_MAX], node_crt[CONFIG_PATH_MAX], join[CONFIG_PATH_MAX];
	const struct { char *path; const char *name; } files[] = { { conf, "rxnode.conf" }, { event_key, "event.key" },
		{ ca_key, "ca.key" }, { ca_crt, "ca.crt" }, { node_key, "node.key" }, { node_crt, "node.crt" }, { join, "join.cbor" } };
	int64_t now = time(NULL);
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && e == ERR_OK; i++)
		e = config_path(files[i].path, in->dir, files[i].name);
	if (e == ERR_OK && mkdir(in->dir, 0750) != 0 && errno != EEXIST)
		e = ERR_IO;
	memcpy(at, conf, CONFIG_PATH_MAX);
	if (e == ERR_OK)
		e = write_config(in, conf);
	if (e == ERR_OK)
		e = signer_create(memcpy(at, event_key, CONFIG_PATH_MAX));
	if (e == ERR_OK)
		e = cert_ca_create(memcpy(at, ca_key, CONFIG_PATH_MAX), ca_crt, in->m.gln, now, CA_DAYS);
	if (e == ERR_OK)
		e = cert_device_create(ca_key, ca_crt, memcpy(at, node_key, CONFIG_PATH_MAX), node_crt, in->m.gln, "node", now,
				       DEVICE_DAYS);
	return e == ERR_OK ? write_join(in, event_key, ca_crt, memcpy(at, join, CONFIG_PATH_MAX)) : e;
}

int cmd_init(int argc, char **argv)
{
	static const struct option options[] = {
		{ "gln", required_argument, NULL, 'g' }, { "role", required_argument, NULL, 'r' },
		{ "name", required_argument, NULL, 'n' }, { "contact", required_argument, NULL, 't' },
		{ "prefix", required_argument, NULL, 'p' }, { "listen", required_argument, NULL, 'l' },
		{ "peer", required_argument, NULL, 'e' }, { "at", required_argument, NULL, 'a' },
		{ "country", required_argument, NULL, 'y' }, { "supplies-public", no_argument, NULL, 's' },
		{ "profile", required_argument, NULL, 'f' }, { 0 } };
	struct init in = { .listen = "127.0.0.1:5684" };
	char at[CONFIG_PATH_MAX];
	int opt;
	enum err e;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!init_option(&in, opt, optarg))
			return err_exit(ERR_USAGE);
	if (optind + 1 != argc || !in.m.gln || !in.m.role || !in.name[0] || !in.contact[0])
		return cli_usage("a directory and --gln, --role, --name and --contact are wanted");
	if (in.m.supplies && in.m.role != ROLE_DISTRIBUTOR)
		return cli_usage("--supplies-public is for distributors: a pharmacy may anyway, nobody else may");
	snprintf(in.dir, sizeof(in.dir), "%s", argv[optind]);
	in.m.full = in.profile ? in.profile[0] == 'f' : in.m.role != ROLE_PHARMACY;
	e = make_node(&in, at);
	if (e == ERR_EXISTS)
		return cli_fail(e, "%s is there already; nothing is overwritten: take another directory", at);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", at, err_text(e));
	printf("%s is ready for GLN %013" PRIu64 ".\nHand join.cbor to whoever makes the genesis block, put genesis.cbor there, "
	       "then: rxnode serve --config %s/rxnode.conf\n", in.dir, in.m.gln, in.dir);
	return 0;
}

/* ---- ca ---- */

static enum err write_client_config(const struct node_config *cfg, const char *dir, const char *event_key)
{
	char path[CONFIG_PATH_MAX], text[2048], real[4096];
	int n = snprintf(text, sizeof(text), "gln = %013" PRIu64 "\nnode = %013" PRIu64 "@%s:%u\ncertificate = device.crt\n"
			 "key = device.key\nca = ca.crt\n", cfg->gln, cfg->gln, cfg->address, cfg->port);
	enum err e = config_path(path, dir, "client.conf");

	if (e == ERR_OK && event_key[0]) {
		if (!realpath(event_key, real))
			return ERR_NOT_FOUND;
		n += snprintf(text + n, sizeof(text) - (size_t)n, "event_key = %.1000s\n", real);
	}
	return e == ERR_OK ? file_write_new(path, 0644, bytes_of(text, (size_t)n)) : e;
}

static enum err copy_certificate(const char *from, const char *to)
{
	char text[4096];
	FILE *f = fopen(from, "re");
	size_t n;

	if (!f)
		return ERR_NOT_FOUND;
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	return file_write_new(to, 0644, bytes_of(text, n));
}

static enum err make_device(const struct node_config *cfg, const char *name, const char *dir, bool with_events)
{
	char ca_key[CONFIG_PATH_MAX], ca_crt[CONFIG_PATH_MAX], key[CONFIG_PATH_MAX], crt[CONFIG_PATH_MAX], ca_out[CONFIG_PATH_MAX];
	char event_key[CONFIG_PATH_MAX] = "";
	enum err e = config_path(ca_key, cfg->dir, "ca.key");

	if (e == ERR_OK)
		e = config_path(ca_crt, cfg->dir, "ca.crt");
	if (e == ERR_OK)
		e = config_path(key, dir, "device.key");
	if (e == ERR_OK)
		e = config_path(crt, dir, "device.crt");
	if (e == ERR_OK)
		e = config_path(ca_out, dir, "ca.crt");
	if (e == ERR_OK && with_events)
		e = config_path(event_key, cfg->dir, "event.key");
	if (e == ERR_OK && mkdir(dir, 0750) != 0 && errno != EEXIST)
		e = ERR_IO;
	if (e == ERR_OK)
		e = cert_device_create(ca_key, ca_crt, key, crt, cfg->gln, name, time(NULL), DEVICE_DAYS);
	if (e == ERR_OK)
		e = copy_certificate(ca_crt, ca_out);
	return e == ERR_OK ? write_client_config(cfg, dir, event_key) : e;
}

int cmd_ca(int argc, char **argv)
{
	static const struct option options[] = { CMD_COMMON_OPTIONS, { "out", required_argument, NULL, 'o' },
						 { "events", no_argument, NULL, 'e' }, { 0 } };
	struct cmd_common common;
	struct node_config cfg;
	const char *out = NULL;
	bool with_events = false;
	int opt, status = 0;
	enum err e;

	cmd_common_init(&common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'o')
			out = optarg;
		else if (opt == 'e')
			with_events = true;
		else if (!cmd_common_option(&common, opt, optarg, &status))
			return status;
	}
	if (optind + 1 != argc || !out)
		return cli_usage("a device name and --out DIRECTORY are wanted");
	if (!cmd_load_node(&common, &cfg, &status))
		return status;
	e = make_device(&cfg, argv[optind], out, with_events);
	if (e == ERR_BAD_VALUE)
		return cli_usage("a device name has letters, digits, '-', '_' and '.', 64 at most");
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", out, err_text(e));
	printf("%s holds the certificate of device \"%s\" and its client.conf\n", out, argv[optind]);
	return 0;
}

/* ---- genesis ---- */

struct founding {
	struct member_fields members[GENESIS_MEMBERS_MAX];
	uint8_t *files[GENESIS_MEMBERS_MAX]; /* the members' views point into these */
	size_t n;
	struct validator_list validators;
	const char *name, *out;
};

static enum err read_join(struct founding *g, const char *path)
{
	uint8_t *buf = malloc(JOIN_BYTES_MAX);
	FILE *f = buf ? fopen(path, "re") : NULL;
	struct rd r;
	size_t n;

	if (!f) {
		free(buf);
		return ERR_NOT_FOUND;
	}
	n = fread(buf, 1, JOIN_BYTES_MAX, f);
	fclose(f);
	g->files[g->n] = buf;
	rd_init(&r, bytes_of(buf, n));
	member_read(&r, &g->members[g->n]);
	g->n++;
	return rd_end(&r);
}

static int by_gln(const void *a, const void *b)
{
	const struct member_fields *x = a, *y = b;

	return (x->gln > y->gln) - (x->gln < y->gln);
}

/* Encode, apply it once to see that every node will take it, write it. */
static enum err make_genesis(struct founding *g, struct hash *id)
{
	struct genesis_draft d = { .time_s = (uint64_t)time(NULL), .name = bytes_of_str(g->name), .members = g->members,
				   .members_n = g->n, .validators = g->validators };
	uint8_t *buf = malloc(GENESIS_BYTES_MAX + GENESIS_WRITES_MAX);
	struct bytes bytes;
	struct writes ws;
	enum err e;

	if (!buf)
		return ERR_NO_MEMORY;
	qsort(g->members, g->n, sizeof(g->members[0]), by_gln);
	e = genesis_encode(&d, buf, GENESIS_BYTES_MAX, &bytes);
	writes_init(&ws, buf + GENESIS_BYTES_MAX, GENESIS_WRITES_MAX);
	if (e == ERR_OK)
		e = genesis_apply(bytes, &ws);
	if (e == ERR_OK)
		e = file_write_new(g->out, 0644, bytes);
	if (e == ERR_OK)
		crypto_sha256(id, bytes);
	free(buf);
	return e;
}

static int read_joins(struct founding *g, int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		enum err e = g->n == GENESIS_MEMBERS_MAX ? ERR_TOO_LARGE : read_join(g, argv[i]);

		if (e != ERR_OK)
			return cli_fail(e, "%s: %s", argv[i], err_text(e));
	}
	return 0;
}

int cmd_genesis(int argc, char **argv)
{
	static const struct option options[] = { { "name", required_argument, NULL, 'n' }, { "out", required_argument, NULL, 'o' },
						 { "validator", required_argument, NULL, 'v' }, { 0 } };
	struct founding *g = calloc(1, sizeof(*g));
	char hex[2 * HASH_LEN + 1];
	struct hash id;
	int opt, status = 0;
	enum err e;

	if (!g)
		return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
	opterr = 0;
	while (status == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'n')
			g->name = optarg;
		else if (opt == 'o')
			g->out = optarg;
		else if (opt != 'v' || g->validators.n == VALIDATORS_MAX)
			status = cli_usage("unknown option, or more than 13 validators");
		else if (!cmd_gln("--validator", optarg, &g->validators.gln[g->validators.n++]))
			status = err_exit(ERR_USAGE);
	}
	if (status == 0 && (!g->name || !g->out || !g->validators.n || optind == argc))
		status = cli_usage("--name, --out, --validator and the members' join files are wanted");
	if (status == 0)
		status = read_joins(g, argc, argv);
	if (status == 0) {
		e = make_genesis(g, &id);
		cli_hex_print(hex, id.b, HASH_LEN);
		if (e == ERR_OK)
			printf("%s: %zu members, chain id %s\n", g->out, g->n, hex);
		else
			status = cli_fail(e, "%s: %s", g->out, err_text(e));
	}
	for (size_t i = 0; i < g->n; i++)
		free(g->files[i]);
	free(g);
	return status;
}
