#include "node/cmd.h"

#define CONFIG "  --config FILE   rxnode.conf (else the user's, else /etc/rxchain/)\n"
#define COMMON CONFIG "  --json          one JSON object a line\n"
#define EVENT_OPTIONS "  --wait SECONDS  for the event to become final (30)\n" COMMON

#define THINGS                                                                     \
	"THING is a pack, \"(01)09506000134352(10)AB1(21)X7\", or a logistic unit with all that is in it,\n" \
	"\"(00)106141412345678908\", or the Digital Link of either; @FILE takes one a line, - reads standard input.\n" \
	"A pack's lot may be left out: the node is asked for it.\n\n"

#define STEP_OPTIONS                                                               \
	"  --place GLN     where it happens (the organisation's own GLN)\n"            \
	"  --time WHEN     when it happened, entered later: 2026-11-20T14:30 (now)\n"  EVENT_OPTIONS

#define READING                                                                    \
	"  --proof         prove each event shown against the newest certified header\n" \
	"  --csv           comma-separated values, RFC 4180\n" COMMON

static const struct cli_command commands[] = {
	{ "init", cmd_init, "make a node: keys, device CA, configuration, join file",
	  "Usage: rxnode init DIRECTORY --gln GLN --role ROLE --name NAME --contact TEXT [OPTION]...\n"
	  "Make an organisation's node in a new directory.  Keys are readable by their owner alone.\n\n"
	  "  --gln GLN       13 digits\n"
	  "  --role manufacturer|distributor|pharmacy|regulator\n"
	  "  --name NAME     the organisation's name\n"
	  "  --contact TEXT  whom others call about a pack\n"
	  "  --prefix DIGITS GS1 company prefix owned; may be repeated\n"
	  "  --listen ADDRESS:PORT            (127.0.0.1:5684)\n"
	  "  --peer GLN@ADDRESS:PORT          a node to follow; may be repeated\n"
	  "  --at LATITUDE,LONGITUDE          in degrees\n"
	  "  --profile full|light             hold all events, or what concerns this member (pharmacies: light)\n"
	  "  --country CC    two letters: what is withdrawn from that market stops there\n"
	  "  --supplies-public  a distributor that may supply the public (Delegated Regulation (EU) 2016/161, Art. 23)\n" },
	{ "ca", cmd_ca, "certify a device: scanner, label printer",
	  "Usage: rxnode ca DEVICE --out DIRECTORY [--events] [OPTION]...\n"
	  "Make a key and a certificate for a device of this organisation, and its client.conf.\n\n"
	  "  --out DIRECTORY where they go\n"
	  "  --events        the device may sign events (its client.conf names the event key)\n" CONFIG },
	{ "genesis", cmd_genesis, "make a consortium's genesis block from join files",
	  "Usage: rxnode genesis --name NAME --out FILE --validator GLN... JOINFILE...\n"
	  "The block names the founding members and who validates: 1, or 4 to 13 of them.\n\n"
	  "  --name NAME     the consortium's name\n"
	  "  --out FILE      a new file\n"
	  "  --validator GLN a member that validates; may be repeated\n" },
	{ "serve", cmd_serve, "run the node",
	  "Usage: rxnode serve [OPTION]...\n"
	  "Serve CoAP over DTLS, follow the peers, order events if this organisation validates.\n"
	  "The first start makes ledger.db from genesis.cbor in the node's directory.\n"
	  "SIGTERM ends cleanly, SIGHUP reads the configuration anew.\n\n"
	  "  --threads N     for signature checks (one for each core)\n"
	  "  --i-am-alone    a restored validator: no follower is left that could know a newer block\n" CONFIG },
	{ "status", cmd_status, "how the node is", "Usage: rxnode status [OPTION]...\n\n" COMMON },
	{ "member", cmd_member, "admit or revoke a member (validators)",
	  "Usage: rxnode member add JOINFILE\n       rxnode member revoke GLN\n\n" EVENT_OPTIONS },
	{ "device", cmd_device, "revoke a device's certificate",
	  "Usage: rxnode device revoke FILE\nFILE is the device's certificate; its sessions end too.\n\n" EVENT_OPTIONS },
	{ "label-key", cmd_label_key, "register, retire or revoke a label key",
	  "Usage: rxnode label-key --id HEX --key FILE --prefix DIGITS...\n"
	  "       rxnode label-key --id HEX --state retired|compromised\n\n"
	  "  --id HEX        6 hexadecimal digits, as on the labels\n"
	  "  --key FILE      the public key, made with \"rxlabel key\"\n"
	  "  --prefix DIGITS a company prefix whose labels it signs; may be repeated\n"
	  "  --state retired|compromised  retired: its labels stay good; compromised: its signature counts as absent\n" EVENT_OPTIONS },
	{ "product", cmd_product, "register a product",
	  "Usage: rxnode product GTIN NAME [OPTION]...\n"
	  "Registered again it is described anew.\n\n"
	  "  --always-signed every label of it carries a signature: one without is set aside\n"
	  "  --market CC     two letters of a country it is for; may be repeated (none: any)\n"
	  "  --storage FROM..TO  degrees Celsius, such as 2..8\n" EVENT_OPTIONS },
	{ "lot", cmd_lot, "register a lot", "Usage: rxnode lot GTIN LOT EXPIRY\nEXPIRY is YYMMDD or YYYY-MM-DD.\n\n" EVENT_OPTIONS },
	{ "release-key", cmd_release_key, "make the key that releases lots",
	  "Usage: rxnode release-key --out FILE\n"
	  "Make a private key in FILE, readable by its owner alone, and register its public half.  It belongs to the\n"
	  "quality people: it signs \"rxnode release\" and nothing else.\n\n"
	  "  --out FILE      a new file\n" EVENT_OPTIONS },
	{ "release", cmd_release, "release a lot for sale",
	  "Usage: rxnode release GTIN LOT --key FILE\n"
	  "Until then none of its packs is for sale: a scan says NOT_RELEASED, dispensing is refused.\n\n"
	  "  --key FILE      made with \"rxnode release-key\"\n" EVENT_OPTIONS },
	{ "lot-notice", cmd_lot_notice, "announce packs whose serials come later",
	  "Usage: rxnode lot-notice GTIN LOT --packs N [--until DATE]\n"
	  "A pack that is delivered before its serial number is on the ledger is set aside, and no alarm is raised.\n\n"
	  "  --packs N       that the lot will have in all\n"
	  "  --until DATE    YYYY-MM-DD, 30 days ahead at most (14 days)\n" EVENT_OPTIONS },
	{ "pack", cmd_step, "pack into a case, a pallet",
	  "Usage: rxnode pack --into SSCC THING...\n"
	  "       rxnode pack --new [--prefix DIGITS] THING...\n"
	  "From then on the unit's SSCC names all that is in it.\n" THINGS
	  "  --into SSCC     the unit; it comes to be with what is packed into it first\n"
	  "  --new           make its SSCC and print it: extension digit 0, own company prefix, random serial reference\n"
	  "  --prefix DIGITS the company prefix for --new (the first one that the organisation joined with)\n" STEP_OPTIONS },
	{ "unpack", cmd_step, "take out of a case, a pallet",
	  "Usage: rxnode unpack --from SSCC THING...\n       rxnode unpack --from SSCC --all\n" THINGS
	  "  --from SSCC     the unit they are directly in\n"
	  "  --all           all that is directly in it\n" STEP_OPTIONS },
	{ "ship", cmd_step, "ship to another member",
	  "Usage: rxnode ship --to GLN THING...\n" THINGS "  --to GLN        the receiver\n" STEP_OPTIONS },
	{ "return", cmd_step, "ship back to a distributor or the manufacturer",
	  "Usage: rxnode return --to GLN THING...\nAlso what is recalled or expired.\n" THINGS
	  "  --to GLN        the receiver\n" STEP_OPTIONS },
	{ "void-ship", cmd_step, "take a shipment back before it is received",
	  "Usage: rxnode void-ship THING...\n" THINGS "  --event ID      the ship event (else the one in force)\n" STEP_OPTIONS },
	{ "receive", cmd_step, "receive, saying what is missing and what is surplus",
	  "Usage: rxnode receive THING... [--missing THING]... [--surplus THING]...\n"
	  "What is missing or surplus is reported first and set aside until sender and receiver have both signed what became of it.\n"
	  THINGS
	  "  --missing THING announced, but not there; may be repeated\n"
	  "  --surplus THING there, but not announced; may be repeated\n" STEP_OPTIONS },
	{ "missing", cmd_step, "report what did not arrive", "Usage: rxnode missing THING...\n" THINGS STEP_OPTIONS },
	{ "surplus", cmd_step, "report what arrived unannounced", "Usage: rxnode surplus THING...\n" THINGS STEP_OPTIONS },
	{ "dispense", cmd_step, "dispense to the public", "Usage: rxnode dispense THING...\n" THINGS STEP_OPTIONS },
	{ "undo-dispense", cmd_step, "bring back what never left the premises",
	  "Usage: rxnode undo-dispense --never-left THING...\n"
	  "Within 10 days, at the same site (Delegated Regulation (EU) 2016/161, Art. 13).\n" THINGS
	  "  --never-left    your declaration that it never left the premises\n"
	  "  --event ID      the dispensing (else the event in force)\n" STEP_OPTIONS },
	{ "sample", cmd_step, "hand to an authority as a sample", "Usage: rxnode sample THING...\n" THINGS STEP_OPTIONS },
	{ "free-sample", cmd_step, "give away as a free sample", "Usage: rxnode free-sample THING...\n" THINGS STEP_OPTIONS },
	{ "undo-sample", cmd_step, "bring a sample back into stock",
	  "Usage: rxnode undo-sample THING...\nWithin 10 days, at the same site.\n" THINGS
	  "  --event ID      the sampling (else the event in force)\n" STEP_OPTIONS },
	{ "export", cmd_step, "export out of the market",
	  "Usage: rxnode export --to COUNTRY THING...\n" THINGS "  --to COUNTRY    two letters\n" STEP_OPTIONS },
	{ "destroy", cmd_step, "report destroyed",
	  "Usage: rxnode destroy --reason TEXT THING...\n" THINGS "  --reason TEXT   why\n" STEP_OPTIONS },
	{ "lock", cmd_step, "set aside for an investigation",
	  "Usage: rxnode lock --reason TEXT THING...\n" THINGS "  --reason TEXT   why\n" STEP_OPTIONS },
	{ "unlock", cmd_step, "end a lock", "Usage: rxnode unlock THING...\n" THINGS STEP_OPTIONS },
	{ "stolen", cmd_step, "report stolen",
	  "Usage: rxnode stolen --reason TEXT THING...\nBy the holder or the manufacturer; it is never taken back.\n" THINGS
	  "  --reason TEXT   what happened\n" STEP_OPTIONS },
	{ "check-out", cmd_step, "take out of the market to be repackaged (parallel trade)",
	  "Usage: rxnode check-out --reason TEXT THING...\n" THINGS "  --reason TEXT   what becomes of it\n" STEP_OPTIONS },
	{ "undo-check-out", cmd_step, "bring back what was not repackaged",
	  "Usage: rxnode undo-check-out THING...\n" THINGS "  --event ID      the checking out (else the event in force)\n" STEP_OPTIONS },
	{ "recall", cmd_recall, "propose the recall of a lot",
	  "Usage: rxnode recall GTIN LOT --class 1|2|3 --reason TEXT\n"
	  "       rxnode recall GTIN LOT --preview\n"
	  "Shows whom it reaches, then proposes it: in force once a second party has signed \"rxnode confirm\".\n\n"
	  "  --class N       1 life-threatening, 2 harmful, 3 other\n"
	  "  --reason TEXT   why\n"
	  "  --preview       show whom it would reach, send nothing\n" EVENT_OPTIONS },
	{ "withdraw", cmd_withdraw, "propose the withdrawal of a product",
	  "Usage: rxnode withdraw GTIN --class 1|2|3 --reason TEXT [--market CC]\n"
	  "       rxnode withdraw GTIN --preview [--market CC]\n"
	  "Shows whom it reaches, then proposes it: in force once a second party has signed \"rxnode confirm\".\n\n"
	  "  --class N       1 life-threatening, 2 harmful, 3 other\n"
	  "  --reason TEXT   why\n"
	  "  --market CC     from that country alone\n"
	  "  --preview       show whom it would reach, send nothing\n" EVENT_OPTIONS },
	{ "confirm", cmd_confirm, "sign a recall or withdrawal as the second party",
	  "Usage: rxnode confirm ID\n"
	  "ID is that of the recall or withdrawal; once its retraction is proposed, that is confirmed.\n\n" EVENT_OPTIONS },
	{ "retract", cmd_retract, "propose to end a recall or withdrawal",
	  "Usage: rxnode retract ID --reason TEXT\n\n  --reason TEXT   why\n" EVENT_OPTIONS },
	{ "alarm-case", cmd_alarm_case, "move the case of an alarm on",
	  "Usage: rxnode alarm-case ID explained|confirmed|closed --cause TEXT\n\n  --cause TEXT    what was found\n" EVENT_OPTIONS },
	{ "correct", cmd_correct, "declare an own event wrong",
	  "Usage: rxnode correct EVENT-ID --reason TEXT\n"
	  "The event stays, marked; steps of their own set right what follows from it.\n\n  --reason TEXT   why\n" EVENT_OPTIONS },
	{ "history", cmd_history, "where a pack or a logistic unit was and is",
	  "Usage: rxnode history THING [OPTION]...\n"
	  "THING is a pack, \"(01)09506000134352(21)X7\", or a logistic unit, \"(00)106141412345678908\", or a Digital Link.\n"
	  "Each step with its time, who signed it and what held after it; of a unit, what it holds too.  Who is not on a thing's\n"
	  "way is told its own steps and its neighbours'; a regulator all, and the chain records that it asked.\n\n"
	  "  --at WHEN       as it was then: 2026-11-27T10:00Z, or the number of an event in the log\n"
	  "  --depth N       of a unit: so many levels of what it holds (1)\n"
	  "  --why TEXT      a regulator's reason, recorded on the chain\n" READING },
	{ "where", cmd_where, "where the packs of a lot or a product are",
	  "Usage: rxnode where --gtin GTIN [--lot LOT] [OPTION]...\n"
	  "Packs by holder and state, most first.  For regulators, and for whose product it is.\n\n"
	  "  --gtin GTIN     the product\n"
	  "  --lot LOT       one of its lots (all of them)\n"
	  "  --at TIME       as it was then: 2026-11-27T10:00Z\n"
	  "  --why TEXT      a regulator's reason, recorded on the chain\n"
	  "  --csv           comma-separated values, RFC 4180\n" COMMON },
	{ "recalls", cmd_recalls, "recalls and withdrawals, proposed and in force",
	  "Usage: rxnode recalls [--all] [OPTION]...\n\n"
	  "  --all           those that are over, too\n" READING },
	{ "alerts", cmd_alerts, "alarms whose cases are open",
	  "Usage: rxnode alerts [OPTION]...\n"
	  "A regulator sees all, a manufacturer those of its products, others those that concern them.\n\n" READING },
	{ "open-handovers", cmd_handovers, "what one side has signed and the other has not",
	  "Usage: rxnode open-handovers [OPTION]...\n"
	  "The oldest first; a regulator sees all.\n\n" READING },
	{ "audit", cmd_audit, "check a whole ledger, trusting nothing",
	  "Usage: rxnode audit [--db FILE] [OPTION]...\n"
	  "Replay the chain from its genesis block: signatures, rules, hashes, certificates; compare every row of the state.\n"
	  "Exit status 0: green; 65: red, the block and event or the table and key are named.\n\n"
	  "  --db FILE       a ledger.db or a backup (else the configuration's)\n" COMMON },
	{ "dump", cmd_dump, "the chain as JSON lines, for other software to check",
	  "Usage: rxnode dump [--db FILE] [OPTION]...\n\n"
	  "  --db FILE       a ledger.db or a backup (else the configuration's)\n" CONFIG },
	{ "backup", cmd_backup, "a consistent copy while the node runs",
	  "Usage: rxnode backup FILE [--db FILE] [OPTION]...\nFILE is new; nothing is overwritten.\n\n"
	  "  --db FILE       a ledger.db (else the configuration's)\n" CONFIG },
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
