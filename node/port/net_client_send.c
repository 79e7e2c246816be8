#include "node/port/net_client.h"

uint64_t client_now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static coap_pdu_code_t request_code(enum net_method m)
{
	return m == NET_GET ? COAP_REQUEST_CODE_GET : m == NET_POST ? COAP_REQUEST_CODE_POST : COAP_REQUEST_CODE_FETCH;
}

static void add_token(coap_pdu_t *pdu, uint32_t token)
{
	uint8_t t[CLIENT_TOKEN_LEN] = { (uint8_t)(token >> 24), (uint8_t)(token >> 16), (uint8_t)(token >> 8), (uint8_t)token };

	coap_add_token(pdu, sizeof(t), t);
}

/* Body bytes that this message carries. */
static size_t block_len(const struct call *k)
{
	size_t left = k->n - k->sent;

	return left < BLOCK_BYTES ? left : BLOCK_BYTES;
}

static enum err send_pdu(struct net_client *c, struct call *k, coap_pdu_type_t type)
{
	coap_pdu_t *pdu = coap_pdu_init(type, request_code(k->method), coap_new_message_id(c->session),
					coap_session_max_pdu_size(c->session));
	bool blocks = k->n > BLOCK_BYTES;

	if (!pdu)
		return ERR_NO_MEMORY;
	add_token(pdu, k->token);
	if (k->observe)
		net_add_uint(pdu, COAP_OPTION_OBSERVE, 0);
	net_add_path(pdu, k->path);
	if (k->content_format != NET_FORMAT_NONE)
		net_add_uint(pdu, COAP_OPTION_CONTENT_FORMAT, (uint64_t)k->content_format);
	net_add_query(pdu, k->query);
	if (k->got_n > 0)
		net_add_block(pdu, COAP_OPTION_BLOCK2, (unsigned)(k->got_n / BLOCK_BYTES), false);
	if (blocks)
		net_add_block(pdu, COAP_OPTION_BLOCK1, (unsigned)(k->sent / BLOCK_BYTES), k->sent + BLOCK_BYTES < k->n);
	if (blocks && k->sent == 0)
		net_add_uint(pdu, COAP_OPTION_SIZE1, k->n);
	if (k->n > 0)
		coap_add_data(pdu, block_len(k), k->body + k->sent);
	return coap_send(c->session, pdu) == COAP_INVALID_MID ? ERR_NET : ERR_OK;
}

enum err client_send_message(struct net_client *c, struct call *k)
{
	k->sent_ms = client_now_ms();
	k->deadline_ms = k->sent_ms + k->timeout_ms;
	k->wait_ms = 2 * c->answer_ms > REPEAT_MS ? 2 * c->answer_ms : REPEAT_MS;
	k->again_ms = k->sent_ms + k->wait_ms;
	return send_pdu(c, k, COAP_MESSAGE_CON);
}

/* What is not answered soon is asked again under its token, each time after twice as long.  Not confirmable: the first
 * message still is.  A body in blocks is left to that one: its last block must not come twice. */
void client_repeat(struct net_client *c, uint64_t now_ms)
{
	for (struct call *k = c->calls; k; k = k->next) {
		if (k->over || k->n > BLOCK_BYTES || now_ms < k->again_ms)
			continue;
		k->wait_ms *= 2;
		k->again_ms = now_ms + k->wait_ms;
		c->dead |= send_pdu(c, k, COAP_MESSAGE_NON) != ERR_OK;
	}
}

void client_sent_now(struct net_client *c)
{
	for (struct call *k = c->calls; k; k = k->next) {
		k->sent_ms = client_now_ms();
		k->again_ms = k->sent_ms + k->wait_ms;
	}
}

/* A POST is answered when it is done; how long others take is the line's. */
void client_learn(struct net_client *c, const struct call *k)
{
	unsigned took_ms = (unsigned)(client_now_ms() - k->sent_ms);

	if (k->method == NET_POST || k->again_ms == UINT64_MAX)
		return;
	c->answer_ms = c->answer_ms ? (7 * c->answer_ms + took_ms) / 8 : took_ms;
}
