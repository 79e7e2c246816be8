/* Block-wise bodies gone wrong (RFC 7959 2.9), sent by libcoap itself: a hole, a huge Size1, a block of the wrong size. */
#include "node/port/net.h"
#include "node/port/cert.h"
#include "tests/fakes/keys.h"
#include "tests/t.h"

#include <coap3/coap.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

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

static pid_t serve(uint16_t *port)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct net_server_config cfg = { .address = "127.0.0.1", .cert_path = test_path("a.crt"), .key_path = test_path("a.key"),
						 .ca_path = test_path("ca.crt"), .identify = identify, .on_request = on_request };
		struct net_server *s;
		struct net *n;
		uv_loop_t loop;
		uint16_t p;

		uv_loop_init(&loop);
		if (net_new(&n, &loop) != ERR_OK || net_server_new(&s, n, &cfg) != ERR_OK)
			_exit(1);
		p = net_server_port(s);
		if (write(pipes[1], &p, sizeof(p)) != sizeof(p))
			_exit(1);
		uv_run(&loop, UV_RUN_DEFAULT);
		_exit(0);
	}
	if (read(pipes[0], port, sizeof(*port)) != sizeof(*port))
		*port = 0;
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

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
	pki.pki_key.key.pem.public_cert = test_path("a.crt");
	pki.pki_key.key.pem.private_key = test_path("a.key");
	pki.pki_key.key.pem.ca_file = test_path("ca.crt");
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

static long resident_kib(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static void test_blocks(void)
{
	uint16_t port = 0;
	long before;
	pid_t pid;

	NEED(cert_ca_create(test_path("ca.key"), test_path("ca.crt"), A, time(NULL), 10) == ERR_OK);
	NEED(cert_device_create(test_path("ca.key"), test_path("ca.crt"), test_path("a.key"), test_path("a.crt"), A, "d", time(NULL),
				10) == ERR_OK);
	pid = serve(&port);
	NEED(pid > 0 && port != 0);
	dial(port);
	NEED(session != NULL);

	CHECK(block(0, true, 1024, 0) == 231 && block(1, true, 1024, 0) == 231);
	CHECK(block(1, true, 1024, 0) == 231); /* sent again: its answer was lost */
	CHECK(block(2, false, 100, 0) == 204 && strcmp(answer, "2148") == 0);

	CHECK(block(0, true, 1024, 0) == 231 && block(2, true, 1024, 0) == 408); /* a hole */
	CHECK(block(1, true, 1024, 0) == 408); /* and the body is forgotten */
	CHECK(block(3, true, 1024, 0) == 408); /* one that never began */
	CHECK(block(0, true, 1000, 0) == 400); /* not the size it says */

	before = resident_kib(pid);
	CHECK(block(0, true, 1024, 3000000000ULL) == 413); /* refused, and no room is made for it */
	CHECK(block(NET_BODY_MAX / 1024, true, 1024, 0) == 413);
	CHECK(resident_kib(pid) - before < 4096);
	CHECK(block(0, false, 10, 0) == 204 && strcmp(answer, "10") == 0); /* the node goes on */

	coap_session_release(session);
	coap_free_context(coap);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

T_MAIN("net_blocks", T(test_blocks))
