/* Every wire message but events: what is accepted is written back to the same bytes. */
#include "node/core/receipt.h"
#include "node/core/verdict.h"
#include "node/problem.h"
#include "tests/fakes/fuzz.h"
#include "tests/fakes/world.h"

#include <string.h>

static uint8_t buf[1 << 16];

static enum fuzz_result same(struct bytes in, enum err e, struct bytes out)
{
	return e == ERR_OK && bytes_eq(in, out) ? FUZZ_ACCEPTED : FUZZ_WRONG;
}

static enum fuzz_result header_one(struct bytes in)
{
	struct bytes out = { 0 };
	struct header h;

	if (header_decode(&h, in) != ERR_OK)
		return FUZZ_REFUSED;
	return same(in, header_encode(&h, buf, sizeof(buf), &out), out);
}

static enum fuzz_result block_one(struct bytes in)
{
	static struct bytes events[BLOCK_EVENTS_MAX];
	struct bytes out = { 0 };
	struct block b;

	if (block_decode(&b, events, BLOCK_EVENTS_MAX, in) != ERR_OK)
		return FUZZ_REFUSED;
	return same(in, block_encode(b.header_bytes, b.events, b.events_n, buf, sizeof(buf), &out), out);
}

/* No votes but those of the seeds are near enough to a signature to cost time. */
static enum fuzz_result receipt_one(struct bytes in)
{
	struct validator_set set = { .n = 4 };
	struct bytes out = { 0 };
	struct receipt r;

	if (receipt_decode(&r, in) != ERR_OK)
		return FUZZ_REFUSED;
	for (size_t i = 0; i < set.n; i++)
		set.v[i].kid.b[0] = (uint8_t)(i + 1);
	if (receipt_verify(&r, &set) == ERR_OK) /* by keys of zeros */
		return FUZZ_WRONG;
	return same(in, receipt_encode(&r, buf, sizeof(buf), &out), out);
}

static enum fuzz_result question_one(struct bytes in)
{
	struct verdict_question q;
	struct bytes out = { 0 };

	if (question_decode(&q, in) != ERR_OK)
		return FUZZ_REFUSED;
	return same(in, question_encode(&q, buf, sizeof(buf), &out), out);
}

static enum fuzz_result answer_one(struct bytes in)
{
	struct bytes out = { 0 };
	struct verdict_facts f;
	struct verdict v;

	if (answer_decode(&v, &f, in) != ERR_OK)
		return FUZZ_REFUSED;
	return same(in, answer_encode(&v, &f, buf, sizeof(buf), &out), out);
}

static enum fuzz_result problem_one(struct bytes in)
{
	struct problem p;

	return problem_decode(&p, in) == ERR_OK ? FUZZ_ACCEPTED : FUZZ_REFUSED;
}

static enum fuzz_result refusal_one(struct bytes in)
{
	struct refusal_statement s;

	return refusal_decode(&s, in) == ERR_OK ? FUZZ_ACCEPTED : FUZZ_REFUSED;
}

static enum fuzz_result sign1_one(struct bytes in)
{
	struct bytes out = { 0 };
	struct sign1 s;

	if (sign1_open(&s, in, CT_EVENT, false) != ERR_OK)
		return FUZZ_REFUSED;
	return same(in, sign1_build(&s.kid, CT_EVENT, s.payload_unverified, false, s.sig, buf, sizeof(buf), &out), out);
}

static enum fuzz_result label_one(struct bytes in)
{
	char text[LABEL_SIG_TEXT_LEN];
	struct label_sig s;

	if (label_sig_parse(&s, in) != ERR_OK)
		return FUZZ_REFUSED;
	label_sig_format(&s, text);
	return same(in, ERR_OK, bytes_of(text, sizeof(text)));
}

typedef enum fuzz_result decoder(struct bytes in);
static decoder *const decoders[] = { header_one, block_one, receipt_one, question_one, answer_one, problem_one, refusal_one, sign1_one,
				     label_one };

/* First byte: which decoder. */
static enum fuzz_result one(struct bytes in)
{
	if (in.n == 0)
		return FUZZ_REFUSED;
	return decoders[in.p[0] % (sizeof(decoders) / sizeof(decoders[0]))](bytes_of(in.p + 1, in.n - 1));
}

static void seed(uint8_t which, struct bytes b)
{
	static uint8_t in[4096];

	in[0] = which;
	memcpy(in + 1, b.p, b.n);
	fuzz_seed(bytes_of(in, b.n + 1));
}

static void seed_chain(void)
{
	struct header h = { .height = 3, .count = 1, .rules_version = 1, .time_ms = 5, .log_size = 9 };
	uint8_t hb[HEADER_BYTES_MAX], bb[1024], sb[256], sig[SIG_LEN] = { 1 };
	struct receipt r = { .index = 0, .path_n = 2 };
	uint8_t cb[CERTIFICATE_BYTES_MAX];
	struct validator_set set = { .n = 4 };
	struct vote votes[3] = { { .index = 0 }, { .index = 1 }, { .index = 3 } };
	struct kid kid = { { 1 } };
	struct bytes header, event, b;

	if (header_encode(&h, hb, sizeof(hb), &header) != ERR_OK ||
	    sign1_build(&kid, CT_EVENT, BYTES_LIT("payload"), false, sig, sb, sizeof(sb), &event) != ERR_OK)
		return;
	seed(0, header);
	seed(7, event);
	if (block_encode(header, &event, 1, bb, sizeof(bb), &b) == ERR_OK)
		seed(1, b);
	r.header_bytes = header;
	for (size_t i = 0; i < set.n; i++)
		set.v[i].kid.b[0] = (uint8_t)(i + 1);
	if (certificate_build(&set, 0, votes, 3, cb, sizeof(cb), &r.certificate) == ERR_OK && receipt_encode(&r, bb, sizeof(bb), &b) == ERR_OK)
		seed(2, b);
}

static void seed_answers(void)
{
	struct verdict_question q = { .gtin = 9506000134352ULL, .serial = BYTES_LIT("S1"), .lot = BYTES_LIT("L1"), .expiry = 20271231,
				      .signed_ = true };
	struct party party = { .gln = world_gln(DIST), .name = "N", .contact = "C", .name_n = 1, .contact_n = 1 };
	struct verdict_facts f = { .asker = party.gln, .product_known = true, .product = "P", .product_n = 1, .maker = party,
				   .pack_known = true, .lot = "L", .lot_n = 1, .expiry = 20271231, .state = PACK_ACTIVE,
				   .event_type = EV_LOCK, .event_place = party.gln, .signer = party, .key_known = true, .key_state = LABEL_KEY_ACTIVE,
				   .key_owner = party.gln, .key = world_key(0), .holder = party, .locker = party };
	struct problem p = { .err = ERR_HIGH_S, .detail = BYTES_LIT("why"), .refusal = BYTES_LIT("r"), .at_pack = true, .pack_pos = 3 };
	struct refusal_statement s = { .reason = ERR_PACK_LOCKED, .height = 4, .at_pack = true };
	struct label_sig l = { { 1, 2, 3 }, { 4 } };
	char text[LABEL_SIG_TEXT_LEN];
	uint8_t out[2048];
	struct verdict v;
	struct bytes b;

	if (question_encode(&q, out, sizeof(out), &b) == ERR_OK)
		seed(3, b);
	verdict_decide(&f, &q, LABEL_GOOD, &v);
	if (answer_encode(&v, &f, out, sizeof(out), &b) == ERR_OK)
		seed(4, b);
	if (problem_encode(&p, out, sizeof(out), &b) == ERR_OK)
		seed(5, b);
	if (refusal_encode(&s, out, sizeof(out), &b) == ERR_OK)
		seed(6, b);
	label_sig_format(&l, text);
	seed(8, bytes_of(text, sizeof(text)));
}

int main(int argc, char **argv)
{
	seed_chain();
	seed_answers();
	return fuzz_run("fuzz_wire", argc, argv, 400000, one);
}
