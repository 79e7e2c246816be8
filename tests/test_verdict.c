/* Verdicts: each reason provoked, which one comes first, and the wire. */
#include "node/core/verdict.h"
#include "tests/t.h"

#define ME 9506000134321ULL
#define OTHER 9506000134314ULL
#define OWNER 9506000134307ULL
#define GTIN 9506000134352ULL
#define NOW_MS 1795803731000ULL /* 2026-11-27 */

/* A pack that is genuine, active and mine, signed by its maker. */
static struct verdict_facts good_facts(void)
{
	struct verdict_facts f = { .height = 9, .now_ms = NOW_MS, .head_ms = NOW_MS, .asker = ME, .asker_role = ROLE_PHARMACY,
				   .product_known = true, .always_signed = true, .owner = OWNER, .pack_known = true, .lot_n = 2,
				   .expiry = 20271231, .state = PACK_ACTIVE, .holder = { .gln = ME }, .signer = { .gln = ME },
				   .key_known = true, .key_covers = true, .key_owner = OWNER, .key_state = LABEL_KEY_ACTIVE };

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
	case 'p': f->product_known = false; break;
	case 'u': f->pack_known = false; f->lot_known = true; break;
	case 'l': f->pack_known = f->lot_known = false; break;
	case 'L': q->lot = BYTES_LIT("L2"); break;
	case 'E': q->expiry = 20281231; break;
	case 'w': *label = LABEL_BAD; break;
	case 'k': *label = LABEL_BAD; f->key_known = false; break;
	case 'f': f->key_owner = OTHER; break;
	case 'c': f->key_covers = false; break;
	case 'C': f->key_state = LABEL_KEY_COMPROMISED; break;
	case 'r': f->key_state = LABEL_KEY_RETIRED; break;
	case 'd': f->state = PACK_DESTROYED; break;
	case 'h': f->state = PACK_DISPENSED; break;
	case 'e': f->state = PACK_DISPENSED; f->holder.gln = OTHER; break;
	case 'x': f->now_ms += 400ULL * 86400 * 1000 * 2; break;
	case 'X': f->locker.gln = OTHER; break;
	case 'o': f->holder.gln = OTHER; break;
	case 't': f->state = PACK_IN_TRANSIT; f->holder.gln = OTHER; f->peer.gln = ME; break;
	case 'T': f->state = PACK_IN_TRANSIT; f->holder.gln = ME; f->peer.gln = OTHER; break;
	case 'a': *label = LABEL_ABSENT; break;
	case 'n': f->always_signed = false; break;
	case 'R': f->asker_role = ROLE_REGULATOR; f->holder.gln = OTHER; break;
	case 'N': q->lot = bytes_of(NULL, 0); q->expiry = 0; break;
	default: break;
	}
}

static const struct {
	const char *name, *changes;
	enum verdict_kind kind;
	enum reason reason;
	bool alarm;
} rows[] = {
	{ "genuine", "", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "label names neither lot nor expiry", "N", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "retired key: old labels verify", "r", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "regulator, pack held by another", "R", VERDICT_ACCEPT, REASON_GENUINE, false },
	{ "product unknown", "p", VERDICT_QUARANTINE, REASON_PRODUCT_UNKNOWN, false },
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
	{ "compromised key, good by the ledger", "Cn", VERDICT_ACCEPT, REASON_UNSIGNED_NOTE, false },
	{ "destroyed", "d", VERDICT_REJECT, REASON_DESTROYED, false },
	{ "dispensed here", "h", VERDICT_QUARANTINE, REASON_DISPENSED_HERE, false },
	{ "dispensed elsewhere", "e", VERDICT_REJECT, REASON_DISPENSED_ELSEWHERE, true },
	{ "expired", "x", VERDICT_REJECT, REASON_EXPIRED, false },
	{ "locked", "X", VERDICT_QUARANTINE, REASON_LOCKED, false },
	{ "held by another", "o", VERDICT_QUARANTINE, REASON_NOT_YOURS, false },
	{ "on its way to another", "T", VERDICT_QUARANTINE, REASON_NOT_YOURS, false },
	{ "on its way to me", "t", VERDICT_QUARANTINE, REASON_NOT_RECEIVED, false },
	{ "no signature, always signed", "a", VERDICT_QUARANTINE, REASON_UNSIGNED, false },
	{ "no signature, not always signed", "an", VERDICT_ACCEPT, REASON_UNSIGNED_NOTE, false },
	{ "a photocopy, held elsewhere and unsigned: the worst comes first", "eaX", VERDICT_REJECT, REASON_DISPENSED_ELSEWHERE, true },
};

static void test_each_reason(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict_facts f = good_facts();
		struct verdict_question q = good_question();
		enum label_check label = LABEL_GOOD;
		struct verdict v;

		for (const char *c = rows[i].changes; *c; c++)
			change(*c, &f, &q, &label);
		verdict_decide(&f, &q, label, &v);
		if (v.primary != rows[i].reason)
			printf("\n%s: %s", rows[i].name, reason_row(v.primary)->name);
		CHECK_ROW(v.kind == rows[i].kind && v.primary == rows[i].reason && v.alarm == rows[i].alarm, rows[i].name);
		CHECK_ROW(v.all_n >= 1 && v.all[0] == v.primary, rows[i].name);
	}
}

static void test_every_row_of_the_table_is_provoked(void)
{
	static const struct { enum reason reason; const char *name; } all[] = {
#define X(name, number, verdict, alarm, layer, emvs, us, text, next) { REASON_##name, #name },
		REASONS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool seen = all[i].reason == REASON_UNREADABLE;

		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			seen |= rows[k].reason == all[i].reason;
		CHECK_ROW(seen, all[i].name);
		CHECK_ROW(reason_row(all[i].reason) && strcmp(reason_row(all[i].reason)->name, all[i].name) == 0, all[i].name);
	}
	CHECK(reason_row(0) == NULL);
}

static void test_unreadable(void)
{
	struct verdict v;

	verdict_unreadable(&v);
	CHECK(v.kind == VERDICT_NONE && v.primary == REASON_UNREADABLE && !v.alarm);
}

static void test_the_node_does_not_judge_the_label(void)
{
	struct verdict_facts f = good_facts();
	struct verdict_question q = good_question();
	struct verdict v;

	verdict_decide(&f, &q, LABEL_UNCHECKED, &v);
	CHECK(v.primary == REASON_GENUINE);
}

static void test_wire(void)
{
	uint8_t buf[VERDICT_BYTES_MAX];
	struct verdict_question q = good_question(), q2;
	struct verdict_facts f = good_facts(), f2;
	struct verdict v, v2;
	struct bytes b;

	memcpy(q.key_id, "\x01\x02\x03", 3);
	CHECK(question_encode(&q, buf, sizeof(buf), &b) == ERR_OK && question_decode(&q2, b) == ERR_OK);
	CHECK(q2.gtin == q.gtin && bytes_eq(q2.serial, q.serial) && bytes_eq(q2.lot, q.lot) && q2.expiry == q.expiry && q2.signed_ &&
	      memcmp(q2.key_id, q.key_id, 3) == 0);
	q.gtin++;
	CHECK(question_encode(&q, buf, sizeof(buf), &b) == ERR_OK && question_decode(&q2, b) == ERR_GS1_CHECK_DIGIT);
	CHECK(question_decode(&q2, BYTES_LIT("\xa1\x01\x00")) == ERR_MISSING_FIELD);
	CHECK(question_decode(&q2, BYTES_LIT("\xa1\x09\x00")) == ERR_UNKNOWN_FIELD);

	f.peer.gln = OTHER;
	f.locker.gln = OTHER;
	/* the longest names there can be */
	f.holder.name_n = f.holder.contact_n = f.peer.name_n = f.peer.contact_n = PARTY_TEXT_MAX;
	f.signer.name_n = f.signer.contact_n = f.locker.name_n = f.locker.contact_n = f.product_n = PARTY_TEXT_MAX;
	memset(f.holder.name, 'n', PARTY_TEXT_MAX);
	verdict_decide(&f, &q, LABEL_GOOD, &v);
	CHECK(answer_encode(&v, &f, buf, sizeof(buf), &b) == ERR_OK);
	CHECK(answer_decode(&v2, &f2, b) == ERR_OK);
	CHECK(v2.kind == v.kind && v2.primary == v.primary && v2.all_n == v.all_n);
	CHECK(f2.holder.gln == ME && f2.holder.name_n == PARTY_TEXT_MAX && f2.locker.gln == OTHER && f2.key_known && f2.expiry == f.expiry);
	for (size_t n = 0; n < b.n; n++)
		CHECK(answer_decode(&v2, &f2, bytes_of(buf, n)) != ERR_OK);
}

T_MAIN("verdict", T(test_each_reason), T(test_every_row_of_the_table_is_provoked), T(test_unreadable),
       T(test_the_node_does_not_judge_the_label), T(test_wire))
