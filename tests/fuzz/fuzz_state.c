/* Keys and values of the state, which may be read from a damaged disk: whatever is accepted is the one encoding of what
 * it says.  Input: a key kind, then a value of that kind; or KEYS and a key. */
#include "tests/fakes/fuzz.h"
#include "tests/fakes/world.h"

#define KEYS 0xFF

/* Decode a value and write it again. */
#define AGAIN(type)                                                       \
	static enum err again_##type(struct bytes value, struct wr *w)    \
	{                                                                 \
		struct type##_row row = { 0 };                            \
		enum err e = type##_row_decode(value, &row);              \
                                                                          \
		if (e == ERR_OK)                                          \
			type##_row_write(w, &row);                        \
		return e;                                                 \
	}
AGAIN(chain)
AGAIN(event)
AGAIN(member)
AGAIN(key)
AGAIN(label_key)
AGAIN(product)
AGAIN(lot)
AGAIN(batch)
AGAIN(pack)
AGAIN(custody)
AGAIN(flags)
AGAIN(prefix)
AGAIN(unit)
AGAIN(unit_lot)
AGAIN(recall)
AGAIN(alarm)
AGAIN(sight)
AGAIN(correction)
AGAIN(spent)

typedef enum err again_fn(struct bytes value, struct wr *w);
static again_fn *const again[] = {
	[KEY_CHAIN] = again_chain,	   [KEY_EVENT] = again_event,	  [KEY_MEMBER] = again_member,
	[KEY_KEY] = again_key,		   [KEY_LABEL_KEY] = again_label_key, [KEY_PRODUCT] = again_product,
	[KEY_LOT] = again_lot,		   [KEY_BATCH] = again_batch,	  [KEY_PACK] = again_pack,
	[KEY_CUSTODY] = again_custody, [KEY_FLAG] = again_flags,	  [KEY_PREFIX] = again_prefix,
	[KEY_RECALL] = again_recall,	   [KEY_ALARM] = again_alarm,	  [KEY_SIGHT] = again_sight,
	[KEY_UNIT_ROW] = again_unit,	   [KEY_UNIT_LOT] = again_unit_lot, [KEY_CORRECTION] = again_correction,
	[KEY_SPENT] = again_spent,
};
#define KINDS (sizeof(again) / sizeof(again[0]))

/* Its key is made of a text whose hash stands in it. */
static struct bytes queried_again(const struct key_parts *k, uint8_t buf[static STATE_KEY_MAX])
{
	struct wr w;

	wr_init(&w, buf, STATE_KEY_MAX);
	wr_array(&w, 3);
	wr_uint(&w, KEY_QUERIED);
	wr_uint(&w, k->n);
	wr_bstr(&w, k->b);
	return bytes_of(buf, w.n);
}

static struct bytes key_again(const struct key_parts *k, uint8_t buf[static STATE_KEY_MAX])
{
	struct hash hash = { { 0 } };
	struct kid kid = { { 0 } };

	if (k->b.n == HASH_LEN)
		memcpy(hash.b, k->b.p, HASH_LEN);
	if (k->b.n == KID_LEN)
		memcpy(kid.b, k->b.p, KID_LEN);
	switch (k->kind) {
	case KEY_CHAIN:
		return key_chain(buf);
	case KEY_EVENT:
		return key_event(buf, k->n);
	case KEY_EVENT_ID:
		return key_event_id(buf, &hash);
	case KEY_MEMBER:
		return key_member(buf, k->n);
	case KEY_KEY:
		return key_key(buf, &kid);
	case KEY_LABEL_KEY:
		return key_label_key(buf, k->b.p);
	case KEY_PRODUCT:
		return key_product(buf, k->n);
	case KEY_LOT:
		return key_lot(buf, k->n, k->b);
	case KEY_BATCH:
		return key_batch(buf, k->n);
	case KEY_PACK:
		return key_pack(buf, k->n, k->b);
	case KEY_CUSTODY:
		return key_custody(buf, k->unit);
	case KEY_INSIDE:
		return key_inside(buf, k->unit);
	case KEY_UNIT:
		return key_unit(buf, k->n);
	case KEY_FLAG:
		return key_flags(buf, k->unit);
	case KEY_DEVICE:
		return key_device(buf, k->n, &hash);
	case KEY_PROPOSAL:
		return key_proposal(buf, &hash);
	case KEY_VALIDATORS:
		return key_validators(buf);
	case KEY_PREFIX:
		return key_prefix(buf, k->b);
	case KEY_LABEL_KEYS:
		return key_label_keys(buf, k->n);
	case KEY_RECALL:
		return key_recall(buf, k->n);
	case KEY_ALARM:
		return key_alarm(buf, &hash);
	case KEY_SIGHT:
		return key_sight(buf, k->unit);
	case KEY_UNIT_ROW:
		return key_unit_row(buf, k->unit);
	case KEY_UNIT_LOT:
		return key_unit_lot(buf, k->unit, k->n);
	case KEY_UNIT_LOT_AT:
		return key_unit_lot_at(buf, k->unit, k->n, k->b);
	case KEY_CORRECTION:
		return key_correction(buf, k->n);
	case KEY_QUERIED:
		return queried_again(k, buf);
	case KEY_SPENT:
		return key_spent(buf, k->n);
	}
	return (struct bytes){ 0 };
}

static enum fuzz_result one_key(struct bytes key)
{
	uint8_t buf[STATE_KEY_MAX];
	struct key_parts parts;

	if (key_parse(key, &parts))
		return FUZZ_REFUSED;
	return bytes_eq(key_again(&parts, buf), key) ? FUZZ_ACCEPTED : FUZZ_WRONG;
}

static enum fuzz_result one(struct bytes in)
{
	uint8_t buf[2 * STATE_VALUE_MAX];
	struct bytes rest, out;
	struct wr w;

	if (in.n == 0)
		return FUZZ_REFUSED;
	rest = bytes_of(in.p + 1, in.n - 1);
	if (in.p[0] == KEYS)
		return one_key(rest);
	if (in.p[0] >= KINDS || again[in.p[0]] == NULL)
		return FUZZ_REFUSED;
	wr_init(&w, buf, sizeof(buf));
	if (again[in.p[0]](rest, &w))
		return FUZZ_REFUSED;
	return wr_end(&w, &out) == ERR_OK && bytes_eq(out, rest) ? FUZZ_ACCEPTED : FUZZ_WRONG;
}

static void seed(uint8_t first, struct bytes rest)
{
	uint8_t buf[1 + STATE_VALUE_MAX];

	buf[0] = first;
	memcpy(buf + 1, rest.p, rest.n);
	fuzz_seed(bytes_of(buf, 1 + rest.n));
}

/* What the last event wrote. */
static void seed_writes(struct world *w)
{
	struct key_parts parts;
	struct writes_it it;
	struct bytes key, val;

	writes_it_init(&it, bytes_of(w->buf, w->ws.w.n));
	while (writes_it_next(&it, &key, &val)) {
		seed(KEYS, key);
		world_must(key_parse(key, &parts));
		if (val.p && parts.kind < KINDS && again[parts.kind])
			seed((uint8_t)parts.kind, val);
	}
}

static void seed_unit(struct world *w)
{
	const char *const serials[] = { "A", NULL };
	struct event ev = world_pack_event(w, MFR, EV_PACK, MFR, LOT_GOOD, serials);

	ev.u.sscc = world_check(95210001000000001);
	world_must(world_apply(w, MFR, &ev));
	seed_writes(w);
}

static void seed_cases(struct world *w)
{
	struct event ev = world_event(w, REG, EV_RECALL);

	ev.u.recall.gtin = world_gtin(MFR);
	ev.u.recall.lot = BYTES_LIT(LOT_GOOD);
	ev.u.recall.defect = 1;
	ev.u.recall.why = BYTES_LIT("glass");
	world_must(world_apply(w, REG, &ev));
	seed_writes(w);
	ev = world_event(w, MFR, EV_CONFIRM);
	ev.u.hash = w->last_id;
	world_must(world_apply(w, MFR, &ev));
	seed_writes(w);
	ev = world_event(w, REG, EV_WITHDRAW);
	ev.u.recall.gtin = world_gtin(MFR);
	ev.u.recall.defect = 3;
	ev.u.recall.why = BYTES_LIT("name");
	ev.u.recall.market = (struct country){ "BE" };
	world_must(world_apply(w, REG, &ev));
	seed_writes(w);
	ev = world_event(w, PHARM, EV_ALARM);
	ev.u.alarm.gtin = world_gtin(MFR);
	ev.u.alarm.serial = BYTES_LIT("A");
	ev.u.alarm.reason = 10;
	world_must(world_apply(w, PHARM, &ev));
	seed_writes(w);
	ev = world_event(w, PHARM, EV_CORRECTION);
	ev.u.about.hash = w->last_id;
	ev.u.about.text = BYTES_LIT("misread");
	world_must(world_apply(w, PHARM, &ev));
	seed_writes(w);
}

static void seed_history(void)
{
	struct member_fields m = world_member(NEWCOMER);
	struct event ev;
	struct world w;

	world_init(&w, 1);
	world_must(world_commission(&w, "A"));
	seed_writes(&w);
	seed_unit(&w);
	world_must(world_ship(&w, MFR, PHARM, "A"));
	seed_writes(&w);
	seed_cases(&w);
	world_must(world_do(&w, REG, EV_LOCK, "A"));
	seed_writes(&w);
	ev = world_event(&w, MFR, EV_MEMBER);
	m.located = true;
	m.prefixes = (struct prefixes){ .n = 2, .v = { { "4000", 4 }, { "500000", 6 } } };
	ev.u.member = m;
	world_must(world_apply(&w, MFR, &ev));
	seed_writes(&w);
	ev = world_event(&w, MFR, EV_LABEL_KEY);
	ev.u.label_key.key = world_key(10);
	ev.u.label_key.prefixes = world_member(MFR).prefixes;
	world_must(world_apply(&w, MFR, &ev));
	seed_writes(&w);
	ev = world_event(&w, MFR, EV_LOT);
	ev.u.lot.gtin = world_gtin(MFR);
	ev.u.lot.lot = BYTES_LIT("L9");
	ev.u.lot.expiry = 20301231;
	world_must(world_apply(&w, MFR, &ev));
	seed_writes(&w);
	ev = world_event(&w, DIST, EV_DEVICE_REVOKE);
	world_must(world_apply(&w, DIST, &ev));
	seed_writes(&w);
	ev = world_event(&w, MFR, EV_PRODUCT);
	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = BYTES_LIT("Examplin");
	world_must(world_apply(&w, MFR, &ev));
	seed_writes(&w);
	world_free(&w);
}

int main(int argc, char **argv)
{
	seed_history();
	return fuzz_run("fuzz_state", argc, argv, 1000000, one);
}
