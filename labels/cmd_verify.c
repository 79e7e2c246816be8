/* rxlabel verify: read a label's picture again and check its data and signature. */
#include "labels/cmd.h"
#include "node/cli.h"
#include "node/core/label.h"
#include "node/port/signer.h"
#include "scanner/picture.h"
#include "scanner/reader.h"

#include <getopt.h>
#include <stdio.h>

static int check_signature(const char *path, const struct gs1_data *d, const struct pubkey *key)
{
	struct label_sig s;
	enum err e = label_sig_of(d, &s);

	if (e == ERR_NOT_FOUND) {
		printf("%s: data right, not signed\n", path);
		return 0;
	}
	if (e == ERR_OK && key)
		e = label_verify(d, &s, key);
	if (e != ERR_OK)
		return cli_fail(e, "%s: signature: %s", path, err_text(e));
	printf("%s: data right, %s key %02x%02x%02x\n", path, key ? "signed with" : "names", s.key_id[0], s.key_id[1], s.key_id[2]);
	return 0;
}

static int verify_one(const char *path, const struct pubkey *key)
{
	static struct reader_symbol symbol;
	static struct gs1_data d;
	char text[READER_TEXT_MAX + 4];
	struct picture p;
	struct fault f;
	enum err e = picture_read(&p, path);

	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", path, e == ERR_BAD_INPUT ? "neither a PNG nor a JPEG picture, or damaged" : err_text(e));
	e = reader_read(p.grey, p.width, p.height, p.width, 1, &symbol, 1) == 1 ? ERR_OK : ERR_NO_CODE;
	picture_free(&p);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", path, err_text(e));
	memcpy(text, symbol.aim, 3);
	memcpy(text + 3, symbol.bytes, symbol.n);
	e = gs1_parse(&d, bytes_of(text, symbol.n + 3), 0, &f);
	if (e != ERR_OK)
		return cli_fail(e, "%s: %s at character %zu", path, f.rule, f.pos + 1);
	return check_signature(path, &d, key);
}

int label_cmd_verify(int argc, char **argv)
{
	static const struct option options[] = { { "pubkey", required_argument, NULL, 'p' }, { 0 } };
	struct pubkey key;
	bool has_key = false;
	int opt, status = 0;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		enum err e;

		if (opt != 'p')
			return cli_usage("unknown option, or one that wants a value");
		e = pubkey_load(&key, optarg);
		if (e != ERR_OK)
			return cli_fail(e, "%s: %s", optarg, err_text(e));
		has_key = true;
	}
	if (optind == argc)
		return cli_usage("pictures are wanted");
	for (int i = optind; i < argc; i++) {
		int one = verify_one(argv[i], has_key ? &key : NULL);

		status = one ? one : status;
	}
	return status;
}
