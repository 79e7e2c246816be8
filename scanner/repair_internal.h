/* Shared by the makers of readings: one function for each kind of confusion. */
#ifndef RX_REPAIR_INTERNAL_H
#define RX_REPAIR_INTERNAL_H

#include "scanner/repair.h"

/* A text to be explained, and what it says when it is GS1 data. */
struct repair_scan {
	struct bytes text;
	struct bytes brackets; /* as brackets; p NULL: it names no pack */
	bool parsed;
	struct gs1_data data;
	struct fault fault; /* when it is not */
};

/* Take a reading into out, unless it names no pack, says what the text says, is there already, or out is full. */
void repair_add(struct repair_readings *out, const struct repair_scan *s, enum confusion c, struct bytes text, unsigned years);

/* repair_glued.c: separators replaced by another character, or lost. */
void repair_separator(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_glued(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
/* repair_add() of a text that other keys make; a handheld whose keys are wrong mostly loses its separators too. */
void repair_add_typed(struct repair_readings *out, const struct repair_scan *s, enum confusion c, struct bytes text);

/* repair_keys.c: what keys and their lock make of the whole text. */
void repair_caps_lock(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_y_z(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_layout(struct repair_readings *out, const struct repair_scan *s, enum confusion c);

/* repair_values.c: single values, single characters. */
void repair_case(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_alike(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
/* repair_alike() in more than one place, but not in all: for when nothing simpler explains it. */
void repair_alike_some(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_month_end(struct repair_readings *out, const struct repair_scan *s, enum confusion c);
void repair_century(struct repair_readings *out, const struct repair_scan *s, enum confusion c);

#endif
