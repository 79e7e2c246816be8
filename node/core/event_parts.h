/* What the files of event.h, genesis.h and the other schemas built of the same items share. */
#ifndef RX_EVENT_PARTS_H
#define RX_EVENT_PARTS_H

#include "labels/gs1/gs1_id.h"
#include "node/core/event.h"

#define SECONDS_MAX 253402300799ULL /* through year 9999 */
#define LAT_MAX 90000000 /* microdegrees */
#define LON_MAX 180000000

/* Pairs of a map whose keys are known and in order: the count is checked, then each key before its value. */
struct event_map {
	struct rd *r;
	int64_t last;
};
/* ERR_MISSING_FIELD below min pairs, ERR_UNKNOWN_FIELD above max. */
size_t event_map_begin(struct event_map *m, struct rd *r, size_t min, size_t max);
/* The next key must be this one. */
void event_map_key(struct event_map *m, uint64_t key);

/* One item of event.cddl each; errors latch in r. */
uint64_t event_read_gln(struct rd *r);
uint64_t event_read_gtin(struct rd *r);
uint64_t event_read_sscc(struct rd *r);
struct bytes event_read_cset82(struct rd *r);
struct bytes event_read_name(struct rd *r);
uint32_t event_read_date(struct rd *r);
uint32_t event_read_day(struct rd *r);
void event_read_country(struct rd *r, struct country *out);
void event_write_country(struct wr *w, const struct country *c);
void event_read_markets(struct rd *r, struct markets *out);
void event_write_markets(struct wr *w, const struct markets *m);
void event_read_storage(struct rd *r, struct storage *out);
void event_write_storage(struct wr *w, const struct storage *s);
int32_t event_read_udeg(struct rd *r, int32_t max); /* -max..max */
void event_read_bstr(struct rd *r, uint8_t *out, size_t n); /* exactly n bytes */
unsigned event_read_choice(struct rd *r, unsigned max); /* a number of an enum whose values are 1..max */
void event_read_pubkey(struct rd *r, struct pubkey *out);
void event_read_prefixes(struct rd *r, struct prefixes *out);
void event_write_prefixes(struct wr *w, const struct prefixes *prefixes);
void event_read_validators(struct rd *r, struct validator_list *out);
void event_write_validators(struct wr *w, const struct validator_list *list);

/* b into out, which has room for the longest there can be; its length. */
size_t event_copy(struct bytes b, uint8_t *out);

/* Sets groups, ssccs and their counts. */
void event_read_subject(struct rd *r, struct event *ev);
void event_write_subject(struct wr *w, const struct event *ev);

/* Whether events of this type have fields; reading and writing them as ev->u. */
bool event_has_fields(enum event_type type);
void event_read_fields(struct rd *r, struct event *ev);
void event_write_fields(struct wr *w, const struct event *ev);

#endif
