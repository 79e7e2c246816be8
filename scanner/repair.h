/* What a label may have said that was scanned or typed as something else: the readings that known confusions of handhelds,
 * keyboards and fingers explain (domain.md, "scanner garbling").  Pure: whether a reading is true is for repair_check.h. */
#ifndef RX_REPAIR_H
#define RX_REPAIR_H

#include "labels/gs1/gs1_elements.h"

#define REPAIR_TEXT_MAX 512 /* a signed Digital Link is half as long */
#define REPAIR_READINGS_MAX 32 /* a text of confusable characters alone has no end of them */

enum confusion {
	CONFUSION_NONE,
	CONFUSION_SEPARATOR,
	CONFUSION_GLUED,
	CONFUSION_CENTURY,
	CONFUSION_CAPS_LOCK,
	CONFUSION_Y_Z,
	CONFUSION_LAYOUT_US_DE,
	CONFUSION_LAYOUT_DE_US,
	CONFUSION_LAYOUT_US_FR,
	CONFUSION_LAYOUT_FR_US,
	CONFUSION_LAYOUT_DE_FR,
	CONFUSION_LAYOUT_FR_DE,
	CONFUSION_CASE,
	CONFUSION_MONTH_END,
	CONFUSION_O_0,
	CONFUSION_I_L_1,
	CONFUSION_E_3
};

struct confusion_row {
	enum confusion confusion;
	const char *name; /* for programs: "caps_lock" */
	const char *text; /* for people, before "it is a known pack": "with Y and Z exchanged" */
	const char *cause; /* what to look at */
	bool structural; /* of how elements stand beside each other: their characters are as they came */
};
/* NULL: CONFUSION_NONE. */
const struct confusion_row *confusion_row(enum confusion c);

struct repair_reading {
	enum confusion confusion;
	unsigned years; /* to add to the year that the expiry's two digits are taken for */
	size_t n;
	uint8_t text[REPAIR_TEXT_MAX]; /* as brackets */
};

/* The likelier ones first; each is whole GS1 data that names a pack, and none says what
 * another or the text itself says. */
struct repair_readings {
	size_t n;
	struct repair_reading v[REPAIR_READINGS_MAX];
};

/* Of a text as the handheld sent it.  None of one longer than REPAIR_TEXT_MAX. */
void repair_readings(struct repair_readings *out, struct bytes text);

#endif
