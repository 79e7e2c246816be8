/* Events: what members sign (schemas/event.cddl). */
#ifndef RX_EVENT_H
#define RX_EVENT_H

#include "gen/events.h"
#include "node/core/rd.h"
#include "node/core/sign1.h"
#include "node/core/wr.h"

#define EVENT_PACKS_MAX 10000 /* design.md: packs named by one event */
#define EVENT_UNITS_MAX 1000 /* SSCCs named by one event: each is looked into, a truck has about 66 */
#define EVENT_BYTES_MAX (480 * 1024) /* 10,000 packs in up to 8,700 lots; one lot takes 210 kB */
#define EVENT_AHEAD_S 300 /* event time at most this much after header time */
#define EVENT_VALID_S (10 * 86400) /* default not_after - event time */
#define SERIAL_MAX 20 /* GS1 AI (21) */
#define LOT_MAX 20 /* GS1 AI (10) */
#define NAME_MAX_BYTES 80
#define PREFIXES_MAX 16 /* company prefixes of one member */
#define PREFIX_DIGITS_MIN 4
#define PREFIX_DIGITS_MAX 12
#define CA_MAX 1024 /* device CA certificate, DER */
#define VALIDATORS_MAX 13
#define MARKETS_MAX 32 /* of one product */
#define STORAGE_MAX_C 100 /* degrees Celsius either side of zero */

enum event_type {
#define X(name, number, subject, governance, readers, bizstep, text) EV_##name = (number),
	EVENTS(X)
#undef X
};

enum role { ROLE_MANUFACTURER = 1, ROLE_DISTRIBUTOR, ROLE_PHARMACY, ROLE_REGULATOR };
enum subject_kind { SUBJECT_NONE, SUBJECT_PACKS, SUBJECT_UNITS }; /* UNITS: packs and/or SSCCs */

struct prefix { /* a GS1 company prefix */
	char digits[PREFIX_DIGITS_MAX];
	uint8_t n;
};

/* The longest prefix that gtin could be under: its digits 2 to 13, after the indicator. */
void prefix_of_gtin(struct prefix *out, uint64_t gtin);
void prefix_of_sscc(struct prefix *out, uint64_t sscc); /* its digits 2 to 13, after the extension digit */
/* Whether gtin is under p. */
bool prefix_covers(const struct prefix *p, uint64_t gtin);

/* Ascending as text, none the beginning of another. */
struct prefixes {
	struct prefix v[PREFIXES_MAX];
	size_t n;
};

/* In order of the validator index: 1 or 4..13, no repeats. */
struct validator_list {
	uint64_t gln[VALIDATORS_MAX];
	size_t n;
};

struct country { char c[2]; }; /* ISO 3166-1 alpha-2; c[0] 0: none */

struct markets { /* ascending */
	struct country v[MARKETS_MAX];
	size_t n;
};

struct storage {
	bool set;
	int8_t from_c, to_c; /* degrees Celsius */
};

struct member_fields {
	uint64_t gln;
	enum role role;
	struct bytes name, contact, ca;
	struct pubkey key;
	struct prefixes prefixes;
	bool located;
	int32_t lat_udeg, lon_udeg;
	struct country country;
	bool supplies; /* a distributor that may supply the public */
	bool full; /* may hold all events, though neither validator nor regulator */
};

struct event {
	struct hash id; /* with kid set by event_verify() alone: they are not in the payload */
	struct kid kid;
	/* payload */
	struct hash chain_id;
	enum event_type type;
	uint8_t nonce[8];
	uint64_t time_s, not_after_s;
	int zone_min;
	uint64_t place;
	struct bytes groups; /* encoded [+ pack-group], or p NULL */
	struct bytes ssccs; /* encoded [+ sscc], or p NULL */
	size_t packs_n, ssccs_n; /* set by decoding alone */
	struct bytes fields; /* encoded, for proposal digests; p NULL without; set by decoding alone */
	union {
		struct member_fields member;
		uint64_t gln; /* MEMBER_REVOKE, SHIP, RETURN */
		struct pubkey key; /* KEY_ROTATE, RELEASE_KEY */
		struct kid kid; /* KEY_REVOKE */
		struct hash hash; /* DEVICE_REVOKE; VOID_SHIP, UNDO_..: the event undone; CONFIRM: what is confirmed */
		struct {
			struct hash hash; /* the event, or the alarm's id */
			struct bytes text; /* why, or the cause */
			uint64_t state; /* ALARM_CASE */
		} about; /* CORRECTION, RETRACT, ALARM_CASE */
		struct {
			uint8_t id[LABEL_KEY_ID_LEN];
			struct pubkey key;
			struct prefixes prefixes;
			uint64_t state;
		} label_key; /* LABEL_KEY; LABEL_KEY_STATE: id and state */
		struct {
			uint64_t gtin;
			struct bytes name;
			bool always_signed;
			struct markets markets;
			struct storage storage;
		} product;
		struct {
			uint64_t gtin;
			struct bytes lot;
			uint32_t expiry; /* YYYYMMDD; LOT */
			uint64_t packs, until_s; /* LOT_NOTICE */
		} lot; /* LOT, LOT_RELEASE, LOT_NOTICE */
		struct bytes reason; /* DESTROY, LOCK, STOLEN, CHECK_OUT */
		uint64_t sscc; /* PACK, UNPACK */
		struct country country; /* EXPORT */
		struct {
			uint64_t gtin;
			struct bytes lot; /* RECALL */
			uint64_t defect; /* class 1..3 */
			struct bytes why;
			struct country market; /* WITHDRAW; none: everywhere */
		} recall; /* RECALL, WITHDRAW */
		struct {
			uint64_t gtin;
			struct bytes serial;
			uint64_t reason; /* reasons.csv */
			struct bytes lot; /* as printed; p NULL: not on the label */
			uint32_t expiry; /* YYYYMMDD; 0: not on the label */
		} alarm;
		struct {
			struct bytes what, why;
		} query;
		struct validator_list validators;
		uint64_t version; /* RULES_VERSION */
	} u;
};

enum event_readers { READERS_ALL, READERS_PARTIES }; /* who may read it: everybody, or whom it concerns (may_read.h) */

/* A row of events.csv. */
struct event_kind {
	enum event_type type;
	enum subject_kind subject;
	bool governance;
	enum event_readers readers;
	const char *name, *bizstep, *text;
};
const struct event_kind *event_kind(uint64_t type); /* NULL: unknown */
bool event_is_public(enum event_type type); /* everybody may read it */

/* Envelope only: id, kid and a view for event_verify; the payload stays unread.
 * Errors of sign1_open(), ERR_TOO_LARGE over EVENT_BYTES_MAX. */
struct event_envelope {
	struct sign1 sign1;
	struct hash id;
};
MUST_CHECK enum err event_open(struct event_envelope *out, struct bytes cose);

/* Signature, then payload.  out: views into cose.  Checks everything that needs no state: schema, order,
 * check digits, character sets, caps, that the subject and fields fit the type. */
MUST_CHECK enum err event_verify(const struct event_envelope *env, const struct pubkey *key, struct event *out);

/* Payload whose signature held before (own chain, already certified). */
MUST_CHECK enum err event_decode(struct event *out, struct bytes payload);

/* Payload bytes of ev (id and kid are not in it).  ERR_NO_SPACE. */
MUST_CHECK enum err event_encode(const struct event *ev, uint8_t *buf, size_t cap, struct bytes *out);

/* Member fields alone, as in a MEMBER event, a genesis block and a join file; errors latch in w and r. */
void member_write(struct wr *w, const struct member_fields *m);
void member_read(struct rd *r, struct member_fields *out);

/* One pack after the other. */
struct event_packs {
	struct rd r;
	size_t groups_left, serials_left;
	uint64_t gtin;
	struct bytes lot;
	bool first; /* of its group; serials_left more follow */
};
void event_packs_init(struct event_packs *it, const struct event *ev);
/* False at the end.  serial: a view into the event; its gtin and lot stand in it. */
bool event_packs_next(struct event_packs *it, struct bytes *serial);

struct event_ssccs {
	struct rd r;
	size_t left;
};
void event_ssccs_init(struct event_ssccs *it, const struct event *ev);
bool event_ssccs_next(struct event_ssccs *it, uint64_t *sscc);

/* Subject from sorted packs: encode [+ pack-group] from n packs ascending by gtin, lot, serial.
 * ERR_NOT_SORTED, ERR_TOO_MANY_PACKS, ERR_NO_SPACE. */
struct pack_id {
	uint64_t gtin;
	struct bytes lot, serial;
};
int pack_id_cmp(const void *a, const void *b); /* for qsort */
MUST_CHECK enum err event_groups_encode(const struct pack_id *packs, size_t n, uint8_t *buf, size_t cap, struct bytes *out);

#endif
