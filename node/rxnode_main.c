#include "node/cmd.h"

#define COMMON                                                                     \
	"  --config FILE   rxnode.conf (else the user's, else /etc/rxchain/)\n"     \
	"  --json          one JSON object a line\n"

#define PACKS                                                                      \
	"PACK is an element string, \"(01)09506000134352(10)AB1(21)X7\", or a Digital Link; @FILE takes one a line,\n" \
	"- reads standard input.  Without a lot the node is asked for it.\n\n"

#define STEP_OPTIONS                                                               \
	"  --place GLN     where it happens (the organisation's own GLN)\n"            \
	"  --wait SECONDS  for the event to become final (30)\n" COMMON

static const struct cli_command commands[] = {
	{ "init", cmd_init, "make a node: keys, device CA, configuration, join file",
	  "Usage: rxnode init DIRECTORY --gln GLN --role ROLE --name NAME --contact TEXT [OPTION]...\n"
	  "Make an organisation's node in a new directory.  Keys are readable by their owner alone.\n\n"
	  "  --gln GLN       13 digits\n"
	  "  --role ROLE     manufacturer, distributor, pharmacy or regulator\n"
	  "  --name NAME     the organisation's name\n"
	  "  --contact TEXT  whom others call about a pack\n"
	  "  --prefix DIGITS GS1 company prefix owned; may be repeated\n"
	  "  --listen ADDRESS:PORT            (127.0.0.1:5684)\n"
	  "  --peer GLN@ADDRESS:PORT          a node to follow; may be repeated\n"
	  "  --at LATITUDE,LONGITUDE          in degrees\n"
	  "  --profile full|light             hold all events, or what concerns this member (pharmacies: light)\n" },
	{ "ca", cmd_ca, "certify a device: scanner, label printer",
	  "Usage: rxnode ca DEVICE --out DIRECTORY [--events] [OPTION]...\n"
	  "Make a key and a certificate for a device of this organisation, and its client.conf.\n\n"
	  "  --out DIRECTORY where they go\n"
	  "  --events        the device may sign events (its client.conf names the event key)\n" COMMON },
	{ "genesis", cmd_genesis, "make a consortium's genesis block from join files",
	  "Usage: rxnode genesis --name NAME --out FILE --validator GLN... JOINFILE...\n"
	  "The block names the founding members and who validates: 1, or 4 to 13 of them.\n" },
	{ "serve", cmd_serve, "run the node",
	  "Usage: rxnode serve [OPTION]...\n"
	  "Serve CoAP over DTLS, follow the peers, order events if this organisation validates.\n"
	  "The first start makes ledger.db from genesis.cbor in the node's directory.\n"
	  "SIGTERM ends cleanly, SIGHUP reads the configuration anew.\n\n"
	  "  --threads N     for signature checks (one for each core)\n"
	  "  --i-am-alone    a restored validator: no follower is left that could know a newer block\n" COMMON },
	{ "status", cmd_status, "how the node is", "Usage: rxnode status [OPTION]...\n\n" COMMON },
	{ "member", cmd_member, "admit or revoke a member (validators)",
	  "Usage: rxnode member add JOINFILE\n       rxnode member revoke GLN\n\n" COMMON },
	{ "device", cmd_device, "revoke a device's certificate", "Usage: rxnode device revoke CERTIFICATE.crt\n\n" COMMON },
	{ "label-key", cmd_label_key, "register, retire or revoke a label key",
	  "Usage: rxnode label-key --id HEX --key PUBLIC.pem --prefix DIGITS...\n"
	  "       rxnode label-key --id HEX --state retired|compromised\n\n" COMMON },
	{ "product", cmd_product, "register a product",
	  "Usage: rxnode product GTIN NAME [--always-signed]\n\n"
	  "  --always-signed every label of it carries a signature: one without is set aside\n" COMMON },
	{ "lot", cmd_lot, "register a lot", "Usage: rxnode lot GTIN LOT EXPIRY\nEXPIRY is YYMMDD or YYYY-MM-DD.\n\n" COMMON },
	{ "ship", cmd_ship, "ship packs to another member",
	  "Usage: rxnode ship --to GLN PACK...\n" PACKS "  --to GLN        the receiver\n" STEP_OPTIONS },
	{ "void-ship", cmd_void_ship, "take a shipment back before it is received",
	  "Usage: rxnode void-ship PACK...\n" PACKS "  --event ID      the ship event (else the packs' last one)\n" STEP_OPTIONS },
	{ "receive", cmd_receive, "receive packs", "Usage: rxnode receive PACK...\n" PACKS STEP_OPTIONS },
	{ "dispense", cmd_dispense, "dispense packs to the public", "Usage: rxnode dispense PACK...\n" PACKS STEP_OPTIONS },
	{ "undo-dispense", cmd_undo_dispense, "bring packs back that never left the premises",
	  "Usage: rxnode undo-dispense --never-left PACK...\n"
	  "Within 10 days, at the same site (Delegated Regulation (EU) 2016/161, Art. 13).\n" PACKS
	  "  --never-left    your declaration that they never left the premises\n"
	  "  --event ID      the dispensing (else the packs' last event)\n" STEP_OPTIONS },
	{ "destroy", cmd_destroy, "report packs destroyed",
	  "Usage: rxnode destroy --reason TEXT PACK...\n" PACKS "  --reason TEXT   why\n" STEP_OPTIONS },
	{ "lock", cmd_lock, "set packs aside for an investigation",
	  "Usage: rxnode lock --reason TEXT PACK...\n" PACKS "  --reason TEXT   why\n" STEP_OPTIONS },
	{ "unlock", cmd_unlock, "end a lock", "Usage: rxnode unlock PACK...\n" PACKS STEP_OPTIONS },
	{ "history", cmd_history, "where a pack was and is",
	  "Usage: rxnode history PACK [OPTION]...\nEach step with its time, who signed it and where.\n\n"
	  "  --at N          as it was after N events of the log\n" COMMON },
	{ "audit", cmd_audit, "check a whole ledger, trusting nothing",
	  "Usage: rxnode audit [--db FILE] [OPTION]...\n"
	  "Replay the chain from its genesis block: signatures, rules, hashes, certificates; compare every row of the state.\n"
	  "Exit status 0: green; 65: red, the block and event or the table and key are named.\n\n"
	  "  --db FILE       a ledger.db or a backup (else the configuration's)\n" COMMON },
	{ "dump", cmd_dump, "the chain as JSON lines, for other software to check",
	  "Usage: rxnode dump [--db FILE] [OPTION]...\n\n" COMMON },
	{ "backup", cmd_backup, "a consistent copy while the node runs",
	  "Usage: rxnode backup FILE [--db FILE] [OPTION]...\n\n" COMMON },
};

static const struct cli_program program = {
	.name = "rxnode",
	.intro = "A node of the medicine ledger: keeps the signed chain of custody, serves it, checks it.",
	.commands = commands,
	.commands_n = sizeof(commands) / sizeof(commands[0]),
	.outro = "Failures exit with a status of sysexits(3).\n",
};

int main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
