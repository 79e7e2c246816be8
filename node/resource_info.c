/* GET /status, /.well-known/core; POST /order. */
#include "gen/coap.h"
#include "node/cli.h"
#include "node/server.h"

#include <stdio.h>
#include <time.h>

/* node.cddl: status */
static enum err write_status(struct node *n, struct wr *w)
{
	struct store_counts counts;
	struct chain_head head;
	struct member_row m;
	struct timespec now;
	uint64_t evidence;
	enum err e = store_counts(n->reader, &counts);

	if (e == ERR_OK)
		e = store_head(n->reader, &head);
	if (e == ERR_OK)
		e = state_member(&n->state, n->cfg.gln, &m);
	if (e == ERR_OK)
		e = store_evidence_count(n->reader, &evidence);
	if (e != ERR_OK)
		return e;
	clock_gettime(CLOCK_REALTIME, &now);
	wr_map(w, 16);
	wr_uint(w, 1), wr_tstr(w, BYTES_LIT(RXCHAIN_VERSION));
	wr_uint(w, 2), wr_uint(w, n->cfg.gln);
	wr_uint(w, 3), wr_uint(w, (uint64_t)m.role);
	wr_uint(w, 4), wr_tstr(w, bytes_of(m.name, m.name_n));
	wr_uint(w, 5), wr_bstr(w, hash_bytes(&head.chain_id));
	wr_uint(w, 6), wr_uint(w, head.height);
	wr_uint(w, 7), wr_bstr(w, hash_bytes(&head.hash));
	wr_uint(w, 8), wr_uint(w, head.time_ms);
	wr_uint(w, 9), wr_uint(w, counts.events);
	wr_uint(w, 10), wr_uint(w, counts.packs);
	wr_uint(w, 11), wr_bool(w, ledger_is_validator(n->ledger));
	wr_uint(w, 12), wr_uint(w, counts.outbox);
	wr_uint(w, 13), wr_uint(w, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	wr_uint(w, 14), wr_uint(w, evidence);
	wr_uint(w, 15), wr_tstr(w, bytes_of_str(n->trouble));
	wr_uint(w, 16), wr_bool(w, store_is_light(n->reader));
	return ERR_OK;
}

void status_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	uint8_t buf[640];
	struct bytes body;
	struct wr w;
	enum err e;

	(void)req, (void)rest;
	wr_init(&w, buf, sizeof(buf));
	e = write_status(n, &w);
	if (e == ERR_OK)
		e = wr_end(&w, &body);
	if (e != ERR_OK)
		answer_error(x, e, NULL);
	else
		answer_bytes(x, NET_CONTENT, CF_CBOR, body);
}

void order_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	(void)n, (void)req, (void)rest;
	answer_error(x, ERR_NOT_VALIDATOR, "this chain has one validator: there is nobody to vote with");
}

/* RFC 6690 */
void core_get(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	char text[1024];
	size_t len = 0;

	(void)n, (void)req, (void)rest;
#define X(path, get, post, fetch, observe, format, description)                                             \
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s</%s>;ct=%d%s", len ? "," : "", path, format, \
				(observe) ? ";obs" : "");
	RESOURCES(X)
#undef X
	answer_bytes(x, NET_CONTENT, CF_TEXT_LINKS, bytes_of(text, len));
}
