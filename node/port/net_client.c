#include "node/port/net_client.h"

#include "node/port/cert.h"

#include <stdio.h>
#include <stdlib.h>

#define TICK_MS 50
#define QUIET_MS 700 /* no word from a peer that owes answers: ask whether it is there */
#define PONG_MS 1000 /* no word after that either: it is gone */
#define HELLO_AGAIN_MS 250 /* a first hello that a full receive queue dropped would be sent again by mbedTLS after 1 s only */

static void heard(struct net_client *c)
{
	c->heard_ms = client_now_ms();
	c->pinged_ms = 0;
}

/* ---- ends of calls ---- */

static void finish(struct net_client *c, struct call *k, const struct net_result *r)
{
	bool was = c->in_callback;

	if (k->over)
		return;
	k->over = true;
	c->in_callback = true;
	k->done(k->ctx, r);
	c->in_callback = was;
}

static void finish_err(struct net_client *c, struct call *k, enum err e)
{
	struct net_result r = { .err = e, .content_format = NET_FORMAT_NONE };

	finish(c, k, &r);
}

static void sweep(struct net_client *c)
{
	struct call **at = &c->calls;

	if (c->in_callback)
		return;
	while (*at) {
		struct call *k = *at;

		if (k->over) {
			*at = k->next;
			free(k->got);
			free(k);
		} else {
			at = &k->next;
		}
	}
}

static void drop_session(struct net_client *c)
{
	coap_session_t *session = c->session;

	if (!session)
		return;
	c->session = NULL;
	coap_session_disconnected(session, COAP_NACK_RST);
	coap_session_release(session);
}

/* The session is over: everything that waits on it ends, the next call opens a new one. */
static void bury(struct net_client *c)
{
	enum err e = c->refused ? ERR_UNAUTHORIZED : ERR_NET;

	c->dead = c->refused = false;
	drop_session(c);
	c->pinged_ms = 0;
	for (struct call *k = c->calls; k; k = k->next)
		finish_err(c, k, e);
}

static void after_io(void *owner)
{
	struct net_client *c = owner;

	if (c->dead)
		bury(c);
	sweep(c);
}

/* ---- receiving ---- */

static struct call *call_of(struct net_client *c, const coap_pdu_t *pdu)
{
	coap_bin_const_t t = coap_pdu_get_token(pdu);
	uint32_t token;

	if (t.length != CLIENT_TOKEN_LEN)
		return NULL;
	token = (uint32_t)t.s[0] << 24 | (uint32_t)t.s[1] << 16 | (uint32_t)t.s[2] << 8 | t.s[3];
	for (struct call *k = c->calls; k; k = k->next)
		if (k->token == token && !k->over)
			return k;
	return NULL;
}

static enum err grow(struct call *k, size_t n)
{
	size_t cap = k->got_cap ? k->got_cap : 4096;
	uint8_t *bigger;

	if (n > NET_ANSWER_MAX)
		return ERR_TOO_LARGE;
	while (cap < n)
		cap *= 2;
	if (cap == k->got_cap)
		return ERR_OK;
	bigger = realloc(k->got, cap);
	if (!bigger)
		return ERR_NO_MEMORY;
	k->got = bigger;
	k->got_cap = cap;
	return ERR_OK;
}

/* One block of an answer.  *more: another is to be asked for. */
static enum err take_block(struct call *k, const struct net_options *o, struct bytes data, bool *more)
{
	size_t at = (size_t)o->block2.num * BLOCK_BYTES;
	enum err e;

	if (o->block2.szx != BLOCK_SZX || at != k->got_n || (o->block2.m && data.n != BLOCK_BYTES))
		return ERR_NET;
	if (at > 0 && (k->etag_n != o->etag_n || memcmp(k->etag, o->etag, o->etag_n) != 0))
		return ERR_NET; /* the resource changed in between: ask again from the start */
	memcpy(k->etag, o->etag, o->etag_n);
	k->etag_n = o->etag_n;
	e = grow(k, k->got_n + data.n);
	if (e != ERR_OK)
		return e;
	if (data.n)
		memcpy(k->got + k->got_n, data.p, data.n);
	k->got_n += data.n;
	*more = o->block2.m;
	return ERR_OK;
}

static void take_answer(struct net_client *c, struct call *k, const coap_pdu_t *pdu, const struct net_options *o)
{
	struct net_result r = { .code = net_code_of(coap_pdu_get_code(pdu)), .content_format = o->content_format };
	const uint8_t *data = NULL;
	size_t n = 0;
	bool more = false;

	coap_get_data(pdu, &n, &data);
	r.body = bytes_of(data, n);
	if (o->has_block2 && o->block2.szx == BLOCK_SZX && (size_t)o->block2.num * BLOCK_BYTES < k->got_n)
		return; /* asked for twice, answered twice */
	if (o->has_block2 && (o->block2.num > 0 || o->block2.m)) {
		enum err e = take_block(k, o, r.body, &more);

		if (e == ERR_OK && more)
			e = client_send_message(c, k);
		if (e != ERR_OK) {
			finish_err(c, k, e);
			return;
		}
		if (more)
			return;
		r.body = bytes_of(k->got, k->got_n);
	}
	if (k->observe && r.code < 300) {
		bool was = c->in_callback;

		c->in_callback = true;
		k->got_n = 0; /* the next one starts anew */
		k->deadline_ms = k->again_ms = UINT64_MAX;
		k->done(k->ctx, &r);
		c->in_callback = was;
	} else {
		finish(c, k, &r);
	}
}

static coap_response_t on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
				   const coap_mid_t mid)
{
	struct net_client *c = coap_get_app_data(coap_session_get_context(session));
	struct call *k = call_of(c, received);
	struct net_options o;

	(void)sent, (void)mid;
	heard(c);
	if (!k)
		return COAP_RESPONSE_OK;
	client_learn(c, k);
	net_read_options(received, &o);
	if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CONTINUE) {
		/* an answer to a block sent earlier, twice: only the one in flight moves on */
		if (!o.has_block1 || (size_t)o.block1.num * BLOCK_BYTES != k->sent)
			return COAP_RESPONSE_OK;
		k->sent += BLOCK_BYTES;
		if (k->sent >= k->n || client_send_message(c, k) != ERR_OK)
			finish_err(c, k, ERR_NET);
		return COAP_RESPONSE_OK;
	}
	take_answer(c, k, received, &o);
	return COAP_RESPONSE_OK;
}

static void on_pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid)
{
	struct net_client *c = coap_get_app_data(coap_session_get_context(session));

	(void)received, (void)mid;
	heard(c);
}

static void on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid)
{
	struct net_client *c = coap_get_app_data(coap_session_get_context(session));
	struct call *k = sent ? call_of(c, sent) : NULL;

	(void)mid;
	if (c->reopening)
		return;
	if (reason == COAP_NACK_RST) {
		heard(c); /* it answers a ping of ours so: it is there (RFC 7252 4.3) */
		if (k)
			finish_err(c, k, ERR_NET);
		return;
	}
	c->refused |= reason == COAP_NACK_TLS_FAILED;
	c->dead = true;
}

static int on_event(coap_session_t *session, coap_event_t event)
{
	struct net_client *c = coap_get_app_data(coap_session_get_context(session));

	if (c->reopening)
		return 0;
	switch ((int)event) {
	case COAP_EVENT_DTLS_ERROR:
		c->refused = coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED;
		c->dead = true;
		break;
	case COAP_EVENT_DTLS_CLOSED:
	case COAP_EVENT_SESSION_CLOSED:
	case COAP_EVENT_SESSION_FAILED:
		c->dead = true;
		break;
	case COAP_EVENT_DTLS_CONNECTED:
		heard(c);
		client_sent_now(c);
		break;
	default:
		break;
	}
	return 0;
}

/* Called for certificates with something wrong, the name among it: libcoap itself would let a wrong name pass. */
static int refuse_flagged(const char *cn, const uint8_t *der, size_t n, coap_session_t *session, unsigned depth, int validated,
			  void *arg)
{
	(void)cn, (void)der, (void)n, (void)session, (void)depth, (void)validated, (void)arg;
	return 0;
}

/* ---- the session ---- */

static enum err open_session(struct net_client *c)
{
	coap_dtls_pki_t pki;
	coap_address_t address;
	enum err e = net_address(c->address, c->port, &address);

	if (e != ERR_OK || c->session)
		return e;
	net_pki(&pki, c->cert_path, c->key_path, c->ca_path);
	pki.client_sni = c->sni;
	pki.validate_cn_call_back = refuse_flagged;
	c->session = coap_new_client_session_pki(c->context->coap, NULL, &address, COAP_PROTO_DTLS, &pki);
	if (!c->session)
		return ERR_NET;
	net_tune_session(c->session);
	c->dead = c->refused = false;
	c->opened_ms = client_now_ms();
	heard(c);
	return ERR_OK;
}

/* The handshake does not get on: begin it anew, once, and send what waits again. */
static void reopen(struct net_client *c)
{
	c->reopening = true;
	drop_session(c);
	c->reopening = false;
	c->reopened = true;
	if (open_session(c) != ERR_OK) {
		c->dead = true;
		return;
	}
	for (struct call *k = c->calls; k; k = k->next) {
		uint64_t deadline_ms = k->deadline_ms;

		if (k->over)
			continue;
		k->sent = k->got_n = 0;
		c->dead |= client_send_message(c, k) != ERR_OK;
		k->deadline_ms = deadline_ms;
	}
}

static bool waits(const struct net_client *c)
{
	for (const struct call *k = c->calls; k; k = k->next)
		if (!k->over && !k->observe)
			return true;
	return false;
}

/* A peer that owes answers and says nothing is asked whether it is there. */
static void watch_peer(struct net_client *c, uint64_t now)
{
	if (!c->session || !waits(c))
		return;
	if (c->pinged_ms && now - c->pinged_ms > PONG_MS) {
		c->dead = true;
	} else if (c->pinged_ms ? !c->pinged_twice && now - c->pinged_ms > PONG_MS / 2 : now - c->heard_ms > QUIET_MS) {
		c->pinged_twice = c->pinged_ms != 0;
		if (!c->pinged_ms)
			c->pinged_ms = now;
		c->dead |= coap_session_send_ping(c->session) == COAP_INVALID_MID;
	}
}

static void on_tick(uv_timer_t *t)
{
	struct net_client *c = t->data;
	uint64_t now = client_now_ms();

	for (struct call *k = c->calls; k; k = k->next) {
		if (k->over || now < k->deadline_ms)
			continue;
		/* nothing at all was heard since it was sent: the session is as good as gone */
		if (c->heard_ms + k->timeout_ms <= k->deadline_ms)
			c->dead = true;
		finish_err(c, k, ERR_TIMEOUT);
	}
	if (c->session && !c->dead && coap_session_get_state(c->session) != COAP_SESSION_STATE_ESTABLISHED) {
		if (!c->reopened && now - c->opened_ms > HELLO_AGAIN_MS)
			reopen(c);
	} else {
		c->reopened = false;
		if (c->session && !c->dead)
			client_repeat(c, now);
		watch_peer(c, now);
	}
	after_io(c);
}

enum err net_client_new(struct net_client **out, struct net *n, const struct net_client_config *cfg)
{
	struct net_client *c = calloc(1, sizeof(*c));
	enum err e;

	if (!c)
		return ERR_NO_MEMORY;
	c->net = n;
	c->port = cfg->port;
	snprintf(c->address, sizeof(c->address), "%s", cfg->address);
	snprintf(c->cert_path, sizeof(c->cert_path), "%s", cfg->cert_path);
	snprintf(c->key_path, sizeof(c->key_path), "%s", cfg->key_path);
	snprintf(c->ca_path, sizeof(c->ca_path), "%s", cfg->ca_path);
	snprintf(c->sni, sizeof(c->sni), CERT_DNS_FORMAT, cfg->peer_gln);
	e = net_context_new(&c->context, n->loop, after_io, c);
	c->timer = e == ERR_OK ? malloc(sizeof(*c->timer)) : NULL;
	if (!c->timer) {
		net_context_free(c->context);
		free(c);
		return e == ERR_OK ? ERR_NO_MEMORY : e;
	}
	coap_register_response_handler(c->context->coap, on_response);
	coap_register_pong_handler(c->context->coap, on_pong);
	coap_register_nack_handler(c->context->coap, on_nack);
	coap_register_event_handler(c->context->coap, on_event);
	uv_timer_init(n->loop, c->timer);
	c->timer->data = c;
	uv_timer_start(c->timer, on_tick, TICK_MS, TICK_MS);
	c->next = n->clients;
	n->clients = c;
	*out = c;
	return ERR_OK;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void net_client_free(struct net_client *c)
{
	struct net_client **at;

	if (!c)
		return;
	for (at = &c->net->clients; *at && *at != c; at = &(*at)->next)
		;
	if (*at)
		*at = c->next;
	bury(c);
	sweep(c);
	uv_close((uv_handle_t *)c->timer, free_handle);
	net_context_free(c->context);
	free(c);
}

/* ---- calls ---- */

static enum err add_call(struct net_client *c, const struct net_call *call, bool observe, net_result_fn *done, void *ctx)
{
	struct call *k;
	enum err e;

	if (strlen(call->path) > NET_PATH_MAX || (call->query && strlen(call->query) > NET_PATH_MAX) ||
	    call->body.n > NET_BODY_MAX)
		return ERR_TOO_LARGE;
	if (c->dead && c->in_callback)
		return ERR_NET; /* libcoap still stands in the session that ends */
	if (c->dead)
		bury(c);
	e = open_session(c);
	if (e != ERR_OK)
		return e;
	k = calloc(1, sizeof(*k) + call->body.n);
	if (!k)
		return ERR_NO_MEMORY;
	k->token = ++c->tokens;
	k->method = call->method;
	k->content_format = call->body.n ? call->content_format : NET_FORMAT_NONE;
	k->timeout_ms = call->timeout_ms;
	k->observe = observe;
	k->done = done;
	k->ctx = ctx;
	k->n = call->body.n;
	snprintf(k->path, sizeof(k->path), "%s", call->path);
	snprintf(k->query, sizeof(k->query), "%s", call->query ? call->query : "");
	if (k->n)
		memcpy(k->body, call->body.p, k->n);
	if (!waits(c))
		heard(c); /* silence counts from when something is owed */
	e = client_send_message(c, k);
	if (e != ERR_OK) {
		free(k);
		c->dead = true;
		return e;
	}
	k->next = c->calls;
	c->calls = k;
	return ERR_OK;
}

enum err net_client_send(struct net_client *c, const struct net_call *call, net_result_fn *done, void *ctx)
{
	return add_call(c, call, false, done, ctx);
}

/* Registering anew under the same token (RFC 7641 3.3.1): the server takes it for the one it knows, or makes one. */
static enum err register_anew(struct net_client *c, struct call *k)
{
	enum err e = c->dead ? ERR_NET : client_send_message(c, k);

	k->deadline_ms = UINT64_MAX; /* what stands stays, answered or not */
	c->dead |= e != ERR_OK;
	return e;
}

enum err net_client_observe(struct net_client *c, const char *path, net_result_fn *changed, void *ctx)
{
	struct net_call call = { .method = NET_GET, .path = path, .content_format = NET_FORMAT_NONE, .timeout_ms = 5000 };

	for (struct call *k = c->calls; k; k = k->next)
		if (k->observe && !k->over && k->done == changed && k->ctx == ctx && strcmp(k->path, path) == 0)
			return register_anew(c, k);
	return add_call(c, &call, true, changed, ctx);
}

/* ---- for commands ---- */

struct waiting_call {
	struct net_result *out;
	uint8_t *buf;
	size_t cap;
	bool done;
};

static void on_done(void *ctx, const struct net_result *r)
{
	struct waiting_call *w = ctx;

	*w->out = *r;
	w->done = true;
	if (r->body.n > w->cap) {
		w->out->err = ERR_NO_SPACE;
		w->out->body.n = w->cap;
	}
	if (w->out->body.n)
		memcpy(w->buf, r->body.p, w->out->body.n);
	w->out->body.p = w->buf;
}

enum err net_client_call(struct net_client *c, const struct net_call *call, struct net_result *out, uint8_t *buf, size_t cap)
{
	struct waiting_call w = { .out = out, .buf = buf, .cap = cap };
	enum err e = net_client_send(c, call, on_done, &w);

	if (e != ERR_OK) {
		*out = (struct net_result){ .err = e, .content_format = NET_FORMAT_NONE };
		return e;
	}
	while (!w.done)
		uv_run(c->net->loop, UV_RUN_ONCE);
	return out->err;
}
