#include "node/core/event_parts.h"

#define EVENT_VERSION 1
#define ZONE_MAX 840 /* UTC+14:00, minutes */
#define PAYLOAD_FIELDS ((size_t)8) /* without subject and fields */

static const struct event_kind kinds[] = {
#define X(name, number, subject, governance, readers, bizstep, text) \
	{ EV_##name, SUBJECT_##subject, governance, READERS_##readers, #name, bizstep, text },
	EVENTS(X)
#undef X
};

const struct event_kind *event_kind(uint64_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

bool event_is_public(enum event_type type)
{
	const struct event_kind *kind = event_kind(type);

	return kind && kind->readers == READERS_ALL;
}

enum err event_open(struct event_envelope *out, struct bytes cose)
{
	struct event_envelope env;
	enum err e;

	if (cose.n > EVENT_BYTES_MAX)
		return ERR_TOO_LARGE;
	e = sign1_open(&env.sign1, cose, CT_EVENT, false);
	if (e)
		return e;
	/* event.cddl: Event id = SHA-256 of the COSE Sig_structure */
	sign1_digest(&env.sign1, (struct bytes){ 0 }, &env.id);
	*out = env;
	return ERR_OK;
}

enum err event_verify(const struct event_envelope *env, const struct pubkey *key, struct event *out)
{
	struct bytes payload;
	enum err e;

	e = sign1_verify(&env->sign1, key, &env->id, (struct bytes){ 0 }, &payload);
	if (e)
		return e;
	e = event_decode(out, payload);
	if (e)
		return e;
	out->id = env->id;
	out->kid = env->sign1.kid;
	return ERR_OK;
}

static enum event_type read_type(struct rd *r)
{
	uint64_t v = rd_uint(r);
	const struct event_kind *kind = event_kind(v);

	if (kind == NULL) {
		rd_fail(r, ERR_UNKNOWN_EVENT_TYPE);
		return kinds[0].type;
	}
	return kind->type;
}

static int read_zone(struct rd *r)
{
	int64_t v = rd_int(r);

	if (v < -ZONE_MAX || v > ZONE_MAX) {
		rd_fail(r, ERR_BAD_VALUE);
		return 0;
	}
	return (int)v;
}

static void read_fixed(struct rd *r, struct event_map *m, struct event *ev)
{
	event_map_key(m, 0); /* event.cddl: 0: 1,                                ; version */
	if (rd_uint(r) != EVENT_VERSION)
		rd_fail(r, ERR_BAD_VERSION);
	event_map_key(m, 1); /* event.cddl: 1: hash,                             ; chain id */
	event_read_bstr(r, ev->chain_id.b, HASH_LEN);
	event_map_key(m, 2); /* event.cddl: 2: event-type, */
	ev->type = read_type(r);
	event_map_key(m, 3); /* event.cddl: 3: bstr .size 8,                     ; nonce */
	event_read_bstr(r, ev->nonce, sizeof(ev->nonce));
	event_map_key(m, 4); /* event.cddl: 4: seconds, */
	ev->time_s = rd_uint_max(r, SECONDS_MAX); /* event.cddl: seconds = 0..253402300799 */
	event_map_key(m, 5); /* event.cddl: 5: -840..840, */
	ev->zone_min = read_zone(r);
	event_map_key(m, 6); /* event.cddl: 6: seconds, */
	ev->not_after_s = rd_uint_max(r, SECONDS_MAX);
	event_map_key(m, 7); /* event.cddl: 7: gln,                              ; place */
	ev->place = event_read_gln(r);
}

/* Whether subject and fields are there exactly when the type has them. */
static enum err check_shape(const struct event *ev)
{
	bool packs = ev->groups.p != NULL, ssccs = ev->ssccs.p != NULL;
	bool fields = ev->fields.p != NULL;

	if (fields != event_has_fields(ev->type))
		return fields ? ERR_UNKNOWN_FIELD : ERR_MISSING_FIELD;
	switch (event_kind(ev->type)->subject) {
	case SUBJECT_NONE:
		return packs || ssccs ? ERR_UNKNOWN_FIELD : ERR_OK;
	case SUBJECT_PACKS:
		return ssccs ? ERR_UNKNOWN_FIELD : packs ? ERR_OK : ERR_MISSING_FIELD;
	case SUBJECT_UNITS:
		return packs || ssccs ? ERR_OK : ERR_MISSING_FIELD;
	}
	return ERR_BAD_TYPE;
}

static void read_payload(struct rd *r, struct event *ev)
{
	struct event_map m;
	size_t n = event_map_begin(&m, r, PAYLOAD_FIELDS, PAYLOAD_FIELDS + 2);
	const uint8_t *fields;

	read_fixed(r, &m, ev);
	for (size_t i = PAYLOAD_FIELDS; i < n && r->err == ERR_OK; i++) {
		switch (rd_key(r, &m.last)) {
		case 8: /* event.cddl: ? 8: subject, */
			event_read_subject(r, ev);
			break;
		case 9: /* event.cddl: ? 9: fields, */
			fields = r->p;
			event_read_fields(r, ev);
			ev->fields = bytes_of(fields, (size_t)(r->p - fields));
			break;
		default:
			rd_fail(r, ERR_UNKNOWN_FIELD);
		}
	}
}

enum err event_decode(struct event *out, struct bytes payload)
{
	struct event ev = { 0 };
	struct rd r;
	enum err e;

	rd_init(&r, payload);
	read_payload(&r, &ev);
	e = rd_end(&r);
	if (e == ERR_OK)
		e = check_shape(&ev);
	if (e == ERR_OK)
		*out = ev;
	return e;
}

enum err event_encode(const struct event *ev, uint8_t *buf, size_t cap, struct bytes *out)
{
	bool subject = ev->groups.p || ev->ssccs.p, fields = event_has_fields(ev->type);
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, PAYLOAD_FIELDS + subject + fields);
	wr_uint(&w, 0);
	wr_uint(&w, EVENT_VERSION);
	wr_uint(&w, 1);
	wr_bstr(&w, hash_bytes(&ev->chain_id));
	wr_uint(&w, 2);
	wr_uint(&w, ev->type);
	wr_uint(&w, 3);
	wr_bstr(&w, bytes_of(ev->nonce, sizeof(ev->nonce)));
	wr_uint(&w, 4);
	wr_uint(&w, ev->time_s);
	wr_uint(&w, 5);
	wr_int(&w, ev->zone_min);
	wr_uint(&w, 6);
	wr_uint(&w, ev->not_after_s);
	wr_uint(&w, 7);
	wr_uint(&w, ev->place);
	if (subject) {
		wr_uint(&w, 8);
		event_write_subject(&w, ev);
	}
	if (fields) {
		wr_uint(&w, 9);
		event_write_fields(&w, ev);
	}
	return wr_end(&w, out);
}
