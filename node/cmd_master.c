/* rxnode member, device, label-key, product, lot: what an organisation registers before packs move. */
#include "node/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/port/cert.h"

#define JOIN_BYTES_MAX 4096

/* A command's options, its event. */
struct master {
	struct cmd_common common;
	struct event ev;
	const char *id, *key, *state;
	bool always_signed;
	struct prefixes prefixes;
	struct markets markets;
	struct storage storage;
};

static const struct option options[] = {
	CMD_COMMON_OPTIONS, { "id", required_argument, NULL, 'i' }, { "key", required_argument, NULL, 'k' },
	{ "prefix", required_argument, NULL, 'p' }, { "always-signed", no_argument, NULL, 'a' }, { "state", required_argument, NULL, 's' },
	{ "market", required_argument, NULL, 'm' }, { "storage", required_argument, NULL, 't' }, { 0 } };

/* One more market, into its place in ascending order. */
static bool take_market(struct markets *to, const char *text)
{
	struct country c;
	size_t at = to->n;

	if (!cmd_country("--market", text, &c))
		return false;
	if (to->n == MARKETS_MAX) {
		cli_usage("--market: at most %d of them", MARKETS_MAX);
		return false;
	}
	for (; at > 0 && memcmp(to->v[at - 1].c, c.c, sizeof(c.c)) > 0; at--)
		to->v[at] = to->v[at - 1];
	to->v[at] = c;
	to->n++;
	return true;
}

/* "2..8", "-25..-15" */
static bool take_storage(struct storage *to, const char *text)
{
	int from, until, end = 0;

	if (sscanf(text, "%3d..%4d%n", &from, &until, &end) != 2 || text[end] || from < -STORAGE_MAX_C || until > STORAGE_MAX_C ||
	    from > until) {
		cli_usage("--storage wants degrees Celsius FROM..TO, such as 2..8, not \"%s\"", text);
		return false;
	}
	*to = (struct storage){ true, (int8_t)from, (int8_t)until };
	return true;
}

static bool take_option(struct master *m, int opt, const char *arg, int *status)
{
	*status = err_exit(ERR_USAGE);
	switch (opt) {
	case 'i':
		m->id = arg;
		return true;
	case 'k':
		m->key = arg;
		return true;
	case 's':
		m->state = arg;
		return true;
	case 'a':
		m->always_signed = true;
		return true;
	case 'p':
		return cmd_prefix(&m->prefixes, arg);
	case 'm':
		return take_market(&m->markets, arg);
	case 't':
		return take_storage(&m->storage, arg);
	default:
		return cmd_common_option(&m->common, opt, arg, status);
	}
}

/* Options up to the arguments; their count must be within lo..hi. */
static bool begin(struct master *m, int argc, char **argv, int lo, int hi, const char *wanted, int *status)
{
	int opt;

	cmd_common_init(&m->common);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(m, opt, optarg, status))
			return false;
	if (argc - optind < lo || argc - optind > hi) {
		*status = cli_usage("%s", wanted);
		return false;
	}
	return true;
}

static int finish(struct master *m, enum event_type type, const char *what)
{
	m->ev.type = type;
	return cmd_send(&m->common, &m->ev, NULL, what);
}

int cmd_product(int argc, char **argv)
{
	struct master m = { 0 };
	int status;

	if (!begin(&m, argc, argv, 2, 2, "a GTIN and the product's name are wanted", &status))
		return status;
	if (!cmd_gtin(argv[optind], &m.ev.u.product.gtin))
		return err_exit(ERR_USAGE);
	if (!cmd_text("the product's name", argv[optind + 1], &m.ev.u.product.name))
		return err_exit(ERR_USAGE);
	m.ev.u.product.always_signed = m.always_signed;
	m.ev.u.product.markets = m.markets;
	m.ev.u.product.storage = m.storage;
	return finish(&m, EV_PRODUCT, "Product registered");
}

int cmd_lot(int argc, char **argv)
{
	struct master m = { 0 };
	int status;

	if (!begin(&m, argc, argv, 3, 3, "a GTIN, a lot and its expiry are wanted", &status))
		return status;
	if (!cmd_gtin(argv[optind], &m.ev.u.lot.gtin) || !cmd_expiry(argv[optind + 2], &m.ev.u.lot.expiry))
		return err_exit(ERR_USAGE);
	m.ev.u.lot.lot = bytes_of_str(argv[optind + 1]);
	return finish(&m, EV_LOT, "Lot registered");
}

static int label_key_state(struct master *m)
{
	m->ev.u.label_key.state = strcmp(m->state, "retired") == 0 ? 2 : strcmp(m->state, "compromised") == 0 ? 3 : 0;
	if (!m->ev.u.label_key.state)
		return cli_usage("--state wants retired or compromised");
	return finish(m, EV_LABEL_KEY_STATE, "Label key's state changed");
}

int cmd_label_key(int argc, char **argv)
{
	struct master m = { 0 };
	int status;
	enum err e;

	if (!begin(&m, argc, argv, 0, 0, "only options are taken", &status))
		return status;
	if (!m.id || !cli_hex(m.id, m.ev.u.label_key.id, LABEL_KEY_ID_LEN))
		return cli_usage("--id wants 6 hexadecimal digits");
	if (m.state)
		return label_key_state(&m);
	if (!m.key || m.prefixes.n == 0)
		return cli_usage("--key FILE and --prefix are wanted (or --state retired|compromised)");
	e = pubkey_load(&m.ev.u.label_key.key, m.key);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s; a public P-256 key in PEM is wanted", m.key, err_text(e));
	m.ev.u.label_key.prefixes = m.prefixes;
	return finish(&m, EV_LABEL_KEY, "Label key registered");
}

static int member_add(struct master *m, const char *path)
{
	uint8_t buf[JOIN_BYTES_MAX];
	FILE *f = fopen(path, "re");
	struct rd r;
	size_t n;
	enum err e;

	if (!f)
		return cli_fail(ERR_NOT_FOUND, "%s: cannot be read", path);
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	rd_init(&r, bytes_of(buf, n));
	member_read(&r, &m->ev.u.member);
	e = rd_end(&r);
	if (e != ERR_OK)
		return cli_fail(e, "%s: not a join file: %s", path, err_text(e));
	return finish(m, EV_MEMBER, "Member admitted");
}

int cmd_member(int argc, char **argv)
{
	static const char wanted[] = "\"add JOINFILE\" or \"revoke GLN\" is wanted";
	struct master m = { 0 };
	int status;

	if (!begin(&m, argc, argv, 2, 2, wanted, &status))
		return status;
	if (strcmp(argv[optind], "add") == 0)
		return member_add(&m, argv[optind + 1]);
	if (strcmp(argv[optind], "revoke") != 0)
		return cli_usage("%s", wanted);
	if (!cmd_gln("revoke", argv[optind + 1], &m.ev.u.gln))
		return err_exit(ERR_USAGE);
	return finish(&m, EV_MEMBER_REVOKE, "Member revoked");
}

int cmd_device(int argc, char **argv)
{
	static const char wanted[] = "\"revoke FILE\" is wanted: a device's certificate";
	struct master m = { 0 };
	uint8_t der[CERT_DER_MAX];
	struct bytes cert;
	int status;
	enum err e;

	if (!begin(&m, argc, argv, 2, 2, wanted, &status))
		return status;
	if (strcmp(argv[optind], "revoke") != 0)
		return cli_usage("%s", wanted);
	e = cert_der_read(argv[optind + 1], der, sizeof(der), &cert);
	if (e != ERR_OK)
		return cli_fail(e, "%s: not a certificate: %s", argv[optind + 1], err_text(e));
	crypto_sha256(&m.ev.u.hash, cert);
	return finish(&m, EV_DEVICE_REVOKE, "Device revoked");
}
