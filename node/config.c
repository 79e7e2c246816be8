#include "node/config.h"

#include "labels/gs1/gs1_id.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

/* One "name = value" of a file being read. */
struct setting {
	const char *file;
	unsigned line;
	const char *name, *value;
	const char *dir;
};

static enum err fault_at(struct config_fault *why, const struct setting *s, const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s:%u: %s", s->file, s->line, text);
	return ERR_CONFIG;
}

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r\n");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		end--;
	*end = 0;
	return s;
}

/* What of each line: the reader's own. */
typedef enum err setting_fn(void *out, const struct setting *s, struct config_fault *why);

static enum err read_lines(FILE *f, struct setting *s, setting_fn *fn, void *out, struct config_fault *why)
{
	char line[LINE_MAX_BYTES];
	enum err e = ERR_OK;

	while (e == ERR_OK && fgets(line, sizeof(line), f)) {
		bool whole = strchr(line, '\n') || feof(f);
		char *text = trim(line), *eq;

		s->line++;
		if (!whole) /* too long, or with a NUL in it */
			return fault_at(why, s, "not a line of text of at most 1022 bytes");
		if (*text == 0 || *text == '#')
			continue;
		eq = strchr(text, '=');
		if (!eq)
			return fault_at(why, s, "a line is \"name = value\" or starts with #");
		*eq = 0;
		s->name = trim(text);
		s->value = trim(eq + 1);
		e = fn(out, s, why);
	}
	if (e == ERR_OK && ferror(f))
		return fault_at(why, s, "the file cannot be read");
	return e;
}

static void dir_of(char dir[static CONFIG_PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;

	if (n >= CONFIG_PATH_MAX)
		n = CONFIG_PATH_MAX - 1;
	memcpy(dir, slash ? path : ".", n);
	dir[n] = 0;
	if (slash && n == 0)
		memcpy(dir, "/", 2);
}

static enum err load(void *out, const char *path, char dir[static CONFIG_PATH_MAX], setting_fn *fn,
		     struct config_fault *why)
{
	struct setting s = { .file = path, .dir = dir };
	FILE *f = fopen(path, "re");
	enum err e;

	if (!f) {
		snprintf(why->text, sizeof(why->text), "%s: %s", path, strerror(errno));
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_CONFIG;
	}
	dir_of(dir, path);
	e = read_lines(f, &s, fn, out, why);
	fclose(f);
	return e;
}

enum err config_path(char buf[static CONFIG_PATH_MAX], const char *dir, const char *name)
{
	int n = name[0] == '/' ? snprintf(buf, CONFIG_PATH_MAX, "%s", name) :
				 snprintf(buf, CONFIG_PATH_MAX, "%s/%s", dir, name);

	return n < 0 || n >= CONFIG_PATH_MAX ? ERR_TOO_LARGE : ERR_OK;
}

/* "127.0.0.1:5684" or "[::1]:5684". */
static enum err address_parse(const char *text, char address[static 64], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t n;
	char *end;
	unsigned long p;

	if (!colon || colon == text)
		return ERR_BAD_VALUE;
	n = (size_t)(colon - text);
	if (text[0] == '[' && colon[-1] == ']') {
		text++;
		n -= 2;
	}
	errno = 0;
	p = strtoul(colon + 1, &end, 10);
	if (n == 0 || n >= 64 || end == colon + 1 || *end || errno || p > 65535)
		return ERR_BAD_VALUE;
	memcpy(address, text, n);
	address[n] = 0;
	*port = (uint16_t)p;
	return ERR_OK;
}

enum err endpoint_parse(struct endpoint *out, const char *text)
{
	const char *at = strchr(text, '@');
	struct endpoint ep = { 0 };

	if (!at || gs1_gln_parse(bytes_of(text, (size_t)(at - text)), &ep.gln) != ERR_OK ||
	    address_parse(at + 1, ep.address, &ep.port) != ERR_OK)
		return ERR_BAD_VALUE;
	*out = ep;
	return ERR_OK;
}

static enum err set_gln(uint64_t *gln, const struct setting *s, struct config_fault *why)
{
	if (gs1_gln_parse(bytes_of_str(s->value), gln) != ERR_OK)
		return fault_at(why, s, "gln wants 13 digits with a right check digit");
	return ERR_OK;
}

static enum err set_endpoint(struct endpoint *ep, const struct setting *s, struct config_fault *why)
{
	if (endpoint_parse(ep, s->value) != ERR_OK)
		return fault_at(why, s, "wants GLN@ADDRESS:PORT, such as 9501101530003@127.0.0.1:5684");
	return ERR_OK;
}

static enum err set_path(char path[static CONFIG_PATH_MAX], const struct setting *s, struct config_fault *why)
{
	if (config_path(path, s->dir, s->value) != ERR_OK)
		return fault_at(why, s, "the path is too long");
	return ERR_OK;
}

static enum err set_rate(unsigned *rate, const struct setting *s, struct config_fault *why)
{
	char *end;
	unsigned long v = strtoul(s->value, &end, 10);

	if (end == s->value || *end || v < 1 || v > 1000000)
		return fault_at(why, s, "wants a number from 1 to 1000000");
	*rate = (unsigned)v;
	return ERR_OK;
}

static enum err set_profile(bool *light, const struct setting *s, struct config_fault *why)
{
	if (strcmp(s->value, "full") != 0 && strcmp(s->value, "light") != 0)
		return fault_at(why, s, "profile wants full or light");
	*light = s->value[0] == 'l';
	return ERR_OK;
}

static enum err node_setting(void *out, const struct setting *s, struct config_fault *why)
{
	struct node_config *c = out;

	if (strcmp(s->name, "gln") == 0)
		return set_gln(&c->gln, s, why);
	if (strcmp(s->name, "listen") == 0)
		return address_parse(s->value, c->address, &c->port) == ERR_OK ?
			       ERR_OK : fault_at(why, s, "listen wants ADDRESS:PORT");
	if (strcmp(s->name, "profile") == 0)
		return set_profile(&c->light, s, why);
	if (strcmp(s->name, "verify_rate") == 0)
		return set_rate(&c->verify_per_s, s, why);
	if (strcmp(s->name, "peer") == 0) {
		if (c->peers_n == CONFIG_PEERS_MAX)
			return fault_at(why, s, "too many peers");
		return set_endpoint(&c->peers[c->peers_n++], s, why);
	}
	return fault_at(why, s, "unknown name: gln, listen, peer, profile and verify_rate are known");
}

enum err node_config_load(struct node_config *out, const char *path, struct config_fault *why)
{
	struct node_config c = { .address = "127.0.0.1", .port = 5684, .verify_per_s = 200 };
	enum err e = load(&c, path, c.dir, node_setting, why);

	if (e == ERR_OK && c.gln == 0) {
		snprintf(why->text, sizeof(why->text), "%s: gln is missing", path);
		return ERR_CONFIG;
	}
	if (e == ERR_OK)
		*out = c;
	return e;
}

static enum err client_setting(void *out, const struct setting *s, struct config_fault *why)
{
	struct client_config *c = out;

	if (strcmp(s->name, "gln") == 0)
		return set_gln(&c->gln, s, why);
	if (strcmp(s->name, "node") == 0)
		return set_endpoint(&c->node, s, why);
	if (strcmp(s->name, "certificate") == 0)
		return set_path(c->cert_path, s, why);
	if (strcmp(s->name, "key") == 0)
		return set_path(c->key_path, s, why);
	if (strcmp(s->name, "ca") == 0)
		return set_path(c->ca_path, s, why);
	if (strcmp(s->name, "event_key") == 0)
		return set_path(c->event_key_path, s, why);
	return fault_at(why, s, "unknown name: gln, node, certificate, key, ca and event_key are known");
}

enum err client_config_load(struct client_config *out, const char *path, struct config_fault *why)
{
	struct client_config c = { 0 };
	char dir[CONFIG_PATH_MAX];
	const char *missing = NULL;
	enum err e = load(&c, path, dir, client_setting, why);

	if (e != ERR_OK)
		return e;
	if (c.gln == 0)
		missing = "gln";
	else if (c.node.gln == 0)
		missing = "node";
	else if (!c.cert_path[0])
		missing = "certificate";
	else if (!c.key_path[0])
		missing = "key";
	else if (!c.ca_path[0])
		missing = "ca";
	if (missing) {
		snprintf(why->text, sizeof(why->text), "%s: %s is missing", path, missing);
		return ERR_CONFIG;
	}
	*out = c;
	return ERR_OK;
}

enum err node_config_client(const struct node_config *n, struct client_config *out)
{
	struct client_config c = { .gln = n->gln, .node = { .gln = n->gln, .port = n->port } };

	memcpy(c.node.address, n->address, sizeof(c.node.address));
	if (config_path(c.cert_path, n->dir, "node.crt") != ERR_OK ||
	    config_path(c.key_path, n->dir, "node.key") != ERR_OK ||
	    config_path(c.ca_path, n->dir, "ca.crt") != ERR_OK ||
	    config_path(c.event_key_path, n->dir, "event.key") != ERR_OK)
		return ERR_TOO_LARGE;
	*out = c;
	return ERR_OK;
}

static bool try_default(char buf[static CONFIG_PATH_MAX], const char *base, const char *rest, const char *name)
{
	int n = snprintf(buf, CONFIG_PATH_MAX, "%s%s/%s", base, rest, name);

	return n > 0 && n < CONFIG_PATH_MAX && access(buf, F_OK) == 0;
}

void config_default(char buf[static CONFIG_PATH_MAX], const char *name)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg && try_default(buf, xdg, "/rxchain", name))
		return;
	if ((!xdg || !*xdg) && home && try_default(buf, home, "/.config/rxchain", name))
		return;
	try_default(buf, "/etc/rxchain", "", name);
}
