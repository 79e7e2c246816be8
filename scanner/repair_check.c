#include "scanner/repair_check.h"

/* One text being explained. */
struct explaining {
	const struct check_source *source;
	const struct pubkey *key;
	struct checked *first; /* as it came, or with its separators put back */
	struct repair_readings readings;
	struct checked tried;
	unsigned questions;
	const struct repair_reading *hit; /* the first that explains it */
	uint64_t hit_gtin;
	struct bytes hit_serial; /* in hit_text */
	uint8_t hit_text[REPAIR_TEXT_MAX];
	bool hit_signed; /* its signature is good */
	bool ambiguous; /* another pack does too */
};

/* Reasons that a misreading can bring about. */
static bool of_misreading(enum reason r)
{
	static const enum reason reasons[] = { REASON_PRODUCT_UNKNOWN, REASON_LOT_UNKNOWN, REASON_SERIAL_UNKNOWN,
					       REASON_LOT_MISMATCH, REASON_EXPIRY_MISMATCH, REASON_SIGNATURE_WRONG,
					       REASON_SIGNATURE_FOREIGN };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i] == r)
			return true;
	return false;
}

static bool may_be_misread(const struct checked *c)
{
	if (!c->readable)
		return true;
	return c->asked ? of_misreading(c->verdict.primary) : c->err == ERR_OK && c->label == LABEL_BAD;
}

/* A known pack, or a good label where nobody knows packs, and nothing against the reading: data that disagree are an alarm. */
static bool explains(const struct checked *c)
{
	return c->asked ? c->facts.pack_known && !c->verdict.alarm : c->label == LABEL_GOOD;
}

static bool same_pack(const struct verdict_question *a, const struct verdict_question *b)
{
	return a->gtin == b->gtin && bytes_eq(a->serial, b->serial);
}

static bool same_key(const struct verdict_question *a, const struct verdict_question *b)
{
	return a->signed_ == b->signed_ && memcmp(a->key_id, b->key_id, LABEL_KEY_ID_LEN) == 0;
}

/* What the first answer tells about the reading too; false: it must be asked.  *good: the reading explains the text. */
static bool known_without_asking(struct explaining *x, bool *good)
{
	const struct checked *first = x->first;
	struct checked *c = &x->tried;
	struct label_sig s;

	*good = false;
	if (!first->asked)
		return false;
	if (!same_key(&first->question, &c->question))
		return false;
	if (same_pack(&first->question, &c->question)) {
		c->facts = first->facts;
		check_decide(c);
		*good = explains(c);
		return true;
	}
	return c->label == LABEL_UNCHECKED && first->facts.key_known &&
	       (label_sig_of(&c->data, &s) != ERR_OK || label_verify(&c->data, &s, &first->facts.key) != ERR_OK);
}

static bool is_explained_by(struct explaining *x, const struct repair_reading *r)
{
	bool good;

	if (!check_read(&x->tried, bytes_of(r->text, r->n), r->years))
		return false;
	if (known_without_asking(x, &good))
		return good;
	if (x->questions == REPAIR_QUESTIONS_MAX)
		return false;
	x->questions++;
	check_ask(&x->tried, x->source, x->key);
	if (x->tried.err != ERR_OK)
		x->questions = REPAIR_QUESTIONS_MAX; /* nobody answers now */
	return explains(&x->tried);
}

static void take_hit(struct explaining *x, const struct repair_reading *r)
{
	const struct verdict_question *q = &x->tried.question;

	if (x->hit) {
		x->ambiguous |= q->gtin != x->hit_gtin || !bytes_eq(q->serial, x->hit_serial);
		return;
	}
	x->hit = r;
	x->hit_gtin = q->gtin;
	memcpy(x->hit_text, q->serial.p, q->serial.n);
	x->hit_serial = bytes_of(x->hit_text, q->serial.n);
	x->hit_signed = x->tried.label == LABEL_GOOD;
}

static void explain(struct explaining *x)
{
	for (size_t i = 0; i < x->readings.n && !x->ambiguous; i++)
		if (is_explained_by(x, &x->readings.v[i]))
			take_hit(x, &x->readings.v[i]);
}

/* Said once, a text that comes again means what it says.  Nothing of the text but its hash is kept. */
static bool held_before(struct repair_memory *m, struct bytes text)
{
	size_t known = m->n < REPAIR_REMEMBERED ? m->n : REPAIR_REMEMBERED;
	struct hash h;

	crypto_sha256(&h, text);
	for (size_t i = 0; i < known; i++)
		if (memcmp(m->text[i].b, h.b, HASH_LEN) == 0)
			return true;
	return false;
}

static void remember(struct repair_memory *m, struct bytes text)
{
	crypto_sha256(&m->text[m->n++ % REPAIR_REMEMBERED], text);
}

static void note(struct checked *c, const struct repair_reading *r, struct bytes text, bool applied)
{
	c->repair.confusion = r->confusion;
	c->repair.applied = applied;
	c->repair.ambiguous = false;
	memcpy(c->repair.from, text.p, c->repair.from_n = text.n);
	memcpy(c->repair.to, r->text, c->repair.to_n = r->n);
}

/* The verdict of a reading that loses nothing of the label. */
static void apply(struct explaining *x, const struct repair_reading *r, struct bytes text)
{
	note(x->first, r, text, true);
	if (check_read(x->first, bytes_of(r->text, r->n), r->years))
		check_ask(x->first, x->source, x->key);
}

/* The only way to put separators back; NULL: none, or several. */
static const struct repair_reading *only_structure(const struct repair_readings *readings)
{
	const struct repair_reading *only = NULL;

	for (size_t i = 0; i < readings->n; i++) {
		if (!confusion_row(readings->v[i].confusion)->structural)
			continue;
		if (only)
			return NULL;
		only = &readings->v[i];
	}
	return only;
}

/* The text with its separators put back, when it could not be read without. */
static struct bytes restore(struct explaining *x, struct bytes text)
{
	const struct repair_reading *r = x->first->readable ? NULL : only_structure(&x->readings);

	if (!r)
		return text;
	apply(x, r, text);
	return bytes_of(x->first->repair.to, x->first->repair.to_n);
}

static bool loses_nothing(const struct explaining *x)
{
	return x->hit->confusion == CONFUSION_CENTURY || (x->hit->confusion == CONFUSION_CAPS_LOCK && x->hit_signed);
}

void repair_check(struct repair_memory *memory, const struct check_source *source, const struct pubkey *key, struct bytes text,
		  struct checked *c)
{
	struct explaining x = { .source = source, .key = key, .first = c };
	struct bytes restored;

	if (!may_be_misread(c))
		return;
	repair_readings(&x.readings, text);
	restored = restore(&x, text);
	if (!may_be_misread(c))
		return;
	c->repeated = c->readable && held_before(memory, text);
	if (c->repeated)
		return;
	if (restored.p != text.p)
		repair_readings(&x.readings, restored);
	explain(&x);
	if (!x.hit)
		return;
	if (!x.ambiguous && loses_nothing(&x)) {
		apply(&x, x.hit, text);
		return;
	}
	note(c, x.hit, text, false);
	c->repair.ambiguous = x.ambiguous;
	verdict_misread(&c->verdict);
	if (c->readable)
		remember(memory, text);
}
