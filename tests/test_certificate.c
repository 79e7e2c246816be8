/* Certificates with real signatures of 1 and of 4 to 13 validators, and each way in which one proves nothing. */
#include "node/core/certificate.h"
#include "node/core/wr.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/votes.h"
#include "tests/t.h"

#define STRANGER 15 /* a signer who is no validator */

static uint8_t header_buf[HEADER_BYTES_MAX];
static struct bytes header_bytes;
static struct header header = { .height = 7, .count = 1 };
static struct final final_ = { .height = 7, .view = 3 };

static void make_header(void)
{
	CHECK(header_encode(&header, header_buf, sizeof(header_buf), &header_bytes) == ERR_OK);
	header_hash(&final_.header_hash, header_bytes);
}

static void test_quorums(void)
{
	static const size_t want[VALIDATORS_MAX + 1] = { 0, 1, 0, 0, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9 };
	uint8_t buf[CERTIFICATE_BYTES_MAX];

	make_header();
	for (size_t n = 1; n <= VALIDATORS_MAX; n++) {
		struct vote votes[VALIDATORS_MAX];
		struct validator_set set;
		struct bytes c;
		size_t q = quorum(n);

		if (!want[n])
			continue;
		CHECK_EQ(q, want[n], "quorum");
		votes_set(&set, n);
		for (size_t i = 0; i < n; i++)
			votes[i] = votes_sign(&set, &final_, i, (unsigned)i);
		for (size_t first = 0; first + q <= n; first++) { /* whoever they are */
			CHECK(certificate_build(&set, 3, votes + first, q, buf, sizeof(buf), &c) == ERR_OK);
			CHECK(certificate_verify(&set, &header, header_bytes, c) == ERR_OK);
		}
		CHECK(certificate_build(&set, 3, votes, q - 1, buf, sizeof(buf), &c) == ERR_BAD_CERTIFICATE);
		CHECK(certificate_build(&set, 3, votes, q + 1, buf, sizeof(buf), &c) == ERR_BAD_CERTIFICATE);
		votes[q - 1].index = n;
		CHECK(certificate_build(&set, 3, votes, q, buf, sizeof(buf), &c) == ERR_BAD_VALUE);
		votes[q - 1].index = 0;
		if (q > 1)
			CHECK(certificate_build(&set, 3, votes, q, buf, sizeof(buf), &c) == ERR_NOT_SORTED);
		CHECK(certificate_build(&set, 3, votes, q, buf, 40, &c) != ERR_OK);
	}
}

/* Votes in the order of a text, whoever makes such a thing: 0..3 a validator, A..D the same but signed with the next one's
 * key, s a stranger. */
static struct bytes forge(const struct validator_set *set, uint64_t view, const char *who, const struct final *f, uint8_t *buf,
			  size_t cap)
{
	struct validator_set all = *set;
	struct bytes out = { 0 };
	struct wr w;

	all.v[VALIDATORS_MAX - 1].kid = *signer_kid(test_signer(STRANGER));
	wr_init(&w, buf, cap);
	wr_array(&w, 2);
	wr_uint(&w, view);
	wr_array(&w, strlen(who));
	for (; *who; who++) {
		size_t index = *who == 's' ? VALIDATORS_MAX - 1 : (size_t)(*who >= 'A' ? *who - 'A' : *who - '0');
		unsigned signer = *who == 's' ? STRANGER : (unsigned)(index + (*who >= 'A'));
		struct vote v = votes_sign(&all, f, index, signer);
		uint8_t vote_buf[VOTE_BYTES_MAX];
		struct bytes vote = { 0 };

		CHECK(sign1_build(&all.v[index].kid, CT_FINAL, bytes_of(NULL, 0), true, v.sig, vote_buf, sizeof(vote_buf), &vote) ==
		      ERR_OK);
		wr_raw(&w, vote);
	}
	CHECK(wr_end(&w, &out) == ERR_OK);
	return out;
}

static const struct {
	const char *name, *who;
	enum err err;
} votes_of_four[] = {
	{ "the first three", "012", ERR_OK },
	{ "three with a gap", "013", ERR_OK },
	{ "the last three", "123", ERR_OK },
	{ "descending", "210", ERR_BAD_CERTIFICATE },
	{ "one out of place", "021", ERR_BAD_CERTIFICATE },
	{ "one twice", "011", ERR_BAD_CERTIFICATE },
	{ "one too few", "01", ERR_BAD_CERTIFICATE },
	{ "one too many", "0123", ERR_BAD_CERTIFICATE },
	{ "none", "", ERR_BAD_CERTIFICATE },
	{ "a stranger among them", "01s", ERR_BAD_CERTIFICATE },
	{ "a stranger alone", "s", ERR_BAD_CERTIFICATE },
	{ "the first signed with the second's key", "A12", ERR_BAD_CERTIFICATE },
	{ "the last signed with another's key", "01C", ERR_BAD_CERTIFICATE },
};

static void test_who_votes(void)
{
	uint8_t buf[CERTIFICATE_BYTES_MAX];
	struct validator_set set;

	make_header();
	votes_set(&set, 4);
	set.v[4].key = *signer_pubkey(test_signer(STRANGER)); /* behind the last one nobody looks */
	for (size_t i = 0; i < sizeof(votes_of_four) / sizeof(votes_of_four[0]); i++) {
		struct bytes c = forge(&set, 3, votes_of_four[i].who, &final_, buf, sizeof(buf));

		CHECK_EQ(certificate_verify(&set, &header, header_bytes, c), votes_of_four[i].err, votes_of_four[i].name);
	}
}

/* Votes that were given for something else. */
static void test_what_was_voted_for(void)
{
	static const char *const names[] = { "as it is", "another chain", "another height", "another view", "another header",
					     "a header of another height", "a header of another chain" };
	uint8_t buf[CERTIFICATE_BYTES_MAX];
	struct validator_set set;

	make_header();
	votes_set(&set, 4);
	for (int what = 0; what < 7; what++) {
		struct final f = final_;
		struct header h = header;
		struct bytes c;

		f.chain_id.b[31] ^= what == 1;
		f.height += what == 2;
		f.view += what == 3;
		f.header_hash.b[0] ^= what == 4;
		h.height += what == 5;
		h.chain_id.b[0] ^= what == 6;
		c = forge(&set, 3, "012", &f, buf, sizeof(buf));
		CHECK_EQ(certificate_verify(&set, &h, header_bytes, c), what ? ERR_BAD_CERTIFICATE : ERR_OK, names[what]);
	}
}

static void test_other_bytes(void)
{
	uint8_t buf[CERTIFICATE_BYTES_MAX + 1];
	struct validator_set set;
	struct bytes c;

	make_header();
	votes_set(&set, 1);
	c = votes_certify(&set, &header, header_bytes, buf, sizeof(buf));
	NEED(certificate_verify(&set, &header, header_bytes, c) == ERR_OK);
	for (size_t i = 0; i < c.n; i++) {
		CHECK(certificate_verify(&set, &header, header_bytes, bytes_of(buf, i)) != ERR_OK);
		for (unsigned bit = 0; bit < 8; bit += 7) {
			buf[i] ^= (uint8_t)(1u << bit);
			CHECK(certificate_verify(&set, &header, header_bytes, c) != ERR_OK);
			buf[i] ^= (uint8_t)(1u << bit);
		}
	}
	buf[c.n] = 0;
	CHECK_EQ(certificate_verify(&set, &header, header_bytes, bytes_of(buf, c.n + 1)), ERR_TRAILING, "a byte more");
}

T_MAIN("certificate", T(test_quorums), T(test_who_votes), T(test_what_was_voted_for), T(test_other_bytes))
