/* Worker threads for signature checks. */
#ifndef RX_POOL_H
#define RX_POOL_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

struct pool;
struct pool_job { /* embedded in the caller's own; lives until done has been called */
	void (*run)(struct pool_job *j);
	struct pool_job *next;
};
MUST_CHECK enum err pool_new(struct pool **out, unsigned threads); /* 0: one for each core */
void pool_free(struct pool *p); /* runs what is queued, joins; accepts NULL */
void pool_add(struct pool *p, struct pool_job *j);
/* Run fn(ctx, i) for i in 0..n-1 on the workers and the calling thread; returns when all are done. */
void pool_each(struct pool *p, size_t n, void (*fn)(void *ctx, size_t i), void *ctx);

#endif
