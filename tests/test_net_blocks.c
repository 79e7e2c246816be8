/* Block-wise bodies gone wrong (RFC 7959 2.9), sent by libcoap itself: a hole, a huge Size1, a block of the wrong size. */
#include "tests/fakes/forked.h"
#include "tests/t.h"

#include <coap3/coap.h>
#include <stdlib.h>

#define A 9506000134307ULL

static enum err identify(void *ctx, struct bytes cert, struct net_peer *peer)
{
	(void)ctx, (void)cert;
	peer->gln = A;
	return ERR_OK;
}

static void on_request(void *ctx, struct net_exchange *x, const struct net_request *req)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%zu", req->body.n);
	struct net_answer a = { .code = 204, .content_format = 0, .body = bytes_of(text, (size_t)n) };

	(void)ctx;
	net_answer(x, &a);
}

static struct net_server_config server = { .identify = identify, .on_request = on_request };
static coap_context_t *coap;
static coap_session_t *session;
static int code;
static char answer[64];

static coap_response_t on_response(coap_session_t *s, const coap_pdu_t *sent, const coap_pdu_t *got, const coap_mid_t mid)
{
	const uint8_t *data;
	size_t n = 0;

	(void)s, (void)sent, (void)mid;
	code = (int)(coap_pdu_get_code(got) >> 5) * 100 + (int)(coap_pdu_get_code(got) & 31);
	answer[0] = 0;
	if (coap_get_data(got, &n, &data) && n < sizeof(answer))
		snprintf(answer, sizeof(answer), "%.*s", (int)n, (const char *)data);
	return COAP_RESPONSE_OK;
}

static void dial(uint16_t port)
{
	coap_dtls_pki_t pki = { .version = COAP_DTLS_PKI_SETUP_VERSION, .verify_peer_cert = 1 };
	coap_address_t to;

	pki.pki_key.key_type = COAP_PKI_KEY_PEM;
	pki.pki_key.key.pem.public_cert = server.cert_path;
	pki.pki_key.key.pem.private_key = server.key_path;
	pki.pki_key.key.pem.ca_file = server.ca_path;
	coap_startup();
	coap_set_log_level(LOG_EMERG);
	coap_dtls_set_log_level(LOG_EMERG);
	coap = coap_new_context(NULL);
	coap_register_response_handler(coap, on_response);
	coap_address_init(&to);
	to.size = sizeof(to.addr.sin);
	to.addr.sin.sin_family = AF_INET;
	to.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.addr.sin.sin_port = htons(port);
	session = coap_new_client_session_pki(coap, NULL, &to, COAP_PROTO_DTLS, &pki);
}

static void add_uint(coap_pdu_t *pdu, coap_option_num_t number, uint64_t v)
{
	uint8_t buf[8];
	unsigned n = coap_encode_var_safe8(buf, sizeof(buf), v);

	coap_add_option(pdu, number, n, buf);
}

/* One POST with this Block1; the code of its answer, 0 for none within 20 s. */
static int block(unsigned num, bool more, size_t n, uint64_t size1)
{
	static uint8_t body[1024];
	uint8_t token = (uint8_t)(num + 1);
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, coap_new_message_id(session), 1200);

	coap_add_token(pdu, 1, &token);
	coap_add_option(pdu, COAP_OPTION_URI_PATH, 6, (const uint8_t *)"events");
	add_uint(pdu, COAP_OPTION_BLOCK1, (uint64_t)num << 4 | (more ? 8 : 0) | 6);
	if (size1)
		add_uint(pdu, COAP_OPTION_SIZE1, size1);
	coap_add_data(pdu, n, body);
	code = 0;
	coap_send(session, pdu);
	for (int i = 0; i < 400 && code == 0; i++)
		coap_io_process(coap, 50);
	return code;
}

static void test_blocks(void)
{
	uint16_t port = 0;
	long before;
	pid_t pid;

	NEED(forked_certificates(A, &server));
	pid = forked_server(&server, &port);
	NEED(pid > 0);
	dial(port);
	NEED(session != NULL);

	CHECK(block(0, true, 1024, 0) == 231 && block(1, true, 1024, 0) == 231);
	CHECK(block(1, true, 1024, 0) == 231); /* sent again: its answer was lost */
	CHECK(block(2, false, 100, 0) == 204 && strcmp(answer, "2148") == 0);

	CHECK(block(0, true, 1024, 0) == 231 && block(2, true, 1024, 0) == 408); /* a hole */
	CHECK(block(1, true, 1024, 0) == 408); /* and the body is forgotten */
	CHECK(block(3, true, 1024, 0) == 408); /* one that never began */
	CHECK(block(0, true, 1000, 0) == 400); /* not the size it says */

	before = forked_resident_kib(pid);
	CHECK(block(0, true, 1024, 3000000000ULL) == 413); /* refused, and no room is made for it */
	CHECK(block(NET_BODY_MAX / 1024, true, 1024, 0) == 413);
	CHECK(forked_resident_kib(pid) - before < 4096);
	CHECK(block(0, false, 10, 0) == 204 && strcmp(answer, "10") == 0); /* the node goes on */

	coap_session_release(session);
	coap_free_context(coap);
	forked_end(pid);
}

T_MAIN("net_blocks", T(test_blocks))
