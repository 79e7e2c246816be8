#include "node/port/net_internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct net_context *c = p->data;

	(void)status, (void)events;
	coap_io_process(c->coap, COAP_IO_NO_WAIT);
	if (c->after_io)
		c->after_io(c->owner);
}

/* Before the loop blocks: libcoap arms its timers here, those of client handshakes too. */
static void on_prepare(uv_prepare_t *p)
{
	struct net_context *c = p->data;
	coap_tick_t now;

	coap_ticks(&now);
	coap_io_prepare_epoll(c->coap, now);
}

enum err net_context_new(struct net_context **out, uv_loop_t *loop, void (*after_io)(void *owner), void *owner)
{
	struct net_context *c = calloc(1, sizeof(*c));

	if (!c)
		return ERR_NO_MEMORY;
	c->coap = coap_new_context(NULL);
	if (!c->coap) {
		free(c);
		return ERR_NO_MEMORY;
	}
	c->after_io = after_io;
	c->owner = owner;
	coap_context_set_keepalive(c->coap, KEEPALIVE_S);
	coap_context_set_block_mode(c->coap, 0);
	coap_set_app_data(c->coap, owner);
	uv_poll_init(loop, &c->poll, coap_context_get_coap_fd(c->coap));
	uv_prepare_init(loop, &c->prepare);
	c->poll.data = c->prepare.data = c;
	c->handles = 2;
	uv_poll_start(&c->poll, UV_READABLE, on_readable);
	uv_prepare_start(&c->prepare, on_prepare);
	*out = c;
	return ERR_OK;
}

static void on_closed(uv_handle_t *h)
{
	struct net_context *c = h->data;

	if (--c->handles == 0)
		free(c);
}

void net_context_free(struct net_context *c)
{
	if (!c)
		return;
	uv_poll_stop(&c->poll);
	coap_free_context(c->coap);
	uv_close((uv_handle_t *)&c->poll, on_closed);
	uv_close((uv_handle_t *)&c->prepare, on_closed);
}

enum err net_address(const char *address, uint16_t port, coap_address_t *out)
{
	coap_address_init(out);
	if (inet_pton(AF_INET, address, &out->addr.sin.sin_addr) == 1) {
		out->size = sizeof(out->addr.sin);
		out->addr.sin.sin_family = AF_INET;
		out->addr.sin.sin_port = htons(port);
		return ERR_OK;
	}
	if (inet_pton(AF_INET6, address, &out->addr.sin6.sin6_addr) == 1) {
		out->size = sizeof(out->addr.sin6);
		out->addr.sin6.sin6_family = AF_INET6;
		out->addr.sin6.sin6_port = htons(port);
		return ERR_OK;
	}
	return ERR_CONFIG;
}

void net_tune_session(coap_session_t *s)
{
	coap_session_set_ack_timeout(s, (coap_fixed_point_t){ ACK_TIMEOUT_MS / 1000, ACK_TIMEOUT_MS % 1000 });
	assert(coap_session_get_ack_timeout(s).integer_part == ACK_TIMEOUT_MS / 1000); /* not every value is taken */
	coap_session_set_max_retransmit(s, MAX_RETRANSMIT);
	coap_session_set_nstart(s, NET_NSTART);
	coap_session_set_mtu(s, SESSION_MTU);
}

void net_pki(coap_dtls_pki_t *pki, const char *cert_path, const char *key_path, const char *ca_path)
{
	memset(pki, 0, sizeof(*pki));
	pki->version = COAP_DTLS_PKI_SETUP_VERSION;
	pki->verify_peer_cert = 1;
	pki->cert_chain_validation = 1;
	pki->cert_chain_verify_depth = 1;
	pki->pki_key.key_type = COAP_PKI_KEY_PEM;
	pki->pki_key.key.pem.public_cert = cert_path;
	pki->pki_key.key.pem.private_key = key_path;
	pki->pki_key.key.pem.ca_file = ca_path;
}

enum err net_new(struct net **out, struct uv_loop_s *loop)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n)
		return ERR_NO_MEMORY;
	coap_startup();
	coap_set_log_level(LOG_EMERG);
	coap_dtls_set_log_level(LOG_EMERG);
	n->loop = loop;
	*out = n;
	return ERR_OK;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	net_server_free(n->server);
	while (n->clients)
		net_client_free(n->clients);
	free(n);
}
