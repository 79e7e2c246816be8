/* rxlabel key: a new key for signing labels. */
#include "labels/cmd.h"
#include "node/cli.h"
#include "node/port/signer.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

static enum err write_public(const char *key_path, const char *pub_path)
{
	char pem[512];
	struct signer *s;
	FILE *f;
	enum err e = signer_load(&s, key_path);

	if (e != ERR_OK)
		return e;
	e = signer_public_pem(s, pem, sizeof(pem));
	signer_free(s);
	if (e != ERR_OK)
		return e;
	f = fopen(pub_path, "wxe");
	if (!f)
		return ERR_EXISTS;
	if (fputs(pem, f) < 0)
		e = ERR_IO;
	return fclose(f) == 0 ? e : ERR_IO;
}

int label_cmd_key(int argc, char **argv)
{
	static const struct option options[] = { { "out", required_argument, NULL, 'o' }, { 0 } };
	const char *out = NULL;
	char pub[600];
	int opt;
	enum err e;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'o')
			return cli_usage("unknown option, or one that wants a value");
		out = optarg;
	}
	if (!out || optind != argc || snprintf(pub, sizeof(pub), "%s.pub", out) >= (int)sizeof(pub))
		return cli_usage("--out FILE is wanted");
	e = signer_create(out);
	if (e == ERR_OK) {
		e = write_public(out, pub);
		if (e != ERR_OK)
			unlink(out);
	}
	if (e == ERR_EXISTS)
		return cli_fail(e, "%s or %s is there already; nothing is overwritten", out, pub);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", out, err_text(e));
	printf("%s signs labels: keep it secret.  %s goes to the ledger: rxnode label-key --id HEX --key %s --prefix DIGITS\n", out,
	       pub, pub);
	return 0;
}
