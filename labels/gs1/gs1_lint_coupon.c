#include "labels/gs1/gs1_lint.h"

#include "labels/gs1/text.h"

/* A coupon's digits, taken one field after the other; the first field that does not fit stays the fault. */
struct coupon {
	struct bytes d;
	size_t at;
	struct fault *f;
	bool failed;
};

static void fail(struct coupon *c, size_t at, const char *rule)
{
	if (c->failed)
		return;
	c->failed = true;
	*c->f = (struct fault){ at, c->d.n > at ? 1 : 0, rule };
}

/* n digits; rule: what is wrong when they are not there. */
static unsigned take(struct coupon *c, size_t n, const char *rule)
{
	unsigned v = 0;

	if (c->failed)
		return 0;
	if (c->d.n - c->at < n) {
		fail(c, c->at, rule);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t ch = c->d.p[c->at + i];

		if (!text_is_digit(ch)) {
			fail(c, c->at + i, "a coupon code is all digits");
			return 0;
		}
		v = v * 10 + (unsigned)(ch - '0'); /* of long numbers nobody wants the value: it may wrap */
	}
	c->at += n;
	return v;
}

/* A one-digit length indicator within lo..hi, then that many digits more than base. */
static void take_counted(struct coupon *c, unsigned lo, unsigned hi, unsigned base, const char *missing, const char *invalid,
			 const char *truncated)
{
	size_t at = c->at;
	unsigned vli = take(c, 1, missing);

	if (!c->failed && (vli < lo || vli > hi))
		fail(c, at, invalid);
	take(c, vli + base, truncated);
}

/* A company prefix: indicator 0..6 for 6..12 digits, or 9 for none where it may be left out. */
static void take_prefix(struct coupon *c, bool may_be_none, const char *missing)
{
	if (may_be_none && c->at < c->d.n && c->d.p[c->at] == '9') {
		c->at++;
		return;
	}
	take_counted(c, 0, 6, 6, missing, "no such length of a company prefix", "the company prefix is cut off");
}

static bool requirement_code_ok(unsigned code)
{
	return code <= 4 || code == 9;
}

/* Value, code and family of one purchase requirement. */
static void take_requirement(struct coupon *c, bool with_prefix)
{
	size_t at;
	unsigned code;

	take_counted(c, 1, 5, 0, "the purchase requirement is missing", "no such length of a purchase requirement",
		     "the purchase requirement is cut off");
	at = c->at;
	code = take(c, 1, "the purchase requirement's code is missing");
	if (!c->failed && !requirement_code_ok(code))
		fail(c, at, "no such purchase requirement code");
	take(c, 3, "the purchase family code is cut off");
	if (with_prefix)
		take_prefix(c, true, "the purchase requirement's company prefix is missing");
}

static unsigned take_date(struct coupon *c, const char *missing)
{
	size_t at = c->at;
	unsigned v = take(c, 6, missing);

	if (!c->failed && !gs1_date_ok(2000 + v / 10000, v / 100 % 100, v % 100))
		fail(c, at, "no such date");
	return v;
}

/* One optional field other than the two dates. */
static void take_optional(struct coupon *c, unsigned field)
{
	size_t at = c->at;
	unsigned v;

	switch (field) {
	case 1:
		v = take(c, 1, "the additional purchase rules code is missing");
		if (!c->failed && v > 3)
			fail(c, at, "no such additional purchase rules code");
		take_requirement(c, true);
		break;
	case 2:
		take_requirement(c, true);
		break;
	case 5:
		take_counted(c, 0, 9, 6, "the serial number is missing", "", "the serial number is cut off");
		break;
	case 6:
		take_counted(c, 1, 7, 6, "the retailer's prefix or GLN is missing", "no such length of a retailer's number",
			     "the retailer's number is cut off");
		break;
	case 9:
		v = take(c, 1, "the save value code is missing");
		if (!c->failed && v > 2 && v != 5 && v != 6)
			fail(c, at, "no such save value code");
		v = take(c, 1, "which item the save value applies to is missing");
		if (!c->failed && v > 2)
			fail(c, at + 1, "no such item for the save value");
		take(c, 1, "the store coupon flag is missing");
		v = take(c, 1, "the don't multiply flag is missing");
		if (!c->failed && v > 1)
			fail(c, at + 3, "the don't multiply flag is 0 or 1");
		break;
	default:
		fail(c, at - 1, "no such optional field");
	}
}

/* Optional fields come in ascending order: expiration date (3) before start date (4). */
static enum err take_optionals(struct coupon *c)
{
	unsigned last = 0, expiry = 0;

	while (!c->failed && c->at < c->d.n) {
		size_t at = c->at;
		unsigned field = take(c, 1, "");

		if (field <= last)
			fail(c, at, "data follow the last field");
		else if (field == 3)
			expiry = take_date(c, "the expiration date is cut off");
		else if (field != 4)
			take_optional(c, field);
		else if (take_date(c, "the start date is cut off") > expiry && expiry && !c->failed)
			fail(c, at, "the coupon expires before it starts");
		last = field;
	}
	return c->failed ? ERR_GS1_CONTENT : ERR_OK;
}

enum err gs1_lint_coupon_code(struct bytes data, struct fault *fault)
{
	struct coupon c = { .d = data, .f = fault };

	take_prefix(&c, false, "the company prefix's length is missing");
	take(&c, 6, "the offer code is cut off");
	take_counted(&c, 1, 5, 0, "the save value is missing", "no such length of a save value", "the save value is cut off");
	take_requirement(&c, false);
	return take_optionals(&c);
}

enum err gs1_lint_coupon_offer(struct bytes data, struct fault *fault)
{
	struct coupon c = { .d = data, .f = fault };
	unsigned format = take(&c, 1, "the coupon format is missing");

	if (!c.failed && format > 1)
		fail(&c, 0, "no such coupon format");
	take_prefix(&c, false, "the coupon funder's prefix is missing");
	take(&c, 6, "the offer code is cut off");
	take_counted(&c, 0, 9, 6, "the serial number's length is missing", "", "the serial number is cut off");
	if (!c.failed && c.at < data.n)
		fail(&c, c.at, "data follow the serial number");
	return c.failed ? ERR_GS1_CONTENT : ERR_OK;
}
