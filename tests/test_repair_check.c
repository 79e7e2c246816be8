/* The false-alarm firewall: ten thousand labels damaged in each way a scanner does it, and what counterfeiters would try. */
#include "node/port/signer.h"
#include "scanner/repair_check.h"
#include "tests/fakes/keys.h"
#include "tests/t.h"

#include <stdlib.h>
#include <time.h>

#define ME 9506000134321ULL
#define OWNER 9506000134307ULL
#define GTIN 9506000134352ULL
#define GTIN_TEXT "09506000134352"
#define NOW_MS 1795803731000ULL /* 2026-11-27 */
#define LABELS 10000
#define ALIKE_MAX 3
#define SIGNED_EACH 20 /* one of so many: signing takes time */

/* ---- a ledger in memory ---- */

struct pack {
	char serial[21], lot[21];
	uint32_t expiry;
	bool dispensed; /* by somebody else */
};

#define SLOTS 32768 /* a power of two, three times the packs */
static struct ledger {
	struct pack slot[SLOTS];
	unsigned asked;
	bool down;
	struct pubkey key;
} ledger;

static size_t slot_of(struct bytes serial)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < serial.n; i++)
		h = (h ^ serial.p[i]) * 16777619U;
	while (ledger.slot[h % SLOTS].serial[0] && !bytes_eq(bytes_of_str(ledger.slot[h % SLOTS].serial), serial))
		h++;
	return h % SLOTS;
}

static void ledger_add(const struct pack *p)
{
	ledger.slot[slot_of(bytes_of_str(p->serial))] = *p;
}

static enum err ledger_ask(void *ctx, const struct verdict_question *q, struct verdict_facts *out, struct config_fault *why)
{
	const struct pack *p = &ledger.slot[slot_of(q->serial)];

	(void)ctx;
	ledger.asked++;
	*out = (struct verdict_facts){ .now_ms = NOW_MS, .head_ms = NOW_MS, .asker = ME, .asker_role = ROLE_PHARMACY,
				       .product_known = q->gtin == GTIN, .lot_known = true, .maker.gln = OWNER };
	if (ledger.down) {
		why->text[0] = 0;
		return ERR_TIMEOUT;
	}
	out->key_known = out->key_covers = q->signed_;
	out->key = ledger.key;
	out->key_owner = OWNER;
	if (q->gtin != GTIN || !p->serial[0])
		return ERR_OK;
	out->pack_known = true;
	out->state = p->dispensed ? PACK_DISPENSED : PACK_ACTIVE;
	out->holder.gln = p->dispensed ? OWNER : ME;
	memcpy(out->lot, p->lot, out->lot_n = strlen(p->lot));
	out->expiry = p->expiry;
	return ERR_OK;
}

static const struct check_source source = { ledger_ask, NULL };
static struct checked checked;
static struct repair_memory memory;

static int check_again(const char *text)
{
	check_text(&source, NULL, bytes_of_str(text), &checked);
	repair_check(&memory, &source, NULL, bytes_of_str(text), &checked);
	return check_status(&checked);
}

/* For the first time in a run. */
static int check_first(const char *text)
{
	memory.n = 0;
	ledger.asked = 0;
	return check_again(text);
}

/* ---- labels ---- */

static uint64_t random_state = 1;

static unsigned random_below(unsigned n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(random_state >> 33) % n;
}

/* Capitals and digits, as serials mostly are. */
static void random_text(char *out, unsigned lo, unsigned hi)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned n = lo + random_below(hi - lo + 1);

	for (unsigned i = 0; i < n; i++)
		out[i] = set[random_below(sizeof(set) - 1)];
	out[n] = 0;
}

static void random_pack(struct pack *p)
{
	memset(p, 0, sizeof(*p));
	random_text(p->serial, 8, 16);
	random_text(p->lot, 4, 8);
	p->expiry = 20270000 + (random_below(40) * 10000) + (1 + random_below(12)) * 100 + 28;
}

enum form { FORM_BRACKETS, FORM_LINK, FORM_BARE, FORM_AIM, FORMS };

static void write_label(char *out, size_t cap, const struct pack *p, enum form form, const char *sig)
{
	char date[7] = "";
	const char *open8030 = sig ? "(8030)" : "", *bare8030 = sig ? "\x1d" "8030" : "", *query8030 = sig ? "&8030=" : "";

	gs1_expiry_format(p->expiry, date);
	sig = sig ? sig : "";
	if (form == FORM_BRACKETS)
		snprintf(out, cap, "(01)" GTIN_TEXT "(10)%s(17)%s(21)%s%s%s", p->lot, date, p->serial, open8030, sig);
	else if (form == FORM_LINK)
		snprintf(out, cap, "https://id.gs1.org/01/" GTIN_TEXT "/10/%s/21/%s?17=%s%s%s", p->lot, p->serial, date, query8030, sig);
	else
		snprintf(out, cap, "%s01" GTIN_TEXT "17%s10%s\x1d" "21%s%s%s", form == FORM_AIM ? "]d2" : "", date, p->lot, p->serial,
			 bare8030, sig);
}

static void sign(char *sig_text, const struct pack *p)
{
	struct label_sig s = { .key_id = { 1, 2, 3 } };
	char text[256];
	struct gs1_data d;
	struct fault f;
	struct hash h;

	write_label(text, sizeof(text), p, FORM_BRACKETS, NULL);
	NEED(gs1_parse(&d, bytes_of_str(text), 0, &f) == ERR_OK);
	label_digest(&d, s.key_id, &h);
	NEED(signer_sign(test_signer(0), &h, s.sig) == ERR_OK);
	label_sig_format(&s, sig_text);
	sig_text[LABEL_SIG_TEXT_LEN] = 0;
}

/* ---- damage: out of what was printed, what arrives ---- */

static void map_chars(char *out, const char *in, const char *const *pairs)
{
	for (*out = 0; *in; in++) {
		const char *to = NULL;

		for (size_t i = 0; pairs[i]; i += 2)
			if (pairs[i][0] == *in)
				to = pairs[i + 1];
		if (to)
			strcat(out, to);
		else
			strncat(out, in, 1);
	}
}

/* Which keys differ on the way from a US handheld to a computer set to something else: a list of its own. */
static const char *const to_german[] = { "y", "z", "z", "y", "Y", "Z", "Z", "Y", "-", "ß", "/", "-", ":", "Ö", "?", "_", "=", "´",
					 "(", ")", ")", "=", "&", "/", "_", "?", "]", "+", NULL };
static const char *const to_french[] = { "a", "q", "q", "a", "z", "w", "w", "z", "m", ",", "A", "Q", "Q", "A", "Z", "W", "W", "Z",
					 "M", "?", "1", "&", "2", "é", "3", "\"", "4", "'", "5", "(", "6", "-", "7", "è", "8", "_",
					 "9", "ç", "0", "à", "-", ")", "/", "!", ":", "M", "?", "§", "=", "=", "(", "9", ")", "0",
					 "&", "7", "_", "°", ".", ":", "]", "$", NULL };
static const char *const from_german[] = { "y", "z", "z", "y", "Y", "Z", "Z", "Y", "-", "/", "/", "&", ":", ">", "?", "_", "=", ")",
					   "(", "*", ")", "(", "&", "^", "_", "?", NULL };
static const char *const y_for_z[] = { "y", "z", "z", "y", "Y", "Z", "Z", "Y", NULL };
static const char *const zero_for_o[] = { "O", "0", NULL };
static const char *const three_for_e[] = { "E", "3", NULL };
static const char *const one_for_i[] = { "I", "1", NULL };

static void swap_case(char *out, const char *in)
{
	for (; *in; in++)
		*out++ = (char)((*in | 0x20) >= 'a' && (*in | 0x20) <= 'z' ? *in ^ 0x20 : *in);
	*out = 0;
}

static void replace_gs(char *out, const char *in, const char *by)
{
	const char *const pairs[] = { "\x1d", by, NULL };

	map_chars(out, in, pairs);
}

/* One character a that the serial has becomes b. */
static void one_char(char *serial, char a, char b)
{
	char *at = strchr(serial, a);

	if (at)
		*at = b;
}

enum damage {
	DAMAGE_SEPARATOR,
	DAMAGE_GLUED,
	DAMAGE_CAPS,
	DAMAGE_Y_Z,
	DAMAGE_TO_GERMAN,
	DAMAGE_TO_FRENCH,
	DAMAGE_FROM_GERMAN,
	DAMAGE_GERMAN_GLUED,
	DAMAGE_FRENCH_GLUED,
	DAMAGE_SMALL_SERIAL,
	DAMAGE_ALL_O,
	DAMAGE_ONE_0,
	DAMAGE_ALL_I,
	DAMAGE_ONE_1,
	DAMAGE_ALL_E,
	DAMAGE_ONE_3,
	DAMAGE_LOT_O,
	DAMAGES
};
static const char *const damage_names[DAMAGES] = { "separator replaced", "separators lost", "Caps Lock", "Y and Z", "US for German",
						   "US for French", "German for US", "US for German, separators lost",
						   "US for French, separators lost", "serial in small letters", "every O as 0",
						   "a 0 as O", "every I as 1", "a 1 as l", "every E as 3", "a 3 as E", "lot's O as 0" };

/* What befalls single values, as when they are typed. */
static void damage_values(struct pack *p, enum damage d)
{
	char was[21];

	memcpy(was, p->serial, sizeof(was));
	if (d == DAMAGE_SMALL_SERIAL)
		swap_case(p->serial, was);
	else if (d == DAMAGE_ALL_O)
		map_chars(p->serial, was, zero_for_o);
	else if (d == DAMAGE_ALL_I)
		map_chars(p->serial, was, one_for_i);
	else if (d == DAMAGE_ALL_E)
		map_chars(p->serial, was, three_for_e);
	else if (d == DAMAGE_ONE_0)
		one_char(p->serial, '0', 'O');
	else if (d == DAMAGE_ONE_1)
		one_char(p->serial, '1', 'l');
	else if (d == DAMAGE_ONE_3)
		one_char(p->serial, '3', 'E');
	else if (d == DAMAGE_LOT_O)
		one_char(p->lot, 'O', '0');
}

static void damage_glued_keys(char *out, const char *in, const char *const *keys)
{
	char glued[512];

	replace_gs(glued, in, "");
	map_chars(out, glued, keys);
}

/* What befalls the whole text. */
static void damage_text(char *out, const char *in, enum damage d)
{
	static const char *const stand_ins[] = { "^]", "|", "#", "~", " " };

	if (d == DAMAGE_SEPARATOR)
		replace_gs(out, in, stand_ins[random_below(5)]);
	else if (d == DAMAGE_GLUED)
		replace_gs(out, in, "");
	else if (d == DAMAGE_CAPS)
		swap_case(out, in);
	else if (d == DAMAGE_Y_Z)
		map_chars(out, in, y_for_z);
	else if (d == DAMAGE_TO_GERMAN)
		map_chars(out, in, to_german);
	else if (d == DAMAGE_TO_FRENCH)
		map_chars(out, in, to_french);
	else if (d == DAMAGE_FROM_GERMAN)
		map_chars(out, in, from_german);
	else if (d == DAMAGE_GERMAN_GLUED || d == DAMAGE_FRENCH_GLUED)
		damage_glued_keys(out, in, d == DAMAGE_GERMAN_GLUED ? to_german : to_french);
	else
		strcpy(out, in);
}

/* The label of p, damaged; some labels are signed. */
static void damaged(char *out, const struct pack *p, enum damage d, enum form form, const char *sig)
{
	struct pack said = *p;
	char text[512];

	damage_values(&said, d);
	write_label(text, sizeof(text), &said, form, sig);
	damage_text(out, text, d);
}

/* ---- ten thousand ---- */

static bool says(struct bytes text, const struct pack *p)
{
	struct gs1_data d;
	struct fault f;

	return gs1_parse(&d, text, GS1_LENIENT, &f) == ERR_OK && bytes_eq(gs1_value(&d, "21"), bytes_of_str(p->serial)) &&
	       bytes_eq(gs1_value(&d, "10"), bytes_of_str(p->lot));
}

/* Accepted as what it is, or held back with the right explanation. */
static bool is_repaired(int status, const struct pack *p)
{
	const struct check_repair *r = &checked.repair;

	if (status == 0)
		return bytes_eq(checked.question.serial, bytes_of_str(p->serial));
	return status == 3 && checked.verdict.primary == REASON_MISREAD && !checked.verdict.alarm &&
	       (r->ambiguous || says(bytes_of(r->to, r->to_n), p));
}

static size_t count_of(const char *text, const char *set)
{
	size_t n = 0;

	for (; *text; text++)
		n += strchr(set, *text) != NULL;
	return n;
}

/* Some of many letters that look alike, and no telling which: so many readings are not made, and the alarm stands. */
static bool is_beyond_repair(const struct pack *p, enum damage d)
{
	const char *set = d == DAMAGE_ALL_O ? "O0" : d == DAMAGE_ALL_I ? "I1" : d == DAMAGE_ALL_E ? "E3" : "";

	return count_of(p->serial, set) > ALIKE_MAX;
}

static struct pack genuine[LABELS];

static void fill_ledger(void)
{
	memset(&ledger, 0, sizeof(ledger));
	random_state = 1;
	ledger.key = *signer_pubkey(test_signer(0));
	for (size_t i = 0; i < LABELS; i++) {
		random_pack(&genuine[i]);
		ledger_add(&genuine[i]);
	}
}

static void test_every_repairable_label_is_explained(void)
{
	unsigned questions = 0, most = 0, beyond = 0, wrong[DAMAGES] = { 0 };

	fill_ledger();
	for (size_t i = 0; i < LABELS; i++) {
		enum damage d = (enum damage)(i % DAMAGES);
		enum form form = (enum form)(i / DAMAGES % FORMS);
		bool is_signed = i % SIGNED_EACH == 0;
		char text[1024], sig[LABEL_SIG_TEXT_LEN + 1];

		if (is_signed)
			sign(sig, &genuine[i]);
		damaged(text, &genuine[i], d, form, is_signed ? sig : NULL);
		if (is_repaired(check_first(text), &genuine[i]))
			;
		else if (is_beyond_repair(&genuine[i], d) && checked.verdict.alarm)
			beyond++;
		else if (wrong[d]++ < 3)
			printf("\n  %s: %s -> %s", damage_names[d], genuine[i].serial, text);
		questions += ledger.asked;
		most = ledger.asked > most ? ledger.asked : most;
	}
	for (size_t d = 0; d < DAMAGES; d++)
		CHECK_EQ(wrong[d], 0, damage_names[d]);
	CHECK(beyond < LABELS / 1000);
	printf("\n  %d labels, %u beyond repair, %u questions, at most %u for one ", LABELS, beyond, questions, most);
}

/* Of no ledger: whatever befalls its label, it is never accepted, and alarms in the end. */
static void test_no_fake_is_accepted(void)
{
	unsigned accepted = 0, silent = 0, explained = 0;

	fill_ledger();
	for (size_t i = 0; i < LABELS; i++) {
		enum damage d = (enum damage)(i % DAMAGES);
		struct pack fake;
		char text[1024];

		random_pack(&fake);
		damaged(text, &fake, d, (enum form)(i / DAMAGES % FORMS), NULL);
		accepted += check_first(text) == 0;
		explained += checked.verdict.primary == REASON_MISREAD;
		accepted += check_again(text) == 0;
		silent += checked.readable && !checked.verdict.alarm && checked.verdict.primary != REASON_PRODUCT_UNKNOWN;
	}
	CHECK_EQ(accepted, 0, "fakes accepted");
	CHECK_EQ(silent, 0, "fakes that raise no alarm");
	CHECK_EQ(explained, 0, "fakes taken for slips");
}

/* Serials of his own, each one confusion away from a real one: scan again once, then the alarm. */
static void test_a_counterfeiter_near_the_real_ones(void)
{
	unsigned accepted = 0, silent = 0, near = 0;

	fill_ledger();
	for (size_t i = 0; i < LABELS; i++) {
		struct pack fake = genuine[i];
		char text[1024];
		bool held;

		damage_values(&fake, (enum damage)(DAMAGE_SMALL_SERIAL + i % (DAMAGE_LOT_O + 1 - DAMAGE_SMALL_SERIAL)));
		if (strcmp(fake.serial, genuine[i].serial) == 0 && strcmp(fake.lot, genuine[i].lot) == 0)
			continue;
		near++;
		write_label(text, sizeof(text), &fake, (enum form)(i % FORMS), NULL);
		accepted += check_first(text) == 0;
		held = checked.verdict.primary == REASON_MISREAD;
		accepted += check_again(text) == 0;
		silent += !checked.verdict.alarm || checked.repeated != held || check_status(&checked) != 1;
	}
	CHECK(near > LABELS / 4);
	CHECK_EQ(accepted, 0, "fakes accepted");
	CHECK_EQ(silent, 0, "fakes that raise no alarm when scanned again");
}

/* ---- single cases ---- */

static const struct pack a_few[] = {
	{ "SERIAL1", "L1", 20271231, false }, { "ZEBRA77", "LY", 20271231, false }, { "XAO", "L1", 20271231, false },
	{ "XA0", "L1", 20271231, false }, { "GONE5O", "L1", 20271231, true }, { "OLD2", "L1", 20260101, false },
	{ "0LD2", "L1", 20271231, false },
	{ "SER10L2", "L1", 20271231, false },
};

static const struct {
	const char *name, *text;
	int status;
	enum reason reason;
	bool alarm;
	enum confusion confusion;
	bool applied, ambiguous;
} rows[] = {
	{ "nothing wrong", "(01)" GTIN_TEXT "(10)L1(21)SERIAL1", 0, REASON_UNSIGNED_NOTE, false, CONFUSION_NONE, false, false },
	{ "a known pack beside another that looks like it", "(01)" GTIN_TEXT "(10)L1(21)XAO", 0, REASON_UNSIGNED_NOTE, false,
	  CONFUSION_NONE, false, false },
	{ "an expired pack, read well, beside one that looks like it", "(01)" GTIN_TEXT "(10)L1(21)OLD2", 1, REASON_EXPIRED, false,
	  CONFUSION_NONE, false, false },
	{ "small letters", "(01)" GTIN_TEXT "(10)L1(21)serial1", 3, REASON_MISREAD, false, CONFUSION_CASE, false, false },
	{ "Caps Lock, no signature", "(01)" GTIN_TEXT "(10)l1(21)serial1", 3, REASON_MISREAD, false, CONFUSION_CAPS_LOCK, false, false },
	{ "Y and Z in serial and lot", "(01)" GTIN_TEXT "(10)LZ(21)YEBRA77", 3, REASON_MISREAD, false, CONFUSION_Y_Z, false, false },
	{ "unknown serial", "(01)" GTIN_TEXT "(10)L1(21)FAKE5", 1, REASON_SERIAL_UNKNOWN, true, CONFUSION_NONE, false, false },
	{ "two known packs", "(01)" GTIN_TEXT "(10)L1(21)XAo", 3, REASON_MISREAD, false, CONFUSION_CASE, false, true },
	{ "the lot", "(01)" GTIN_TEXT "(10)Ll(21)SERIAL1", 3, REASON_MISREAD, false, CONFUSION_I_L_1, false, false },
	{ "lot of another pack", "(01)" GTIN_TEXT "(10)LY(21)SERIAL1", 1, REASON_LOT_MISMATCH, true, CONFUSION_NONE, false, false },
	{ "a real pack's serial, misread, with another's lot", "(01)" GTIN_TEXT "(10)LY(21)serial1", 1, REASON_SERIAL_UNKNOWN, true,
	  CONFUSION_NONE, false, false },
	{ "a changed expiry", "(01)" GTIN_TEXT "(17)291231(10)L1(21)SERIAL1", 1, REASON_EXPIRY_MISMATCH, true, CONFUSION_NONE, false,
	  false },
	{ "a slip that hides a copy of a dispensed pack", "(01)" GTIN_TEXT "(10)L1(21)gone5o", 1, REASON_SERIAL_UNKNOWN, true,
	  CONFUSION_NONE, false, false },
	{ "an expired pack", "(01)" GTIN_TEXT "(10)L1(21)old2", 3, REASON_MISREAD, false, CONFUSION_CASE, false, false },
	{ "separator replaced", "01" GTIN_TEXT "10L1#21SERIAL1", 0, REASON_UNSIGNED_NOTE, false, CONFUSION_SEPARATOR, true, false },
	{ "separator replaced, unknown serial", "01" GTIN_TEXT "10L1#21FAKE5", 1, REASON_SERIAL_UNKNOWN, true, CONFUSION_SEPARATOR, true,
	  false },
	{ "separator replaced and small letters", "01" GTIN_TEXT "10L1#21serial1", 3, REASON_MISREAD, false, CONFUSION_CASE, false,
	  false },
	{ "separator lost", "01" GTIN_TEXT "10L121SERIAL1", 0, REASON_UNSIGNED_NOTE, false, CONFUSION_GLUED, true, false },
	{ "separator lost, readable without", "01" GTIN_TEXT "21SERIAL110L1", 3, REASON_MISREAD, false, CONFUSION_GLUED, false, false },
	{ "readable as it is: nothing is cut", "01" GTIN_TEXT "21SER10L2", 0, REASON_UNSIGNED_NOTE, false, CONFUSION_NONE, false, false },
	{ "letter in the GTIN that no digit looks like", "(01)095060001O4352(10)L1(21)SERIAL1", 3, REASON_UNREADABLE, false,
	  CONFUSION_NONE, false, false },
	{ "letter for a digit in the GTIN", "(01)O9506000134352(10)L1(21)SERIAL1", 3, REASON_MISREAD, false, CONFUSION_O_0, false, false },
	{ "letter for a digit in the GTIN of a fake", "(01)O9506000134352(10)L1(21)FAKE5", 3, REASON_UNREADABLE, false, CONFUSION_NONE,
	  false, false },
	{ "nonsense", "hello", 3, REASON_UNREADABLE, false, CONFUSION_NONE, false, false },
};

static void fill_few(void)
{
	memset(&ledger, 0, sizeof(ledger));
	ledger.key = *signer_pubkey(test_signer(0));
	for (size_t i = 0; i < sizeof(a_few) / sizeof(a_few[0]); i++)
		ledger_add(&a_few[i]);
}

static void test_what_becomes_of_a_text(void)
{
	fill_few();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(check_first(rows[i].text), rows[i].status, rows[i].name);
		CHECK_EQ(checked.verdict.primary, rows[i].reason, rows[i].name);
		CHECK_EQ(checked.verdict.alarm, rows[i].alarm, rows[i].name);
		CHECK_EQ(checked.repair.confusion, rows[i].confusion, rows[i].name);
		if (rows[i].confusion != CONFUSION_NONE)
			CHECK_ROW(checked.repair.applied == rows[i].applied && checked.repair.ambiguous == rows[i].ambiguous, rows[i].name);
		CHECK_ROW(!checked.repeated && ledger.asked <= REPAIR_QUESTIONS_MAX + 2, rows[i].name);
	}
}

static void test_the_second_time_it_counts(void)
{
	const char *slip = "(01)" GTIN_TEXT "(10)L1(21)serial1";

	fill_few();
	CHECK_EQ(check_first(slip), 3, "first");
	CHECK_EQ(check_again("(01)" GTIN_TEXT "(10)Ll(21)SERIAL1"), 3, "another text");
	CHECK_EQ(check_again(slip), 1, "second");
	CHECK(checked.repeated && checked.verdict.alarm && checked.verdict.primary == REASON_SERIAL_UNKNOWN);
	CHECK(checked.repair.confusion == CONFUSION_NONE);
	CHECK_EQ(check_again("(01)" GTIN_TEXT "(10)L1(21)SERIAL1"), 0, "scanned well");
	CHECK(!checked.repeated);
}

/* Many texts later the oldest is forgotten, and no other. */
static void test_the_memory_has_an_end(void)
{
	char text[64];

	fill_few();
	memory.n = 0;
	for (unsigned i = 0; i < REPAIR_REMEMBERED + 1; i++) {
		struct pack p = { .lot = "L1", .expiry = 20271231 };

		snprintf(p.serial, sizeof(p.serial), "MANY%u", i);
		ledger_add(&p);
		snprintf(text, sizeof(text), "(01)" GTIN_TEXT "(10)L1(21)many%u", i);
		CHECK_EQ(check_again(text), 3, text);
	}
	CHECK_EQ(check_again("(01)" GTIN_TEXT "(10)L1(21)many1"), 1, "remembered");
	CHECK_EQ(check_again("(01)" GTIN_TEXT "(10)L1(21)many0"), 3, "forgotten");
}

static void test_signatures(void)
{
	struct pack p = { "SERIAL1", "L1", 20271231, false }, other = { "SERIAL1", "L2", 20271231, false };
	char sig[LABEL_SIG_TEXT_LEN + 1], text[512], arrived[1024];

	fill_few();
	sign(sig, &p);
	write_label(text, sizeof(text), &p, FORM_BARE, sig);
	CHECK_EQ(check_first(text), 0, "as printed");
	damage_text(arrived, text, DAMAGE_CAPS);
	CHECK_EQ(check_first(arrived), 0, "Caps Lock, as its signature proves");
	CHECK(checked.repair.confusion == CONFUSION_CAPS_LOCK && checked.repair.applied && checked.label == LABEL_GOOD);
	write_label(text, sizeof(text), &other, FORM_BRACKETS, sig);
	damage_text(arrived, text, DAMAGE_CAPS);
	CHECK_EQ(check_first(arrived), 1, "Caps Lock, and another lot than was signed");
	CHECK(checked.verdict.alarm);
	sig[30] = sig[30] == 'A' ? 'B' : 'A';
	write_label(text, sizeof(text), &p, FORM_LINK, sig);
	CHECK_EQ(check_first(text), 1, "signature wrong");
	CHECK_EQ(ledger.asked, 2, "asked besides: Caps Lock, which changes the key's name; the signature rules out the rest");
}

static void test_another_century(void)
{
	time_t now = time(NULL);
	unsigned year = gs1_date_of((uint64_t)now) / 10000, far = year + 60; /* taken for 40 years ago (GenSpecs 7.12) */
	struct pack p = { .serial = "FAR5", .lot = "L1", .expiry = far * 10000 + 1231 };
	char text[256];

	fill_few();
	ledger_add(&p);
	write_label(text, sizeof(text), &p, FORM_BARE, NULL);
	CHECK_EQ(check_first(text), 0, "two digits say no more");
	CHECK(checked.repair.confusion == CONFUSION_CENTURY && checked.repair.applied && checked.question.expiry == p.expiry);
	p.expiry += 10000;
	write_label(text, sizeof(text), &p, FORM_BARE, NULL);
	CHECK_EQ(check_first(text), 1, "another year");
}

static void test_without_a_ledger(void)
{
	fill_few();
	check_text(NULL, NULL, bytes_of_str("01" GTIN_TEXT "10L1#21SERIAL1"), &checked);
	repair_check(&memory, NULL, NULL, bytes_of_str("01" GTIN_TEXT "10L1#21SERIAL1"), &checked);
	CHECK(checked.readable && checked.repair.confusion == CONFUSION_SEPARATOR && check_status(&checked) == 3);
	ledger.down = true;
	CHECK_EQ(check_first("01" GTIN_TEXT "10L121SERIAL171012345"), 3, "no node answers");
	CHECK_EQ(ledger.asked, 1, "and is not asked again");
	CHECK(check_first("(01)" GTIN_TEXT "(10)L1(21)serial1") >= 64);
}

/* What the first answer says of the same pack under another date is not asked again. */
static void test_no_question_is_put_twice(void)
{
	fill_few();
	CHECK_EQ(check_first("(01)" GTIN_TEXT "(10)24(17)271231(21)246"), 1, "unknown");
	CHECK_EQ(ledger.asked, 1, "unknown");
	CHECK_EQ(check_first("(01)" GTIN_TEXT "(10)Ll(17)271231(21)SERIAL1"), 3, "known");
	CHECK(checked.repair.confusion == CONFUSION_I_L_1);
}

T_MAIN("repair_check", T(test_what_becomes_of_a_text), T(test_the_second_time_it_counts), T(test_the_memory_has_an_end),
       T(test_signatures), T(test_another_century), T(test_without_a_ledger), T(test_no_question_is_put_twice),
       T(test_every_repairable_label_is_explained),
       T(test_no_fake_is_accepted), T(test_a_counterfeiter_near_the_real_ones))
