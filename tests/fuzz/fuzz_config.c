/* Configuration files: what is refused names file and line, what is accepted has an organisation and an address. */
#include "node/config.h"
#include "tests/fakes/fuzz.h"
#include "tests/fakes/keys.h"

#include <stdio.h>
#include <string.h>

static const char *file;

static bool is_told(const struct config_fault *why)
{
	return memchr(why->text, 0, sizeof(why->text)) && strncmp(why->text, file, strlen(file)) == 0;
}

static enum fuzz_result one(struct bytes in)
{
	struct config_fault node_why = { "" }, client_why = { "" };
	struct client_config client = { 0 };
	struct node_config node = { 0 };
	FILE *f = fopen(file, "wb");
	enum err as_node, as_client;

	if (!f || (in.n && fwrite(in.p, in.n, 1, f) != 1) || fclose(f) != 0)
		return FUZZ_WRONG;
	as_node = node_config_load(&node, file, &node_why);
	as_client = client_config_load(&client, file, &client_why);
	if ((as_node && !is_told(&node_why)) || (as_client && !is_told(&client_why)))
		return FUZZ_WRONG;
	if (as_node && as_client)
		return FUZZ_REFUSED;
	if (!as_node && (!node.gln || !node.address[0] || node.peers_n > CONFIG_PEERS_MAX))
		return FUZZ_WRONG;
	if (!as_client && (!client.gln || !client.node.gln || !client.node.address[0] || !client.cert_path[0]))
		return FUZZ_WRONG;
	return FUZZ_ACCEPTED;
}

int main(int argc, char **argv)
{
	file = test_path("fuzz.conf");
	fuzz_seed(BYTES_LIT("# a node\ngln = 9506000134307\nlisten = 127.0.0.1:5684\npeer = 9506000134321@[::1]:5685\n"
			    "verify_rate = 200\n"));
	fuzz_seed(BYTES_LIT("node = 9506000134307@127.0.0.1:5684\ngln = 9506000134307\ncertificate = a.crt\nkey = a.key\nca = ca.crt\n"
			    "event_key = event.key\n"));
	return fuzz_run("fuzz_config", argc, argv, 5000, one);
}
