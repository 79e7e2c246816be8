#include "node/prover.h"

#include "node/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct prover {
	struct client *client;
	struct header header;
	uint64_t proved_ev; /* the one checked last */
	struct hash proved_id;
};

static enum err say(struct config_fault *why, enum err e, const char *what)
{
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "%s: %s", what, err_text(e));
	return e;
}

/* The validators in force when the block at this height was made. */
static enum err find_validators(const char *db, uint64_t height, struct validator_set *out)
{
	struct bytes header, certificate;
	uint64_t first_ev, events;
	struct store *s = NULL;
	struct state before;
	enum err e = store_open(&s, db, STORE_READ);

	if (e == ERR_OK)
		e = store_block_head(s, height, &header, &certificate, &first_ev, &events);
	if (e == ERR_OK) {
		before = store_state(s, first_ev - 1);
		e = state_validator_set(&before, out);
	}
	store_close(s);
	return e;
}

/* head = [ header: bstr, certificate ] */
static enum err take_head(struct prover *p, struct bytes body, const char *db)
{
	struct bytes header, certificate;
	struct validator_set set;
	struct rd r;
	enum err e;

	rd_init(&r, body);
	rd_array_n(&r, 2);
	header = rd_bstr_max(&r, HEADER_BYTES_MAX);
	certificate = rd_skip(&r);
	e = rd_end(&r);
	if (e == ERR_OK)
		e = header_decode(&p->header, header);
	if (e == ERR_OK)
		e = find_validators(db, p->header.height, &set);
	return e == ERR_OK ? certificate_verify(&set, &p->header, header, certificate) : e;
}

enum err prover_open(struct prover **out, struct client *c, const struct node_config *cfg, struct config_fault *why)
{
	struct prover *p = calloc(1, sizeof(*p));
	char db[CONFIG_PATH_MAX];
	struct net_result r;
	enum err e = p ? config_path(db, cfg->dir, "ledger.db") : ERR_NO_MEMORY;

	if (e != ERR_OK) {
		free(p);
		return say(why, e, "proof");
	}
	p->client = c;
	e = client_get(c, "head", NULL, &r, why);
	if (e == ERR_OK)
		e = say(why, take_head(p, r.body, db), "the newest header is not proved");
	if (e != ERR_OK) {
		free(p);
		return e;
	}
	*out = p;
	return ERR_OK;
}

void prover_close(struct prover *p)
{
	free(p);
}

uint64_t prover_height(const struct prover *p)
{
	return p->header.height;
}

/* node.cddl: inclusion-proof = [ ev: uint, id: hash, size: uint, root: hash, [* hash] ] */
static enum err check(const struct prover *p, struct bytes body, uint64_t ev, const struct hash *id)
{
	struct hash path[MERKLE_PATH_MAX], leaf;
	struct rd r;
	size_t n;

	rd_init(&r, body);
	rd_array_n(&r, 5);
	rd_uint(&r);
	rd_skip(&r); /* what the node says is what is to be proved: number, id, size and root are known */
	rd_uint(&r);
	rd_skip(&r);
	n = rd_array(&r);
	if (n > MERKLE_PATH_MAX)
		return ERR_BAD_PROOF;
	for (size_t i = 0; i < n; i++) {
		struct bytes h = rd_bstr_n(&r, HASH_LEN);

		if (h.n == HASH_LEN)
			memcpy(path[i].b, h.p, HASH_LEN);
	}
	if (rd_end(&r) != ERR_OK)
		return ERR_BAD_PROOF;
	merkle_leaf(&leaf, hash_bytes(id));
	return merkle_verify_inclusion(&leaf, ev - 1, p->header.log_size, path, n, &p->header.log_root);
}

enum err prover_check(struct prover *p, uint64_t ev, const struct hash *id, struct config_fault *why)
{
	struct net_result r;
	char query[64], what[48];
	enum err e;

	if (ev == p->proved_ev && hash_eq(id, &p->proved_id))
		return ERR_OK;
	snprintf(what, sizeof(what), "event %" PRIu64 " is not proved", ev);
	if (ev == 0 || ev > p->header.log_size) /* came after the header; or nobody's */
		return say(why, ERR_BAD_PROOF, what);
	snprintf(query, sizeof(query), "ev=%" PRIu64 "&size=%" PRIu64, ev, p->header.log_size);
	e = client_get(p->client, "proof", query, &r, why);
	if (e == ERR_OK)
		e = say(why, check(p, r.body, ev, id), what);
	if (e == ERR_OK) {
		p->proved_ev = ev;
		p->proved_id = *id;
	}
	return e;
}
