#include "node/client.h"

#include "node/own_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define CALL_TIMEOUT_MS 4000
#define SUBMIT_TIMEOUT_MS 12000 /* the node holds the request until the event is final, 8 s at most */
#define POLL_MS 200

struct client {
	struct client_config cfg;
	uv_loop_t loop;
	struct net *net;
	struct net_client *peer;
	struct signer *signer;
	bool has_chain_id;
	struct hash chain_id;
	uint8_t buf[NET_ANSWER_MAX];
};

static enum err explain(const struct client *c, struct config_fault *why, enum err e, const char *detail)
{
	snprintf(why->text, sizeof(why->text), "node %013" PRIu64 " at %s:%u: %s%s%s", c->cfg.node.gln, c->cfg.node.address,
		 c->cfg.node.port, err_text(e), detail && *detail ? ": " : "", detail ? detail : "");
	return e;
}

enum err client_use_key(struct client *c, const char *path, struct config_fault *why)
{
	struct signer *s;
	enum err e = signer_load(&s, path);

	if (e != ERR_OK) {
		snprintf(why->text, sizeof(why->text), "%s: %s", path, err_text(e));
		return e;
	}
	signer_free(c->signer);
	c->signer = s;
	return ERR_OK;
}

static enum err open_parts(struct client *c, struct config_fault *why)
{
	struct net_client_config net = { .address = c->cfg.node.address, .port = c->cfg.node.port, .cert_path = c->cfg.cert_path,
					 .key_path = c->cfg.key_path, .ca_path = c->cfg.ca_path, .peer_gln = c->cfg.node.gln };
	enum err e = net_new(&c->net, &c->loop);

	if (e == ERR_OK)
		e = net_client_new(&c->peer, c->net, &net);
	if (e != ERR_OK)
		return explain(c, why, e, "are certificate, key and ca of the configuration readable?");
	return c->cfg.event_key_path[0] ? client_use_key(c, c->cfg.event_key_path, why) : ERR_OK;
}

enum err client_open(struct client **out, const struct client_config *cfg, struct config_fault *why)
{
	struct client *c = calloc(1, sizeof(*c));
	enum err e;

	if (!c || uv_loop_init(&c->loop) != 0) {
		free(c);
		snprintf(why->text, sizeof(why->text), "%s", err_text(ERR_NO_MEMORY));
		return ERR_NO_MEMORY;
	}
	c->cfg = *cfg;
	e = open_parts(c, why);
	if (e != ERR_OK) {
		client_close(c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	net_client_free(c->peer);
	net_free(c->net);
	uv_run(&c->loop, UV_RUN_DEFAULT); /* handles close */
	uv_loop_close(&c->loop);
	signer_free(c->signer);
	free(c);
}

struct net_client *client_net(struct client *c)
{
	return c->peer;
}

/* An answer with an error's code as that error, with the text the node gave. */
static enum err as_error(const struct client *c, const struct net_result *r, struct config_fault *why, struct problem *p)
{
	char detail[300];

	if (r->code < 400)
		return ERR_OK;
	if (r->content_format != CF_PROBLEM || problem_decode(p, r->body) != ERR_OK) {
		/* the connection itself refuses devices, before there is anything to explain */
		*p = (struct problem){ .err = r->code == 401 ? ERR_UNAUTHORIZED : ERR_BAD_REQUEST };
		snprintf(detail, sizeof(detail), "answer %d.%02d", r->code / 100, r->code % 100);
		return explain(c, why, p->err, detail);
	}
	snprintf(detail, sizeof(detail), "%.*s", (int)p->detail.n, p->detail.p ? (const char *)p->detail.p : "");
	return explain(c, why, p->err, detail);
}

static enum err call(struct client *c, const struct net_call *nc, struct net_result *out, struct config_fault *why)
{
	struct problem p;
	enum err e = net_client_call(c->peer, nc, out, c->buf, sizeof(c->buf));

	if (e != ERR_OK)
		return explain(c, why, e, e == ERR_UNAUTHORIZED ? "the certificates do not fit" : "is it running?");
	return as_error(c, out, why, &p);
}

enum err client_get(struct client *c, const char *path, const char *query, struct net_result *out, struct config_fault *why)
{
	struct net_call nc = { .method = NET_GET, .path = path, .query = query, .content_format = NET_FORMAT_NONE,
			       .timeout_ms = CALL_TIMEOUT_MS };

	return call(c, &nc, out, why);
}

enum err client_fetch(struct client *c, const char *path, int format, struct bytes body, struct net_result *out,
		      struct config_fault *why)
{
	struct net_call nc = { .method = NET_FETCH, .path = path, .content_format = format, .body = body,
			       .timeout_ms = CALL_TIMEOUT_MS };

	return call(c, &nc, out, why);
}

enum err client_post(struct client *c, const char *path, int format, struct bytes body, struct net_result *out,
		     struct config_fault *why)
{
	struct net_call nc = { .method = NET_POST, .path = path, .content_format = format, .body = body,
			       .timeout_ms = CALL_TIMEOUT_MS };

	return call(c, &nc, out, why);
}

/* ---- submitting ---- */

static bool receipt_height(struct bytes body, uint64_t *height)
{
	struct receipt r;

	if (receipt_decode(&r, body) != ERR_OK)
		return false;
	*height = r.header.height;
	return true;
}

static void settle_by_refusal(struct submit_result *out, struct bytes refusal)
{
	struct refusal_statement s;
	struct sign1 sign1;

	out->state = SUBMIT_REFUSED;
	out->problem = (struct problem){ .err = ERR_EVENT_TOO_LATE };
	/* the own node checked the signature before it kept this */
	if (refusal.n > 0 && sign1_open(&sign1, refusal, CT_REFUSAL, false) == ERR_OK &&
	    refusal_decode(&s, sign1.payload_unverified) == ERR_OK)
		out->problem = (struct problem){ .err = s.reason, .at_pack = s.at_pack, .pack_pos = s.pack_pos };
}

/* event-status = [ 0..3, receipt / bstr / null ].  True: decided. */
static bool take_status(struct bytes body, struct submit_result *out)
{
	struct rd r;
	uint64_t status;

	rd_init(&r, body);
	rd_array_n(&r, 2);
	status = rd_uint(&r);
	if (status == 1 && receipt_height(rd_skip(&r), &out->height)) {
		out->state = SUBMIT_FINAL;
		return true;
	}
	if (status < 2)
		return false;
	settle_by_refusal(out, status == 2 && rd_peek(&r) != 0xf6 ? rd_bstr(&r) : bytes_of(NULL, 0));
	return true;
}

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

/* The node said "pending": ask until it is decided or the wait is over. */
static enum err wait_final(struct client *c, uint64_t until_ms, struct submit_result *out, struct config_fault *why)
{
	char path[16 + 2 * HASH_LEN] = "events/";
	struct net_result r;
	enum err e;

	for (size_t i = 0; i < HASH_LEN; i++)
		snprintf(path + 7 + 2 * i, 3, "%02x", out->id.b[i]);
	for (;;) {
		e = client_get(c, path, NULL, &r, why);
		if (e != ERR_OK && e != ERR_UNKNOWN_EVENT)
			return e;
		if (e == ERR_OK && take_status(r.body, out))
			return ERR_OK;
		if (now_ms() >= until_ms)
			return ERR_OK;
		uv_sleep(POLL_MS);
	}
}

enum err client_submit(struct client *c, struct bytes cose, unsigned wait_ms, struct submit_result *out, struct config_fault *why)
{
	struct net_call nc = { .method = NET_POST, .path = "events", .content_format = CT_EVENT, .body = cose,
			       .timeout_ms = SUBMIT_TIMEOUT_MS };
	uint64_t until_ms = now_ms() + wait_ms;
	struct event_envelope env;
	struct net_result r;
	enum err e = event_open(&env, cose);

	if (e != ERR_OK)
		return explain(c, why, e, "the event is not sent");
	*out = (struct submit_result){ .state = SUBMIT_PENDING, .id = env.id };
	e = net_client_call(c->peer, &nc, &r, c->buf, sizeof(c->buf));
	if (e != ERR_OK)
		return explain(c, why, e, "is it running? The event may be sent again: it counts once");
	e = as_error(c, &r, why, &out->problem);
	if (e != ERR_OK) {
		out->state = SUBMIT_REFUSED;
		return err_coap(e) >= 500 || e == ERR_UNAUTHORIZED ? e : ERR_OK;
	}
	if (r.code == NET_CREATED && receipt_height(r.body, &out->height)) {
		out->state = SUBMIT_FINAL;
		return ERR_OK;
	}
	return wait_final(c, until_ms, out, why);
}

static enum err know_chain(struct client *c, struct config_fault *why)
{
	struct net_result r;
	struct rd rd;
	int64_t last = -1;
	enum err e = c->has_chain_id ? ERR_OK : client_get(c, "status", NULL, &r, why);

	if (e != ERR_OK || c->has_chain_id)
		return e;
	rd_init(&rd, r.body);
	for (size_t n = rd_map(&rd); n > 0 && rd.err == ERR_OK; n--) {
		if (rd_key(&rd, &last) == 5) {
			struct bytes id = rd_bstr_n(&rd, HASH_LEN);

			if (id.n == HASH_LEN)
				memcpy(c->chain_id.b, id.p, HASH_LEN);
			c->has_chain_id = true;
		} else {
			rd_skip(&rd);
		}
	}
	return rd_end(&rd) == ERR_OK && c->has_chain_id ? ERR_OK : explain(c, why, ERR_BAD_REQUEST, "its status is not understood");
}

enum err client_sign(struct client *c, struct event *ev, uint8_t *buf, size_t cap, struct bytes *cose, struct config_fault *why)
{
	enum err e;

	if (!c->signer)
		return explain(c, why, ERR_CONFIG, "the configuration names no event_key: this device may only ask");
	e = know_chain(c, why);
	if (e != ERR_OK)
		return e;
	e = own_event_sign(c->signer, &c->chain_id, ev, buf, cap, cose);
	return e == ERR_OK ? e : explain(c, why, e, "the event is not sent");
}

enum err client_sign_and_submit(struct client *c, struct event *ev, unsigned wait_ms, struct submit_result *out,
				struct config_fault *why)
{
	uint8_t *buf = malloc(EVENT_BYTES_MAX);
	struct bytes cose;
	enum err e;

	if (!buf)
		return explain(c, why, ERR_NO_MEMORY, NULL);
	e = client_sign(c, ev, buf, EVENT_BYTES_MAX, &cose, why);
	if (e == ERR_OK)
		e = client_submit(c, cose, wait_ms, out, why);
	free(buf);
	return e;
}
