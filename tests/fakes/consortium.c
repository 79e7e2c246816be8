#include "tests/fakes/consortium.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITES_MAX ((size_t)8 * 1024 * 1024)
#define BYTES_MAX ((size_t)BLOCK_BYTES_MAX + EVENT_BYTES_MAX)

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

static void key_path(const struct consortium *c, size_t member, char *out, size_t cap)
{
	snprintf(out, cap, "%s/%zu.key", c->dir, member);
}

static void make_keys(struct consortium *c)
{
	char path[96];

	for (size_t i = 0; i < WORLD_MEMBERS; i++) {
		key_path(c, i, path, sizeof(path));
		world_must(signer_create(path));
		world_must(signer_load(&c->signers[i], path));
	}
}

static void make_genesis(struct consortium *c)
{
	struct member_fields all[WORLD_MEMBERS];
	struct genesis_draft draft = { .time_s = WORLD_T0, .name = BYTES_LIT("Test"), .members = all,
				       .members_n = WORLD_MEMBERS, .validators = { .gln = { world_gln(MFR) }, .n = 1 } };
	struct bytes genesis;

	for (size_t i = 0; i < WORLD_MEMBERS; i++) {
		all[i] = world_member((enum world_member)i);
		all[i].key = *signer_pubkey(c->signers[i]);
	}
	world_must(genesis_encode(&draft, c->bytes, BYTES_MAX, &genesis));
	world_must(store_create(c->path, genesis, false));
}

static void add_product(struct consortium *c)
{
	struct event ev = { .type = EV_PRODUCT };

	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = BYTES_LIT("Examplin 20 mg, 30 tablets");
	consortium_add(c, MFR, &ev);
	ev = (struct event){ .type = EV_LOT };
	ev.u.lot.gtin = world_gtin(MFR);
	ev.u.lot.lot = BYTES_LIT(LOT_GOOD);
	ev.u.lot.expiry = 20991231;
	consortium_add(c, MFR, &ev);
	world_must(consortium_block(c));
}

void consortium_release(struct consortium *c)
{
	struct event ev = { .type = EV_RELEASE_KEY };
	struct signer *events = c->signers[MFR], *release;
	char path[96];

	key_path(c, WORLD_MEMBERS, path, sizeof(path));
	world_must(signer_create(path));
	world_must(signer_load(&release, path));
	ev.u.key = *signer_pubkey(release);
	consortium_add(c, MFR, &ev);
	world_must(consortium_block(c));
	ev = (struct event){ .type = EV_LOT_RELEASE };
	ev.u.lot.gtin = world_gtin(MFR);
	ev.u.lot.lot = BYTES_LIT(LOT_GOOD);
	c->signers[MFR] = release;
	consortium_add(c, MFR, &ev);
	c->signers[MFR] = events;
	signer_free(release);
	world_must(consortium_block(c));
}

void consortium_init(struct consortium *c, const char *where)
{
	*c = (struct consortium){ .now_ms = (WORLD_T0 + 1) * 1000 };
	snprintf(c->dir, sizeof(c->dir), "%s/rxchain-test-XXXXXX", where ? where : "/tmp");
	need(mkdtemp(c->dir));
	snprintf(c->path, sizeof(c->path), "%s/ledger.db", c->dir);
	c->events = need(calloc(BLOCK_EVENTS_MAX, sizeof(*c->events)));
	c->coses = need(calloc(BLOCK_EVENTS_MAX, sizeof(*c->coses)));
	c->ids = need(calloc(BLOCK_EVENTS_MAX, sizeof(*c->ids)));
	c->bytes = need(malloc(BYTES_MAX));
	c->groups = need(malloc(2 * EVENT_BYTES_MAX));
	c->writes = need(malloc(WRITES_MAX));
	make_keys(c);
	make_genesis(c);
	consortium_open(c);
	add_product(c);
}

void consortium_open(struct consortium *c)
{
	world_must(store_open(&c->store, c->path, STORE_WRITE));
	c->now = store_state(c->store, STORE_NOW);
	world_must(overlay_new(&c->overlay, &c->now, false));
	world_must(store_head(c->store, &c->head));
	if (c->now_ms <= c->head.time_ms)
		c->now_ms = c->head.time_ms + 1000;
}

void consortium_close(struct consortium *c)
{
	overlay_free(c->overlay);
	store_close(c->store);
	c->overlay = NULL;
	c->store = NULL;
}

void consortium_free(struct consortium *c)
{
	char command[160];

	consortium_close(c);
	for (size_t i = 0; i < WORLD_MEMBERS; i++)
		signer_free(c->signers[i]);
	free(c->events);
	free(c->coses);
	free(c->ids);
	free(c->bytes);
	free(c->groups);
	free(c->writes);
	snprintf(command, sizeof(command), "rm -rf '%s'", c->dir);
	if (system(command) != 0)
		abort();
}

void consortium_serial(char out[static 17], uint64_t n)
{
	/* splitmix64: one to one, so that no serial comes twice */
	n += 0x9e3779b97f4a7c15ULL;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ULL;
	n = (n ^ n >> 27) * 0x94d049bb133111ebULL;
	snprintf(out, 17, "%016llX", (unsigned long long)(n ^ n >> 31));
}

struct hash consortium_add(struct consortium *c, enum world_member who, struct event *ev)
{
	static uint8_t payload[EVENT_BYTES_MAX];
	struct signed_event *se = &c->events[c->events_n];
	struct event_envelope env;
	struct bytes bytes;

	if (c->events_n == BLOCK_EVENTS_MAX || c->bytes_n > BYTES_MAX - EVENT_BYTES_MAX)
		abort();
	ev->chain_id = c->head.chain_id;
	ev->time_s = c->now_ms / 1000;
	ev->not_after_s = ev->time_s + EVENT_VALID_S;
	ev->place = world_gln(who);
	c->nonce++;
	memcpy(ev->nonce, &c->nonce, sizeof(ev->nonce));
	world_must(event_encode(ev, payload, sizeof(payload), &bytes));
	world_must(signer_sign1(c->signers[who], CT_EVENT, bytes, false, c->bytes + c->bytes_n, BYTES_MAX - c->bytes_n, &se->cose));
	c->bytes_n += se->cose.n;
	se->key = *signer_pubkey(c->signers[who]);
	world_must(event_open(&env, se->cose));
	world_must(event_verify(&env, &se->key, &se->event));
	c->events_n++;
	return se->event.id;
}

struct hash consortium_packs(struct consortium *c, enum world_member who, enum event_type type, uint64_t first, size_t n,
			     enum world_member peer)
{
	char(*serials)[17] = need(malloc(n * sizeof(*serials)));
	struct pack_id *packs = need(malloc(n * sizeof(*packs)));
	struct event ev = { .type = type };
	struct hash id;

	for (size_t i = 0; i < n; i++) {
		consortium_serial(serials[i], first + i);
		packs[i] = (struct pack_id){ world_gtin(MFR), BYTES_LIT(LOT_GOOD), bytes_of(serials[i], 16) };
	}
	qsort(packs, n, sizeof(*packs), pack_id_cmp);
	world_must(event_groups_encode(packs, n, c->groups, 2 * EVENT_BYTES_MAX, &ev.groups));
	if (type == EV_SHIP || type == EV_RETURN)
		ev.u.gln = world_gln(peer);
	if (type == EV_LOCK || type == EV_DESTROY)
		ev.u.reason = BYTES_LIT("damaged");
	id = consortium_add(c, who, &ev);
	free(serials);
	free(packs);
	return id;
}

/* MFR's vote is the quorum. */
static void certify(struct consortium *c)
{
	struct final final = { .chain_id = c->head.chain_id, .height = c->proposal.header.height };
	struct validator_set set;
	struct vote vote = { .index = 0 };
	struct hash digest;

	world_must(state_validator_set(&c->now, &set));
	header_hash(&final.header_hash, c->proposal.header_bytes);
	world_must(final_digest(&final, &set.v[0].kid, &digest));
	world_must(signer_sign(c->signers[MFR], &digest, vote.sig));
	world_must(certificate_build(&set, 0, &vote, 1, c->certificate, sizeof(c->certificate), &c->append.certificate));
}

enum err consortium_make(struct consortium *c)
{
	static struct refusal refused[BLOCK_EVENTS_MAX];
	static size_t order[BLOCK_EVENTS_MAX];
	struct chain_overlay ov = overlay_chain(c->overlay);
	struct writes ws;

	overlay_clear(c->overlay);
	writes_init(&ws, c->writes, WRITES_MAX);
	world_must(chain_propose(&c->head, &ov, c->now_ms, world_gln(MFR), c->events, c->events_n, refused, order, &ws,
				 c->header, sizeof(c->header), &c->proposal));
	c->refused = refused[0];
	for (size_t i = 0; i < c->events_n; i++) {
		c->coses[i] = c->events[i].cose;
		c->ids[i] = c->events[i].event.id;
		if (refused[i].err != ERR_OK)
			c->refused = refused[i];
	}
	if (c->proposal.taken != c->events_n) {
		c->events_n = c->bytes_n = 0;
		return c->refused.err;
	}
	c->append = (struct store_append){ .header = &c->proposal.header, .header_bytes = c->proposal.header_bytes,
					   .events = c->coses, .ids = c->ids, .events_n = c->events_n,
					   .outbox_done = c->ids, .outbox_done_n = c->events_n };
	certify(c);
	world_must(wr_end(&ws.w, &c->append.writes));
	c->events_n = c->bytes_n = 0;
	return ERR_OK;
}

enum err consortium_append(struct consortium *c)
{
	enum err e = store_append(c->store, &c->append);

	if (e == ERR_OK) {
		chain_advance(&c->head, &c->proposal.header, c->proposal.header_bytes, c->ids);
		c->now_ms += 1000;
	}
	return e;
}

enum err consortium_block(struct consortium *c)
{
	enum err e = consortium_make(c);

	return e == ERR_OK ? consortium_append(c) : e;
}
