#include "node/identify.h"

#include "node/port/cert.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool identify_still_good(const struct state *st, const struct net_peer *peer)
{
	struct member_row m;
	uint64_t ev;

	return state_member(st, peer->gln, &m) == ERR_OK && m.revoked == 0 &&
	       state_device_revoked(st, peer->gln, &peer->device, &ev) == ERR_NOT_FOUND;
}

enum err identify_device(const struct state *st, struct bytes cert, int64_t now_s, struct net_peer *peer)
{
	struct member_row m;
	uint64_t gln;
	enum err e = cert_gln(cert, &gln);

	if (e == ERR_OK)
		e = state_member(st, gln, &m);
	if (e == ERR_OK)
		e = cert_device_check(cert, bytes_of(m.ca, m.ca_n), gln, now_s, &peer->device);
	if (e != ERR_OK)
		return ERR_UNAUTHORIZED;
	peer->gln = gln;
	return identify_still_good(st, peer) ? ERR_OK : ERR_UNAUTHORIZED;
}

struct bundle {
	int fd;
};

static enum err append_member(void *ctx, struct bytes key, struct bytes value)
{
	struct bundle *b = ctx;
	struct member_row m;
	enum err e = member_row_decode(value, &m);

	(void)key;
	if (e == ERR_OK && m.revoked == 0)
		e = cert_pem_append(b->fd, bytes_of(m.ca, m.ca_n));
	return e;
}

/* A file that is whole or not there: written beside its place, then moved into it. */
static enum err replace_file(const char *path, enum err (*fill)(void *ctx, int fd), void *ctx)
{
	char fresh[600];
	enum err e;
	int fd;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return ERR_TOO_LARGE;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return ERR_IO;
	e = fill(ctx, fd);
	if (close(fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	if (e == ERR_OK && rename(fresh, path) != 0)
		e = ERR_IO;
	if (e != ERR_OK)
		unlink(fresh);
	return e;
}

static enum err fill_bundle(void *ctx, int fd)
{
	struct bundle b = { .fd = fd };

	return store_facts(ctx, KEY_MEMBER, append_member, &b);
}

enum err identify_write_bundle(struct store *s, const char *path)
{
	return replace_file(path, fill_bundle, s);
}

static enum err fill_ca(void *ctx, int fd)
{
	const struct member_row *m = ctx;

	return cert_pem_append(fd, bytes_of(m->ca, m->ca_n));
}

enum err identify_write_ca(const struct state *st, uint64_t gln, const char *path)
{
	struct member_row m;
	enum err e = state_member(st, gln, &m);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_UNKNOWN_MEMBER : e;
	return replace_file(path, fill_ca, &m);
}
