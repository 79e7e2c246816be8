#include "node/port/net_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void server_drop_partial(struct net_server *s, struct peer *p)
{
	s->partial_bytes -= p->partial.cap;
	free(p->partial.p);
	p->partial = (struct partial){ 0 };
}

void server_drop_old_partials(struct net_server *s, uint64_t now_ms)
{
	if (s->partial_bytes == 0)
		return;
	for (struct peer *p = s->peers; p; p = p->next)
		if (p->partial.p && now_ms - p->partial.touched_ms > PARTIAL_AGE_MS)
			server_drop_partial(s, p);
}

static bool refuse(struct net_exchange *x, int code)
{
	coap_pdu_set_code(x->response, net_code_to(code));
	net_add_uint(x->response, COAP_OPTION_BLOCK1, (uint64_t)x->options.block1.num << 4 | x->options.block1.szx);
	if (code == 413)
		net_add_uint(x->response, COAP_OPTION_SIZE1, NET_BODY_MAX);
	server_drop_partial(x->server, x->peer);
	return false;
}

static bool go_on(struct net_exchange *x)
{
	coap_pdu_set_code(x->response, COAP_RESPONSE_CODE_CONTINUE);
	net_add_uint(x->response, COAP_OPTION_BLOCK1,
		     (uint64_t)x->options.block1.num << 4 | 8u | x->options.block1.szx);
	return false;
}

/* Room grows with what has come, whatever Size1 claims. */
static bool grow(struct net_server *s, struct partial *p, size_t n)
{
	size_t cap = p->cap ? p->cap : 4096;
	uint8_t *bigger;

	while (cap < n)
		cap *= 2;
	if (cap == p->cap)
		return true;
	if (s->partial_bytes + cap - p->cap > PARTIALS_BYTES_MAX)
		return false;
	bigger = realloc(p->p, cap);
	if (!bigger)
		return false;
	s->partial_bytes += cap - p->cap;
	p->p = bigger;
	p->cap = cap;
	return true;
}

bool server_take_block(struct net_exchange *x, struct bytes block)
{
	struct net_server *s = x->server;
	struct partial *p = &x->peer->partial;
	const coap_block_t *b = &x->options.block1;
	size_t size = (size_t)16 << b->szx, at = (size_t)b->num * size;

	if (b->szx == 7 || (b->m && block.n != size) || block.n > size)
		return refuse(x, 400);
	if (x->options.size1 > NET_BODY_MAX || at + block.n > NET_BODY_MAX)
		return refuse(x, 413);
	if (b->num == 0)
		server_drop_partial(s, x->peer);
	else if (b->m && at + block.n <= p->n)
		return go_on(x); /* a block that came already: its answer was lost */
	if (at != p->n)
		return refuse(x, 408);
	if (!grow(s, p, at + block.n))
		return refuse(x, 503);
	memcpy(p->p + at, block.p ? block.p : (const uint8_t *)"", block.n);
	p->n = at + block.n;
	p->touched_ms = server_now_ms();
	if (b->m)
		return go_on(x);
	x->body = p->p;
	x->req.body = bytes_of(p->p, p->n);
	s->partial_bytes -= p->cap;
	*p = (struct partial){ 0 };
	return true;
}

/* ---- long answers ---- */

/* What makes two requests ask for the same: method, path, query and body. */
static void key_of(const struct net_exchange *x, char *key, size_t cap, struct hash *body)
{
	snprintf(key, cap, "%d %s?%s", (int)x->req.method, x->options.path, x->options.query);
	crypto_sha256(body, x->req.body);
}

void server_keep_sent(struct net_exchange *x, const struct net_answer *a)
{
	struct sent *k = &x->peer->sent;
	struct hash h;
	uint8_t *copy = malloc(a->body.n);

	crypto_sha256(&h, a->body);
	memcpy(x->etag, h.b, sizeof(x->etag));
	if (!copy)
		return; /* the other blocks are made anew */
	free(k->p);
	memcpy(copy, a->body.p, a->body.n);
	k->p = copy;
	k->n = a->body.n;
	k->code = a->code;
	k->content_format = a->content_format;
	memcpy(k->etag, x->etag, sizeof(k->etag));
	key_of(x, k->key, sizeof(k->key), &k->body_hash);
}

bool server_answer_from_sent(struct net_exchange *x)
{
	struct sent *k = &x->peer->sent;
	char key[sizeof(k->key)];
	struct net_answer a;
	struct hash h;

	if (!x->options.has_block2 || x->options.block2.num == 0 || !k->p)
		return false;
	key_of(x, key, sizeof(key), &h);
	if (strcmp(key, k->key) != 0 || !hash_eq(&h, &k->body_hash) || x->options.block2.szx != BLOCK_SZX)
		return false;
	a = (struct net_answer){ .code = k->code, .content_format = k->content_format, .body = bytes_of(k->p, k->n) };
	memcpy(x->etag, k->etag, sizeof(x->etag));
	server_fill(x, x->response, &a);
	return true;
}

enum err server_free_port(coap_address_t *address, uint16_t *port)
{
	coap_address_t bound;
	socklen_t len = sizeof(bound.addr);
	int fd = socket(address->addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enum err e = ERR_NET;

	if (fd < 0)
		return ERR_NET;
	coap_address_init(&bound);
	if (bind(fd, &address->addr.sa, address->size) == 0 && getsockname(fd, &bound.addr.sa, &len) == 0) {
		*port = coap_address_get_port(&bound);
		coap_address_set_port(address, *port);
		e = ERR_OK;
	}
	close(fd);
	return e;
}
