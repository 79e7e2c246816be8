#include "node/cli.h"
#include "scanner/cmd.h"

static const struct cli_command commands[] = {
	{ "check", scan_cmd_check, "check packs against the ledger",
	  "Usage: rxscan check [OPTION]... INPUT...\n"
	  "INPUT is a picture (PNG, JPEG), a folder of pictures, a scanned string, or - for standard input with one string a line.\n"
	  "{GS} in a string stands for the separator character 0x1D.\n"
	  "A string that a wrong scanner setting explains is to be scanned again, and raises no alarm the first time.\n\n"
	  "  --config FILE   client.conf of this device (else the user's, else /etc/rxchain/)\n"
	  "  --no-report     tell nobody: else causes for alarm go to the own node, which signs them\n"
	  "  --offline       the label alone, no ledger\n"
	  "  --pubkey FILE   the label alone, its signature with this public key\n"
	  "  --json          one JSON object a line\n\n"
	  "Exit status: 0 accept, 1 reject, 2 quarantine, 3 no verdict (scan again), 4 label signature only;\n"
	  "several inputs: the worst.  Failures: sysexits(3), 64 and above.\n" },
	{ "parse", scan_cmd_parse, "what a scanned string says, asking nobody",
	  "Usage: rxscan parse [OPTION]... INPUT...\n"
	  "INPUT is a picture, a folder of pictures, - for standard input with one string a line, or a scanned string:\n"
	  "Element strings \"(01)..(21)..\", \"^01..\" with ^ for FNC1, scan data with an AIM prefix (]d2 ]Q3 ]C1 ]e0 ]J1),\n"
	  "GS1 Digital Links; strict by the whole GS1 syntax dictionary.\n\n"
	  "  --lines         standard input to \"valid|INVALID TAB elements TAB link TAB error\", a line each\n"
	  "  --lenient       also what handhelds send without AIM prefixes\n"
	  "  --json          one JSON object a line\n" },
};

static const struct cli_program program = {
	.name = "rxscan",
	.intro = "Check a medicine pack: label data, label signature, ledger state.",
	.commands = commands,
	.commands_n = sizeof(commands) / sizeof(commands[0]),
	.outro = "Failures exit with a status of sysexits(3).\n",
};

int main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
