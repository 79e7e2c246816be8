#include "scanner/check.h"

#include <time.h>

#define CF_VERIFY 65005

static unsigned this_year(void)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	return (unsigned)tm.tm_year + 1900;
}

/* What the label says, as a question. */
static enum err make_question(struct checked *c)
{
	struct verdict_question *q = &c->question;
	struct bytes expiry = gs1_value(&c->data, "17");
	struct label_sig s;
	enum err e;

	*q = (struct verdict_question){ .serial = gs1_value(&c->data, "21"), .lot = gs1_value(&c->data, "10"), .risk_wanted = true };
	if (gs1_gtin_parse(gs1_value(&c->data, "01"), &q->gtin) != ERR_OK || !q->serial.p) {
		c->fault = (struct fault){ 0, 0, "names no pack: GTIN (01) and serial (21) are wanted" };
		return ERR_GS1_REQUIRED;
	}
	if (expiry.p) {
		e = gs1_expiry_parse(expiry, this_year(), &q->expiry, &c->month_only);
		if (e != ERR_OK)
			return e;
	}
	e = label_sig_of(&c->data, &s);
	if (e == ERR_NOT_FOUND) {
		c->label = LABEL_ABSENT;
		return ERR_OK;
	}
	/* a signature of another form is a signature that does not verify */
	c->label = e == ERR_OK ? LABEL_UNCHECKED : LABEL_BAD;
	if (e == ERR_OK) {
		q->signed_ = true;
		memcpy(q->key_id, s.key_id, LABEL_KEY_ID_LEN);
	}
	return ERR_OK;
}

static enum label_check check_label(const struct checked *c, const struct pubkey *key)
{
	struct label_sig s;

	if (c->label != LABEL_UNCHECKED || !key)
		return c->label;
	if (label_sig_of(&c->data, &s) != ERR_OK)
		return LABEL_BAD;
	return label_verify(&c->data, &s, key) == ERR_OK ? LABEL_GOOD : LABEL_BAD;
}

static enum err ask_node(void *ctx, const struct verdict_question *q, struct verdict_facts *out, struct config_fault *why)
{
	uint8_t buf[VERDICT_BYTES_MAX];
	struct verdict ledger_only;
	struct net_result r;
	struct bytes body;
	enum err e = question_encode(q, buf, sizeof(buf), &body);

	if (e == ERR_OK)
		e = client_fetch(ctx, "verify", CF_VERIFY, body, &r, why);
	if (e == ERR_OK)
		e = answer_decode(&ledger_only, out, r.body);
	return e;
}

struct check_source check_node(struct client *client)
{
	return (struct check_source){ ask_node, client };
}

bool check_read(struct checked *c, struct bytes text, unsigned years)
{
	memset(&c->facts, 0, sizeof(c->facts));
	c->readable = c->month_only = c->asked = false;
	c->reported = REPORTED_NOTHING;
	c->label = LABEL_UNCHECKED;
	c->err = gs1_parse(&c->data, text, GS1_LENIENT, &c->fault);
	if (c->err == ERR_OK)
		c->err = make_question(c);
	verdict_unreadable(&c->verdict);
	if (c->err != ERR_OK)
		return false;
	if (c->question.expiry)
		c->question.expiry += years * 10000;
	c->readable = true;
	return true;
}

void check_decide(struct checked *c)
{
	c->asked = true;
	if (c->label == LABEL_UNCHECKED && !c->facts.key_known)
		c->label = LABEL_BAD; /* by a key that nobody registered */
	else
		c->label = check_label(c, &c->facts.key);
	verdict_decide(&c->facts, &c->question, c->label, &c->verdict);
}

void check_ask(struct checked *c, const struct check_source *source, const struct pubkey *key)
{
	if (!source) {
		c->label = check_label(c, key);
		return;
	}
	c->err = source->ask(source->ctx, &c->question, &c->facts, &c->why);
	if (c->err == ERR_OK)
		check_decide(c);
}

void check_text(const struct check_source *source, const struct pubkey *key, struct bytes text, struct checked *out)
{
	out->repair.confusion = CONFUSION_NONE;
	out->repeated = false;
	if (check_read(out, text, 0))
		check_ask(out, source, key);
}

int check_status(const struct checked *c)
{
	if (!c->readable || c->verdict.primary == REASON_MISREAD)
		return 3;
	if (!c->asked && c->err != ERR_OK)
		return err_exit(c->err);
	if (!c->asked)
		return c->label == LABEL_GOOD ? 4 : c->label == LABEL_BAD ? 1 : 3;
	switch (c->verdict.kind) {
	case VERDICT_ACCEPT:
		return 0;
	case VERDICT_REJECT:
		return 1;
	case VERDICT_QUARANTINE:
		return 2;
	case VERDICT_NONE:
		return 3;
	}
	return 3;
}

/* From good to bad: accept, signature only, no verdict, quarantine, reject; a failure is worse than any verdict. */
static int badness(int status)
{
	static const int order[] = { 0, 4, 3, 2, 1 };

	for (int i = 0; i < 5; i++)
		if (order[i] == status)
			return i;
	return status;
}

int check_worse(int a, int b)
{
	return badness(a) >= badness(b) ? a : b;
}
