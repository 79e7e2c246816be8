/* Labels made on all cores at once: each worker has a maker, and with it a key, of its own. */
#ifndef RX_LABEL_TEAM_H
#define RX_LABEL_TEAM_H

#include "labels/label_files.h"

#define TEAM_MAX 16

struct label_team {
	struct label_maker makers[TEAM_MAX];
	unsigned n;
};

/* A maker like model for each core, at most TEAM_MAX.  key_path NULL: unsigned.  Errors of signer_load(). */
MUST_CHECK enum err label_team_init(struct label_team *t, const struct label_maker *model, const char *key_path);
void label_team_free(struct label_team *t);

/* Make n labels of the product and write their files: labels[i].serial is given, numbers[i] is the serial's number.  The first error
 * of label_sign(), label_encode(), label_read_back() or label_files_write(); *misplaced: as in label_maker. */
MUST_CHECK enum err label_team_make(struct label_team *t, const struct job_product *product, const struct label_files *files,
				    struct label *labels, const size_t *numbers, size_t n, const char **misplaced);

#endif
