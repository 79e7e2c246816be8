/* The risk on the wire: asked for or not, told or not. */
#include "node/core/verdict.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#define GTIN 9506000134352

static struct verdict_facts facts(void)
{
	struct verdict_facts f = {.height = 3, .asker = world_gln(PHARM), .asker_role = ROLE_PHARMACY};

	f.risk_told = true;
	f.risk = (struct risk){.score = 96, .all_n = 2};
	f.risk.all[0] = (struct risk_reason){.kind = RISK_DUPLICATE_CLAIM, .gln2 = world_gln(PHARM), .apart_s = 840};
	f.risk.all[1] = (struct risk_reason){.kind = RISK_IMPOSSIBLE_TRAVEL,
					     .gln = world_gln(PHARM2),
					     .gln2 = world_gln(PHARM),
					     .apart_m = 812000,
					     .apart_s = 840,
					     .kmh = 3480};
	return f;
}

static struct verdict verdict_of(const struct verdict_facts *f)
{
	const struct verdict_question q = {.gtin = GTIN, .serial = BYTES_LIT("S1")};
	struct verdict v;

	verdict_decide(f, &q, LABEL_ABSENT, &v);
	return v;
}

static struct bytes encode(const struct verdict_facts *f, uint8_t buf[static VERDICT_BYTES_MAX])
{
	struct verdict v = verdict_of(f);
	struct bytes b = {0};

	CHECK(answer_encode(&v, f, buf, VERDICT_BYTES_MAX, &b) == ERR_OK);
	return b;
}

static enum err decode(struct bytes b, struct verdict_facts *f)
{
	struct verdict v;

	return answer_decode(&v, f, b);
}

static void test_it_is_asked_for(void)
{
	static const char plain[] = "\xa2\x01\x1b\x00\x00\x08\xa5\x49\xc2\xe0\xd0\x02\x62S1";
	static const char wanted[] = "\xa3\x01\x1b\x00\x00\x08\xa5\x49\xc2\xe0\xd0\x02\x62S1\x06\xf5";
	struct verdict_question q = {.gtin = GTIN, .serial = BYTES_LIT("S1")}, back;
	uint8_t buf[VERDICT_BYTES_MAX];
	struct bytes b;

	CHECK(question_encode(&q, buf, sizeof(buf), &b) == ERR_OK && bytes_eq(b, bytes_of(plain, sizeof(plain) - 1)));
	CHECK(question_decode(&back, b) == ERR_OK && !back.risk_wanted);
	q.risk_wanted = true;
	CHECK(question_encode(&q, buf, sizeof(buf), &b) == ERR_OK && bytes_eq(b, bytes_of(wanted, sizeof(wanted) - 1)));
	CHECK(question_decode(&back, b) == ERR_OK && back.risk_wanted);
	buf[b.n - 1] = 0xf4;
	CHECK_EQ(question_decode(&back, b), ERR_BAD_VALUE, "not wanted is not said");
	buf[b.n - 1] = 0x01;
	CHECK(question_decode(&back, b) != ERR_OK);
}

static void test_it_is_told(void)
{
	struct verdict_facts f = facts(), back;
	uint8_t buf[VERDICT_BYTES_MAX], again[VERDICT_BYTES_MAX];
	struct bytes b = encode(&f, buf);

	NEED(decode(b, &back) == ERR_OK);
	CHECK(back.risk_told && back.risk.score == 96 && back.risk.all_n == 2);
	CHECK(memcmp(back.risk.all, f.risk.all, sizeof(f.risk.all)) == 0);
	CHECK(bytes_eq(encode(&back, again), b));
	for (size_t n = 0; n < b.n; n++)
		CHECK(decode(bytes_of(buf, n), &back) != ERR_OK);
}

static void test_nothing_was_found(void)
{
	struct verdict_facts f = facts(), back;
	uint8_t buf[VERDICT_BYTES_MAX];

	f.risk = (struct risk){.score = 0};
	CHECK(decode(encode(&f, buf), &back) == ERR_OK && back.risk_told && back.risk.score == 0 && back.risk.all_n == 0);
	f.risk_told = false;
	CHECK(decode(encode(&f, buf), &back) == ERR_OK && !back.risk_told && buf[0] == 0xa4);
}

static void test_it_is_not_to_be_believed(void)
{
	static const char *const names[] = {"a score above 100", "a GLN that is none", "five reasons"};

	for (int i = 0; i < 3; i++) {
		struct verdict_facts f = facts(), back;
		uint8_t buf[VERDICT_BYTES_MAX];
		struct bytes b;

		CHECK_ROW(decode(encode(&f, buf), &back) == ERR_OK, names[i]);
		if (i == 0)
			f.risk.score = 101;
		if (i == 1)
			f.risk.all[0].gln = world_gln(PHARM) + 1;
		b = encode(&f, buf);
		if (i == 2)
			((uint8_t *)memchr(b.p + b.n - 65, 0x82, 65))[0] = 0x85;
		CHECK_ROW(decode(b, &back) != ERR_OK, names[i]);
	}
}

static void test_of_a_newer_node(void)
{
	struct verdict_facts f = facts(), back;
	uint8_t buf[VERDICT_BYTES_MAX];

	f.risk.all[1].kind = (enum risk_kind)255;
	CHECK(decode(encode(&f, buf), &back) == ERR_OK && back.risk.all_n == 2 && risk_row(255) == NULL);
}

static void fill(struct party *p)
{
	p->gln = world_gln(PHARM);
	memset(p->name, 'n', p->name_n = NAME_MAX_BYTES);
	memset(p->contact, 'c', p->contact_n = NAME_MAX_BYTES);
}

/* All parties, all reasons, all numbers at their longest. */
static void test_the_longest_fits(void)
{
	struct verdict_facts f = {.height = UINT64_MAX,
				  .head_ms = UINT64_MAX,
				  .now_ms = UINT64_MAX,
				  .asker = world_gln(PHARM),
				  .product_known = true,
				  .product_n = NAME_MAX_BYTES,
				  .pending_until_s = UINT64_MAX,
				  .pack_known = true,
				  .lot_n = LOT_MAX,
				  .expiry = 20991231,
				  .state = PACK_ACTIVE,
				  .event_type = 255,
				  .event_time_s = UINT64_MAX,
				  .event_place = world_gln(PHARM),
				  .key_known = true,
				  .key_state = LABEL_KEY_ACTIVE,
				  .key = world_key(0),
				  .key_owner = world_gln(PHARM),
				  .cut_off = true,
				  .locked = true,
				  .risk_told = true};
	struct verdict v = {.kind = VERDICT_REJECT, .primary = REASON_NUMBER_MAX, .all_n = REASONS_AT_ONCE};
	uint8_t buf[VERDICT_BYTES_MAX];
	struct bytes b;

	memset(f.product, 'p', f.product_n);
	memset(f.lot, 'L', f.lot_n);
	fill(&f.maker);
	fill(&f.holder);
	fill(&f.peer);
	fill(&f.signer);
	fill(&f.locker);
	for (size_t i = 0; i < REASONS_AT_ONCE; i++)
		v.all[i] = REASON_NUMBER_MAX;
	f.risk = (struct risk){.score = 100, .all_n = RISK_REASONS_MAX};
	for (size_t i = 0; i < RISK_REASONS_MAX; i++)
		f.risk.all[i] = (struct risk_reason){(enum risk_kind)255, world_gln(PHARM), world_gln(PHARM), UINT64_MAX,
						     UINT64_MAX,	  UINT64_MAX,	    UINT64_MAX,	      UINT64_MAX};
	CHECK(answer_encode(&v, &f, buf, sizeof(buf), &b) == ERR_OK);
	CHECK(decode(b, &f) == ERR_OK);
	printf("longest answer %zu bytes ", b.n);
}

T_MAIN("verdict_risk", T(test_it_is_asked_for), T(test_it_is_told), T(test_nothing_was_found),
       T(test_it_is_not_to_be_believed), T(test_of_a_newer_node), T(test_the_longest_fits))
