/* Real keys and certificates for tests, made in a folder of their own that goes when the program ends. */
#ifndef RX_TEST_KEYS_H
#define RX_TEST_KEYS_H

#include "node/core/event.h"
#include "node/port/signer.h"

/* Signer number i of at most 16, made when first asked for; owned here. */
struct signer *test_signer(unsigned i);

/* A file name in the folder; the text lives until eight more were asked for. */
const char *test_path(const char *name);

/* A member with signer i's event key and a device CA of its own; views are into static memory. */
struct member_fields test_member(unsigned i, enum role role, uint64_t gln);

#endif
