#include "tests/fakes/pallets.h"

#include <stdio.h>
#include <stdlib.h>

#define BYTES_MAX ((size_t)8 * 1024 * 1024)

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

/* Scattered over the alphabet, as random serials are. */
struct bytes pallets_serial(unsigned pack, char out[static 13])
{
	snprintf(out, 13, "S%011u", (unsigned)((uint64_t)pack * 7919 % 100000007));
	return bytes_of(out, 12);
}

struct bytes pallets_lot(unsigned pack, char out[static 8])
{
	unsigned lot = pack < PALLETS_PACKS ? pack / PALLETS_LOT : (PALLETS_PACKS - 1) / PALLETS_LOT;

	return bytes_of(out, (size_t)snprintf(out, 8, "LOT%02u", lot));
}

uint64_t pallets_case(unsigned n)
{
	return world_check(9521000110000000 + n);
}

uint64_t pallets_pallet(unsigned n)
{
	return world_check(9521000120000000 + n);
}

/* ---- events and blocks ---- */

void pallets_add(struct pallets *l, enum world_member m, struct event *ev)
{
	struct signed_event *se = &l->events[l->events_n++];

	ev->chain_id = l->head.chain_id;
	ev->time_s = l->now_ms / 1000;
	ev->not_after_s = ev->time_s + EVENT_VALID_S;
	ev->place = world_gln(m);
	l->nonce++;
	memcpy(ev->nonce, &l->nonce, sizeof(ev->nonce));
	world_must(event_encode(ev, l->bytes + l->bytes_n, BYTES_MAX - l->bytes_n, &se->cose));
	world_must(event_decode(&se->event, se->cose));
	crypto_sha256(&se->event.id, se->cose); /* the payload stands in for the signed event */
	se->key = world_key((size_t)m);
	kid_of(&se->event.kid, &se->key);
	l->bytes_n += se->cose.n;
	l->packs_n += se->event.packs_n;
}

void pallets_block(struct pallets *l)
{
	static struct refusal refused[BLOCK_EVENTS_MAX];
	static size_t order[BLOCK_EVENTS_MAX];
	static struct bytes coses[BLOCK_EVENTS_MAX];
	static struct hash ids[BLOCK_EVENTS_MAX];
	static uint8_t buf[HEADER_BYTES_MAX];
	struct chain_overlay ov = overlay_chain(l->overlay);
	struct chain_proposal p;
	struct store_append a = { .certificate = BYTES_LIT("\x80"), .events = coses, .ids = ids };
	struct writes ws;

	overlay_clear(l->overlay);
	writes_init(&ws, l->writes, CHAIN_WRITES_MAX);
	world_must(chain_propose(&l->head, &ov, l->now_ms, world_gln(MFR), l->events, l->events_n, refused, order, &ws, buf,
				 sizeof(buf), &p));
	for (size_t i = 0; i < l->events_n; i++) {
		world_must(refused[i].err);
		coses[i] = l->events[i].cose;
		ids[i] = l->events[i].event.id;
	}
	a.header = &p.header;
	a.header_bytes = p.header_bytes;
	a.events_n = l->events_n;
	world_must(wr_end(&ws.w, &a.writes));
	world_must(store_append(l->store, &a));
	chain_advance(&l->head, &p.header, p.header_bytes, ids);
	l->now_ms += 1000;
	l->events_n = l->bytes_n = l->packs_n = 0;
}

/* ---- the ledger ---- */

static void make_store(struct pallets *l)
{
	static uint8_t genesis[GENESIS_BYTES_MAX];
	struct member_fields all[WORLD_MEMBERS];
	struct genesis_draft draft = { .time_s = WORLD_T0, .name = BYTES_LIT("Bench"), .members = all,
				       .members_n = WORLD_MEMBERS, .validators = { .gln = { world_gln(MFR) }, .n = 1 } };
	struct bytes bytes;

	for (size_t i = 0; i < WORLD_MEMBERS; i++)
		all[i] = world_member((enum world_member)i);
	world_must(genesis_encode(&draft, genesis, sizeof(genesis), &bytes));
	world_must(store_create(l->path, bytes, false));
	world_must(store_open(&l->store, l->path, STORE_WRITE));
	l->now = store_state(l->store, STORE_NOW);
	world_must(overlay_new(&l->overlay, &l->now, false));
	world_must(store_head(l->store, &l->head));
}

static void register_lots(struct pallets *l)
{
	struct event ev = { .type = EV_PRODUCT, .u.product = { .gtin = world_gtin(MFR), .name = BYTES_LIT("Examplin") } };
	char lot[8];

	pallets_add(l, MFR, &ev);
	for (unsigned i = 0; i < PALLETS_PACKS; i += PALLETS_LOT) {
		ev = (struct event){ .type = EV_LOT, .u.lot = { .gtin = world_gtin(MFR), .lot = pallets_lot(i, lot), .expiry = 20991231 } };
		pallets_add(l, MFR, &ev);
	}
	pallets_block(l);
}

static void subject(struct event *ev, unsigned from, unsigned n, uint8_t *buf, size_t cap)
{
	static char serials[EVENT_PACKS_MAX][13];
	static struct pack_id packs[EVENT_PACKS_MAX];
	char lot[8];

	for (unsigned i = 0; i < n; i++)
		packs[i] = (struct pack_id){ world_gtin(MFR), pallets_lot(from + i, lot), pallets_serial(from + i, serials[i]) };
	qsort(packs, n, sizeof(packs[0]), pack_id_cmp);
	world_must(event_groups_encode(packs, n, buf, cap, &ev->groups));
}

static void on_packs(struct pallets *l, enum event_type type, unsigned from, unsigned n, uint64_t sscc)
{
	static uint8_t groups[EVENT_BYTES_MAX];
	struct event ev = { .type = type, .u.sscc = sscc };

	subject(&ev, from, n, groups, sizeof(groups));
	pallets_add(l, MFR, &ev);
	if (l->packs_n + EVENT_PACKS_MAX > BLOCK_PACKS_MAX || l->events_n == BLOCK_EVENTS_MAX)
		pallets_block(l);
}

static void on_units(struct pallets *l, enum world_member who, struct event *ev, uint64_t (*sscc)(unsigned n), unsigned from,
		     unsigned n)
{
	uint8_t buf[16 * 128];
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, n);
	for (unsigned i = 0; i < n; i++)
		wr_uint(&w, sscc(from + i));
	world_must(wr_end(&w, &ev->ssccs));
	pallets_add(l, who, ev);
}

static void pack_pallets(struct pallets *l)
{
	const unsigned cases = PALLETS_PALLET / PALLETS_CASE;

	for (unsigned i = 0; i < PALLETS_PACKS; i += PALLETS_CASE)
		on_packs(l, EV_PACK, i, PALLETS_CASE, pallets_case(i / PALLETS_CASE));
	if (l->events_n)
		pallets_block(l);
	for (unsigned i = 0; i < PALLETS_PACKS / PALLETS_PALLET; i++) {
		struct event ev = { .type = EV_PACK, .u.sscc = pallets_pallet(i) };

		on_units(l, MFR, &ev, pallets_case, i * cases, cases);
		if (l->events_n == 4) /* of 100 units each, which a block counts too */
			pallets_block(l);
	}
	if (l->events_n)
		pallets_block(l);
}

static void hop(struct pallets *l, enum world_member from, enum world_member to)
{
	for (unsigned step = 0; step < 2; step++) {
		for (unsigned i = 0; i < PALLETS_PACKS / PALLETS_PALLET; i++) {
			struct event ev = { .type = step == 0 ? EV_SHIP : EV_RECEIVE, .u.gln = step == 0 ? world_gln(to) : 0 };

			on_units(l, step == 0 ? from : to, &ev, pallets_pallet, i, 1);
		}
		pallets_block(l);
		if (l->old_ev == 0)
			l->old_ev = l->head.log.size;
	}
}

void pallets_make(struct pallets *l, const char *dir)
{
	*l = (struct pallets){ .now_ms = (WORLD_T0 + 1) * 1000 };
	snprintf(l->path, sizeof(l->path), "%s/ledger.db", dir);
	l->events = need(calloc(BLOCK_EVENTS_MAX, sizeof(*l->events)));
	l->bytes = need(malloc(BYTES_MAX));
	l->writes = need(malloc(CHAIN_WRITES_MAX));
	make_store(l);
	register_lots(l);
	for (unsigned i = 0; i < PALLETS_PACKS; i += EVENT_PACKS_MAX)
		on_packs(l, EV_COMMISSION, i, EVENT_PACKS_MAX, 0);
	on_packs(l, EV_COMMISSION, PALLETS_PACKS, PALLETS_LOOSE, 0);
	if (l->events_n)
		pallets_block(l);
	pack_pallets(l);
	hop(l, MFR, DIST);
	hop(l, DIST, DIST2);
	hop(l, DIST2, PHARM);
}

void pallets_free(struct pallets *l)
{
	overlay_free(l->overlay);
	store_close(l->store);
	free(l->events);
	free(l->bytes);
	free(l->writes);
}
