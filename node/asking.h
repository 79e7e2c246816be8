/* What the commands share that ask a node: history, where, recalls, alerts, open-handovers. */
#ifndef RX_ASKING_H
#define RX_ASKING_H

#include "node/cmd.h"
#include "node/item.h"
#include "node/prover.h"
#include "node/sheet.h"

struct asking {
	struct cmd_common common;
	struct node_config cfg;
	struct client *client;
	enum sheet_form form;
	bool proof;
	struct client *proving; /* with --proof: a connection of its own, as answers stay in the other one's buffer */
	struct prover *prover;
	bool unproved; /* an event was not what was told */
	const char *why; /* a regulator's reason, NULL: none said */
	struct as_of then;
	bool regulator; /* this organisation is one */
};

/* Options of their own beside those that every command takes: --csv, --proof, --why TEXT, --at TIME|EVENT. */
#define ASKING_OPTIONS \
	CMD_COMMON_OPTIONS, { "csv", no_argument, NULL, 'V' }, { "proof", no_argument, NULL, 'P' }
#define ASKING_WHY { "why", required_argument, NULL, 'y' }
#define ASKING_AT { "at", required_argument, NULL, 'a' }
void asking_init(struct asking *a);
/* False: not one of them, or wrong and said so (*status then set). */
bool asking_option(struct asking *a, int opt, const char *arg, int *status);

/* Connect, and know who asks.  False: said why; *status set.  asking_close() in any case. */
bool asking_open(struct asking *a, int *status);
void asking_close(struct asking *a);

/* A regulator says on the chain what it asks and why, and waits until that is final; others say nothing.  what: reading.h.
 * False: said why; *status set. */
bool asking_declare(struct asking *a, struct bytes what, int *status);
/* With --proof: check the newest header first; call it after what is asked was answered.  False: said why; *status set. */
bool asking_prove(struct asking *a, int *status);
/* The cell of a row that shows this event: whether it is proved; empty without --proof or an event (ev 0). */
void asking_put_proof(struct asking *a, struct sheet *r, uint64_t ev, const struct hash *id);

/* "2026-11-27 10:00:00Z" in a table, Unix seconds for programs; "" for 0. */
void asking_put_time(const struct asking *a, struct sheet *r, uint64_t s);
/* A GLN, or nothing for 0. */
void asking_put_gln(struct sheet *r, uint64_t gln);
/* Print and free r; the exit status: not 0 when an event was not proved. */
int asking_finish(const struct asking *a, struct sheet *r);

#endif
