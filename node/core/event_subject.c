#include "node/core/event_parts.h"

/* Serials of one group, ascending. */
static void read_serials(struct rd *r, struct event *ev)
{
	struct bytes prev = { 0 };
	size_t n = rd_array(r);

	if (n == 0)
		rd_fail(r, ERR_BAD_VALUE);
	if (n > EVENT_PACKS_MAX - ev->packs_n)
		rd_fail(r, ERR_TOO_MANY_PACKS);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		struct bytes serial = event_read_cset82(r);

		if (i > 0 && bytes_cmp(prev, serial) >= 0)
			rd_fail(r, ERR_NOT_SORTED);
		prev = serial;
	}
	ev->packs_n += n;
}

static void read_groups(struct rd *r, struct event *ev)
{
	uint64_t prev_gtin = 0;
	struct bytes prev_lot = { 0 };
	const uint8_t *start = r->p;
	size_t n = rd_array(r);

	if (n == 0)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		uint64_t gtin;
		struct bytes lot;

		/* event.cddl: pack-group = [ gtin, lot: cset82, [+ serial: cset82] ] */
		rd_array_n(r, 3);
		gtin = event_read_gtin(r);
		lot = event_read_cset82(r);
		if (i > 0 && (gtin < prev_gtin || (gtin == prev_gtin && bytes_cmp(prev_lot, lot) >= 0)))
			rd_fail(r, ERR_NOT_SORTED);
		if (i > 0 && gtin == prev_gtin && ev->type == EV_COMMISSION)
			rd_fail(r, ERR_ONE_LOT);
		read_serials(r, ev);
		prev_gtin = gtin;
		prev_lot = lot;
	}
	ev->groups = bytes_of(start, (size_t)(r->p - start));
}

static void read_ssccs(struct rd *r, struct event *ev)
{
	uint64_t prev = 0;
	const uint8_t *start = r->p;
	size_t n = rd_array(r);

	if (n == 0)
		rd_fail(r, ERR_BAD_VALUE);
	if (n > EVENT_UNITS_MAX)
		rd_fail(r, ERR_TOO_MANY_UNITS);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		uint64_t sscc = event_read_sscc(r);

		if (i > 0 && sscc <= prev)
			rd_fail(r, ERR_NOT_SORTED);
		prev = sscc;
	}
	ev->ssccs = bytes_of(start, (size_t)(r->p - start));
	ev->ssccs_n = n;
}

/* event.cddl: subject = { ? 1: [+ pack-group], ? 2: [1*1000 sscc] } */
void event_read_subject(struct rd *r, struct event *ev)
{
	struct event_map m;
	size_t n = event_map_begin(&m, r, 1, 2);

	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		switch (rd_key(r, &m.last)) {
		case 1:
			read_groups(r, ev);
			break;
		case 2:
			read_ssccs(r, ev);
			break;
		default:
			rd_fail(r, ERR_UNKNOWN_FIELD);
		}
	}
}

void event_write_subject(struct wr *w, const struct event *ev)
{
	wr_map(w, (size_t)(ev->groups.p != NULL) + (ev->ssccs.p != NULL));
	if (ev->groups.p) {
		wr_uint(w, 1);
		wr_raw(w, ev->groups);
	}
	if (ev->ssccs.p) {
		wr_uint(w, 2);
		wr_raw(w, ev->ssccs);
	}
}

void event_packs_init(struct event_packs *it, const struct event *ev)
{
	*it = (struct event_packs){ 0 };
	if (ev->groups.p == NULL)
		return;
	rd_init(&it->r, ev->groups);
	it->groups_left = rd_array(&it->r);
}

bool event_packs_next(struct event_packs *it, struct bytes *serial)
{
	it->first = it->serials_left == 0;
	if (it->first) {
		if (it->groups_left == 0)
			return false;
		rd_array_n(&it->r, 3);
		it->gtin = rd_uint(&it->r);
		it->lot = rd_tstr(&it->r);
		it->serials_left = rd_array(&it->r);
		it->groups_left--;
	}
	*serial = rd_tstr(&it->r);
	it->serials_left--;
	return it->r.err == ERR_OK;
}

void event_ssccs_init(struct event_ssccs *it, const struct event *ev)
{
	*it = (struct event_ssccs){ 0 };
	if (ev->ssccs.p == NULL)
		return;
	rd_init(&it->r, ev->ssccs);
	it->left = rd_array(&it->r);
}

bool event_ssccs_next(struct event_ssccs *it, uint64_t *sscc)
{
	if (it->left == 0)
		return false;
	*sscc = rd_uint(&it->r);
	it->left--;
	return it->r.err == ERR_OK;
}

static int group_cmp(const struct pack_id *a, const struct pack_id *b)
{
	if (a->gtin != b->gtin)
		return a->gtin < b->gtin ? -1 : 1;
	return bytes_cmp(a->lot, b->lot);
}

int pack_id_cmp(const void *a, const void *b)
{
	const struct pack_id *x = a, *y = b;
	int c = group_cmp(x, y);

	return c ? c : bytes_cmp(x->serial, y->serial);
}

/* Length of the group that begins packs. */
static size_t group_len(const struct pack_id *packs, size_t n)
{
	size_t len = 1;

	while (len < n && group_cmp(&packs[0], &packs[len]) == 0)
		len++;
	return len;
}

static void write_group(struct wr *w, const struct pack_id *packs, size_t n)
{
	wr_array(w, 3);
	wr_uint(w, packs[0].gtin);
	wr_tstr(w, packs[0].lot);
	wr_array(w, n);
	for (size_t i = 0; i < n; i++)
		wr_tstr(w, packs[i].serial);
}

enum err event_groups_encode(const struct pack_id *packs, size_t n, uint8_t *buf, size_t cap, struct bytes *out)
{
	size_t groups = 0;
	struct wr w;

	if (n > EVENT_PACKS_MAX)
		return ERR_TOO_MANY_PACKS;
	for (size_t i = 1; i < n; i++)
		if (pack_id_cmp(&packs[i - 1], &packs[i]) >= 0)
			return ERR_NOT_SORTED;
	for (size_t i = 0; i < n; i += group_len(packs + i, n - i))
		groups++;
	wr_init(&w, buf, cap);
	wr_array(&w, groups);
	for (size_t i = 0, len; i < n; i += len) {
		len = group_len(packs + i, n - i);
		write_group(&w, packs + i, len);
	}
	return wr_end(&w, out);
}
