/* Application identifiers, as the GS1 syntax dictionary (schemas/gs1_ai.dict) defines them. */
#ifndef RX_GS1_AI_H
#define RX_GS1_AI_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

struct gs1_ai {
	const char *digits; /* "01" */
	const char *flags; /* '*': no FNC1 after it, '?': may stand in a Digital Link's query */
	const char *components; /* "N13,csum,gcppos1 [X..17]" */
	const char *req; /* "01,02+37": one of these groups must be there too; "" none */
	const char *ex; /* "02,37": none of these may be there; "" none */
	const char *dlpkey; /* Digital Link primary key: qualifiers in order, alternatives by '|'; NULL: not a key */
	const char *title; /* "BATCH/LOT" */
};

/* The AI that text begins with, by its digits alone; NULL: unknown. */
const struct gs1_ai *gs1_ai_at(struct bytes text);
/* The AI that text is, to the letter; NULL: unknown. */
const struct gs1_ai *gs1_ai_find(struct bytes text);

bool gs1_ai_needs_fnc1(const struct gs1_ai *ai);
/* Pattern of the dictionary: digits with 'n' for any ("31nn"). */
bool gs1_ai_matches(const struct gs1_ai *ai, struct bytes pattern);
/* As a number, for ordering: 1 for "01". */
unsigned gs1_ai_number(const struct gs1_ai *ai);

/* Check a value: lengths, character sets, linters.  fault: place within value. */
MUST_CHECK enum err gs1_ai_check(const struct gs1_ai *ai, struct bytes value, struct fault *fault);

/* Bytes of value that an AI without FNC1 takes (all its components have fixed lengths). */
size_t gs1_ai_fixed_len(const struct gs1_ai *ai);

#endif
