/* Goods in the swarm, and the recall of their lot. */
#include "node/core/state.h"
#include "tests/fakes/swarm_internal.h"
#include "tests/fakes/world.h"

#include <stdlib.h>
#include <string.h>

#define PACKS_EACH 100u
#define LOT "RECALL20"

/* ---- goods ---- */

/* Sign, post at the validator, and wait until it is final. */
static bool done_by(struct swarm *s, struct signer *signer, uint64_t gln, struct event *ev)
{
	return swarm_post(s, s->poster, swarm_sign(s, signer, gln, ev)) && swarm_run_until(s, SPREAD_MS, swarm_posted) &&
	       swarm_taken(s);
}

static bool done_by_maker(struct swarm *s, struct event *ev)
{
	return done_by(s, s->sources[SWARM_VALIDATOR].signer, MAKER, ev);
}

/* Packs from .. from + n - 1 of the lot. */
static bool on_packs(const struct swarm *s, struct event *ev, unsigned from, unsigned n)
{
	static uint8_t groups[EVENT_BYTES_MAX];
	static struct pack_id packs[(SWARM_HOLDERS_MAX + 1) * PACKS_EACH];
	static char serials[(SWARM_HOLDERS_MAX + 1) * PACKS_EACH][12];

	for (unsigned i = 0; i < n; i++)
		packs[i] = (struct pack_id){ s->sources[SWARM_VALIDATOR].gtin, BYTES_LIT(LOT),
					     bytes_of(serials[i], (size_t)snprintf(serials[i], sizeof(serials[i]), "S%05u", from + i)) };
	return event_groups_encode(packs, n, groups, sizeof(groups), &ev->groups) == ERR_OK;
}

static uint64_t case_of(unsigned holder)
{
	return world_check(9506000134000000u + holder);
}

static void on_case(struct event *ev, unsigned holder, uint8_t buf[static 16])
{
	struct wr w;

	wr_init(&w, buf, 16);
	wr_array(&w, 1);
	wr_uint(&w, case_of(holder));
	ev->ssccs = bytes_of(buf, w.n);
}

static bool release(struct swarm *s)
{
	struct event key = { .type = EV_RELEASE_KEY }, lot = { .type = EV_LOT_RELEASE };
	struct signer *signer = NULL;
	char path[64];
	bool ok;

	snprintf(path, sizeof(path), "%s/release.key", s->dir);
	ok = signer_create(path) == ERR_OK && signer_load(&signer, path) == ERR_OK;
	if (ok) {
		key.u.key = *signer_pubkey(signer);
		lot.u.lot.gtin = s->sources[SWARM_VALIDATOR].gtin;
		lot.u.lot.lot = BYTES_LIT(LOT);
		ok = done_by_maker(s, &key) && done_by(s, signer, MAKER, &lot);
	}
	signer_free(signer);
	return ok;
}

static bool make_lot(struct swarm *s)
{
	struct event lot = { .type = EV_LOT, .u.lot = { s->sources[SWARM_VALIDATOR].gtin, BYTES_LIT(LOT), 20991231 } };
	struct event commission = { .type = EV_COMMISSION };

	s->lot_packs = (s->holders + 1) * PACKS_EACH; /* the maker keeps as many as each of them has */
	return done_by_maker(s, &lot) && on_packs(s, &commission, 0, s->lot_packs) && done_by_maker(s, &commission) && release(s);
}

/* A case of packs; the last holder's stays on the way. */
static bool supply(struct swarm *s, unsigned holder)
{
	uint64_t gln = s->followers[REGULATOR + 1 + holder].gln;
	struct event pack = { .type = EV_PACK, .u.sscc = case_of(holder) }, ship = { .type = EV_SHIP, .u.gln = gln };
	struct event receive = { .type = EV_RECEIVE };
	struct signer *signer;
	uint8_t ship_buf[16], receive_buf[16];
	bool ok;

	on_case(&ship, holder, ship_buf);
	on_case(&receive, holder, receive_buf);
	if (!on_packs(s, &pack, holder * PACKS_EACH, PACKS_EACH) || !done_by_maker(s, &pack) || !done_by_maker(s, &ship))
		return false;
	if (holder + 1 == s->holders)
		return true;
	if (!swarm_load_key(s, &signer, gln))
		return false;
	ok = done_by(s, signer, gln, &receive);
	signer_free(signer);
	return ok;
}

/* The state that an answer of /recalls shows of a recall; 0: it is not among them. */
static uint64_t state_shown(struct bytes answer, const struct hash *recall)
{
	uint64_t state = 0;
	struct rd r;
	size_t n;

	rd_init(&r, answer);
	n = rd_array(&r);
	for (size_t i = 0; i < n && r.err == ERR_OK; i++) {
		size_t fields = rd_array(&r);
		bool it = false;

		for (size_t j = 0; j < fields && r.err == ERR_OK; j++) {
			struct bytes field = rd_skip(&r);

			if (j == 1)
				it = field.n == HASH_LEN + 2 && memcmp(field.p + 2, recall->b, HASH_LEN) == 0;
			else if (j == 8 && it && field.n == 1)
				state = field.p[0];
		}
	}
	return rd_end(&r) == ERR_OK ? state : UINT64_MAX;
}

static bool shows_recall(const struct swarm *s, struct bytes answer)
{
	return state_shown(answer, &s->recall) == s->recall_state;
}

bool swarm_goods(struct swarm *s)
{
	static const struct watch watch_recalls = { "recalls", shows_recall };

	s->holders = s->followers_n - REGULATOR - 1;
	if (s->holders > SWARM_HOLDERS_MAX)
		s->holders = SWARM_HOLDERS_MAX;
	if (!make_lot(s))
		return swarm_fail("the lot cannot be made");
	for (unsigned i = 0; i < s->holders; i++)
		if (!supply(s, i))
			return swarm_fail("the goods cannot be shipped");
	if (!swarm_watch(s, &watch_recalls))
		return swarm_fail("the nodes cannot be watched anew");
	swarm_pause(s, 3000); /* all subscribed, and all of them up to date */
	return true;
}

/* ---- recall ---- */

/* What a person runs, and that it counts the whole lot where it is. */
static bool preview(const struct swarm *s, double *took_s)
{
	double from = swarm_now_s();
	unsigned packs = 0, rows = 0;
	char cmd[600], line[400];
	FILE *p;

	snprintf(cmd, sizeof(cmd), "%s/rxnode recall --config %s/%013llu/rxnode.conf %014llu " LOT " --preview --json", s->bin, s->dir,
		 MAKER, (unsigned long long)s->sources[SWARM_VALIDATOR].gtin);
	p = popen(cmd, "re");
	if (!p)
		return false;
	while (fgets(line, sizeof(line), p)) {
		const char *n = strstr(line, "\"packs\":");

		packs += n ? (unsigned)strtoul(n + strlen("\"packs\":"), NULL, 10) : 0;
		rows++;
	}
	*took_s = swarm_now_s() - from;
	return pclose(p) == 0 && packs == s->lot_packs && rows == s->holders + 1;
}

static bool regulator_shows_it(const struct swarm *s)
{
	return s->followers[REGULATOR].shown_s > 0 && s->posted.done;
}

static void expect(struct swarm *s, uint64_t state)
{
	s->recall_state = state;
	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i].shown_s = 0;
}

/* By the maker at its own node, until the regulator can see it there where it signs. */
static bool propose(struct swarm *s, struct event *ev, uint64_t state, double *took_s)
{
	struct bytes cose = swarm_sign(s, s->sources[SWARM_VALIDATOR].signer, MAKER, ev);
	struct event_envelope env;
	double from = swarm_now_s();

	if (event_open(&env, cose) != ERR_OK)
		return false;
	if (ev->type == EV_RECALL)
		s->recall = env.id;
	expect(s, state);
	if (!swarm_post(s, s->poster, cose) || !swarm_run_until(s, SPREAD_MS, regulator_shows_it))
		return false;
	*took_s = s->followers[REGULATOR].shown_s - from;
	return swarm_taken(s);
}

static bool confirm(struct swarm *s, bool forget, uint64_t state, struct swarm_times *out)
{
	uint64_t gln = s->followers[REGULATOR].gln;
	struct event ev = { .type = EV_CONFIRM, .u.hash = s->recall };
	struct signer *signer;
	bool ok;

	swarm_pause_between(s, 300, 1200);
	if (forget)
		swarm_forget_observers(s);
	if (!swarm_load_key(s, &signer, gln))
		return false;
	s->recall_state = state;
	ok = swarm_spread_from(s, s->followers[REGULATOR].watcher, swarm_sign(s, signer, gln, &ev), out);
	signer_free(signer);
	return ok;
}

bool swarm_recall(struct swarm *s, bool forget, struct swarm_recall *out)
{
	struct event recall = { .type = EV_RECALL, .u.recall = { .gtin = s->sources[SWARM_VALIDATOR].gtin, .lot = BYTES_LIT(LOT),
								 .defect = 1, .why = BYTES_LIT("glass splinters") } };
	struct event retract = { .type = EV_RETRACT, .u.about = { .text = BYTES_LIT("it was another lot") } };
	double took_s;

	if (!preview(s, &out->preview))
		return swarm_fail("the preview does not show the lot");
	if (!propose(s, &recall, RECALL_PROPOSED, &out->proposed))
		return swarm_fail("the recall is not proposed");
	if (!confirm(s, forget, RECALL_IN_FORCE, &out->force))
		return false;
	retract.u.about.hash = s->recall;
	if (!propose(s, &retract, RECALL_RETRACTING, &took_s))
		return swarm_fail("the recall's end is not proposed");
	return confirm(s, forget, 0, &out->over);
}
