#include "node/things.h"

#include "labels/gs1/gs1_elements.h"
#include "node/cli.h"
#include "node/item.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES_MAX 4096

static enum err grow(void **v, size_t n, size_t *cap, size_t size)
{
	size_t bigger = *cap ? 2 * *cap : 64;
	void *p;

	if (n < *cap)
		return ERR_OK;
	p = realloc(*v, bigger * size);
	if (!p)
		return ERR_NO_MEMORY;
	*v = p;
	*cap = bigger;
	return ERR_OK;
}

enum err things_add_pack(struct things *t, const struct named_pack *p)
{
	void *v = t->packs;
	enum err e = grow(&v, t->packs_n, &t->packs_cap, sizeof(*p));

	t->packs = v;
	if (e == ERR_OK)
		t->packs[t->packs_n++] = *p;
	return e;
}

enum err things_add_unit(struct things *t, uint64_t sscc)
{
	void *v = t->units;
	enum err e = grow(&v, t->units_n, &t->units_cap, sizeof(sscc));

	t->units = v;
	if (e == ERR_OK)
		t->units[t->units_n++] = sscc;
	return e;
}

void things_free(struct things *t)
{
	free(t->packs);
	free(t->units);
	*t = (struct things){ 0 };
}

/* ---- from the command line, files and standard input ---- */

static int out_of_memory(void)
{
	return cli_fail(ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
}

static size_t copy_text(struct bytes from, uint8_t *to)
{
	if (from.n)
		memcpy(to, from.p, from.n);
	return from.n;
}

static int take_one(struct things *t, const char *where, const char *text)
{
	static struct gs1_data d;
	struct named_pack p = { 0 };
	struct fault f = { 0 };
	struct bytes serial;
	uint64_t sscc;
	enum err e = gs1_parse(&d, bytes_of_str(text), GS1_LENIENT, &f);

	if (e != ERR_OK)
		return cli_fail(ERR_BAD_INPUT, "%s: \"%s\": %s at character %zu; nothing was sent", where, text, f.rule, f.pos + 1);
	if (gs1_sscc_parse(gs1_value(&d, "00"), &sscc) == ERR_OK)
		return things_add_unit(t, sscc) == ERR_OK ? 0 : out_of_memory();
	serial = gs1_value(&d, "21");
	if (!serial.p || gs1_gtin_parse(gs1_value(&d, "01"), &p.gtin) != ERR_OK)
		return cli_fail(ERR_BAD_INPUT, "%s: \"%s\" names neither a pack, by GTIN (01) and serial (21), nor a logistic unit, "
				"by SSCC (00); nothing was sent", where, text);
	p.serial_n = copy_text(serial, p.serial);
	p.lot_n = copy_text(gs1_value(&d, "10"), p.lot);
	return things_add_pack(t, &p) == ERR_OK ? 0 : out_of_memory();
}

static int take_lines(struct things *t, const char *name, FILE *f)
{
	char line[LINE_BYTES_MAX], where[600];
	unsigned n = 0;
	int status = 0;

	while (status == 0 && fgets(line, sizeof(line), f)) {
		n++;
		line[strcspn(line, "\r\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		snprintf(where, sizeof(where), "%s:%u", name, n);
		status = take_one(t, where, line);
	}
	if (status == 0 && ferror(f))
		return cli_fail(ERR_IO, "%s: %s", name, strerror(errno));
	return status;
}

int things_take(struct things *t, const char *arg)
{
	FILE *f;
	int status;

	if (strcmp(arg, "-") == 0)
		return take_lines(t, "standard input", stdin);
	if (arg[0] != '@')
		return take_one(t, "argument", arg);
	f = fopen(arg + 1, "re");
	if (!f)
		return cli_fail(ERR_NOT_FOUND, "%s: %s", arg + 1, strerror(errno));
	status = take_lines(t, arg + 1, f);
	fclose(f);
	return status;
}

/* ---- the subject ---- */

static enum err find_lot(struct named_pack *p, struct client *c, struct config_fault *why)
{
	return item_lot(c, p->gtin, bytes_of(p->serial, p->serial_n), p->lot, &p->lot_n, why);
}

int things_find_lots(struct things *t, struct client *c)
{
	struct config_fault why;

	for (size_t i = 0; i < t->packs_n; i++) {
		struct named_pack *p = &t->packs[i];
		enum err e = p->lot_n ? ERR_OK : find_lot(p, c, &why);

		if (e != ERR_OK)
			return cli_fail(e, "(01)%014" PRIu64 "(21)%.*s: %s; nothing was sent", p->gtin, (int)p->serial_n,
					(const char *)p->serial, why.text);
	}
	return 0;
}

static int by_pack(const void *a, const void *b)
{
	const struct named_pack *x = a, *y = b;
	const struct pack_id px = { x->gtin, bytes_of(x->lot, x->lot_n), bytes_of(x->serial, x->serial_n) };
	const struct pack_id py = { y->gtin, bytes_of(y->lot, y->lot_n), bytes_of(y->serial, y->serial_n) };

	return pack_id_cmp(&px, &py);
}

static int by_sscc(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int check_once(const struct things *t)
{
	for (size_t i = 1; i < t->packs_n; i++)
		if (by_pack(&t->packs[i - 1], &t->packs[i]) == 0)
			return cli_fail(ERR_NOT_SORTED, "(01)%014" PRIu64 "(21)%.*s is named twice; nothing was sent", t->packs[i].gtin,
					(int)t->packs[i].serial_n, (const char *)t->packs[i].serial);
	for (size_t i = 1; i < t->units_n; i++)
		if (t->units[i - 1] == t->units[i])
			return cli_fail(ERR_NOT_SORTED, "(00)%018" PRIu64 " is named twice; nothing was sent", t->units[i]);
	return 0;
}

/* The views that pack_ids are go to the packs of t. */
static enum err encode_packs(const struct things *t, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct pack_id *ids = malloc(t->packs_n * sizeof(*ids));
	enum err e;

	if (!ids)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < t->packs_n; i++) {
		const struct named_pack *p = &t->packs[i];

		ids[i] = (struct pack_id){ p->gtin, bytes_of(p->lot, p->lot_n), bytes_of(p->serial, p->serial_n) };
	}
	e = event_groups_encode(ids, t->packs_n, buf, cap, out);
	free(ids);
	return e;
}

static enum err encode_units(const struct things *t, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	if (t->units_n > EVENT_UNITS_MAX)
		return ERR_TOO_MANY_UNITS;
	wr_init(&w, buf, cap);
	wr_array(&w, t->units_n);
	for (size_t i = 0; i < t->units_n; i++)
		wr_uint(&w, t->units[i]);
	return wr_end(&w, out);
}

int things_subject(struct things *t, struct event *ev, uint8_t *buf)
{
	size_t used = 0;
	enum err e = ERR_OK;
	int status;

	if (t->packs_n > 0)
		qsort(t->packs, t->packs_n, sizeof(t->packs[0]), by_pack);
	if (t->units_n > 0)
		qsort(t->units, t->units_n, sizeof(t->units[0]), by_sscc);
	status = check_once(t);
	if (status != 0)
		return status;
	if (t->packs_n > 0) {
		e = encode_packs(t, buf, EVENT_BYTES_MAX, &ev->groups);
		used = ev->groups.n;
	}
	if (e == ERR_OK && t->units_n > 0)
		e = encode_units(t, buf + used, EVENT_BYTES_MAX - used, &ev->ssccs);
	return e == ERR_OK ? 0 : cli_fail(e, "%s; nothing was sent", err_text(e));
}

const char *things_count(char buf[static THINGS_COUNT_MAX], const struct things *t)
{
	const char *units = t->units_n == 1 ? "" : "s", *packs = t->packs_n == 1 ? "" : "s";

	if (t->units_n == 0)
		snprintf(buf, THINGS_COUNT_MAX, "%zu pack%s", t->packs_n, packs);
	else if (t->packs_n == 0)
		snprintf(buf, THINGS_COUNT_MAX, "%zu unit%s", t->units_n, units);
	else
		snprintf(buf, THINGS_COUNT_MAX, "%zu unit%s and %zu pack%s", t->units_n, units, t->packs_n, packs);
	return buf;
}

bool thing_label(const struct event *ev, uint64_t place, char buf[static THING_LABEL_MAX])
{
	struct event_ssccs units;
	struct event_packs packs;
	struct bytes serial;
	uint64_t sscc, i = 0;

	event_packs_init(&packs, ev);
	for (; event_packs_next(&packs, &serial); i++)
		if (i == place) {
			snprintf(buf, THING_LABEL_MAX, "(01)%014" PRIu64 "(10)%.*s(21)%.*s", packs.gtin, (int)packs.lot.n,
				 (const char *)packs.lot.p, (int)serial.n, (const char *)serial.p);
			return true;
		}
	event_ssccs_init(&units, ev);
	for (; event_ssccs_next(&units, &sscc); i++)
		if (i == place) {
			snprintf(buf, THING_LABEL_MAX, "(00)%018" PRIu64, sscc);
			return true;
		}
	return false;
}

/* ---- SSCCs ---- */

bool sscc_parse(const char *text, uint64_t *sscc)
{
	static struct gs1_data d;
	struct fault f;

	if (strlen(text) == SSCC_DIGITS)
		return gs1_sscc_parse(bytes_of_str(text), sscc) == ERR_OK;
	return gs1_parse(&d, bytes_of_str(text), GS1_LENIENT, &f) == ERR_OK && gs1_sscc_parse(gs1_value(&d, "00"), sscc) == ERR_OK;
}

uint64_t sscc_make(const struct prefix *prefix, uint64_t random)
{
	char d[SSCC_DIGITS] = "0";
	uint64_t sscc = 0;

	memcpy(d + 1, prefix->digits, prefix->n);
	for (size_t i = 1u + prefix->n; i < SSCC_DIGITS - 1; i++, random /= 10)
		d[i] = (char)('0' + random % 10);
	d[SSCC_DIGITS - 1] = gs1_check_digit(d, SSCC_DIGITS - 1);
	for (size_t i = 0; i < SSCC_DIGITS; i++)
		sscc = sscc * 10 + (uint64_t)(d[i] - '0');
	return sscc;
}
