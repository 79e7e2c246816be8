/* Verdicts: each reason provoked, which one comes first, and the wire. */
#include "node/core/verdict.h"
#include "node/core/wr.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#define ME 9506000134321ULL
#define OTHER 9506000134314ULL
#define OWNER 9506000134307ULL
#define GTIN 9506000134352ULL
#define NOW_MS 1795803731000ULL /* 2026-11-27 */
#define LAST_MS 1830297599999ULL /* the last of 2027-12-31 */

static struct party party_of(uint64_t gln)
{
	struct party p = { .gln = gln, .name_n = 4, .contact_n = 5 };

	memcpy(p.name, "Name", 4);
	memcpy(p.contact, "phone", 5);
	return p;
}

/* A pack that is genuine, active and mine, signed by its maker. */
static struct verdict_facts good_facts(void)
{
	struct verdict_facts f = { .height = 9, .now_ms = NOW_MS, .head_ms = NOW_MS, .asker = ME, .asker_role = ROLE_PHARMACY,
				   .product_known = true, .always_signed = true, .product_n = 4,
				   .pack_known = true, .lot_n = 2, .expiry = 20271231, .state = PACK_ACTIVE,
				   .event_type = EV_RECEIVE, .event_time_s = NOW_MS / 1000, .event_place = ME,
				   .key_known = true, .key = world_key(3), .key_covers = true, .key_owner = OWNER,
				   .key_state = LABEL_KEY_ACTIVE };

	f.maker = party_of(OWNER);
	f.holder = f.signer = party_of(ME);
	memcpy(f.product, "Pill", 4);
	memcpy(f.lot, "L1", 2);
	return f;
}

static struct verdict_question good_question(void)
{
	return (struct verdict_question){ .gtin = GTIN, .serial = BYTES_LIT("S1"), .lot = BYTES_LIT("L1"), .expiry = 20271231,
					  .signed_ = true };
}

/* One thing changed at a time. */
static void change(char what, struct verdict_facts *f, struct verdict_question *q, enum label_check *label)
{
	switch (what) {
	case 'p': f->product_known = f->pack_known = false; break;
	case 'u': f->pack_known = false; f->lot_known = true; break;
	case 'l': f->pack_known = f->lot_known = false; break;
	case 'L': q->lot = BYTES_LIT("L2"); break;
	case 'E': q->expiry = 20281231; break;
	case 'w': *label = LABEL_BAD; break;
	case 'k': *label = LABEL_BAD; f->key_known = false; break;
	case 'f': f->key_owner = OTHER; break;
	case 'c': f->key_covers = false; break;
	case 'C': f->key_state = LABEL_KEY_COMPROMISED; break;
	case 'O': f->pack_older = true; break;
	case 'r': f->key_state = LABEL_KEY_RETIRED; break;
	case 'd': f->state = PACK_DESTROYED; break;
	case 'h': f->state = PACK_DISPENSED; break;
	case 'e': f->state = PACK_DISPENSED; f->holder.gln = OTHER; break;
	case 'W': f->state = PACK_DISPENSED; f->holder.gln = 0; break;
	case 'm': f->now_ms = LAST_MS; break;
	case 'x': f->now_ms = LAST_MS + 1; break;
	case 'X': f->locked = true; f->locker = party_of(OTHER); break;
	case '1': f->state = PACK_SAMPLE; break;
	case '2': f->state = PACK_FREE_SAMPLE; break;
	case '3': f->state = PACK_EXPORTED; break;
	case '4': f->state = PACK_CHECKED_OUT; break;
	case 'S': f->stolen = true; break;
	case 'y': f->recalled = true; break;
	case 'Y': f->withdrawn = true; break;
	case 'U': f->unreleased = true; break;
	case 'M': f->mismatch = true; break;
	case 'q': f->claimed = true; f->holder.gln = OTHER; break;
	case 'D': f->pack_known = false; f->lot_known = true; f->pending_until_s = NOW_MS / 1000 + 1; break;
	case 'F': f->pack_known = false; f->lot_known = true; f->pending_until_s = NOW_MS / 1000; break;
	case 'Z': f->cut_off = true; break;
	case 'A': f->other_market = true; break;
	case 'B': f->asker_role = ROLE_DISTRIBUTOR; break;
	case 'o': f->holder.gln = OTHER; break;
	case 't': f->state = PACK_IN_TRANSIT; f->holder.gln = OTHER; f->peer.gln = ME; break;
	case 'T': f->state = PACK_IN_TRANSIT; f->holder.gln = ME; f->peer.gln = OTHER; break;
	case 'a': *label = LABEL_ABSENT; break;
	case 'n': f->always_signed = false; break;
	case 'R': f->asker_role = ROLE_REGULATOR; break;
	case 'N': q->lot = bytes_of(NULL, 0); q->expiry = 0; break;
	default: CHECK(false);
	}
}
static const char changes[] = "pulLEwkfcCOrdheWmxXotTanRN1234SyYUMqDFZAB";

static const struct {
	const char *name, *changes;
	enum verdict_kind kind;
	enum reason reason;
	bool alarm;
} rows[] = {
	{ "genuine", "", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "label names neither lot nor expiry", "N", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "retired key: old labels verify", "r", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "on its last day", "m", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "regulator, pack held by another", "oR", VERDICT_ACCEPT, REASON_GENUINE_ELSEWHERE, false },
	{ "regulator, pack on its way", "TR", VERDICT_ACCEPT, REASON_GENUINE_ELSEWHERE, false },
	{ "product unknown", "p", VERDICT_QUARANTINE, REASON_PRODUCT_UNKNOWN, false },
	{ "product unknown, label unsigned", "pa", VERDICT_QUARANTINE, REASON_PRODUCT_UNKNOWN, false },
	{ "product unknown, signed by nobody known", "pk", VERDICT_QUARANTINE, REASON_PRODUCT_UNKNOWN, false },
	{ "lot unknown", "l", VERDICT_REJECT, REASON_LOT_UNKNOWN, true },
	{ "serial unknown", "u", VERDICT_REJECT, REASON_SERIAL_UNKNOWN, true },
	{ "serial unknown, no lot on the label", "lN", VERDICT_REJECT, REASON_SERIAL_UNKNOWN, true },
	{ "lot mismatch", "L", VERDICT_REJECT, REASON_LOT_MISMATCH, true },
	{ "expiry mismatch", "E", VERDICT_REJECT, REASON_EXPIRY_MISMATCH, true },
	{ "expiry changed, so the signature fails too", "Ew", VERDICT_REJECT, REASON_EXPIRY_MISMATCH, true },
	{ "signature wrong", "w", VERDICT_REJECT, REASON_SIGNATURE_WRONG, true },
	{ "key unknown", "k", VERDICT_REJECT, REASON_SIGNATURE_FOREIGN, true },
	{ "key of another organisation", "f", VERDICT_REJECT, REASON_SIGNATURE_FOREIGN, true },
	{ "key for another prefix", "c", VERDICT_REJECT, REASON_SIGNATURE_FOREIGN, true },
	{ "compromised key, always signed", "C", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "compromised key, signature wrong: absent all the same", "Cw", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "compromised key, good by the ledger", "Cn", VERDICT_ACCEPT, REASON_UNSIGNED_NOTE, false },
	{ "compromised after the pack was commissioned", "CO", VERDICT_ACCEPT, REASON_UNSIGNED_NOTE, false },
	{ "compromised key that was another's anyway", "Cf", VERDICT_REJECT, REASON_SIGNATURE_FOREIGN, true },
	{ "retired key, pack older: nothing to forgive", "rO", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "unsigned, its key came later", "aO", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "destroyed", "d", VERDICT_REJECT, REASON_DESTROYED, false },
	{ "dispensed here", "h", VERDICT_QUARANTINE, REASON_DISPENSED_HERE, false },
	{ "dispensed here, expired since", "hx", VERDICT_REJECT, REASON_EXPIRED, false },
	{ "dispensed elsewhere", "e", VERDICT_REJECT, REASON_DISPENSED_ELSEWHERE, true },
	{ "dispensed by one who is not named to the asker", "W", VERDICT_REJECT, REASON_DISPENSED_ELSEWHERE, true },
	{ "expired", "x", VERDICT_REJECT, REASON_EXPIRED, false },
	{ "expired, and its signature wrong: still an alarm", "wx", VERDICT_REJECT, REASON_SIGNATURE_WRONG, true },
	{ "locked", "X", VERDICT_QUARANTINE, REASON_LOCKED, false },
	{ "held by another", "o", VERDICT_QUARANTINE, REASON_NOT_YOURS, false },
	{ "on its way to another", "T", VERDICT_QUARANTINE, REASON_NOT_YOURS, false },
	{ "on its way to me", "t", VERDICT_QUARANTINE, REASON_NOT_RECEIVED, false },
	{ "no signature, always signed", "a", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "no signature, not always signed", "an", VERDICT_ACCEPT, REASON_UNSIGNED_NOTE, false },
	{ "sample for an authority", "1", VERDICT_REJECT, REASON_SAMPLE, false },
	{ "free sample", "2", VERDICT_REJECT, REASON_FREE_SAMPLE, false },
	{ "exported", "3", VERDICT_REJECT, REASON_EXPORTED, false },
	{ "checked out", "4", VERDICT_REJECT, REASON_CHECKED_OUT, false },
	{ "stolen", "S", VERDICT_REJECT, REASON_STOLEN, true },
	{ "stolen, and recalled since", "Sy", VERDICT_REJECT, REASON_STOLEN, true },
	{ "recalled", "y", VERDICT_REJECT, REASON_RECALLED, false },
	{ "recalled, and dispensed elsewhere: still an alarm", "ye", VERDICT_REJECT, REASON_RECALLED, true },
	{ "withdrawn", "Y", VERDICT_REJECT, REASON_WITHDRAWN, false },
	{ "not released", "U", VERDICT_QUARANTINE, REASON_NOT_RELEASED, false },
	{ "reported missing or surplus", "M", VERDICT_QUARANTINE, REASON_MISMATCH, false },
	{ "received before it was shipped", "q", VERDICT_QUARANTINE, REASON_HANDOVER_PENDING, false },
	{ "serial announced", "D", VERDICT_QUARANTINE, REASON_DATA_PENDING, false },
	{ "serial announced, label's signature wrong", "Dw", VERDICT_REJECT, REASON_SIGNATURE_WRONG, true },
	{ "announced until now", "F", VERDICT_REJECT, REASON_SERIAL_UNKNOWN, true },
	{ "announced, lot not on the label", "DN", VERDICT_QUARANTINE, REASON_DATA_PENDING, false },
	{ "for another market", "A", VERDICT_QUARANTINE, REASON_OTHER_MARKET, false },
	{ "for another market, at a distributor", "AB", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "cut off, own stock", "Z", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "cut off, unknown pack", "uZ", VERDICT_NONE, REASON_CUT_OFF, false },
	{ "cut off, unknown lot", "lZ", VERDICT_REJECT, REASON_LOT_UNKNOWN, true },
	{ "cut off, unknown pack of a recalled lot", "uyZ", VERDICT_REJECT, REASON_RECALLED, false },
	{ "cut off, unknown pack of a withdrawn product", "uYZ", VERDICT_REJECT, REASON_WITHDRAWN, false },
	{ "unknown pack of a recalled lot", "uy", VERDICT_REJECT, REASON_SERIAL_UNKNOWN, true },
	{ "cut off, product unknown", "pZ", VERDICT_QUARANTINE, REASON_PRODUCT_UNKNOWN, false },
	{ "cut off, unknown pack, unsigned", "uaZ", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "a photocopy, held elsewhere and unsigned: the worst comes first", "eaX", VERDICT_REJECT, REASON_DISPENSED_ELSEWHERE, true },
};

static struct verdict decide(const char *what)
{
	struct verdict_facts f = good_facts();
	struct verdict_question q = good_question();
	enum label_check label = LABEL_GOOD;
	struct verdict v;

	for (; *what; what++)
		change(*what, &f, &q, &label);
	verdict_decide(&f, &q, label, &v);
	return v;
}

static void test_each_reason(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v = decide(rows[i].changes);

		CHECK_EQ(v.primary, rows[i].reason, rows[i].name);
		CHECK_ROW(v.kind == rows[i].kind && v.alarm == rows[i].alarm, rows[i].name);
	}
}

/* ---- the table ---- */

static const struct {
	enum reason reason;
	enum verdict_kind kind;
	enum verdict_layer layer;
	enum err refusal;
	const char *name;
} table[] = {
#define X(name, number, verdict, alarm, layer, refusal, emvs, us, text, next) \
	{ REASON_##name, VERDICT_##verdict, LAYER_##layer, ERR_##refusal, #name },
	REASONS(X)
#undef X
};
#define TABLE_N (sizeof(table) / sizeof(table[0]))

static size_t row_of(enum reason r)
{
	size_t i = 0;

	while (i < TABLE_N && table[i].reason != r)
		i++;
	return i;
}

static void test_every_row_of_the_table_is_provoked(void)
{
	for (size_t i = 0; i < TABLE_N; i++) {
		bool seen = table[i].reason == REASON_UNREADABLE || table[i].reason == REASON_MISREAD || table[i].layer == LAYER_STEP ||
			    table[i].layer == LAYER_RISK;

		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			seen |= rows[k].reason == table[i].reason;
		CHECK_ROW(seen, table[i].name);
		CHECK_ROW(reason_row(table[i].reason) && strcmp(reason_row(table[i].reason)->name, table[i].name) == 0, table[i].name);
	}
	CHECK(reason_row(0) == NULL && reason_row(REASON_NUMBER_MAX + 1) == NULL);
}

/* Each refusal has one reason, and the error's own text where it has none. */
static void test_refusals_have_their_reason(void)
{
	for (size_t i = 0; i < TABLE_N; i++) {
		const struct reason_row *r = reason_of_refusal(table[i].refusal);

		if (table[i].refusal != ERR_OK)
			CHECK_ROW(r && r->reason == table[i].reason, table[i].name);
		if (table[i].layer == LAYER_STEP)
			CHECK_ROW(table[i].refusal != ERR_OK, table[i].name);
	}
	CHECK(reason_of_refusal(ERR_OK) == NULL && reason_of_refusal(ERR_DISK_FULL) == NULL);
	CHECK(reason_of_refusal(ERR_UNDO_TOO_LATE)->reason == REASON_UNDO_TOO_LATE);
	CHECK(strcmp(reason_of_refusal(ERR_UNDO_OTHER_SITE)->emvs, "NMVS_NC_PCK_21") == 0);
}

/* How bad, of what can hold together. */
static int badness(enum verdict_kind k)
{
	return k == VERDICT_REJECT ? 2 : k == VERDICT_QUARANTINE;
}

static void check_whole(const char *what)
{
	struct verdict v = decide(what);
	bool alarm = false;

	CHECK_ROW(v.all_n >= 1 && v.all_n < REASONS_AT_ONCE && v.all[0] == v.primary, what);
	for (size_t i = 0; i < v.all_n; i++) {
		const struct reason_row *r = reason_row(v.all[i]);

		alarm |= r->alarm;
		CHECK_ROW(badness(r->verdict) <= badness(v.kind), what); /* the first is as bad as any */
		CHECK_ROW(r->verdict != VERDICT_ACCEPT || v.all_n == 1, what);
		CHECK_ROW(i == 0 || row_of(v.all[i - 1]) < row_of(v.all[i]), what);
	}
	CHECK_ROW(v.alarm == alarm, what);
}

/* Any three things wrong at once. */
static void test_the_first_reason_is_the_worst(void)
{
	const size_t n = sizeof(changes) - 1;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			for (size_t l = 0; l < n; l++) {
				const char what[] = { changes[i], changes[k], changes[l], '\0' };

				check_whole(what);
			}
}

static void test_all_that_is_wrong_is_listed(void)
{
	static const enum reason want[] = { REASON_LOT_MISMATCH, REASON_EXPIRY_MISMATCH, REASON_SIGNATURE_WRONG,
					    REASON_DISPENSED_ELSEWHERE, REASON_EXPIRED, REASON_LOCKED };
	struct verdict v = decide("LEwexX");

	CHECK(v.all_n == sizeof(want) / sizeof(want[0]) && memcmp(v.all, want, sizeof(want)) == 0);
}

static void test_unreadable(void)
{
	struct verdict v;

	verdict_unreadable(&v);
	CHECK(v.kind == VERDICT_NONE && v.primary == REASON_UNREADABLE && !v.alarm);
}

static void test_what_is_misread_keeps_its_reasons(void)
{
	struct verdict v = decide("LE");

	CHECK(v.alarm);
	verdict_misread(&v);
	CHECK(v.kind == VERDICT_NONE && v.primary == REASON_MISREAD && !v.alarm);
	CHECK(v.all_n == 3 && v.all[0] == REASON_MISREAD && v.all[1] == REASON_LOT_MISMATCH && v.all[2] == REASON_EXPIRY_MISMATCH);
	verdict_unreadable(&v);
	verdict_misread(&v);
	CHECK(v.all_n == 1 && v.primary == REASON_MISREAD);
}

static void test_the_node_does_not_judge_the_label(void)
{
	struct verdict_facts f = good_facts();
	struct verdict_question q = good_question();
	struct verdict v;

	f.key_state = LABEL_KEY_COMPROMISED;
	f.key_owner = OTHER;
	verdict_decide(&f, &q, LABEL_UNCHECKED, &v);
	CHECK(v.primary == REASON_GENUINE);
}

/* ---- the wire ---- */

static void test_a_question_is_read_back(void)
{
	for (unsigned has = 0; has < 8; has++) {
		struct verdict_question q = good_question(), back;
		uint8_t buf[VERDICT_BYTES_MAX], again[VERDICT_BYTES_MAX];
		struct bytes b, copy;

		if (!(has & 1))
			q.lot = bytes_of(NULL, 0);
		if (!(has & 2))
			q.expiry = 0;
		q.signed_ = has & 4;
		memcpy(q.key_id, "\x01\x02\x03", q.signed_ ? 3 : 0);
		NEED(question_encode(&q, buf, sizeof(buf), &b) == ERR_OK && question_decode(&back, b) == ERR_OK);
		CHECK(back.gtin == q.gtin && bytes_eq(back.serial, q.serial) && bytes_eq(back.lot, q.lot) &&
		      !back.lot.p == !q.lot.p && back.expiry == q.expiry && back.signed_ == q.signed_ &&
		      memcmp(back.key_id, q.key_id, 3) == 0);
		CHECK(question_encode(&back, again, sizeof(again), &copy) == ERR_OK && bytes_eq(copy, b));
		CHECK(question_encode(&q, buf, b.n - 1, &copy) == ERR_NO_SPACE);
		for (size_t n = 0; n < b.n; n++)
			CHECK(question_decode(&back, bytes_of(buf, n)) != ERR_OK);
	}
}

#define G "\x01\x1b\x00\x00\x08\xa5\x49\xc2\xe0\xd0" /* 1: 9506000134352 */
#define S "\x02\x62S1"
#define IN(text) text, sizeof(text) - 1
static const struct {
	const char *name, *in;
	size_t n;
	enum err err;
} bad_questions[] = {
	{ "as it should be", IN("\xa2" G S), ERR_OK },
	{ "no serial", IN("\xa1" G), ERR_MISSING_FIELD },
	{ "no GTIN", IN("\xa2" S "\x03\x61L"), ERR_MISSING_FIELD },
	{ "a seventh field", IN("\xa7" G S "\x03\x61L\x04\x00\x05\x40\x06\xf5\x07\x00"), ERR_UNKNOWN_FIELD },
	{ "an unknown field", IN("\xa3" G S "\x07\x00"), ERR_UNKNOWN_FIELD },
	{ "out of order", IN("\xa4" G S "\x05\x43" "abc\x03\x61L"), ERR_NOT_SORTED },
	{ "a wrong check digit", IN("\xa2\x01\x18\x64" S), ERR_GS1_CHECK_DIGIT },
	{ "an empty serial", IN("\xa2" G "\x02\x60"), ERR_BAD_VALUE },
	{ "a serial of 21", IN("\xa2" G "\x02\x75" "123456789012345678901"), ERR_BAD_VALUE },
	{ "a serial that GS1 does not know", IN("\xa2" G "\x02\x62S~"), ERR_BAD_VALUE },
	{ "an empty lot", IN("\xa3" G S "\x03\x60"), ERR_BAD_VALUE },
	{ "an expiry of 0", IN("\xa3" G S "\x04\x00"), ERR_GS1_DATE },
	{ "an expiry on no day", IN("\xa3" G S "\x04\x1a\x01\x35\x50\xc0"), ERR_GS1_DATE },
	{ "an expiry of another age", IN("\xa3" G S "\x04\x1a\x01\x31\x06\x55"), ERR_OK },
	{ "a key id of two", IN("\xa3" G S "\x05\x42" "ab"), ERR_BAD_VALUE },
	{ "bytes behind it", IN("\xa2" G S "\x00"), ERR_TRAILING },
};

static void test_a_wrong_question_has_its_error(void)
{
	struct verdict_question q;

	for (size_t i = 0; i < sizeof(bad_questions) / sizeof(bad_questions[0]); i++)
		CHECK_EQ(question_decode(&q, bytes_of(bad_questions[i].in, bad_questions[i].n)), bad_questions[i].err, bad_questions[i].name);
}

/* Encoded, read back, encoded again. */
static void check_answer(const struct verdict *v, const struct verdict_facts *f, const char *name)
{
	uint8_t buf[VERDICT_BYTES_MAX], again[VERDICT_BYTES_MAX];
	struct verdict_facts f2;
	struct verdict v2;
	struct bytes b, copy;

	NEED(answer_encode(v, f, buf, sizeof(buf), &b) == ERR_OK);
	CHECK_EQ(answer_decode(&v2, &f2, b), ERR_OK, name);
	CHECK_ROW(v2.kind == v->kind && v2.primary == v->primary && v2.all_n == v->all_n && v2.alarm == v->alarm &&
		  memcmp(v2.all, v->all, v->all_n * sizeof(v->all[0])) == 0, name);
	CHECK_ROW(answer_encode(&v2, &f2, again, sizeof(again), &copy) == ERR_OK && bytes_eq(copy, b), name);
	CHECK_ROW(answer_encode(v, f, again, b.n - 1, &copy) == ERR_NO_SPACE, name);
	for (size_t n = 0; n < b.n; n++)
		CHECK_ROW(answer_decode(&v2, &f2, bytes_of(buf, n)) != ERR_OK, name);
}

static void test_an_answer_is_read_back(void)
{
	struct verdict_question q = good_question();

	for (const char *c = changes; *c; c++) {
		struct verdict_facts f = good_facts();
		enum label_check label = LABEL_GOOD;
		const char name[] = { *c, '\0' };
		struct verdict v;

		if (strchr("eoTtWq", *c)) /* parties that differ in their GLN alone */
			f.holder = f.peer = party_of(OTHER);
		change(*c, &f, &q, &label);
		verdict_decide(&f, &q, label, &v);
		check_answer(&v, &f, name);
	}
}

static void fill(uint8_t *text, size_t *n)
{
	memset(text, 'n', NAME_MAX_BYTES);
	*n = NAME_MAX_BYTES;
}

/* Everything as long as it can be. */
static void test_the_longest_answer_fits(void)
{
	struct verdict_facts f = good_facts();
	struct party *all[] = { &f.holder, &f.peer, &f.signer, &f.locker, &f.maker };
	struct verdict v = { .kind = VERDICT_REJECT, .primary = REASON_NUMBER_MAX, .all_n = REASONS_AT_ONCE };

	for (size_t i = 0; i < 5; i++) {
		*all[i] = party_of(OTHER);
		fill(all[i]->name, &all[i]->name_n);
		fill(all[i]->contact, &all[i]->contact_n);
	}
	fill(f.product, &f.product_n);
	memset(f.lot, 'L', f.lot_n = LOT_MAX);
	f.expiry = 20991231;
	f.height = f.head_ms = f.now_ms = f.event_time_s = f.pending_until_s = UINT64_MAX;
	f.unreleased = f.recalled = f.withdrawn = f.stolen = f.mismatch = f.claimed = f.locked = f.cut_off = f.other_market = true;
	f.event_type = 255;
	for (size_t i = 0; i < REASONS_AT_ONCE; i++)
		v.all[i] = REASON_NUMBER_MAX;
	check_answer(&v, &f, "the longest");
}

/* v on f, encoded into buf of VERDICT_BYTES_MAX. */
static struct bytes encode(const struct verdict *v, const struct verdict_facts *f, uint8_t *buf)
{
	struct bytes b = { 0 };

	CHECK(answer_encode(v, f, buf, VERDICT_BYTES_MAX, &b) == ERR_OK);
	return b;
}

static enum err decode(struct bytes b)
{
	struct verdict_facts f;
	struct verdict v;

	return answer_decode(&v, &f, b);
}

/* What the bytes of a good answer become, and why that is refused. */
static void test_a_wrong_answer_has_its_error(void)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t from, to;
		enum err err;
	} edits[] = {
		{ "three fields", 0, 0xa4, 0xa3, ERR_MISSING_FIELD },
		{ "another first field", 1, 0x01, 0x00, ERR_UNKNOWN_FIELD },
		{ "no such verdict", 2, 0x00, 0x04, ERR_BAD_VALUE },
		{ "another primary reason than the first", 5, 0x29, 0x28, ERR_BAD_VALUE },
		{ "no reasons", 7, 0x81, 0x80, ERR_BAD_VALUE },
		{ "twelve facts", 11, 0x8b, 0x8c, ERR_BAD_VALUE },
	};
	struct verdict_facts f = good_facts();
	struct verdict v = decide("");
	uint8_t buf[VERDICT_BYTES_MAX];

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct bytes b = encode(&v, &f, buf);

		CHECK_EQ(buf[edits[i].at], edits[i].from, edits[i].name);
		buf[edits[i].at] = edits[i].to;
		CHECK_EQ(decode(b), edits[i].err, edits[i].name);
	}
}

/* What encodes but must not be believed. */
static const struct {
	const char *name;
	char what;
	enum err err;
} unbelievable[] = {
	{ "no reason at all", 'r', ERR_BAD_VALUE },
	{ "a pack in no state", 's', ERR_BAD_VALUE },
	{ "a key in no state", 'k', ERR_BAD_VALUE },
	{ "a key that is no point of the curve", 'K', ERR_BAD_KEY },
	{ "a holder whose GLN is none", 'h', ERR_GS1_CHECK_DIGIT },
	{ "a place that is none", 'p', ERR_BAD_VALUE },
	{ "a name with a control character", 'n', ERR_BAD_VALUE },
	{ "a product without a name", 'P', ERR_BAD_VALUE },
	{ "an expiry on no day", 'e', ERR_GS1_DATE },
	{ "a lot that GS1 does not know", 'l', ERR_BAD_VALUE },
};

static void spoil(char what, struct verdict *v, struct verdict_facts *f)
{
	switch (what) {
	case 'r': *v = (struct verdict){ 0 }; break;
	case 's': f->state = PACK_NONE; break;
	case 'k': f->key_state = (enum label_key_state)0; break;
	case 'K': f->key.b[5] ^= 1; break;
	case 'h': f->holder.gln++; break;
	case 'p': f->event_place = 0; break;
	case 'n': f->holder.name[0] = '\033'; break; /* what a terminal would act on */
	case 'P': f->product_n = 0; break;
	case 'e': f->expiry = 20270230; break;
	case 'l': f->lot[0] = '~'; break;
	default: CHECK(false);
	}
}

static void test_an_answer_that_is_not_to_be_believed(void)
{
	for (size_t i = 0; i < sizeof(unbelievable) / sizeof(unbelievable[0]); i++) {
		struct verdict_facts f = good_facts();
		struct verdict v = decide("");
		uint8_t buf[VERDICT_BYTES_MAX];

		CHECK_EQ(decode(encode(&v, &f, buf)), ERR_OK, unbelievable[i].name);
		spoil(unbelievable[i].what, &v, &f);
		CHECK_EQ(decode(encode(&v, &f, buf)), unbelievable[i].err, unbelievable[i].name);
	}
}

T_MAIN("verdict", T(test_each_reason), T(test_every_row_of_the_table_is_provoked), T(test_refusals_have_their_reason),
       T(test_the_first_reason_is_the_worst),
       T(test_all_that_is_wrong_is_listed), T(test_unreadable), T(test_what_is_misread_keeps_its_reasons), T(test_the_node_does_not_judge_the_label),
       T(test_a_question_is_read_back), T(test_a_wrong_question_has_its_error), T(test_an_answer_is_read_back),
       T(test_the_longest_answer_fits), T(test_a_wrong_answer_has_its_error),
       T(test_an_answer_that_is_not_to_be_believed))
