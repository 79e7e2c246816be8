#include "labels/label_team.h"

#include <pthread.h>
#include <unistd.h>

enum err label_team_init(struct label_team *t, const struct label_maker *model, const char *key_path)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	enum err e = ERR_OK;

	t->n = 0;
	while (t->n < TEAM_MAX && t->n < (cores > 1 ? (unsigned)cores : 1) && e == ERR_OK) {
		struct label_maker *m = &t->makers[t->n];

		*m = *model;
		e = key_path ? signer_load(&m->signer, key_path) : ERR_OK;
		t->n += e == ERR_OK;
	}
	return e;
}

void label_team_free(struct label_team *t)
{
	for (unsigned i = 0; i < t->n; i++)
		label_maker_free(&t->makers[i]);
	t->n = 0;
}

/* One worker's share. */
struct share {
	struct label_maker *maker;
	const struct label_files *files;
	struct label *labels;
	const size_t *numbers;
	size_t n;
	enum err err;
};

/* Stage by stage: LABEL_BATCH. */
static enum err make_some(struct share *s, size_t from, size_t to)
{
	struct fault fault;
	enum err e = ERR_OK;

	for (size_t i = from; i < to && e == ERR_OK; i++)
		e = label_sign(s->maker, &s->labels[i], s->labels[i].serial, &fault);
	for (size_t i = from; i < to && e == ERR_OK; i++)
		e = label_encode(s->maker, &s->labels[i]);
	for (size_t i = from; i < to && e == ERR_OK; i++)
		e = label_read_back(s->maker, &s->labels[i]);
	for (size_t i = from; i < to && e == ERR_OK; i++)
		e = label_files_write(s->files, &s->labels[i], s->numbers[i]);
	return e;
}

static void *work(void *arg)
{
	struct share *s = arg;

	for (size_t i = 0; i < s->n && s->err == ERR_OK; i += LABEL_BATCH)
		s->err = make_some(s, i, s->n - i < LABEL_BATCH ? s->n : i + LABEL_BATCH);
	return NULL;
}

enum err label_team_make(struct label_team *t, const struct job_product *product, const struct label_files *files, struct label *labels,
			 const size_t *numbers, size_t n, const char **misplaced)
{
	struct share shares[TEAM_MAX];
	pthread_t threads[TEAM_MAX];
	unsigned started = 0;
	enum err e = ERR_OK;

	for (unsigned k = 0; k < t->n; k++) {
		size_t from = k * n / t->n, to = (k + 1) * n / t->n;

		t->makers[k].product = *product;
		shares[k] = (struct share){ &t->makers[k], files, labels + from, numbers + from, to - from, ERR_OK };
	}
	/* The last share is this thread's own, and those for which there is no other. */
	while (started + 1 < t->n && pthread_create(&threads[started], NULL, work, &shares[started]) == 0)
		started++;
	for (unsigned k = started; k < t->n; k++)
		work(&shares[k]);
	for (unsigned k = 0; k < started; k++)
		pthread_join(threads[k], NULL);
	for (unsigned k = 0; k < t->n && e == ERR_OK; k++) {
		e = shares[k].err;
		*misplaced = t->makers[k].misplaced;
	}
	return e;
}
