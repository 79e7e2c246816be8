/* Configuration files: "name = value" lines, '#' comments; errors name file and line. */
#ifndef RX_CONFIG_H
#define RX_CONFIG_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define CONFIG_PATH_MAX 512
#define CONFIG_PEERS_MAX 32

struct endpoint { /* "950110153000X@127.0.0.1:5684": which organisation answers there */
	uint64_t gln;
	char address[64];
	uint16_t port;
};

/* rxnode.conf.  Paths are relative to the directory the file is in, given out absolute or as found. */
struct node_config {
	char dir[CONFIG_PATH_MAX]; /* where the file is */
	uint64_t gln;
	char address[64]; /* listen = 127.0.0.1:5684 */
	uint16_t port;
	struct endpoint peers[CONFIG_PEERS_MAX]; /* peer = GLN@ADDRESS:PORT, validators and others to follow */
	size_t peers_n;
	bool light; /* profile = full: the ledger made at the first start holds all events, or what this member may read */
	unsigned verify_per_s; /* verify_rate = 200: FETCH /verify a device may ask */
};

/* client.conf of a device: rxscan, rxlabel, and rxnode's own commands. */
struct client_config {
	struct endpoint node; /* node = GLN@ADDRESS:PORT */
	uint64_t gln; /* own organisation */
	char cert_path[CONFIG_PATH_MAX], key_path[CONFIG_PATH_MAX], ca_path[CONFIG_PATH_MAX];
	char event_key_path[CONFIG_PATH_MAX]; /* "" for devices that only ask */
};

/* why: what is wrong and where ("rxnode.conf:3: ..."), NUL-terminated, for people.  ERR_CONFIG, ERR_NOT_FOUND. */
struct config_fault { char text[768]; };
MUST_CHECK enum err node_config_load(struct node_config *out, const char *path, struct config_fault *why);
MUST_CHECK enum err client_config_load(struct client_config *out, const char *path, struct config_fault *why);
/* As a client of the node itself, with the node's own device. */
MUST_CHECK enum err node_config_client(const struct node_config *n, struct client_config *out);
/* dir/name into buf.  ERR_TOO_LARGE. */
MUST_CHECK enum err config_path(char buf[static CONFIG_PATH_MAX], const char *dir, const char *name);
MUST_CHECK enum err endpoint_parse(struct endpoint *out, const char *text);

/* Where a command's configuration is, when --config is not given: $XDG_CONFIG_HOME/rxchain/NAME, ~/.config/rxchain/NAME,
 * /etc/rxchain/NAME: the first that exists, else the last. */
void config_default(char buf[static CONFIG_PATH_MAX], const char *name);

#endif
