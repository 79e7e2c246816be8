#include "tests/fakes/keys.h"

#include "node/port/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SIGNERS_MAX 16

static char dir[32];
static pid_t owner;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tests/fakes/keys: %s failed\n", what);
	exit(1);
}

static struct signer *signers[SIGNERS_MAX];

static void clean_up(void)
{
	char cmd[64];

	if (getpid() != owner)
		return;
	for (unsigned i = 0; i < SIGNERS_MAX; i++)
		signer_free(signers[i]);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	must(system(cmd) == 0, cmd);
}

const char *test_path(const char *name)
{
	static char paths[8][96];
	static unsigned next;
	char *p = paths[next++ % 8];

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/tmp/rxtest-XXXXXX");
		must(mkdtemp(dir) != NULL, "mkdtemp");
		owner = getpid();
		atexit(clean_up);
	}
	snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

struct signer *test_signer(unsigned i)
{
	char name[24];

	must(i < SIGNERS_MAX, "a signer's number");
	if (signers[i])
		return signers[i];
	snprintf(name, sizeof(name), "signer%u.key", i);
	must(signer_create(test_path(name)) == ERR_OK && signer_load(&signers[i], test_path(name)) == ERR_OK, "signer");
	return signers[i];
}

struct member_fields test_member(unsigned i, enum role role, uint64_t gln)
{
	static uint8_t der[SIGNERS_MAX][CA_MAX];
	static struct bytes ca[SIGNERS_MAX];
	struct member_fields m = { .gln = gln, .role = role, .name = BYTES_LIT("Member"), .contact = BYTES_LIT("contact"),
				   .key = *signer_pubkey(test_signer(i)) };
	char key[24], crt[24];

	snprintf(key, sizeof(key), "ca%u.key", i);
	snprintf(crt, sizeof(crt), "ca%u.crt", i);
	if (!ca[i].p)
		must(cert_ca_create(test_path(key), test_path(crt), gln, time(NULL), 10) == ERR_OK &&
		     cert_der_read(test_path(crt), der[i], CA_MAX, &ca[i]) == ERR_OK, "device CA");
	m.ca = ca[i];
	return m;
}
