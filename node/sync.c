#include "node/sync.h"

#include "node/core/may_read.h"
#include "node/identify.h"
#include "node/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CALL_TIMEOUT_MS 1500 /* a silent peer is noticed within two seconds */
#define QUIET_AFTER_BAD_MS 2000

struct peer {
	struct sync *sync;
	struct endpoint endpoint;
	struct net_client *client;
	bool asking, observing, silent;
	uint64_t height; /* newest it told of */
};

/* One block on its way. */
struct fetch {
	struct sync *sync;
	uint64_t height; /* 0: free */
	size_t total; /* 0: not known before the first chunk */
	size_t got, asked, chunks; /* of chunks */
	unsigned in_flight;
	bool broken; /* dropped: wait for what is in flight, then free */
	bool complete;
	uint8_t *buf;
	uint8_t have[BLOCK_FILE_MAX / CHUNK_BYTES / 8 + 1];
};

struct sync {
	struct node *node;
	uv_timer_t *timer;
	size_t peers_n;
	struct peer peers[CONFIG_PEERS_MAX];
	struct fetch fetches[SYNC_BLOCKS_AHEAD];
	struct peer *source; /* whom blocks are fetched from */
	unsigned in_flight;
	uint64_t next; /* height to fetch next */
	uint64_t offered; /* newest height offered and not yet decided */
	uint64_t quiet_until_ms; /* after a bad block */
};

static void pump(struct sync *s);

/* ---- heads ---- */

static bool head_height(struct bytes body, uint64_t *height)
{
	struct header h;
	struct bytes header;
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 2);
	header = rd_bstr(&r);
	rd_skip(&r);
	if (rd_end(&r) != ERR_OK)
		return false;
	*height = 0;
	if (header.n == 0)
		return true;
	if (header_decode(&h, header) != ERR_OK)
		return false;
	*height = h.height;
	return true;
}

/* least: a head below is an older one that was held up on its way. */
static void take_head(struct peer *p, const struct net_result *r, uint64_t least)
{
	uint64_t height;

	if (r->err != ERR_OK || r->code != NET_CONTENT || !head_height(r->body, &height))
		return;
	p->silent = false;
	if (height < least)
		return;
	p->height = height;
	if (ledger_peer_head(p->sync->node->ledger, r->body) != ERR_OK)
		return; /* busy: the next poll tells again */
	pump(p->sync);
}

static void on_head_changed(void *ctx, const struct net_result *r)
{
	struct peer *p = ctx;

	if (r->err != ERR_OK)
		p->observing = false;
	else
		take_head(p, r, p->height);
}

static void observe_head(struct peer *p)
{
	p->observing = net_client_observe(p->client, "head", on_head_changed, p) == ERR_OK;
}

static void on_head(void *ctx, const struct net_result *r)
{
	struct peer *p = ctx;
	uint64_t known = p->height;

	p->asking = false;
	if (r->err != ERR_OK) {
		if (!p->silent)
			node_log("warning", "peer %013" PRIu64 " at %s:%u: %s", p->endpoint.gln, p->endpoint.address,
				 p->endpoint.port, err_text(r->err));
		p->silent = true;
		p->observing = false;
		if (p->sync->source == p)
			p->sync->source = NULL;
		return;
	}
	take_head(p, r, 0);
	if (p->height > known)
		observe_head(p); /* this should have come by itself: the peer may have forgotten us */
}

static void ask_head(struct peer *p)
{
	struct net_call call = { .method = NET_GET, .path = "head", .content_format = NET_FORMAT_NONE,
				 .timeout_ms = CALL_TIMEOUT_MS };

	if (!p->asking && net_client_send(p->client, &call, on_head, p) == ERR_OK)
		p->asking = true;
	if (!p->observing && !p->silent)
		observe_head(p);
}

void sync_poke(struct sync *s)
{
	for (size_t i = 0; i < s->peers_n; i++)
		ask_head(&s->peers[i]);
}

static void on_timer(uv_timer_t *t)
{
	struct sync *s = t->data;

	sync_poke(s);
	pump(s);
}

/* ---- blocks ---- */

static void fetch_clear(struct fetch *f)
{
	struct sync *s = f->sync;
	uint8_t *buf = f->buf;

	*f = (struct fetch){ .sync = s, .buf = buf };
}

/* Forget what is being fetched; answers still to come find broken fetches. */
static void drop_fetches(struct sync *s)
{
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++) {
		struct fetch *f = &s->fetches[i];

		if (f->in_flight > 0)
			f->broken = true;
		else
			fetch_clear(f);
	}
	s->next = ledger_height(s->node->ledger) + 1;
	s->offered = 0;
}

static struct fetch *fetch_of(struct sync *s, uint64_t height)
{
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++)
		if (s->fetches[i].height == height && !s->fetches[i].broken)
			return &s->fetches[i];
	return NULL;
}

/* Hand complete blocks over in order, one at a time: the next is offered when this one is durable. */
static void offer(struct sync *s)
{
	uint64_t height = ledger_height(s->node->ledger) + 1;
	struct fetch *f = fetch_of(s, height);

	if (!f || !f->complete || s->offered >= height)
		return;
	if (ledger_offer(s->node->ledger, bytes_of(f->buf, f->total)) == ERR_OK) {
		s->offered = height;
		fetch_clear(f);
	}
}

struct chunk_call {
	struct fetch *fetch;
	size_t chunk;
};

static bool chunk_fits(struct fetch *f, size_t chunk, uint64_t total, size_t n)
{
	size_t want;

	if (total == 0 || total > BLOCK_FILE_MAX || (f->total && f->total != total))
		return false;
	want = (size_t)total - chunk * CHUNK_BYTES;
	return chunk * CHUNK_BYTES < total && n == (want < CHUNK_BYTES ? want : CHUNK_BYTES);
}

/* A chunk into its place.  False: the peer does not speak our language. */
static bool take_chunk(struct fetch *f, size_t chunk, struct bytes body)
{
	struct bytes data;
	uint64_t total;
	struct rd r;

	rd_init(&r, body);
	rd_array_n(&r, 2);
	total = rd_uint(&r);
	data = rd_bstr(&r);
	if (rd_end(&r) != ERR_OK || !chunk_fits(f, chunk, total, data.n))
		return false;
	f->total = (size_t)total;
	f->chunks = (f->total + CHUNK_BYTES - 1) / CHUNK_BYTES;
	memcpy(f->buf + chunk * CHUNK_BYTES, data.p, data.n);
	if (!(f->have[chunk / 8] & 1u << chunk % 8)) {
		f->have[chunk / 8] |= (uint8_t)(1u << chunk % 8);
		f->got++;
	}
	f->complete = f->got == f->chunks;
	return true;
}

static void on_chunk(void *ctx, const struct net_result *r)
{
	struct chunk_call *c = ctx;
	struct fetch *f = c->fetch;
	struct sync *s = f->sync;
	size_t chunk = c->chunk;

	free(c);
	f->in_flight--;
	s->in_flight--;
	if (f->broken) {
		if (f->in_flight == 0)
			fetch_clear(f);
	} else if (r->err != ERR_OK || r->code != NET_CONTENT || !take_chunk(f, chunk, r->body)) {
		drop_fetches(s);
		s->source = NULL;
		s->quiet_until_ms = uv_now(s->node->loop) + 500;
		return;
	}
	pump(s);
}

static bool ask_chunk(struct sync *s, struct fetch *f, size_t chunk)
{
	struct chunk_call *c = malloc(sizeof(*c));
	char path[40], query[24];
	struct net_call call = { .method = NET_GET, .path = path, .query = query, .content_format = NET_FORMAT_NONE,
				 .timeout_ms = CALL_TIMEOUT_MS };

	if (!c)
		return false;
	*c = (struct chunk_call){ .fetch = f, .chunk = chunk };
	snprintf(path, sizeof(path), "blocks/%" PRIu64, f->height);
	snprintf(query, sizeof(query), "c=%zu", chunk);
	if (net_client_send(s->source->client, &call, on_chunk, c) != ERR_OK) {
		free(c);
		return false;
	}
	f->in_flight++;
	s->in_flight++;
	return true;
}

static struct fetch *free_fetch(struct sync *s)
{
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++) {
		struct fetch *f = &s->fetches[i];

		if (f->height != 0 || f->broken)
			continue;
		if (!f->buf)
			f->buf = malloc(BLOCK_FILE_MAX);
		return f->buf ? f : NULL;
	}
	return NULL;
}

static void choose_source(struct sync *s)
{
	if (s->source)
		return;
	for (size_t i = 0; i < s->peers_n; i++)
		if (!s->peers[i].silent && (!s->source || s->peers[i].height > s->source->height))
			s->source = &s->peers[i];
	if (s->source && s->source->height <= ledger_height(s->node->ledger))
		s->source = NULL;
	else
		drop_fetches(s);
}

/* Ask for first chunks of coming blocks and for the rest of those whose length is known. */
static void pump(struct sync *s)
{
	struct fetch *f;

	if (uv_now(s->node->loop) < s->quiet_until_ms)
		return;
	choose_source(s);
	offer(s);
	if (!s->source)
		return;
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++) {
		f = &s->fetches[i];
		while (f->height && !f->broken && f->total && f->asked < f->chunks && s->in_flight < SYNC_CHUNKS_IN_FLIGHT &&
		       ask_chunk(s, f, f->asked))
			f->asked++;
	}
	while (s->next <= s->source->height && s->in_flight < SYNC_CHUNKS_IN_FLIGHT && (f = free_fetch(s))) {
		f->height = s->next;
		if (!ask_chunk(s, f, 0)) {
			fetch_clear(f);
			break;
		}
		f->asked = 1;
		s->next++;
	}
}

void sync_on_news(struct sync *s, const struct ledger_news *news)
{
	if (news->kind == LEDGER_APPENDED) {
		if (s->source && s->source->height <= news->height)
			s->source = NULL;
		if (s->next <= news->height)
			s->next = news->height + 1;
		pump(s);
	} else if (news->kind == LEDGER_BLOCK_BAD) {
		node_log("error", "block %" PRIu64 " is not taken: %s", news->height, news->text);
		drop_fetches(s);
		s->source = NULL;
		s->quiet_until_ms = uv_now(s->node->loop) + QUIET_AFTER_BAD_MS;
	}
}

static bool is_validator(const struct validator_list *validators, uint64_t gln)
{
	for (size_t i = 0; i < validators->n; i++)
		if (validators->gln[i] == gln)
			return true;
	return false;
}

struct net_client *sync_validator(struct sync *s)
{
	struct validator_list validators;

	if (state_validators(&s->node->state, &validators) != ERR_OK)
		return NULL;
	for (size_t i = 0; i < s->peers_n; i++)
		if (is_validator(&validators, s->peers[i].endpoint.gln))
			return s->peers[i].client;
	return NULL;
}

struct net_client *sync_full_node(struct sync *s)
{
	struct net_client *found = NULL;

	for (size_t i = 0; i < s->peers_n; i++) {
		struct peer *p = &s->peers[i];
		struct validator_list validators;
		struct reader reader;

		if (p->silent || reader_of_blocks(&s->node->state, p->endpoint.gln, &reader) != ERR_OK || !reader.all)
			continue;
		if (state_validators(&s->node->state, &validators) == ERR_OK && is_validator(&validators, p->endpoint.gln))
			return p->client;
		found = p->client;
	}
	return found;
}

/* ---- start and stop ---- */

static enum err add_peer(struct sync *s, const struct endpoint *ep)
{
	struct node *n = s->node;
	char ca[CONFIG_PATH_MAX], cert[CONFIG_PATH_MAX], key[CONFIG_PATH_MAX], name[40];
	struct peer *p = &s->peers[s->peers_n];
	struct net_client_config cfg = { .address = ep->address, .port = ep->port, .cert_path = cert, .key_path = key,
					 .ca_path = ca, .peer_gln = ep->gln };
	enum err e;

	snprintf(name, sizeof(name), "peer-%013" PRIu64 ".crt", ep->gln);
	e = config_path(ca, n->cfg.dir, name);
	if (e == ERR_OK)
		e = config_path(cert, n->cfg.dir, "node.crt");
	if (e == ERR_OK)
		e = config_path(key, n->cfg.dir, "node.key");
	if (e == ERR_OK)
		e = identify_write_ca(&n->state, ep->gln, ca);
	if (e == ERR_OK)
		e = net_client_new(&p->client, n->net, &cfg);
	if (e != ERR_OK)
		return e;
	p->sync = s;
	p->endpoint = *ep;
	s->peers_n++;
	return ERR_OK;
}

enum err sync_new(struct sync **out, struct node *n)
{
	struct sync *s = calloc(1, sizeof(*s));
	enum err e = ERR_OK;

	if (!s)
		return ERR_NO_MEMORY;
	s->node = n;
	s->next = ledger_height(n->ledger) + 1;
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++)
		s->fetches[i].sync = s;
	for (size_t i = 0; i < n->cfg.peers_n && e == ERR_OK; i++)
		e = add_peer(s, &n->cfg.peers[i]);
	s->timer = e == ERR_OK ? malloc(sizeof(*s->timer)) : NULL;
	if (!s->timer) {
		sync_free(s);
		return e == ERR_OK ? ERR_NO_MEMORY : e;
	}
	uv_timer_init(n->loop, s->timer);
	s->timer->data = s;
	uv_timer_start(s->timer, on_timer, 0, SYNC_POLL_MS);
	*out = s;
	return ERR_OK;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void sync_free(struct sync *s)
{
	if (!s)
		return;
	if (s->timer)
		uv_close((uv_handle_t *)s->timer, free_handle);
	s->quiet_until_ms = UINT64_MAX; /* answers that end with their client start nothing new */
	for (size_t i = 0; i < s->peers_n; i++)
		net_client_free(s->peers[i].client);
	for (size_t i = 0; i < SYNC_BLOCKS_AHEAD; i++)
		free(s->fetches[i].buf);
	free(s);
}
