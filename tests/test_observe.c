/* Whoever observes recalls or alerts is told of each that comes, and of nothing else. */
#include "tests/fakes/served.h"
#include "tests/t.h"

#include "node/core/verdict.h"

#define GTIN 9506000134352ULL
#define TRIES 100

struct heard {
	unsigned times;
	size_t rows; /* of the list told last */
};

static struct served s;

static void take(void *ctx, const struct net_result *r)
{
	struct heard *h = ctx;
	struct rd rd;

	if (r->err != ERR_OK || r->code != NET_CONTENT)
		return;
	rd_init(&rd, r->body);
	h->times++;
	h->rows = rd_array(&rd);
}

/* Notifications come in while the loop runs for other requests. */
static bool hear(const struct heard *h, unsigned times)
{
	struct hash chain_id;
	uint64_t height;

	for (int i = 0; i < TRIES && h->times < times; i++)
		if (!served_status(&s, &chain_id, &height))
			return false;
	return h->times == times;
}

static bool submit(struct event *ev)
{
	struct submit_result r;
	struct config_fault why;

	ev->place = SERVED_MAKER;
	return client_sign_and_submit(s.client, ev, 20000, &r, &why) == ERR_OK && r.state == SUBMIT_FINAL;
}

static void test_observers_are_told(void)
{
	struct heard recalls = { .times = 0 }, alerts = { .times = 0 };
	struct event product = { .type = EV_PRODUCT, .u.product = { .gtin = GTIN, .name = BYTES_LIT("Test") } };
	struct event lot = { .type = EV_LOT, .u.lot = { .gtin = GTIN, .lot = BYTES_LIT("L1"), .expiry = 20991231 } };
	struct event recall = { .type = EV_RECALL, .u.recall = { .gtin = GTIN, .lot = BYTES_LIT("L1"), .defect = 1, .why = BYTES_LIT("x") } };
	struct event alarm = { .type = EV_ALARM, .u.alarm = { .gtin = GTIN, .serial = BYTES_LIT("S1"), .reason = REASON_SERIAL_UNKNOWN } };

	NEED(served_start(&s));
	CHECK(net_client_observe(client_net(s.client), "recalls", take, &recalls) == ERR_OK);
	CHECK(net_client_observe(client_net(s.client), "alerts", take, &alerts) == ERR_OK);
	CHECK(hear(&recalls, 1) && hear(&alerts, 1) && recalls.rows == 0 && alerts.rows == 0); /* as they are */
	CHECK(submit(&product) && submit(&lot));
	CHECK(submit(&recall) && hear(&recalls, 2) && recalls.rows == 1);
	CHECK(alerts.times == 1); /* neither the product nor the recall is one */
	CHECK(submit(&alarm) && hear(&alerts, 2) && alerts.rows == 1);
	CHECK(recalls.times == 2);
	CHECK(served_stop(&s) == 0);
}

T_MAIN("observe", T(test_observers_are_told))
