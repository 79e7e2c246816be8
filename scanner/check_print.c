#include "node/cli.h"
#include "scanner/check.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const kind_names[] = { "ACCEPT", "REJECT", "QUARANTINE", "NO VERDICT" };
static const char *const kind_json[] = { "accept", "reject", "quarantine", "none" };
static const char *const kind_colours[] = { "\033[1;97;42m", "\033[1;97;41m", "\033[1;30;43m", "\033[1;30;47m" };
static const char *const label_names[] = { "not checked", "not signed", "good", "WRONG" };
static const char *const label_json[] = { "unchecked", "absent", "good", "bad" };
static const char *const state_names[] = { "not commissioned", "active", "in transit", "dispensed", "destroyed",
					  "sample for an authority", "free sample", "exported", "checked out" };

static void print_text(const uint8_t *p, size_t n)
{
	fwrite(p, 1, n, stdout);
}

static void print_party(const char *before, const struct party *p)
{
	printf("%s", before);
	print_text(p->name, p->name_n);
	printf(" (GLN %013" PRIu64 ", %.*s)", p->gln, (int)p->contact_n, (const char *)p->contact);
}

/* The string with the bad place marked, control characters made visible. */
static void print_fault(const struct checked *c)
{
	printf("  label data   %s", c->fault.rule ? c->fault.rule : err_text(c->err));
	if (c->fault.len > 0)
		printf(", at character %zu", c->fault.pos + 1);
	printf("\n");
}

static void print_pack(const struct checked *c)
{
	const struct verdict_question *q = &c->question;

	printf("  pack         (01)%014" PRIu64 "(21)%.*s", q->gtin, (int)q->serial.n, (const char *)q->serial.p);
	if (q->lot.p)
		printf(" lot %.*s", (int)q->lot.n, (const char *)q->lot.p);
	if (q->expiry)
		printf(" expires %04u-%02u-%02u%s", q->expiry / 10000, q->expiry / 100 % 100, q->expiry % 100,
		       c->month_only ? " (end of month)" : "");
	if (c->facts.product_known)
		printf(", %.*s", (int)c->facts.product_n, (const char *)c->facts.product);
	printf("\n");
}

static const char *event_text(uint64_t type)
{
	const struct event_kind *k = event_kind(type);

	return k ? k->text : "?";
}

/* Whom the ledger names, as far as this asker may know. */
static void print_custody(const struct verdict_facts *f)
{
	if (f->holder.gln == 0) {
		printf(", not in your custody");
		return;
	}
	print_party(f->state == PACK_IN_TRANSIT ? ", shipped by " : f->state == PACK_ACTIVE ? ", held by " : " by ", &f->holder);
	if (f->peer.gln)
		print_party(" to ", &f->peer);
}

static void print_ledger(const struct verdict_facts *f)
{
	char when[24];

	if (!f->pack_known) {
		printf("  ledger       does not know this pack%s\n", f->cut_off ? ", as far as this site's own records go" : "");
		return;
	}
	printf("  ledger       %s", state_names[f->state]);
	print_custody(f);
	if (f->event_type) {
		printf("\n  last change  %s, %s", event_text(f->event_type), cli_time(when, (int64_t)f->event_time_s));
		print_party(" by ", &f->signer);
		printf(" at GLN %013" PRIu64, f->event_place);
	}
	printf("\n");
	if (f->locker.gln) {
		print_party("  locked       by ", &f->locker);
		printf("\n");
	}
}

/* Beside the verdict: what the pack's way tells, and what to do about it. */
static void print_risk(const struct risk *risk)
{
	char text[RISK_TEXT_MAX];

	for (size_t i = 0; i < risk->all_n; i++) {
		const struct risk_row *row = risk_row((uint64_t)risk->all[i].kind);

		if (!row)
			continue;
		risk_explain(&risk->all[i], text, sizeof(text));
		if (i == 0)
			printf("  risk         %u of 100: %s\n", risk->score, text);
		else
			printf("               %s\n", text);
		printf("               %s\n", row->next);
	}
}

/* Whoever made it knows more when nobody else may be named. */
static void print_whom_to_call(const struct checked *c)
{
	if (c->facts.maker.gln == 0 || c->facts.holder.gln != 0 || c->verdict.kind == VERDICT_ACCEPT)
		return;
	print_party("  call         the manufacturer, ", &c->facts.maker);
	printf("\n");
}

static void print_report(const struct checked *c)
{
	char hex[2 * HASH_LEN + 1];

	cli_hex_print(hex, c->alarm.b, HASH_LEN);
	switch (c->reported) {
	case REPORTED_NOTHING:
		return;
	case REPORTED_NOTED:
		printf("  alarm        not yet: scan the label once more, so that no slip of the scanner raises it\n");
		return;
	case REPORTED_RAISED:
		printf("  alarm        raised: manufacturer and regulators see it as %.16s\n", hex);
		return;
	case REPORTED_KNOWN:
		printf("  alarm        raised before: %.16s\n", hex);
		return;
	case REPORTED_SEEN:
		printf("  noted        that the pack was seen here\n");
		return;
	case REPORTED_FAILED:
		printf("  report       could not be passed on: %s\n", c->why.text);
		return;
	}
}

static void print_reasons(const struct checked *c)
{
	static const char *const layers[] = { "", "label data: ", "label signature: ", "ledger: ", "", "" };

	for (size_t i = 1; i < c->verdict.all_n; i++) {
		const struct reason_row *r = reason_row(c->verdict.all[i]);

		if (r)
			printf("  also         %s%s\n", layers[r->layer], r->text);
	}
}

/* A text with its separators visible. */
static void print_scanned(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == GS1_GS)
			printf("{GS}");
		else
			putchar(p[i] < 0x20 || p[i] == 0x7f ? '.' : p[i]);
	}
}

static void print_repair(const struct checked *c)
{
	const struct check_repair *r = &c->repair;
	const struct confusion_row *row = confusion_row(r->confusion);

	if (c->repeated)
		printf("  scanned      a second time the same: it counts as it is\n");
	if (!row)
		return;
	printf("  read as      ");
	print_scanned(r->from, r->from_n);
	if (r->applied)
		printf("\n  repaired     %s: ", row->text);
	else
		printf("\n  misread      %s it is %s: ", row->text,
		       r->ambiguous ? "one of several known packs" : c->asked || !c->readable ? "a known pack" : "a label with a good signature");
	print_scanned(r->to, r->to_n);
	printf("\n  why          %s\n", row->cause);
}

static void print_heading(const struct checked *c, const char *name, bool colour)
{
	const struct reason_row *r = reason_row(c->verdict.primary);
	bool signature_only = c->readable && !c->asked && c->err == ERR_OK && c->verdict.primary != REASON_MISREAD;
	const char *word = signature_only ? "LABEL ONLY" : kind_names[c->verdict.kind];
	const char *text = signature_only ? (c->label == LABEL_GOOD ? "The label's signature is good; no ledger was asked" :
					     c->label == LABEL_BAD ? "The label's signature is wrong; no ledger was asked" :
								     "Nothing could be checked: no signature, no ledger") :
					    r ? r->text : "";

	if (c->readable && !c->asked && c->err != ERR_OK)
		text = "The ledger could not be asked";
	printf("%s %s %s  %s%s\n", colour ? kind_colours[signature_only ? 3 : c->verdict.kind] : "", word, colour ? "\033[0m" : "", text,
	       c->verdict.alarm && c->reported != REPORTED_NOTED ? " [alarm]" : "");
	printf("  scanned      %s\n", name);
}

void check_print(const struct checked *c, const char *name, bool colour)
{
	const struct reason_row *r = reason_row(c->verdict.primary);
	uint64_t age_s;

	print_heading(c, name, colour);
	print_repair(c);
	if (!c->readable) {
		print_fault(c);
		printf("  what to do   %s\n", r ? r->next : "");
		return;
	}
	print_pack(c);
	printf("  signature    %s\n", label_names[c->label]);
	if (!c->asked) {
		if (c->err != ERR_OK)
			printf("  ledger       %s\n", c->why.text);
		return;
	}
	print_ledger(&c->facts);
	print_reasons(c);
	if (r && *r->next)
		printf("  what to do   %s\n", r->next);
	print_whom_to_call(c);
	print_risk(&c->facts.risk);
	print_report(c);
	age_s = c->facts.now_ms > c->facts.head_ms ? (c->facts.now_ms - c->facts.head_ms) / 1000 : 0;
	printf("  as of        block %" PRIu64 ", %" PRIu64 " s old%s\n", c->facts.height, age_s,
	       c->facts.cut_off ? "; from this site's own records, no full node answers" : "");
}

static void json_text(const char *name, const uint8_t *p, size_t n)
{
	printf(",\"%s\":\"", name);
	cli_json_string((const char *)p, n);
	printf("\"");
}

static void json_report(const struct checked *c)
{
	static const char *const names[] = { "", "noted", "raised", "known", "seen", "failed" };
	char hex[2 * HASH_LEN + 1];

	printf(",\"report\":\"%s\"", names[c->reported]);
	cli_hex_print(hex, c->alarm.b, HASH_LEN);
	if (c->reported == REPORTED_RAISED || c->reported == REPORTED_KNOWN)
		printf(",\"alarm_id\":\"%s\"", hex);
}

static void json_repair(const struct checked *c)
{
	const struct check_repair *r = &c->repair;
	const struct confusion_row *row = confusion_row(r->confusion);

	printf(",\"repeated\":%s", c->repeated ? "true" : "false");
	if (!row)
		return;
	printf(",\"repair\":{\"confusion\":\"%s\"", row->name);
	json_text("from", r->from, r->from_n);
	json_text("to", r->to, r->to_n);
	printf(",\"applied\":%s,\"ambiguous\":%s}", r->applied ? "true" : "false", r->ambiguous ? "true" : "false");
}

static void json_ledger(const struct verdict_facts *f)
{
	printf(",\"height\":%" PRIu64 ",\"head_time_ms\":%" PRIu64 ",\"cut_off\":%s", f->height, f->head_ms,
	       f->cut_off ? "true" : "false");
	if (!f->pack_known)
		return;
	printf(",\"state\":\"%s\",\"holder\":\"%013" PRIu64 "\",\"peer\":\"%013" PRIu64 "\",\"last_event\":\"%s\",\"last_time\":%" PRIu64
	       ",\"last_place\":\"%013" PRIu64 "\",\"last_signer\":\"%013" PRIu64 "\"",
	       state_names[f->state], f->holder.gln, f->peer.gln, f->event_type ? event_text(f->event_type) : "", f->event_time_s,
	       f->event_place,
	       f->signer.gln);
	json_text("last_signer_name", f->signer.name, f->signer.name_n);
	json_text("contact", f->signer.contact, f->signer.contact_n);
}

static void json_risk(const struct risk *risk)
{
	char text[RISK_TEXT_MAX];

	printf(",\"risk\":{\"score\":%u,\"reasons\":[", risk->score);
	for (size_t i = 0; i < risk->all_n; i++) {
		const struct risk_reason *r = &risk->all[i];
		const struct risk_row *row = risk_row((uint64_t)r->kind);

		risk_explain(r, text, sizeof(text));
		printf("%s{\"kind\":\"%s\",\"gln\":\"%013" PRIu64 "\",\"gln2\":\"%013" PRIu64 "\",\"apart_m\":%" PRIu64
		       ",\"apart_s\":%" PRIu64 ",\"kmh\":%" PRIu64 ",\"dwell_s\":%" PRIu64 ",\"usual_s\":%" PRIu64,
		       i ? "," : "", row ? row->name : "UNKNOWN", r->gln, r->gln2, r->apart_m, r->apart_s, r->kmh, r->dwell_s,
		       r->usual_s);
		json_text("text", (const uint8_t *)text, strlen(text));
		json_text("next", (const uint8_t *)(row ? row->next : ""), strlen(row ? row->next : ""));
		printf("}");
	}
	printf("]}");
}

/* A newer node's reason may be none that is known here. */
static const char *reason_name(enum reason reason)
{
	const struct reason_row *r = reason_row((uint64_t)reason);

	return r ? r->name : "UNKNOWN";
}

void check_print_json(const struct checked *c, const char *name)
{
	printf("{\"verdict\":\"%s\",\"reason\":\"%s\",\"alarm\":%s,\"signature\":\"%s\",\"status\":%d", kind_json[c->verdict.kind],
	       reason_name(c->verdict.primary), c->verdict.alarm ? "true" : "false", label_json[c->label], check_status(c));
	printf(",\"reasons\":[");
	for (size_t i = 0; i < c->verdict.all_n; i++)
		printf("%s\"%s\"", i ? "," : "", reason_name(c->verdict.all[i]));
	printf("]");
	json_text("input", (const uint8_t *)name, strlen(name));
	json_repair(c);
	if (!c->readable) {
		json_text("error", (const uint8_t *)c->fault.rule, strlen(c->fault.rule ? c->fault.rule : ""));
		printf(",\"position\":%zu", c->fault.pos);
	} else {
		printf(",\"gtin\":\"%014" PRIu64 "\"", c->question.gtin);
		json_text("serial", c->question.serial.p, c->question.serial.n);
	}
	if (c->asked) {
		json_ledger(&c->facts);
		if (c->facts.risk_told)
			json_risk(&c->facts.risk);
		json_report(c);
	} else if (c->readable && c->err != ERR_OK)
		json_text("failure", (const uint8_t *)c->why.text, strlen(c->why.text));
	printf("}\n");
}
