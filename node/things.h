/* What a command's arguments name: packs and logistic units, the subject of one event. */
#ifndef RX_THINGS_H
#define RX_THINGS_H

#include "node/client.h"

struct named_pack {
	uint64_t gtin;
	uint8_t lot[LOT_MAX], serial[SERIAL_MAX];
	size_t lot_n, serial_n; /* lot_n 0: not named */
};
struct things { /* start with zeros */
	struct named_pack *packs;
	uint64_t *units; /* SSCCs */
	size_t packs_n, packs_cap, units_n, units_cap;
};

/* One argument: an element string or a Digital Link with GTIN and serial, or with an SSCC; "@FILE" has one a line, "-" reads
 * standard input.  Returns an exit status; not 0: said why. */
int things_take(struct things *t, const char *arg);
void things_free(struct things *t);
MUST_CHECK enum err things_add_pack(struct things *t, const struct named_pack *p);
MUST_CHECK enum err things_add_unit(struct things *t, uint64_t sscc);

/* Ask the node for the lots that were not named.  Returns an exit status; not 0: said why. */
int things_find_lots(struct things *t, struct client *c);
/* Sort them and make them the subject of ev; buf: EVENT_BYTES_MAX, holds what ev then views.  Returns an exit status; not 0:
 * said why. */
int things_subject(struct things *t, struct event *ev, uint8_t *buf);

/* "1 unit and 3 packs" */
#define THINGS_COUNT_MAX 64
const char *things_count(char buf[static THINGS_COUNT_MAX], const struct things *t);

/* How the thing at a place of an event's subject is labelled, packs counted before units: "(01)..(10)..(21).." or "(00)..".
 * False: there is none. */
#define THING_LABEL_MAX 96
bool thing_label(const struct event *ev, uint64_t place, char buf[static THING_LABEL_MAX]);

/* 18 digits, or an element string or Digital Link with an SSCC. */
bool sscc_parse(const char *text, uint64_t *sscc);
/* Under a company prefix, extension digit 0, with a serial reference made of random's low bits (GenSpecs 3.2.1). */
uint64_t sscc_make(const struct prefix *prefix, uint64_t random);

#endif
