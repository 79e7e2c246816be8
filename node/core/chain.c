#include "node/core/chain.h"

void chain_head_init(struct chain_head *out, const struct hash *chain_id, uint64_t genesis_time_s)
{
	*out = (struct chain_head){ .chain_id = *chain_id, .hash = *chain_id, .time_ms = genesis_time_s * 1000 };
	merkle_edge_init(&out->log);
}

void chain_advance(struct chain_head *head, const struct header *h, struct bytes header_bytes, const struct hash *ids)
{
	struct hash leaf;

	for (uint64_t i = 0; i < h->count; i++) {
		merkle_leaf(&leaf, hash_bytes(&ids[i]));
		merkle_edge_add(&head->log, &leaf);
	}
	head->height = h->height;
	header_hash(&head->hash, header_bytes);
	head->time_ms = h->time_ms;
}

static enum err key_of(const struct state *st, const struct kid *kid, struct pubkey *out)
{
	struct key_row row;
	enum err e = state_key(st, kid, &row);

	if (e == ERR_OK)
		*out = row.key;
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY : e;
}

enum err chain_open_key(const struct state *st, struct bytes cose, struct event_envelope *env, struct pubkey *key)
{
	enum err e = event_open(env, cose);

	return e == ERR_OK ? key_of(st, &env->sign1.kid, key) : e;
}

enum err chain_open_event(const struct state *st, struct bytes cose, struct signed_event *out)
{
	struct event_envelope env;
	enum err e = chain_open_key(st, cose, &env, &out->key);

	out->cose = cose;
	return e == ERR_OK ? event_verify(&env, &out->key, &out->event) : e;
}

/* ---- the trees a header commits to ---- */

void chain_roots_init(struct chain_roots *r, const struct chain_head *head)
{
	r->log = head->log;
	merkle_edge_init(&r->block);
	merkle_edge_init(&r->public);
}

void chain_roots_add(struct chain_roots *r, const struct hash *id, bool is_public)
{
	struct hash leaf;

	merkle_leaf(&leaf, hash_bytes(id));
	merkle_edge_add(&r->block, &leaf);
	merkle_edge_add(&r->log, &leaf);
	if (is_public)
		merkle_edge_add(&r->public, &leaf);
}

enum err chain_roots_end(const struct chain_roots *r, const struct state *st, struct header *h)
{
	struct validator_set set;
	struct chain_row chain;
	enum err e = state_validator_set(st, &set);

	if (e == ERR_OK)
		e = state_chain(st, &chain);
	if (e != ERR_OK)
		return e;
	h->rules_version = chain.rules_version;
	h->count = r->block.size;
	h->log_size = r->log.size;
	merkle_edge_root(&r->block, &h->events_root);
	merkle_edge_root(&r->log, &h->log_root);
	merkle_edge_root(&r->public, &h->public_root);
	h->next_validators = set.hash;
	return ERR_OK;
}

/* ---- one execution, for proposing and for checking ---- */

struct run {
	const struct chain_overlay *ov;
	struct writes *ws;
	struct rules_at at;
	struct chain_roots roots;
	uint64_t things; /* packs and units named */
	size_t bytes;
};

static void run_init(struct run *r, const struct chain_head *head, const struct chain_overlay *ov, struct writes *ws,
		     uint64_t time_ms)
{
	*r = (struct run){ .ov = ov, .ws = ws };
	r->at = (struct rules_at){ .ev = head->log.size + 1, .header_ms = time_ms, .chain_id = head->chain_id };
	chain_roots_init(&r->roots, head);
}

/* The key that the signature was checked with is still the kid's. */
static enum err key_holds(const struct state *st, const struct signed_event *se)
{
	struct pubkey key;
	enum err e = key_of(st, &se->event.kid, &key);

	return e == ERR_OK && memcmp(key.b, se->key.b, PUBKEY_LEN) != 0 ? ERR_BAD_SIGNATURE : e;
}

static size_t things_of(const struct signed_event *se)
{
	return se->event.packs_n + se->event.ssccs_n;
}

static bool has_room(const struct run *r, const struct signed_event *se)
{
	/* header and array heads take less than a kilobyte of a block */
	return r->roots.block.size < BLOCK_EVENTS_MAX && r->things + things_of(se) <= BLOCK_PACKS_MAX &&
	       r->bytes + se->cose.n <= BLOCK_BYTES_MAX - 1024;
}

/* Refusals say something of the event; these say that this machine cannot go on. */
bool chain_is_trouble(enum err e)
{
	return e == ERR_DATABASE || e == ERR_CORRUPT || e == ERR_IO || e == ERR_NO_MEMORY || e == ERR_NO_SPACE ||
	       e == ERR_DISK_FULL || e == ERR_CRYPTO;
}

/* Execute one event.  why->err: it is refused, and has left no trace.  What is returned is trouble. */
static enum err run_event(struct run *r, const struct signed_event *se, struct refusal *why)
{
	size_t from = r->ws->w.n;
	enum err e = key_holds(&r->ov->state, se);

	*why = (struct refusal){ .err = e };
	if (e == ERR_OK)
		e = rules_apply(&r->ov->state, &se->event, &r->at, r->ws, why);
	if (e != ERR_OK)
		return chain_is_trouble(e) ? e : ERR_OK;
	e = r->ov->put(r->ov->state.ctx, bytes_of(r->ws->w.p + from, r->ws->w.n - from));
	if (e != ERR_OK)
		return e;
	chain_roots_add(&r->roots, &se->event.id, event_is_public(se->event.type));
	r->at.ev++;
	r->things += things_of(se);
	r->bytes += se->cose.n;
	return ERR_OK;
}

/* SHA-256 over the array of all writes, its head in front of the sequence. */
static void effects_of(const struct writes *ws, struct hash *out)
{
	uint8_t buf[9];
	struct sha256 s;
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, ws->n);
	crypto_sha256_start(&s);
	crypto_sha256_add(&s, bytes_of(buf, w.n));
	crypto_sha256_add(&s, bytes_of(ws->w.p, ws->w.n));
	crypto_sha256_end(&s, out);
}

/* What follows from the execution, into a header whose link, time and proposer stand. */
static enum err run_end(struct run *r, struct header *h)
{
	enum err e = chain_roots_end(&r->roots, &r->ov->state, h);

	if (e == ERR_OK)
		effects_of(r->ws, &h->effects);
	return e;
}

/* Take what applies, until one finds no room: those behind it wait too, since they may build on it. */
static enum err take_events(struct run *r, const struct signed_event *events, size_t n, struct refusal *refused, size_t *order)
{
	bool full = false;

	for (size_t i = 0; i < n; i++) {
		enum err e = ERR_OK;

		full = full || !has_room(r, &events[i]);
		if (!full)
			e = run_event(r, &events[i], &refused[i]);
		if (e == ERR_NO_SPACE && r->roots.block.size > 0)
			full = true; /* as many writes as a block may make */
		else if (e != ERR_OK)
			return e;
		if (full)
			refused[i] = (struct refusal){ .err = ERR_BUSY };
		else if (refused[i].err == ERR_OK)
			order[r->roots.block.size - 1] = i;
	}
	return ERR_OK;
}

enum err chain_propose(const struct chain_head *head, const struct chain_overlay *ov, uint64_t now_ms, uint64_t proposer,
		       const struct signed_event *events, size_t n, struct refusal *refused, size_t *order, struct writes *ws,
		       uint8_t *buf, size_t cap, struct chain_proposal *out)
{
	struct header h = { .chain_id = head->chain_id, .height = head->height + 1, .prev = head->hash, .proposer = proposer,
			    .time_ms = now_ms > head->time_ms ? now_ms : head->time_ms + 1 };
	struct run r;
	enum err e;

	run_init(&r, head, ov, ws, h.time_ms);
	e = take_events(&r, events, n, refused, order);
	if (e != ERR_OK)
		return e;
	out->taken = r.roots.block.size;
	if (r.roots.block.size == 0)
		return ERR_OK;
	e = run_end(&r, &h);
	out->header = h;
	return e == ERR_OK ? header_encode(&h, buf, cap, &out->header_bytes) : e;
}

static enum err check_link(const struct chain_head *head, const struct header *h)
{
	if (!hash_eq(&h->chain_id, &head->chain_id))
		return ERR_WRONG_CHAIN;
	if (h->height != head->height + 1 || !hash_eq(&h->prev, &head->hash))
		return ERR_NOT_LINKED;
	if (h->has_state_root) /* reserved: no version of the rules says what it must be */
		return ERR_BAD_BLOCK;
	return h->time_ms > head->time_ms ? ERR_OK : ERR_BAD_BLOCK_TIME;
}

/* Proposer and certificate are of the validators that the state before the block names: it commits to the next ones. */
static enum err check_validators(const struct state *st, const struct header *h, struct bytes header_bytes,
				 struct bytes certificate)
{
	struct validator_set set;
	size_t i = 0;
	enum err e = state_validator_set(st, &set);

	if (e != ERR_OK)
		return e;
	while (i < set.n && set.v[i].gln != h->proposer)
		i++;
	if (i == set.n)
		return ERR_BAD_BLOCK;
	return certificate.p ? certificate_verify(&set, h, header_bytes, certificate) : ERR_OK;
}

enum err chain_check_head(const struct chain_head *head, const struct state *st, const struct header *h, struct bytes header_bytes,
			  struct bytes certificate)
{
	enum err e = check_link(head, h);

	return e == ERR_OK ? check_validators(st, h, header_bytes, certificate) : e;
}

enum err chain_compare(const struct header *h, const struct header *ours)
{
	if (h->rules_version != ours->rules_version || h->count != ours->count || h->log_size != ours->log_size ||
	    !hash_eq(&h->events_root, &ours->events_root) || !hash_eq(&h->log_root, &ours->log_root) ||
	    !hash_eq(&h->next_validators, &ours->next_validators) || !hash_eq(&h->public_root, &ours->public_root))
		return ERR_BAD_BLOCK;
	return ERR_OK;
}

static enum err run_all(struct run *r, const struct block *b, const struct signed_event *events, size_t *bad)
{
	for (size_t i = 0; i < b->events_n; i++) {
		struct refusal why = { .err = ERR_BAD_BLOCK };
		enum err e = has_room(r, &events[i]) ? run_event(r, &events[i], &why) : ERR_OK;

		if (e != ERR_OK)
			return e;
		if (why.err != ERR_OK) {
			*bad = i;
			return why.err;
		}
	}
	return ERR_OK;
}

enum err chain_check(const struct chain_head *head, const struct chain_overlay *ov, const struct block *b, struct bytes certificate,
		     const struct signed_event *events, struct writes *ws, size_t *bad)
{
	struct header ours = b->header;
	struct run r;
	enum err e = chain_check_head(head, &ov->state, &b->header, b->header_bytes, certificate);

	*bad = SIZE_MAX;
	if (e != ERR_OK)
		return e;
	run_init(&r, head, ov, ws, b->header.time_ms);
	e = run_all(&r, b, events, bad);
	if (e == ERR_OK)
		e = run_end(&r, &ours);
	if (e == ERR_OK)
		e = chain_compare(&b->header, &ours);
	return e == ERR_OK && !hash_eq(&b->header.effects, &ours.effects) ? ERR_EFFECTS_DIFFER : e;
}
