/* Element strings and Digital Links: from any form that scanners and people use, and back. */
#ifndef RX_GS1_ELEMENTS_H
#define RX_GS1_ELEMENTS_H

#include "labels/gs1/gs1_ai.h"
#include "labels/gs1/gs1_id.h"

#define GS1_ELEMENTS_MAX 48 /* no label comes near */
#define GS1_TEXT_MAX 2048 /* all values together */
#define GS1_INPUT_MAX 8192 /* whatever we write can be read: percent-encoding takes three characters for one */
#define GS1_GS 0x1d /* the separator that FNC1 becomes in scan data */

/* How to read.  Without any: strict, as "rxscan parse". */
enum gs1_flags {
	GS1_SYNTAX_ONLY = 1, /* no required and excluded pairs */
	GS1_PAD_GTIN = 2, /* Digital Link: GTIN of 8, 12 or 13 digits is padded */
	/* What handhelds send without AIM prefixes (a bare element string, a leading GS), and links that are not quite right
	 * but clear: a qualifier in the query, a slash at the path's end; implies GS1_PAD_GTIN. */
	GS1_LENIENT = 4
};

struct gs1_element {
	const struct gs1_ai *ai;
	struct bytes value; /* into the gs1_data's own text */
	size_t pos; /* of the value in the input */
};

/* Elements in the order they came.  Not to be copied by assignment: values point into text. */
struct gs1_data {
	struct gs1_element e[GS1_ELEMENTS_MAX];
	size_t n;
	size_t text_n;
	uint8_t text[GS1_TEXT_MAX];
};

/* Read one scanned or typed string:
 *   (01)09506000134352(21)A7    bracketed; a "(" inside a value is written "\("
 *   ^010950600013435221A7       each FNC1 as ^, the first included
 *   ]d20109506000134352...      scan data with an AIM symbology identifier ]d2 ]Q3 ]C1 ]e0 ]J1, GS between elements
 *   ]Q1https://... ]d1https://... or a URI alone: GS1 Digital Link
 * out: set whatever the outcome, so that a caller can show what was understood.  fault: rule and place in the input.
 * ERR_GS1_*; ERR_GS1_NOT_GS1 names other codings (IFA/PPN, plain text). */
MUST_CHECK enum err gs1_parse(struct gs1_data *out, struct bytes in, unsigned flags, struct fault *fault);

/* Building a label: start empty, add, validate.  value: copied.  ERR_GS1_UNKNOWN_AI and those of gs1_ai_check(). */
void gs1_init(struct gs1_data *d);
MUST_CHECK enum err gs1_add(struct gs1_data *d, const char *ai, struct bytes value, struct fault *fault);
/* Repeats, required and excluded pairs (GenSpecs 4.13, 4.14). */
MUST_CHECK enum err gs1_validate(const struct gs1_data *d, struct fault *fault);

/* The first element whose AI is like pattern (gs1_ai_matches()); NULL: none. */
const struct gs1_element *gs1_find(const struct gs1_data *d, struct bytes pattern);
/* Value of an AI; p NULL: not there. */
struct bytes gs1_value(const struct gs1_data *d, const char *ai);

/* Forms.  ERR_NO_SPACE. */
MUST_CHECK enum err gs1_format_brackets(const struct gs1_data *d, char *buf, size_t cap, struct bytes *out);
/* fnc1 first if first is set, then between elements where one is needed; none at the end. */
MUST_CHECK enum err gs1_format_scan(const struct gs1_data *d, char fnc1, bool first, char *buf, size_t cap, struct bytes *out);

/* gs1_dl.c: canonical Digital Link below stem ("https://id.gs1.org"): key, qualifiers in order, then query AIs ascending.
 * ERR_GS1_DL: no key among the elements, or an element that a link cannot carry. */
MUST_CHECK enum err gs1_format_dl(const struct gs1_data *d, const char *stem, char *buf, size_t cap, struct bytes *out);
/* Length of "http://" or "https://", in any case, that in begins with; 0: neither. */
size_t gs1_dl_scheme(struct bytes in);
/* A Digital Link URI alone; gs1_parse() comes here.  base: where in begins in the original input. */
MUST_CHECK enum err gs1_parse_dl(struct gs1_data *out, struct bytes in, size_t base, unsigned flags, struct fault *fault);

/* For gs1_dl.c: copy a value in and check it.  pos: of the value in the input. */
MUST_CHECK enum err gs1_put(struct gs1_data *d, const struct gs1_ai *ai, struct bytes value, size_t pos, struct fault *fault);

#endif
