#include "tests/sim/sim_ledger.h"

#include <stdio.h>
#include <stdlib.h>

#define ROW_BYTES 4096
#define LABEL_KEY (WORLD_MEMBERS + 1) /* of the world's keys: nobody else has it */
#define GROUPS_BYTES (64 * 1024)
#define PAYLOAD_BYTES (128 * 1024)

uint64_t sim_gtin(int maker)
{
	return maker == 0 ? world_check(952100010002) : world_gtin(MFR2);
}

static uint64_t gln_of(int party)
{
	return party < SIM_MAKERS ? world_gln((enum world_member)party) : world_check(952177700000 + (uint64_t)party);
}

static enum role role_of(int party)
{
	if (party < SIM_MAKERS)
		return ROLE_MANUFACTURER;
	if (party < sim_pharmacy(0))
		return ROLE_DISTRIBUTOR;
	return party < SIM_AGENCY ? ROLE_PHARMACY : ROLE_REGULATOR;
}

struct member_row sim_member(struct sim_ledger *l, int party)
{
	struct member_row row;

	world_must(state_member(&l->w.st, l->gln[party], &row));
	return row;
}

static void put_member(struct sim_ledger *l, int party, const struct member_row *row)
{
	uint8_t key[STATE_KEY_MAX], value[ROW_BYTES];
	struct bytes written;
	struct wr w;

	wr_init(&w, value, sizeof(value));
	member_row_write(&w, row);
	world_must(wr_end(&w, &written));
	memstate_set(l->w.mem, key_member(key, l->gln[party]), written);
}

/* Who founds a chain and how is not what is measured: further members are put into the state, with keys that verify nothing. */
static struct member_row new_member(struct sim_ledger *l, int party)
{
	struct key_row key = { .owner = l->gln[party], .purpose = KEY_FOR_EVENTS };
	struct member_row row = { .role = role_of(party) };
	uint8_t buf[STATE_KEY_MAX], value[ROW_BYTES];
	struct bytes written;
	struct wr w;

	memset(key.key.b, party + 1, PUBKEY_LEN);
	key.key.b[0] = 4;
	kid_of(&row.kid, &key.key);
	row.name_n = (size_t)snprintf((char *)row.name, sizeof(row.name), "Party %d", party);
	row.contact_n = (size_t)snprintf((char *)row.contact, sizeof(row.contact), "+32 2 555 %04d", party);
	memcpy(row.ca, "none", row.ca_n = 4);
	wr_init(&w, value, sizeof(value));
	key_row_write(&w, &key);
	world_must(wr_end(&w, &written));
	memstate_set(l->w.mem, key_key(buf, &row.kid), written);
	return row;
}

/* A country of 600 by 800 km. */
static void place(struct member_row *row, struct sim_random *r)
{
	row->located = true;
	row->lat_udeg = 47500000 + sim_pick(r, 7000000);
	row->lon_udeg = 6500000 + sim_pick(r, 8000000);
}

static void add_product_and_key(struct sim_ledger *l)
{
	const uint8_t id[LABEL_KEY_ID_LEN] = SIM_LABEL_KEY;
	struct event ev = world_event(&l->w, MFR, EV_PRODUCT);

	ev.u.product.gtin = sim_gtin(0);
	ev.u.product.name = BYTES_LIT("Examplin forte 40 mg, 30 tablets");
	ev.u.product.always_signed = true;
	world_must(world_apply(&l->w, MFR, &ev));
	ev = world_event(&l->w, MFR, EV_LABEL_KEY);
	memcpy(ev.u.label_key.id, id, sizeof(id));
	ev.u.label_key.key = world_key(LABEL_KEY);
	ev.u.label_key.prefixes = world_member(MFR).prefixes;
	world_must(world_apply(&l->w, MFR, &ev));
}

void sim_ledger_init(struct sim_ledger *l, struct sim_random *r, double unlocated, double skew_s)
{
	*l = (struct sim_ledger){ .refused = 0 };
	world_init(&l->w, 1);
	for (int i = 0; i < SIM_PARTIES; i++) {
		struct member_row row;

		l->gln[i] = gln_of(i);
		row = i < SIM_MAKERS ? sim_member(l, i) : new_member(l, i);
		place(&row, r);
		if (role_of(i) == ROLE_PHARMACY && sim_chance(r, unlocated))
			row.located = false;
		l->kid[i] = row.kid;
		l->skew_s[i] = (int64_t)((sim_unit(r) * 2 - 1) * skew_s);
		put_member(l, i, &row);
	}
	add_product_and_key(l);
}

void sim_ledger_free(struct sim_ledger *l)
{
	world_free(&l->w);
}

void sim_ledger_lot(struct sim_ledger *l, enum event_type type, int maker, const char *lot, uint64_t now_s, uint64_t packs,
		    uint64_t until_s)
{
	const enum world_member m = (enum world_member)maker;
	const struct pubkey key = world_key(WORLD_RELEASE_KEY(m));
	struct kid events = l->w.kid[m];
	struct event ev;

	l->w.now_ms = now_s * 1000;
	ev = world_event(&l->w, m, type);
	ev.u.lot.gtin = sim_gtin(maker);
	ev.u.lot.lot = bytes_of_str(lot);
	ev.u.lot.expiry = SIM_EXPIRY;
	ev.u.lot.packs = packs;
	ev.u.lot.until_s = until_s;
	if (type == EV_LOT_RELEASE)
		kid_of(&l->w.kid[m], &key);
	world_must(world_apply(&l->w, m, &ev));
	l->w.kid[m] = events;
}

static void fill_fields(const struct sim_ledger *l, const struct sim_event *e, struct event *ev)
{
	if (e->type == EV_SHIP)
		ev->u.gln = l->gln[e->peer];
	else if (e->type == EV_VOID_SHIP || e->type == EV_UNDO_DISPENSE)
		ev->u.hash = e->target;
	else if (e->type == EV_LOCK || e->type == EV_STOLEN)
		ev->u.reason = BYTES_LIT("missing or suspect");
}

static enum err apply(struct sim_ledger *l, int party, struct event *ev, uint64_t now_s, uint64_t at_s)
{
	static uint8_t payload[PAYLOAD_BYTES];
	struct event decoded;
	struct bytes encoded;
	enum err err;

	ev->chain_id = l->w.chain_id;
	ev->place = l->gln[party];
	ev->time_s = at_s;
	ev->not_after_s = at_s + EVENT_VALID_S;
	memcpy(ev->nonce, &l->w.ev, sizeof(ev->nonce));
	world_must(event_encode(ev, payload, sizeof(payload), &encoded));
	world_must(event_decode(&decoded, encoded));
	crypto_sha256(&decoded.id, encoded); /* stands in for the Sig_structure's */
	decoded.kid = l->kid[party];
	l->w.last_id = decoded.id;
	l->w.now_ms = now_s * 1000;
	err = world_apply_signed(&l->w, &decoded);
	l->refused += err != ERR_OK;
	return err;
}

enum err sim_ledger_alarm(struct sim_ledger *l, int party, const struct verdict_question *q, enum reason reason, uint64_t now_s,
			  uint64_t at_s)
{
	struct event ev = { .type = EV_ALARM };

	ev.u.alarm.gtin = q->gtin;
	ev.u.alarm.serial = q->serial;
	ev.u.alarm.reason = (uint64_t)reason;
	ev.u.alarm.lot = q->lot;
	ev.u.alarm.expiry = q->expiry;
	return apply(l, party, &ev, now_s, at_s);
}

enum err sim_ledger_event(struct sim_ledger *l, const struct sim_event *e)
{
	static uint8_t groups[GROUPS_BYTES];
	struct pack_id *packs = calloc(e->serials_n, sizeof(*packs));
	struct event ev = { .type = e->type };

	if (packs == NULL)
		abort();
	for (size_t i = 0; i < e->serials_n; i++)
		packs[i] = (struct pack_id){ sim_gtin(e->maker), bytes_of_str(e->lot), e->serials[i] };
	qsort(packs, e->serials_n, sizeof(*packs), pack_id_cmp);
	world_must(event_groups_encode(packs, e->serials_n, groups, sizeof(groups), &ev.groups));
	free(packs);
	fill_fields(l, e, &ev);
	return apply(l, e->party, &ev, e->now_s, e->at_s);
}
