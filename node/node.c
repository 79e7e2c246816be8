#include "node/node.h"

#include "node/contents.h"
#include "node/forward.h"
#include "node/habits.h"
#include "node/identify.h"
#include "node/server.h"
#include "node/sync.h"
#include "node/waiting.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TICK_MS 250

void node_log(const char *level, const char *fmt, ...)
{
	struct timespec t;
	struct tm tm;
	char when[24];
	va_list ap;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ldZ %s: ", when, t.tv_nsec / 1000000, level);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static bool is_unwelcome(void *ctx, const struct net_peer *peer)
{
	struct node *n = ctx;

	return !identify_still_good(&n->state, peer);
}

/* Members, their CAs or devices changed: new sessions see the new bundle, revoked peers lose theirs. */
static void renew_members(struct node *n)
{
	char path[CONFIG_PATH_MAX];
	enum err e = config_path(path, n->cfg.dir, "members-ca.pem");

	if (e == ERR_OK)
		e = identify_write_bundle(n->reader, path);
	if (e != ERR_OK)
		node_log("error", "members-ca.pem cannot be written: %s", err_text(e));
	if (n->server)
		net_server_drop(n->server, is_unwelcome, n);
}

static void set_trouble(struct node *n, const struct ledger_news *news)
{
	snprintf(n->trouble, sizeof(n->trouble), "%s: %s", err_text(news->err), news->text);
	node_log("error", "%s", n->trouble);
}

static void tell_observers(struct node *n, unsigned changes)
{
	if (!n->server)
		return;
	net_server_changed(n->server, BYTES_LIT("head"));
	if (changes & CHANGES_RECALLS)
		net_server_changed(n->server, BYTES_LIT("recalls"));
	if (changes & CHANGES_ALARMS)
		net_server_changed(n->server, BYTES_LIT("alerts"));
}

static void on_news(void *ctx, const struct ledger_news *news)
{
	struct node *n = ctx;

	store_read_end(n->reader); /* what is read next sees the newest block */
	switch (news->kind) {
	case LEDGER_APPENDED:
		if (news->changes & CHANGES_MEMBERS)
			renew_members(n);
		if (!n->ledger_locked)
			n->trouble[0] = 0;
		tell_observers(n, news->changes);
		if (n->habits)
			habits_follow(n->habits);
		break;
	case LEDGER_STORED:
		forward_kick(n->forward);
		break;
	case LEDGER_TROUBLE:
		n->ledger_locked = news->err == ERR_FORK || news->err == ERR_NOT_READY;
		set_trouble(n, news);
		break;
	case LEDGER_READY:
		n->ledger_locked = false;
		n->trouble[0] = 0;
		node_log("info", "block %" PRIu64 ": %s", news->height, news->text);
		break;
	case LEDGER_REFUSED:
	case LEDGER_BLOCK_BAD:
		break;
	}
	events_on_news(n, news);
	if (n->sync)
		sync_on_news(n->sync, news);
	if (n->sync && news->kind == LEDGER_APPENDED)
		contents_on_appended(n->contents, news);
}

static void on_tick(uv_timer_t *t)
{
	struct node *n = t->data;

	store_read_end(n->reader); /* an old snapshot would keep the write-ahead log growing */
	events_on_tick(n, uv_now(n->loop));
	if (n->sync)
		contents_on_tick(n->contents, uv_now(n->loop));
}

/* ---- opening ---- */

static enum err say(struct config_fault *why, enum err e, const char *what)
{
	snprintf(why->text, sizeof(why->text), "%s: %s", what, err_text(e));
	return e;
}

static enum err open_reader(struct node *n, const char *db_path, struct config_fault *why)
{
	struct chain_head head;
	enum err e = store_open(&n->reader, db_path, STORE_READ);

	if (e == ERR_OK)
		e = store_head(n->reader, &head);
	if (e != ERR_OK)
		return say(why, e, db_path);
	n->chain_id = head.chain_id;
	n->state = store_state(n->reader, STORE_NOW);
	return ERR_OK;
}

static enum err open_ledger(struct node *n, const struct node_options *opt, const char *db_path, struct config_fault *why)
{
	char key_path[CONFIG_PATH_MAX], guard_path[CONFIG_PATH_MAX];
	struct ledger_config cfg = { .db_path = db_path, .guard_path = guard_path, .gln = n->cfg.gln, .alone = opt->alone };
	enum err e = config_path(key_path, n->cfg.dir, "event.key");

	if (e == ERR_OK)
		e = config_path(guard_path, n->cfg.dir, "guard");
	if (e != ERR_OK)
		return say(why, e, n->cfg.dir);
	e = signer_load(&n->signer, key_path);
	if (e != ERR_OK)
		return say(why, e, key_path);
	cfg.signer = n->signer;
	e = pool_new(&n->pool, opt->threads);
	if (e == ERR_OK)
		e = ledger_start(&n->ledger, n->loop, n->pool, &cfg, on_news, n);
	return e == ERR_OK ? ERR_OK : say(why, e, db_path);
}

static enum err open_server(struct node *n, struct config_fault *why)
{
	char cert[CONFIG_PATH_MAX], key[CONFIG_PATH_MAX], ca[CONFIG_PATH_MAX];
	struct net_server_config cfg = { .address = n->cfg.address, .port = n->cfg.port, .cert_path = cert, .key_path = key,
					 .ca_path = ca, .ctx = n, .identify = server_identify,
					 .on_peer_gone = server_on_peer_gone, .on_request = server_on_request };
	enum err e = config_path(cert, n->cfg.dir, "node.crt");

	if (e == ERR_OK)
		e = config_path(key, n->cfg.dir, "node.key");
	if (e == ERR_OK)
		e = config_path(ca, n->cfg.dir, "members-ca.pem");
	if (e == ERR_OK)
		e = net_server_new(&n->server, n->net, &cfg);
	if (e != ERR_OK)
		snprintf(why->text, sizeof(why->text), "%s:%u: %s; is the port free, and node.crt and node.key in %s?",
			 n->cfg.address, n->cfg.port, err_text(e), n->cfg.dir);
	return e;
}

static enum err open_timer(struct node *n)
{
	n->tick = malloc(sizeof(*n->tick));
	if (!n->tick)
		return ERR_NO_MEMORY;
	uv_timer_init(n->loop, n->tick);
	n->tick->data = n;
	uv_timer_start(n->tick, on_tick, TICK_MS, TICK_MS);
	return ERR_OK;
}

static enum err open_parts(struct node *n, const struct node_options *opt, struct config_fault *why)
{
	char db_path[CONFIG_PATH_MAX];
	enum err e = config_path(db_path, n->cfg.dir, "ledger.db");

	if (e != ERR_OK)
		return say(why, e, n->cfg.dir);
	e = open_reader(n, db_path, why);
	if (e != ERR_OK)
		return e;
	e = waiting_new(&n->waiting);
	if (e == ERR_OK)
		e = net_new(&n->net, n->loop);
	if (e == ERR_OK)
		e = open_timer(n);
	if (e == ERR_OK)
		e = forward_new(&n->forward, n);
	if (e == ERR_OK)
		e = contents_new(&n->contents, n);
	if (e != ERR_OK)
		return say(why, e, "starting");
	e = open_ledger(n, opt, db_path, why);
	if (e != ERR_OK)
		return e;
	e = store_is_light(n->reader) ? ERR_OK : habits_start(&n->habits, db_path);
	if (e != ERR_OK)
		return say(why, e, "starting");
	renew_members(n);
	e = open_server(n, why);
	if (e != ERR_OK)
		return e;
	e = sync_new(&n->sync, n);
	return e == ERR_OK ? ERR_OK : say(why, e, "peers: is each of them a member of this chain?");
}

enum err node_open(struct node **out, uv_loop_t *loop, const struct node_config *cfg, const struct node_options *opt,
		   struct config_fault *why)
{
	struct node *n = calloc(1, sizeof(*n));
	enum err e;

	if (!n)
		return say(why, ERR_NO_MEMORY, "starting");
	n->cfg = *cfg;
	n->loop = loop;
	e = open_parts(n, opt, why);
	if (e != ERR_OK) {
		node_close(n);
		return e;
	}
	*out = n;
	return ERR_OK;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void node_close(struct node *n)
{
	if (!n)
		return;
	ledger_stop(n->ledger); /* what was accepted is finished and answered first */
	sync_free(n->sync);
	n->sync = NULL;
	contents_free(n->contents);
	forward_free(n->forward);
	if (n->waiting)
		events_on_tick(n, UINT64_MAX);
	if (n->tick)
		uv_close((uv_handle_t *)n->tick, free_handle);
	net_server_free(n->server);
	net_free(n->net);
	waiting_free(n->waiting);
	pool_free(n->pool);
	habits_stop(n->habits);
	store_close(n->reader);
	signer_free(n->signer);
	free(n->reports);
	free(n->block_buf);
	free(n);
}
