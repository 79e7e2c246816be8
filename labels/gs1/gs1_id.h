/* GS1 keys, check digits, character sets and dates.  Keys are kept as numbers: 14, 13 and 18 digits fit 64 bits. */
#ifndef RX_GS1_ID_H
#define RX_GS1_ID_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define GTIN_DIGITS 14
#define GLN_DIGITS 13
#define SSCC_DIGITS 18

/* The check digit that belongs after digits (GenSpecs "standard check digit": weights 3, 1 from the right), as a character.
 * digits: n of '0'..'9', without the check digit. */
char gs1_check_digit(const char *digits, size_t n);

/* Is v a key with so many digits and a right last one? */
bool gs1_gtin_ok(uint64_t gtin);
bool gs1_gln_ok(uint64_t gln);
bool gs1_sscc_ok(uint64_t sscc);

/* From text: GTIN of 8, 12, 13 or 14 digits, GLN of 13, SSCC of 18.
 * ERR_GS1_LENGTH, ERR_GS1_CHARSET (not a digit), ERR_GS1_CHECK_DIGIT. */
MUST_CHECK enum err gs1_gtin_parse(struct bytes text, uint64_t *gtin);
MUST_CHECK enum err gs1_gln_parse(struct bytes text, uint64_t *gln);
MUST_CHECK enum err gs1_sscc_parse(struct bytes text, uint64_t *sscc);

/* n decimal digits with leading zeros; no NUL. */
void gs1_digits(char *out, size_t n, uint64_t v);

/* GS1 AI encodable character set 82 (GenSpecs table 7.11-1). */
bool gs1_is_cset82_char(uint8_t c);
bool gs1_is_cset82(struct bytes text);

/* Year of a two-digit one, within 49 years back to 50 ahead of this_year (GenSpecs 7.12). */
unsigned gs1_full_year(unsigned two_digits, unsigned this_year);
bool gs1_date_ok(unsigned year, unsigned month, unsigned day);
unsigned gs1_days_in_month(unsigned year, unsigned month);

/* YYMMDD as YYYYMMDD; DD = 00 becomes the last day of the month and *month_only true.  ERR_GS1_DATE. */
MUST_CHECK enum err gs1_expiry_parse(struct bytes yymmdd, unsigned this_year, uint32_t *yyyymmdd, bool *month_only);
/* YYYYMMDD as YYMMDD; no NUL. */
void gs1_expiry_format(uint32_t yyyymmdd, char yymmdd[static 6]);

/* Calendar day in UTC of Unix seconds, as YYYYMMDD (proleptic Gregorian). */
uint32_t gs1_date_of(uint64_t unix_s);

#endif
