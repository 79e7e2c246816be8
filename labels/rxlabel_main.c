#include "labels/cmd.h"
#include "node/cli.h"

static const struct cli_command commands[] = {
	{ "key", label_cmd_key, "make a key for signing labels",
	  "Usage: rxlabel key --out FILE\n"
	  "The private key goes to FILE, readable by its owner alone, the public one to FILE.pub.\n\n"
	  "  --out FILE      a new file\n" },
	{ "print", label_cmd_print, "mint serials and draw signed labels",
	  "Usage: rxlabel print --gtin GTIN --lot LOT --expiry YYMMDD --count N [--market CC] --out DIRECTORY [OPTION]...\n"
	  "   or: rxlabel print --orders FILE --out DIRECTORY [OPTION]...\n"
	  "Each label is a symbol and its text; each is read back before it counts.\n"
	  "The same command again goes on where an interrupted one was; no serial is used twice.\n\n"
	  "  --orders FILE             CSV with columns gtin,lot,expiry,quantity,market, or JSON: a job each, none if any is wrong\n"
	  "  --key FILE --key-id HEX   sign the labels (AI 8030, rxchain's own profile, not ISO/IEC 20248)\n"
	  "  --format svg,png,zpl,pdf  some of them (svg,png); zpl: for thermal label printers\n"
	  "  --to HOST:PORT            send ZPL to a printer (its port 9100, as a rule); - for standard output\n"
	  "  --dpi 203|300|600         of the printer (300)\n"
	  "  --module-dots N           dots a module (the least that makes 0.30 mm)\n"
	  "  --symbol qr|datamatrix    QR code with a Digital Link, or GS1 DataMatrix (qr)\n"
	  "  --ecc L|M|Q|H             error correction of a QR code (M)\n"
	  "  --upper-case              scheme and host of the link in capitals: often a smaller QR code\n"
	  "  --layout FILE             places of symbol and texts, in mm (texts beside the symbol)\n"
	  "  --page A4|A5|A6|Letter|4x6in  sheets with crop marks besides; wants --layout\n"
	  "  --stem URL                of the link (https://id.gs1.org)\n"
	  "  --serial-length N         6 to 20 (12)\n"
	  "  --serials FILE            take serials minted elsewhere, one a line\n"
	  "  --json                    one JSON object a line\n" },
	{ "verify", label_cmd_verify, "read label pictures again and check them",
	  "Usage: rxlabel verify [--pubkey FILE] PICTURE...\n"
	  "Proves the data, not the print's grade: that needs a verifier (ISO/IEC 15415).\n\n"
	  "  --pubkey FILE   the signature with this public key\n" },
	{ "mark", label_cmd_mark, "say what became of printed labels",
	  "Usage: rxlabel mark --as STATE [OPTION]... DIRECTORY [INPUT]...\n"
	  "INPUT is a serial, a scanned label, a picture, or - for standard input with one a line.\n\n"
	  "  --as read-back|applied|rejected|void\n"
	  "      read-back   scanned after printing, and right\n"
	  "      applied     on its pack: now it can be commissioned\n"
	  "      rejected    of no use\n"
	  "      void        destroyed: the next print makes another in its place, with a new serial\n"
	  "  --reason unreadable|misprint|damaged|lost|other   of rejected\n"
	  "  --all           with applied: all that can be; with void: all that are rejected\n"
	  "  --json          one JSON object a line\n" },
	{ "report", label_cmd_report, "what became of every serial of a job",
	  "Usage: rxlabel report [OPTION] DIRECTORY\n"
	  "How many serials are in which state, and what is to do next; or each serial with its state.\n\n"
	  "  --list          a table of the serials\n"
	  "  --json          one JSON object a line\n"
	  "  --csv           comma-separated values, RFC 4180\n" },
	{ "commission", label_cmd_commission, "tell the ledger of a job's applied labels",
	  "Usage: rxlabel commission [OPTION]... DIRECTORY\n"
	  "At most 10,000 packs an event; run again after a failure, what is final counts once.\n\n"
	  "  --config FILE   client.conf of this device (else the user's, else /etc/rxchain/)\n"
	  "  --json          one JSON object a line\n" },
};

static const struct cli_program program = {
	.name = "rxlabel",
	.intro = "Serialised, signed medicine labels: mint, print, read back, commission.",
	.commands = commands,
	.commands_n = sizeof(commands) / sizeof(commands[0]),
	.outro = "Failures exit with a status of sysexits(3).\n",
};

int main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
