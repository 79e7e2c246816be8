#include "labels/order.h"

#include "labels/gs1/gs1_id.h"
#include "labels/gs1/gs1_lint.h"
#include "labels/gs1/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

__attribute__((format(printf, 2, 3))) static enum err wrong(struct order_fault *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return ERR_BAD_VALUE;
}

static enum err take_gtin(struct job_product *out, const char *text, struct order_fault *why)
{
	enum err e = gs1_gtin_parse(bytes_of_str(text), &out->gtin);

	if (e == ERR_GS1_CHECK_DIGIT)
		return wrong(why, "GTIN %s has a wrong check digit: the last one should be %c", text, gs1_check_digit(text, strlen(text) - 1));
	return e == ERR_OK ? e : wrong(why, "a GTIN has 8, 12, 13 or 14 digits, not \"%.40s\"", text);
}

static enum err take_lot(struct job_product *out, const char *text, struct order_fault *why)
{
	if (!text[0] || strlen(text) >= sizeof(out->lot) || !gs1_is_cset82(bytes_of_str(text)))
		return wrong(why, "a lot has 1 to 20 characters of GS1 character set 82, not \"%.40s\"", text);
	snprintf(out->lot, sizeof(out->lot), "%s", text);
	return ERR_OK;
}

/* "2027-12-31" as "271231". */
static bool shorten(const char *text, char yymmdd[static 7])
{
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : !text_is_digit((uint8_t)text[i]))
			return false;
	snprintf(yymmdd, 7, "%.2s%.2s%.2s", text + 2, text + 5, text + 8);
	return text[10] == 0;
}

static enum err take_expiry(struct job_product *out, const char *text, uint64_t now_s, struct order_fault *why)
{
	time_t now = (time_t)now_s;
	bool month_only = false;
	char yymmdd[7];
	struct tm tm;

	gmtime_r(&now, &tm);
	snprintf(yymmdd, sizeof(yymmdd), "%s", text);
	if (!shorten(text, yymmdd) && strlen(text) != 6)
		return wrong(why, "an expiry is YYMMDD or YYYY-MM-DD, not \"%.40s\"", text);
	if (gs1_expiry_parse(bytes_of_str(yymmdd), (unsigned)tm.tm_year + 1900, &out->expiry, &month_only) != ERR_OK)
		return wrong(why, "an expiry is YYMMDD or YYYY-MM-DD, not \"%.40s\"", text);
	if (month_only)
		return wrong(why, "expiry %s: day 00 is not allowed for regulated healthcare since 2025; name the day", text);
	if (strlen(text) == 10 && strtoul(text, NULL, 10) != out->expiry / 10000)
		return wrong(why, "expiry %s is more than 50 years away", text);
	return out->expiry < gs1_date_of(now_s) ? wrong(why, "expiry %s is in the past", text) : ERR_OK;
}

static enum err take_quantity(struct job_product *out, const char *text, struct order_fault *why)
{
	char *end;

	out->count = text_is_digit((uint8_t)text[0]) ? strtoull(text, &end, 10) : 0;
	if (out->count == 0 || *end || out->count > JOB_SERIALS_MAX)
		return wrong(why, "a quantity is a number from 1 to %d, not \"%.40s\"", JOB_SERIALS_MAX, text);
	return ERR_OK;
}

static enum err take_market(struct job_product *out, const char *text, struct order_fault *why)
{
	bool code = strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';

	if (text[0] && !code)
		return wrong(why, "a market is a country's two letters, such as FR, not \"%.40s\"", text);
	snprintf(out->market, sizeof(out->market), "%s", text);
	return ERR_OK;
}

enum err order_take(struct job_product *out, const struct order_text *t, uint64_t now_s, struct order_fault *why)
{
	enum err e;

	if (!t->gtin || !t->lot || !t->expiry || !t->quantity)
		return wrong(why, "%s is missing", !t->gtin ? "the GTIN" : !t->lot ? "the lot" : !t->expiry ? "the expiry" : "the quantity");
	e = take_gtin(out, t->gtin, why);
	if (e == ERR_OK)
		e = take_lot(out, t->lot, why);
	if (e == ERR_OK)
		e = take_expiry(out, t->expiry, now_s, why);
	if (e == ERR_OK)
		e = take_quantity(out, t->quantity, why);
	return e ? e : take_market(out, t->market ? t->market : "", why);
}
