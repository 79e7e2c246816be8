#include "node/port/net_server.h"

#include <arpa/inet.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SWEEP_MS 100

/* ---- who is on the line ---- */

static enum err peer_certificate(coap_session_t *session, struct bytes *der)
{
	coap_tls_library_t lib;
	mbedtls_ssl_context *ssl = coap_session_get_tls(session, &lib);
	const mbedtls_x509_crt *crt;

	if (!ssl || lib != COAP_TLS_LIBRARY_MBEDTLS || strcmp(mbedtls_ssl_get_version(ssl), "DTLSv1.2") != 0)
		return ERR_UNAUTHORIZED;
	crt = mbedtls_ssl_get_peer_cert(ssl);
	if (!crt)
		return ERR_UNAUTHORIZED;
	*der = bytes_of(crt->raw.p, crt->raw.len);
	return ERR_OK;
}

/* The session's peer, made at its first request; NULL: nobody of ours. */
static struct peer *peer_of(struct net_server *s, coap_session_t *session)
{
	struct peer *p = coap_session_get_app_data(session);
	struct bytes der;

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pub.session = ++s->sessions_made;
	if (peer_certificate(session, &der) != ERR_OK || s->cfg.identify(s->cfg.ctx, der, &p->pub) != ERR_OK) {
		free(p);
		return NULL;
	}
	p->session = session;
	p->next = s->peers;
	if (s->peers)
		s->peers->prev = p;
	s->peers = p;
	s->peers_n++;
	coap_session_set_app_data(session, p);
	return p;
}

static void free_peer(struct net_server *s, struct peer *p)
{
	free(p->sent.p);
	if (s->cfg.on_peer_gone)
		s->cfg.on_peer_gone(s->cfg.ctx, &p->pub);
	free(p);
}

/* Its session ends; it stays for the exchanges that are held. */
static void peer_gone(struct net_server *s, coap_session_t *session)
{
	struct peer *p = coap_session_get_app_data(session);

	if (!p)
		return;
	coap_session_set_app_data(session, NULL);
	server_forget_observers(s, session, NULL);
	if (p->prev)
		p->prev->next = p->next;
	else
		s->peers = p->next;
	if (p->next)
		p->next->prev = p->prev;
	s->peers_n--;
	server_drop_partial(s, p);
	p->gone = true;
	if (p->held == 0)
		free_peer(s, p);
}

/* ---- handshakes in progress ---- */

uint64_t server_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void half_open_remove(struct net_server *s, size_t i)
{
	s->half_open_n--;
	memmove(&s->half_open[i], &s->half_open[i + 1], (s->half_open_n - i) * sizeof(s->half_open[0]));
}

static void half_open_forget(struct net_server *s, const coap_session_t *session)
{
	for (size_t i = 0; i < s->half_open_n; i++)
		if (s->half_open[i].session == session) {
			half_open_remove(s, i);
			return;
		}
}

static void half_open_drop(struct net_server *s, size_t i)
{
	coap_session_t *session = s->half_open[i].session;

	half_open_remove(s, i);
	coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
}

/* Those that are through are no longer ours to watch; the old ones go while many wait. */
static void half_open_sweep(struct net_server *s)
{
	uint64_t now = server_now_ms();
	size_t i = 0;

	while (i < s->half_open_n) {
		if (coap_session_get_state(s->half_open[i].session) == COAP_SESSION_STATE_ESTABLISHED)
			half_open_remove(s, i);
		else if (s->half_open_n > NET_HALF_OPEN_MANY && now - s->half_open[i].since_ms > NET_HALF_OPEN_MS)
			half_open_drop(s, i);
		else
			i++;
	}
}

static void half_open_add(struct net_server *s, coap_session_t *session)
{
	if (s->half_open_n == NET_HALF_OPEN_MAX)
		half_open_sweep(s);
	if (s->half_open_n == NET_HALF_OPEN_MAX)
		half_open_drop(s, 0);
	s->half_open[s->half_open_n].session = session;
	s->half_open[s->half_open_n++].since_ms = server_now_ms();
}

static int on_event(coap_session_t *session, coap_event_t event)
{
	struct net_server *s = coap_get_app_data(coap_session_get_context(session));

	if (event == COAP_EVENT_SERVER_SESSION_NEW) {
		net_tune_session(session);
		half_open_add(s, session);
	} else if (event == COAP_EVENT_SERVER_SESSION_DEL) {
		half_open_forget(s, session);
		peer_gone(s, session);
	}
	return 0;
}

static void on_sweep(uv_timer_t *t)
{
	struct net_server *s = t->data;

	half_open_sweep(s);
	server_drop_old_partials(s, server_now_ms());
	server_repeat_notifications(s, server_now_ms());
}

/* ---- requests ---- */

static void respond(coap_pdu_t *response, int code)
{
	coap_pdu_set_code(response, net_code_to(code));
}

static enum net_method method_of(coap_pdu_code_t code, bool *known)
{
	*known = true;
	switch ((int)code) {
	case COAP_REQUEST_CODE_GET:
		return NET_GET;
	case COAP_REQUEST_CODE_POST:
		return NET_POST;
	case COAP_REQUEST_CODE_FETCH:
		return NET_FETCH;
	default:
		*known = false;
		return NET_GET;
	}
}

struct net_exchange *server_exchange(struct net_server *s, struct peer *p)
{
	struct net_exchange *x = s->free_exchanges;

	if (x)
		s->free_exchanges = x->next;
	else
		x = malloc(sizeof(*x));
	if (!x)
		return NULL;
	x->next = x->prev = NULL;
	x->server = s;
	x->peer = p;
	x->session = NULL;
	x->response = NULL;
	x->observer = NULL;
	x->body = NULL;
	x->answered = x->repeated = false;
	x->req = (struct net_request){ .peer = &p->pub };
	return x;
}

void server_exchange_free(struct net_exchange *x)
{
	struct net_server *s = x->server;

	free(x->body);
	x->next = s->free_exchanges;
	s->free_exchanges = x;
}

/* It was not answered at once: keep its session, find it again when it is asked anew. */
static void hold(struct net_exchange *x)
{
	struct net_server *s = x->server;

	x->response = NULL;
	x->session = coap_session_reference(x->peer->session);
	x->next = s->held;
	if (s->held)
		s->held->prev = x;
	s->held = x;
	s->held_n++;
	x->peer->held++;
}

static void unhold(struct net_exchange *x)
{
	struct net_server *s = x->server;

	if (x->prev)
		x->prev->next = x->next;
	else
		s->held = x->next;
	if (x->next)
		x->next->prev = x->prev;
	s->held_n--;
	x->peer->held--;
	if (x->peer->gone && x->peer->held == 0)
		free_peer(s, x->peer);
	coap_session_release(x->session);
}

/* The same request again while it is held: its acknowledgement was lost, an empty one goes out once more.  Tokens in use are
 * unique (RFC 7252 5.3.1), message ids change when a client asks again by itself. */
static bool is_held(const struct net_server *s, const coap_session_t *session, const coap_pdu_t *request)
{
	coap_bin_const_t token = coap_pdu_get_token(request);

	for (const struct net_exchange *x = s->held; x; x = x->next)
		if (x->session == session && x->token_n == token.length && memcmp(x->token, token.s, token.length) == 0)
			return true;
	return false;
}

/* Views of the request that live as long as the exchange. */
static void take_request(struct net_exchange *x, const coap_pdu_t *request, enum net_method method)
{
	struct net_options *o = &x->options;
	coap_bin_const_t token = coap_pdu_get_token(request);

	x->token_n = token.length;
	memcpy(x->token, token.s, token.length);
	x->req.method = method;
	x->req.path = bytes_of(o->path, o->path_n);
	x->req.query = bytes_of(o->query, o->query_n);
	x->req.content_format = o->content_format;
	x->req.accept = o->accept;
}

/* The body: whole already, or a block of it.  False: answered (more is to come, or it went wrong). */
static bool take_body(struct net_exchange *x, const coap_pdu_t *request)
{
	const uint8_t *data = NULL;
	size_t n = 0;

	coap_get_data(request, &n, &data);
	if (x->options.has_block1)
		return server_take_block(x, bytes_of(data, n));
	if (n > sizeof(x->inline_body)) {
		respond(x->response, 413);
		return false;
	}
	memcpy(x->inline_body, data ? data : (const uint8_t *)"", n);
	x->req.body = bytes_of(x->inline_body, n);
	return true;
}

static void serve(struct net_exchange *x, const coap_pdu_t *request, enum net_method method)
{
	struct net_server *s = x->server;

	take_request(x, request, method);
	if (x->options.too_long) {
		respond(x->response, 400);
		server_exchange_free(x);
		return;
	}
	if (!take_body(x, request) || server_answer_from_sent(x)) {
		server_exchange_free(x);
		return;
	}
	if (method == NET_GET && x->options.observe >= 0)
		server_observe(x);
	s->cfg.on_request(s->cfg.ctx, x, &x->req);
	if (x->answered) {
		server_exchange_free(x);
	} else {
		server_unobserve(x);
		hold(x);
	}
}

static void on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
		       const coap_string_t *query, coap_pdu_t *response)
{
	struct net_server *s = coap_get_app_data(coap_session_get_context(session));
	struct peer *p = peer_of(s, session);
	struct net_exchange *x;
	bool known;
	enum net_method method = method_of(coap_pdu_get_code(request), &known);

	(void)resource, (void)query;
	if (!p) {
		respond(response, 401);
		return;
	}
	if (!known) {
		respond(response, 405);
		return;
	}
	p->asked_ms = server_now_ms();
	if (is_held(s, session, request))
		return;
	x = server_exchange(s, p);
	if (!x) {
		respond(response, 503);
		return;
	}
	x->response = response;
	net_read_options(request, &x->options);
	serve(x, request, method);
}

/* ---- answers ---- */

/* Options in ascending order, then the slice of the body that was asked for. */
void server_fill(struct net_exchange *x, coap_pdu_t *pdu, const struct net_answer *a)
{
	bool sliced = a->body.n > BLOCK_BYTES && x->req.method != NET_POST;
	unsigned num = x->options.has_block2 ? x->options.block2.num : 0;
	size_t at = sliced ? (size_t)num * BLOCK_BYTES : 0, n = a->body.n - (at < a->body.n ? at : a->body.n);

	coap_pdu_set_code(pdu, net_code_to(a->code));
	if (sliced && at >= a->body.n) {
		coap_pdu_set_code(pdu, net_code_to(400));
		return;
	}
	if (sliced && n > BLOCK_BYTES)
		n = BLOCK_BYTES;
	if (sliced)
		coap_add_option(pdu, COAP_OPTION_ETAG, sizeof(x->etag), x->etag);
	if (x->observer)
		net_add_uint(pdu, COAP_OPTION_OBSERVE, server_observe_number(x));
	if (a->body.n > 0)
		net_add_uint(pdu, COAP_OPTION_CONTENT_FORMAT, (uint64_t)a->content_format);
	if (a->max_age_s)
		net_add_uint(pdu, COAP_OPTION_MAXAGE, a->max_age_s);
	if (sliced)
		net_add_block(pdu, COAP_OPTION_BLOCK2, num, at + n < a->body.n);
	if (x->options.has_block1 && !x->observer)
		net_add_uint(pdu, COAP_OPTION_BLOCK1, (uint64_t)x->options.block1.num << 4 | x->options.block1.szx);
	if (sliced && num == 0)
		net_add_uint(pdu, COAP_OPTION_SIZE2, a->body.n);
	if (n > 0)
		coap_add_data(pdu, n, a->body.p + at);
}

/* A message of its own, confirmable (RFC 7252 5.2.2); a repeated one is not, the first still waits to be confirmed. */
static void send_separate(struct net_exchange *x, coap_session_t *session, const struct net_answer *a)
{
	coap_pdu_t *pdu = coap_pdu_init(x->repeated ? COAP_MESSAGE_NON : COAP_MESSAGE_CON, net_code_to(a->code),
					coap_new_message_id(session), coap_session_max_pdu_size(session));

	if (!pdu)
		return;
	coap_add_token(pdu, x->token_n, x->token);
	server_fill(x, pdu, a);
	coap_send(session, pdu);
}

void net_answer(struct net_exchange *x, const struct net_answer *a)
{
	if (a->body.n > BLOCK_BYTES)
		server_keep_sent(x, a);
	if (x->response) { /* still inside the request's handler */
		if (x->observer && a->code >= 300)
			server_unobserve(x);
		server_fill(x, x->response, a);
		x->answered = true;
		return;
	}
	if (x->observer) { /* a notification; its exchange belongs to server_notify() */
		send_separate(x, x->peer->session, a);
		x->answered = true;
		return;
	}
	if (coap_session_get_state(x->session) == COAP_SESSION_STATE_ESTABLISHED)
		send_separate(x, x->session, a);
	unhold(x);
	server_exchange_free(x);
}

/* ---- start and stop ---- */

static void on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid)
{
	struct net_server *s = coap_get_app_data(coap_session_get_context(session));
	coap_bin_const_t token;

	(void)reason, (void)mid;
	if (!sent)
		return;
	token = coap_pdu_get_token(sent);
	server_forget_observers(s, session, &token);
}

static bool add_resources(coap_context_t *coap)
{
	static const coap_request_t methods[] = { COAP_REQUEST_GET, COAP_REQUEST_POST, COAP_REQUEST_FETCH, COAP_REQUEST_DELETE,
						  COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH };
	coap_resource_t *all = coap_resource_unknown_init(on_request);
	/* libcoap would answer this path itself */
	coap_resource_t *core = coap_resource_init(coap_make_str_const(".well-known/core"), 0);

	if (!all || !core)
		return false;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		coap_register_request_handler(all, methods[i], on_request);
		coap_register_request_handler(core, methods[i], on_request);
	}
	coap_add_resource(coap, all);
	coap_add_resource(coap, core);
	return true;
}

static enum err listen_on(struct net_server *s)
{
	coap_dtls_pki_t pki;
	coap_address_t address;
	coap_endpoint_t *ep;
	enum err e = net_address(s->cfg.address, s->cfg.port, &address);

	if (e != ERR_OK)
		return e;
	net_pki(&pki, s->cfg.cert_path, s->cfg.key_path, s->cfg.ca_path);
	if (!coap_context_set_pki(s->context->coap, &pki))
		return ERR_CONFIG;
	if (!s->cfg.port && server_free_port(&address, &s->port) != ERR_OK)
		return ERR_NET;
	ep = coap_new_endpoint(s->context->coap, &address, COAP_PROTO_DTLS);
	return ep && add_resources(s->context->coap) ? ERR_OK : ERR_NET;
}

static enum err start_sweeping(struct net_server *s, uv_loop_t *loop)
{
	s->sweep = malloc(sizeof(*s->sweep));
	if (!s->sweep)
		return ERR_NO_MEMORY;
	uv_timer_init(loop, s->sweep);
	s->sweep->data = s;
	uv_timer_start(s->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	return ERR_OK;
}

enum err net_server_new(struct net_server **out, struct net *n, const struct net_server_config *cfg)
{
	struct net_server *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_NO_MEMORY;
	s->net = n;
	s->cfg = *cfg;
	snprintf(s->cert_path, sizeof(s->cert_path), "%s", cfg->cert_path);
	snprintf(s->key_path, sizeof(s->key_path), "%s", cfg->key_path);
	snprintf(s->ca_path, sizeof(s->ca_path), "%s", cfg->ca_path);
	s->cfg.cert_path = s->cert_path;
	s->cfg.key_path = s->key_path;
	s->cfg.ca_path = s->ca_path;
	s->port = cfg->port;
	e = net_context_new(&s->context, n->loop, NULL, s);
	if (e == ERR_OK) {
		coap_context_set_max_handshake_sessions(s->context->coap, 20000);
		coap_context_set_max_idle_sessions(s->context->coap, SESSIONS_MAX);
		coap_register_event_handler(s->context->coap, on_event);
		coap_register_nack_handler(s->context->coap, on_nack);
		e = listen_on(s);
	}
	if (e == ERR_OK)
		e = start_sweeping(s, n->loop);
	if (e != ERR_OK) {
		net_server_free(s);
		return e;
	}
	n->server = s;
	*out = s;
	return ERR_OK;
}

uint16_t net_server_port(const struct net_server *s)
{
	return s->port;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void net_server_free(struct net_server *s)
{
	if (!s)
		return;
	while (s->held) {
		struct net_exchange *x = s->held;

		unhold(x);
		server_exchange_free(x);
	}
	if (s->sweep)
		uv_close((uv_handle_t *)s->sweep, free_handle);
	net_context_free(s->context); /* tells of each session's end */
	while (s->peers)
		peer_gone(s, s->peers->session);
	server_forget_observers(s, NULL, NULL);
	while (s->free_exchanges) {
		struct net_exchange *next = s->free_exchanges->next;

		free(s->free_exchanges);
		s->free_exchanges = next;
	}
	if (s->net->server == s)
		s->net->server = NULL;
	free(s);
}

void net_server_drop(struct net_server *s, bool (*match)(void *ctx, const struct net_peer *peer), void *ctx)
{
	struct peer *next;

	for (struct peer *p = s->peers; p; p = next) {
		next = p->next;
		if (match(ctx, &p->pub)) {
			coap_session_t *session = p->session;

			peer_gone(s, session);
			coap_session_disconnected(session, COAP_NACK_RST);
		}
	}
}

struct net_server_stats net_server_stats(const struct net_server *s)
{
	return (struct net_server_stats){ .sessions = s->peers_n, .half_open = (unsigned)s->half_open_n,
					  .exchanges_held = s->held_n };
}
