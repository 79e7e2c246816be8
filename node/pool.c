#include "node/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct pool_job *head, **tail;
	bool stopping;
	unsigned threads_n;
	pthread_t threads[THREADS_MAX];
};

static void *work(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct pool_job *j = p->head;

		if (!j) {
			if (p->stopping)
				break;
			pthread_cond_wait(&p->more, &p->lock);
			continue;
		}
		p->head = j->next;
		if (!p->head)
			p->tail = &p->head;
		pthread_mutex_unlock(&p->lock);
		j->run(j);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static unsigned threads_wanted(unsigned threads)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (threads == 0)
		threads = cores > 0 ? (unsigned)cores : 1;
	return threads < THREADS_MAX ? threads : THREADS_MAX;
}

enum err pool_new(struct pool **out, unsigned threads)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->tail = &p->head;
	threads = threads_wanted(threads);
	while (p->threads_n < threads &&
	       pthread_create(&p->threads[p->threads_n], NULL, work, p) == 0)
		p->threads_n++;
	if (p->threads_n == 0) {
		pool_free(p);
		return ERR_NO_MEMORY;
	}
	*out = p;
	return ERR_OK;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads_n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void pool_add(struct pool *p, struct pool_job *j)
{
	j->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->tail = j;
	p->tail = &j->next;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

/* One pool_each() call, shared by everyone who helps with it. */
struct each {
	void (*fn)(void *ctx, size_t i);
	void *ctx;
	size_t n;
	atomic_size_t next;
	pthread_mutex_t lock;
	pthread_cond_t done;
	unsigned helpers; /* jobs queued and not finished */
};

struct each_job {
	struct pool_job job;
	struct each *each;
};

static void each_help(struct each *e)
{
	size_t i;

	while ((i = atomic_fetch_add(&e->next, 1)) < e->n)
		e->fn(e->ctx, i);
}

static void each_run(struct pool_job *j)
{
	struct each *e = ((struct each_job *)j)->each;

	each_help(e);
	pthread_mutex_lock(&e->lock);
	if (--e->helpers == 0)
		pthread_cond_signal(&e->done);
	pthread_mutex_unlock(&e->lock);
}

void pool_each(struct pool *p, size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
	struct each e = { .fn = fn, .ctx = ctx, .n = n };
	struct each_job jobs[THREADS_MAX];
	unsigned helpers = n > 1 ? p->threads_n : 0;

	if (helpers > n - (n > 0))
		helpers = (unsigned)(n - 1);
	pthread_mutex_init(&e.lock, NULL);
	pthread_cond_init(&e.done, NULL);
	e.helpers = helpers;
	for (unsigned i = 0; i < helpers; i++) {
		jobs[i] = (struct each_job){ .job.run = each_run, .each = &e };
		pool_add(p, &jobs[i].job);
	}
	each_help(&e);
	pthread_mutex_lock(&e.lock);
	while (e.helpers > 0)
		pthread_cond_wait(&e.done, &e.lock);
	pthread_mutex_unlock(&e.lock);
	pthread_cond_destroy(&e.done);
	pthread_mutex_destroy(&e.lock);
}
