#include "tests/fakes/swarm_internal.h"

#include "node/core/block.h"
#include "node/node.h"
#include "node/sync.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WATCH_AGAIN_MS 200

double swarm_now_s(void)
{
	return (double)uv_hrtime() / 1e9;
}

bool swarm_fail(const char *what)
{
	fprintf(stderr, "swarm: %s\n", what);
	return false;
}

/* ---- what is spread: an event, and when a node shows it ---- */

struct bytes swarm_sign(const struct swarm *s, struct signer *signer, uint64_t gln, struct event *ev)
{
	static uint8_t payload[EVENT_BYTES_MAX], cose[EVENT_BYTES_MAX + SIGN1_OVERHEAD];
	struct bytes p, out = { 0 };

	ev->chain_id = s->chain_id;
	ev->kid = *signer_kid(signer);
	ev->time_s = (uint64_t)time(NULL);
	ev->not_after_s = ev->time_s + EVENT_VALID_S;
	ev->place = gln;
	if (signer_random(ev->nonce, sizeof(ev->nonce)) != ERR_OK || event_encode(ev, payload, sizeof(payload), &p) != ERR_OK ||
	    signer_sign1(signer, CT_EVENT, p, false, cose, sizeof(cose), &out) != ERR_OK)
		out = bytes_of(NULL, 0);
	return out;
}

/* The next event: any small one that becomes a block of its own. */
static struct bytes next_event(const struct swarm *s, struct source *by)
{
	struct event ev = { .type = EV_PRODUCT, .u.product = { by->gtin, BYTES_LIT("Test"), false } };
	char lot[20];

	if (by->events++ > 0) {
		ev = (struct event){ .type = EV_LOT, .u.lot = { by->gtin, { (const uint8_t *)lot, 0 }, 20991231 } };
		ev.u.lot.lot.n = (size_t)snprintf(lot, sizeof(lot), "L%u", by->events);
	}
	return swarm_sign(s, by->signer, by->gln, &ev);
}

static bool shows_block(const struct swarm *s, struct bytes answer)
{
	struct bytes header;
	struct header h;
	struct rd r;

	rd_init(&r, answer);
	rd_array_n(&r, 2);
	header = rd_bstr(&r);
	rd_skip(&r);
	return rd_end(&r) == ERR_OK && header.n > 0 && header_decode(&h, header) == ERR_OK && h.height >= s->height;
}

static const struct watch watch_blocks = { "head", shows_block };

/* ---- watching ---- */

/* A device of the node's own organisation. */
static struct net_client *dial(struct swarm *s, uint64_t gln, uint16_t port)
{
	char cert[64], key[64], ca[64];
	struct net_client_config cfg = { .address = "127.0.0.1", .port = port, .cert_path = cert, .key_path = key,
					 .ca_path = ca, .peer_gln = gln };
	struct net_client *c;

	snprintf(cert, sizeof(cert), "%s/%013llu/node.crt", s->dir, (unsigned long long)gln);
	snprintf(key, sizeof(key), "%s/%013llu/node.key", s->dir, (unsigned long long)gln);
	snprintf(ca, sizeof(ca), "%s/%013llu/ca.crt", s->dir, (unsigned long long)gln);
	return net_client_new(&c, s->net, &cfg) == ERR_OK ? c : NULL;
}

static void on_shown(void *ctx, const struct net_result *r)
{
	struct follower *f = ctx;

	if (r->err != ERR_OK || r->code != NET_CONTENT) {
		f->watching = false;
		return;
	}
	if (f->shown_s == 0 && f->swarm->watch->shows(f->swarm, r->body))
		f->shown_s = swarm_now_s();
}

static void on_timer(uv_timer_t *t)
{
	struct swarm *s = t->data;

	s->timed_out = true;
}

bool swarm_run_until(struct swarm *s, unsigned ms, bool (*done)(const struct swarm *s))
{
	uint64_t until_ms = uv_hrtime() / 1000000 + ms, now_ms;

	while (!done(s) && (now_ms = uv_hrtime() / 1000000) < until_ms) {
		for (unsigned i = 0; i < s->followers_n; i++) {
			struct follower *f = &s->followers[i];

			if (!f->watching)
				f->watching = net_client_observe(f->watcher, s->watch->path, on_shown, f) == ERR_OK;
		}
		uv_timer_start(&s->timer, on_timer, until_ms - now_ms < WATCH_AGAIN_MS ? until_ms - now_ms : WATCH_AGAIN_MS, 0);
		for (s->timed_out = false; !s->timed_out && !done(s);)
			uv_run(&s->loop, UV_RUN_ONCE);
	}
	return done(s);
}

static bool never(const struct swarm *s)
{
	(void)s;
	return false;
}

static bool all_show_it(const struct swarm *s)
{
	for (unsigned i = 0; i < s->followers_n; i++)
		if (s->followers[i].shown_s == 0)
			return false;
	return s->posted.done;
}

void swarm_pause(struct swarm *s, unsigned ms)
{
	swarm_run_until(s, ms, never);
}

void swarm_pause_between(struct swarm *s, unsigned least_ms, unsigned most_ms)
{
	s->random = s->random * 6364136223846793005u + 1442695040888963407u;
	swarm_pause(s, least_ms + (unsigned)((s->random >> 33) % (most_ms - least_ms + 1)));
}

/* ---- a round ---- */

static void on_posted(void *ctx, const struct net_result *r)
{
	struct swarm *s = ctx;

	s->posted.done = true;
	s->posted.err = r->err;
	s->posted.code = r->code;
	s->posted.at_s = swarm_now_s();
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_times(const struct swarm *s, double from, struct swarm_times *out)
{
	double shown[SWARM_FOLLOWERS_MAX];

	for (unsigned i = 0; i < s->followers_n; i++)
		shown[i] = s->followers[i].shown_s - from;
	qsort(shown, s->followers_n, sizeof(shown[0]), by_value);
	*out = (struct swarm_times){ s->posted.at_s - from, shown[0], shown[s->followers_n / 2], shown[s->followers_n - 1] };
}

bool swarm_post(struct swarm *s, struct net_client *at, struct bytes cose)
{
	struct net_call call = { .method = NET_POST, .path = "events", .content_format = CT_EVENT, .body = cose, .timeout_ms = 12000 };

	s->posted.done = false;
	if (!cose.p)
		return swarm_fail("the event cannot be signed");
	return net_client_send(at, &call, on_posted, s) == ERR_OK ? true : swarm_fail("the event cannot be sent");
}

bool swarm_posted(const struct swarm *s)
{
	return s->posted.done;
}

bool swarm_taken(const struct swarm *s)
{
	return s->posted.err == ERR_OK && s->posted.code == NET_CREATED ? true : swarm_fail("the event is not taken");
}

bool swarm_spread_from(struct swarm *s, struct net_client *at, struct bytes cose, struct swarm_times *out)
{
	double from = swarm_now_s();

	for (unsigned i = 0; i < s->followers_n; i++)
		s->followers[i].shown_s = 0;
	if (!swarm_post(s, at, cose))
		return false;
	if (!swarm_run_until(s, SPREAD_MS, all_show_it))
		return swarm_fail("not every follower shows it");
	take_times(s, from, out);
	return swarm_taken(s);
}

bool swarm_spread(struct swarm *s, enum swarm_place at, struct swarm_times *out)
{
	struct bytes cose = next_event(s, &s->sources[at]);

	s->height++;
	return swarm_spread_from(s, at == SWARM_VALIDATOR ? s->poster : s->followers[0].watcher, cose, out);
}

void swarm_loss(struct swarm *s, unsigned permille)
{
	s->relay->loss_permille = permille;
}

uint64_t swarm_lost(const struct swarm *s)
{
	return s->relay->lost;
}

void swarm_forget_observers(struct swarm *s)
{
	kill(s->validator, SIGUSR1);
	swarm_pause(s, 100);
}

/* ---- start and stop ---- */

bool swarm_watch(struct swarm *s, const struct watch *watch)
{
	s->watch = watch;
	for (unsigned i = 0; i < s->followers_n; i++) {
		struct follower *f = &s->followers[i];

		net_client_free(f->watcher);
		f->watching = false;
		f->watcher = dial(s, f->gln, f->port);
		if (!f->watcher)
			return false;
	}
	return true;
}

static bool open_clients(struct swarm *s)
{
	if (uv_loop_init(&s->loop) != 0)
		return false;
	s->loop_open = true;
	uv_timer_init(&s->loop, &s->timer);
	s->timer.data = s;
	if (net_new(&s->net, &s->loop) != ERR_OK)
		return false;
	s->poster = dial(s, MAKER, s->port);
	return s->poster && swarm_watch(s, &watch_blocks);
}

static bool is_there(struct swarm *s)
{
	struct net_call call = { .method = NET_GET, .path = "head", .content_format = NET_FORMAT_NONE, .timeout_ms = 1000 };
	struct net_result r;
	uint8_t buf[2048];

	for (unsigned tries = 0; tries < s->seconds; tries++) {
		if (net_client_call(s->poster, &call, &r, buf, sizeof(buf)) == ERR_OK)
			return true;
		swarm_pause(s, 200);
	}
	return false;
}

/* Followers that were there before the validator wait for their next poll: first blocks, and all of them have them. */
static bool all_follow(struct swarm *s)
{
	struct swarm_times t;

	return is_there(s) && swarm_spread(s, SWARM_VALIDATOR, &t) && swarm_spread(s, SWARM_FOLLOWER, &t);
}

bool swarm_start(struct swarm **out, unsigned followers, uint64_t seed, unsigned seconds)
{
	struct swarm *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return false;
	*s = (struct swarm){ .dir = "/tmp/rxswarm-XXXXXX", .followers_n = followers, .seconds = seconds, .random = seed };
	served_programs(s->bin, sizeof(s->bin));
	if (!swarm_make_members(s))
		return swarm_fail("the nodes cannot be made");
	fflush(NULL); /* nothing for the children to say again */
	s->relay = relay_fork((uint16_t)(s->port + 1), s->port, s->random, s->seconds * 1000);
	swarm_start_processes(s);
	if (!s->relay || s->validator <= 0 || !open_clients(s) || !all_follow(s))
		return swarm_fail("the nodes do not come up");
	swarm_pause(s, 2 * SYNC_POLL_MS); /* those who came up late have subscribed by then */
	return true;
}

static bool end_process(pid_t pid, int signum)
{
	int status = -1;

	if (pid <= 0)
		return true;
	kill(pid, signum);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void close_clients(struct swarm *s)
{
	if (!s->loop_open)
		return;
	for (unsigned i = 0; i < s->followers_n; i++)
		net_client_free(s->followers[i].watcher);
	net_client_free(s->poster);
	net_free(s->net);
	uv_close((uv_handle_t *)&s->timer, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
}

bool swarm_stop(struct swarm *s)
{
	bool clean = true;
	char cmd[64];

	if (!s)
		return true;
	close_clients(s);
	for (unsigned i = 0; i < s->followers_n; i++)
		if (s->followers[i].pid > 0)
			kill(s->followers[i].pid, SIGTERM);
	for (unsigned i = 0; i < s->followers_n; i++)
		clean &= end_process(s->followers[i].pid, 0);
	clean &= end_process(s->validator, SIGTERM);
	clean &= relay_end(s->relay);
	for (unsigned i = 0; i < SWARM_PLACES; i++)
		signer_free(s->sources[i].signer);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", s->dir);
	clean &= system(cmd) == 0;
	free(s);
	return clean;
}
