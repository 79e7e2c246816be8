/* rxlabel verify: read a label's picture again and check its data and signature. */
#include "labels/cmd.h"
#include "node/cli.h"
#include "node/core/label.h"
#include "node/port/signer.h"
#include "scanner/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

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

static enum err read_first(struct decoder *decoder, struct reader_symbol *out, const char *path)
{
	static struct reader_symbol symbols[DECODER_SYMBOLS_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n;
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	e = decoder_read(decoder, symbols, &n, fd);
	close(fd);
	if (e == ERR_OK)
		*out = symbols[0];
	return e;
}

static int verify_one(struct decoder *decoder, const char *path, const struct pubkey *key)
{
	static struct reader_symbol symbol;
	static struct gs1_data d;
	char text[READER_TEXT_MAX + 4];
	struct fault f;
	enum err e = read_first(decoder, &symbol, path);

	if (e != ERR_OK)
		return cli_fail(e, "%s: %s", path, e == ERR_BAD_INPUT ? "neither a PNG nor a JPEG picture, or damaged" : err_text(e));
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
	struct decoder *decoder;
	struct pubkey key;
	enum err e;
	bool has_key = false;
	int opt, status = 0;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'p')
			return cli_usage("unknown option, or one that wants a value");
		e = pubkey_load(&key, optarg);
		if (e != ERR_OK)
			return cli_fail(e, "%s: %s", optarg, err_text(e));
		has_key = true;
	}
	if (optind == argc)
		return cli_usage("pictures are wanted");
	e = decoder_start(&decoder, &decoder_limits_default);
	if (e != ERR_OK)
		return cli_fail(e, "no process to read pictures in: %s", err_text(e));
	for (int i = optind; i < argc; i++) {
		int one = verify_one(decoder, argv[i], has_key ? &key : NULL);

		status = one ? one : status;
	}
	decoder_stop(decoder);
	return status;
}
