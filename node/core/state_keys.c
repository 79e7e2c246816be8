#include <assert.h>

#include "node/core/state.h"

static struct bytes whole(const struct wr *w)
{
	assert(w->n <= w->cap); /* every part has a cap that STATE_KEY_MAX allows for */
	return bytes_of(w->p, w->n);
}

static void begin(struct wr *w, uint8_t buf[static STATE_KEY_MAX], size_t parts, enum key_kind kind)
{
	wr_init(w, buf, STATE_KEY_MAX);
	wr_array(w, parts);
	wr_uint(w, kind);
}

static struct bytes key_alone(uint8_t buf[static STATE_KEY_MAX], enum key_kind kind)
{
	struct wr w;

	begin(&w, buf, 1, kind);
	return whole(&w);
}

static struct bytes key_of_uint(uint8_t buf[static STATE_KEY_MAX], enum key_kind kind, uint64_t n)
{
	struct wr w;

	begin(&w, buf, 2, kind);
	wr_uint(&w, n);
	return whole(&w);
}

static struct bytes key_of_int(uint8_t buf[static STATE_KEY_MAX], enum key_kind kind, int64_t n)
{
	struct wr w;

	begin(&w, buf, 2, kind);
	wr_int(&w, n);
	return whole(&w);
}

static struct bytes key_of_bstr(uint8_t buf[static STATE_KEY_MAX], enum key_kind kind, struct bytes b)
{
	struct wr w;

	begin(&w, buf, 2, kind);
	wr_bstr(&w, b);
	return whole(&w);
}

static struct bytes key_of_uint_tstr(uint8_t buf[static STATE_KEY_MAX], enum key_kind kind, uint64_t n, struct bytes s)
{
	struct wr w;

	begin(&w, buf, 3, kind);
	wr_uint(&w, n);
	wr_tstr(&w, s);
	return whole(&w);
}

struct bytes key_chain(uint8_t buf[static STATE_KEY_MAX])
{
	return key_alone(buf, KEY_CHAIN);
}

struct bytes key_event(uint8_t buf[static STATE_KEY_MAX], uint64_t ev)
{
	return key_of_uint(buf, KEY_EVENT, ev);
}

struct bytes key_event_id(uint8_t buf[static STATE_KEY_MAX], const struct hash *id)
{
	return key_of_bstr(buf, KEY_EVENT_ID, hash_bytes(id));
}

struct bytes key_member(uint8_t buf[static STATE_KEY_MAX], uint64_t gln)
{
	return key_of_uint(buf, KEY_MEMBER, gln);
}

struct bytes key_key(uint8_t buf[static STATE_KEY_MAX], const struct kid *kid)
{
	return key_of_bstr(buf, KEY_KEY, bytes_of(kid->b, KID_LEN));
}

struct bytes key_label_key(uint8_t buf[static STATE_KEY_MAX], const uint8_t id[static LABEL_KEY_ID_LEN])
{
	return key_of_bstr(buf, KEY_LABEL_KEY, bytes_of(id, LABEL_KEY_ID_LEN));
}

struct bytes key_product(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin)
{
	return key_of_uint(buf, KEY_PRODUCT, gtin);
}

struct bytes key_lot(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin, struct bytes lot)
{
	return key_of_uint_tstr(buf, KEY_LOT, gtin, lot);
}

struct bytes key_batch(uint8_t buf[static STATE_KEY_MAX], uint64_t lo)
{
	return key_of_uint(buf, KEY_BATCH, lo);
}

struct bytes key_pack(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin, struct bytes serial)
{
	return key_of_uint_tstr(buf, KEY_PACK, gtin, serial);
}

struct bytes key_custody(uint8_t buf[static STATE_KEY_MAX], int64_t unit)
{
	return key_of_int(buf, KEY_CUSTODY, unit);
}

struct bytes key_inside(uint8_t buf[static STATE_KEY_MAX], int64_t child)
{
	return key_of_int(buf, KEY_INSIDE, child);
}

struct bytes key_unit(uint8_t buf[static STATE_KEY_MAX], uint64_t sscc)
{
	return key_of_uint(buf, KEY_UNIT, sscc);
}

struct bytes key_flags(uint8_t buf[static STATE_KEY_MAX], int64_t unit)
{
	return key_of_int(buf, KEY_FLAG, unit);
}

struct bytes key_device(uint8_t buf[static STATE_KEY_MAX], uint64_t gln, const struct hash *device)
{
	struct wr w;

	begin(&w, buf, 3, KEY_DEVICE);
	wr_uint(&w, gln);
	wr_bstr(&w, hash_bytes(device));
	return whole(&w);
}

struct bytes key_proposal(uint8_t buf[static STATE_KEY_MAX], const struct hash *proposal)
{
	return key_of_bstr(buf, KEY_PROPOSAL, hash_bytes(proposal));
}

struct bytes key_validators(uint8_t buf[static STATE_KEY_MAX])
{
	return key_alone(buf, KEY_VALIDATORS);
}

struct bytes key_prefix(uint8_t buf[static STATE_KEY_MAX], struct bytes digits)
{
	struct wr w;

	begin(&w, buf, 2, KEY_PREFIX);
	wr_tstr(&w, digits);
	return whole(&w);
}

struct bytes key_label_keys(uint8_t buf[static STATE_KEY_MAX], uint64_t gln)
{
	return key_of_uint(buf, KEY_LABEL_KEYS, gln);
}

struct bytes key_recall(uint8_t buf[static STATE_KEY_MAX], uint64_t ev)
{
	return key_of_uint(buf, KEY_RECALL, ev);
}

struct bytes key_alarm(uint8_t buf[static STATE_KEY_MAX], const struct hash *id)
{
	return key_of_bstr(buf, KEY_ALARM, hash_bytes(id));
}

struct bytes key_sight(uint8_t buf[static STATE_KEY_MAX], int64_t unit)
{
	return key_of_int(buf, KEY_SIGHT, unit);
}

struct bytes key_unit_row(uint8_t buf[static STATE_KEY_MAX], int64_t unit)
{
	return key_of_int(buf, KEY_UNIT_ROW, unit);
}

struct bytes key_unit_lot(uint8_t buf[static STATE_KEY_MAX], int64_t unit, uint64_t i)
{
	struct wr w;

	begin(&w, buf, 3, KEY_UNIT_LOT);
	wr_int(&w, unit);
	wr_uint(&w, i);
	return whole(&w);
}

struct bytes key_unit_lot_at(uint8_t buf[static STATE_KEY_MAX], int64_t unit, uint64_t gtin, struct bytes lot)
{
	struct wr w;

	begin(&w, buf, 4, KEY_UNIT_LOT_AT);
	wr_int(&w, unit);
	wr_uint(&w, gtin);
	wr_tstr(&w, lot);
	return whole(&w);
}

struct bytes key_correction(uint8_t buf[static STATE_KEY_MAX], uint64_t ev)
{
	return key_of_uint(buf, KEY_CORRECTION, ev);
}

struct bytes key_queried(uint8_t buf[static STATE_KEY_MAX], uint64_t gln, struct bytes what)
{
	struct hash query;
	struct wr w;

	/* state.cddl: query = hash                           ; SHA-256 of the text that says what was asked */
	crypto_sha256(&query, what);
	begin(&w, buf, 3, KEY_QUERIED);
	wr_uint(&w, gln);
	wr_bstr(&w, hash_bytes(&query));
	return whole(&w);
}

struct bytes key_spent(uint8_t buf[static STATE_KEY_MAX], uint64_t gln)
{
	return key_of_uint(buf, KEY_SPENT, gln);
}

/* What follows the kind in a key. */
enum shape { ALONE, UINT, INT, BSTR, TSTR, UINT_BSTR, UINT_TSTR, INT_UINT, INT_UINT_TSTR };

static const struct {
	enum shape shape;
	size_t len; /* of a byte string, exactly */
} shapes[] = {
	[KEY_CHAIN] = { ALONE, 0 },
	[KEY_EVENT] = { UINT, 0 },
	[KEY_EVENT_ID] = { BSTR, HASH_LEN },
	[KEY_MEMBER] = { UINT, 0 },
	[KEY_KEY] = { BSTR, KID_LEN },
	[KEY_LABEL_KEY] = { BSTR, LABEL_KEY_ID_LEN },
	[KEY_PRODUCT] = { UINT, 0 },
	[KEY_LOT] = { UINT_TSTR, 0 },
	[KEY_BATCH] = { UINT, 0 },
	[KEY_PACK] = { UINT_TSTR, 0 },
	[KEY_CUSTODY] = { INT, 0 },
	[KEY_INSIDE] = { INT, 0 },
	[KEY_UNIT] = { UINT, 0 },
	[KEY_FLAG] = { INT, 0 },
	[KEY_DEVICE] = { UINT_BSTR, HASH_LEN },
	[KEY_PROPOSAL] = { BSTR, HASH_LEN },
	[KEY_VALIDATORS] = { ALONE, 0 },
	[KEY_PREFIX] = { TSTR, 0 },
	[KEY_LABEL_KEYS] = { UINT, 0 },
	[KEY_RECALL] = { UINT, 0 },
	[KEY_ALARM] = { BSTR, HASH_LEN },
	[KEY_SIGHT] = { INT, 0 },
	[KEY_UNIT_ROW] = { INT, 0 },
	[KEY_UNIT_LOT] = { INT_UINT, 0 },
	[KEY_UNIT_LOT_AT] = { INT_UINT_TSTR, 0 },
	[KEY_CORRECTION] = { UINT, 0 },
	[KEY_QUERIED] = { UINT_BSTR, HASH_LEN },
	[KEY_SPENT] = { UINT, 0 },
};

static void parse_rest(struct rd *r, size_t parts, struct key_parts *k)
{
	static const struct { uint8_t parts; bool has_int, has_uint; } want[] = {
		[ALONE] = { 1, false, false }, [UINT] = { 2, false, true }, [INT] = { 2, true, false },
		[BSTR] = { 2, false, false }, [TSTR] = { 2, false, false }, [UINT_BSTR] = { 3, false, true },
		[UINT_TSTR] = { 3, false, true }, [INT_UINT] = { 3, true, true }, [INT_UINT_TSTR] = { 4, true, true },
	};
	enum shape shape = shapes[k->kind].shape;

	if (parts != want[shape].parts)
		rd_fail(r, ERR_BAD_VALUE);
	if (want[shape].has_int)
		k->unit = rd_int(r);
	if (want[shape].has_uint)
		k->n = rd_uint(r);
	if (shape == BSTR || shape == UINT_BSTR)
		k->b = rd_bstr_n(r, shapes[k->kind].len);
	if (shape == TSTR || shape == UINT_TSTR || shape == INT_UINT_TSTR)
		k->b = rd_tstr_max(r, SERIAL_MAX);
}

enum err key_parse(struct bytes key, struct key_parts *out)
{
	struct key_parts k = { 0 };
	struct rd r;
	size_t parts;
	enum err e;

	rd_init(&r, key);
	parts = rd_array(&r);
	k.kind = (enum key_kind)rd_uint_max(&r, KEY_KINDS - 1);
	parse_rest(&r, parts, &k);
	e = rd_end(&r);
	if (e == ERR_OK)
		*out = k;
	return e;
}
