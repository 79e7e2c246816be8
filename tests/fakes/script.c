#include "tests/fakes/script.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/t.h"

#define NAMES 9 /* of each letter */
#define KINDS "ABCU"
#define UNIT_KINDS "#@%"

static const struct { const char *name; enum world_member m; } members[] = {
	{ "MFR", MFR }, { "MFR2", MFR2 }, { "DIST", DIST }, { "DIST2", DIST2 }, { "PHARM", PHARM }, { "PHARM2", PHARM2 },
	{ "REG", REG }, { "REG2", REG2 },
};
static const char *const states[] = {
	"NONE", "ACTIVE", "IN_TRANSIT", "DISPENSED", "DESTROYED", "SAMPLE", "FREE_SAMPLE", "EXPORTED", "CHECKED_OUT",
};
static const char flag_letters[] = "lsmc";

static void unknown(const char *what)
{
	fprintf(stderr, "script: %s\n", what);
	abort();
}

static enum world_member member_of(const char *name)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].m;
	unknown(name);
	return MFR;
}

/* The serial is the name, in the text that it stands in. */
struct pack_id script_pack(const char *pack)
{
	const char *lot = *pack == 'B' ? SCRIPT_LOT_B : *pack == 'U' ? SCRIPT_LOT_U : LOT_GOOD;

	return (struct pack_id){ world_gtin(*pack == 'C' ? MFR2 : MFR), bytes_of_str(lot), bytes_of((const uint8_t *)pack, 2) };
}

uint64_t script_sscc(const char *unit)
{
	uint64_t n = (uint64_t)(unit[1] - '0');

	return *unit == '#' ? world_sscc_of_nobody(n) : world_sscc(*unit == '@' ? MFR : MFR2, n);
}

struct pack_view script_view(struct script *s, const char *thing)
{
	struct pack_id pack = script_pack(thing);
	struct pack_view v;
	int64_t unit;

	if (strchr(KINDS, *thing)) {
		world_must(state_pack_view(&s->w.st, pack.gtin, pack.serial, &v));
		return v;
	}
	world_must(state_unit(&s->w.st, script_sscc(thing), &unit));
	world_must(state_unit_view(&s->w.st, unit, &v));
	return v;
}

/* ---- set-up ---- */

static void commission(struct script *s, enum world_member m, char kind)
{
	static const char digits[] = "123456789";
	char names[NAMES][2];
	struct pack_id packs[NAMES];
	struct event ev = world_event(&s->w, m, EV_COMMISSION);

	for (size_t i = 0; i < NAMES; i++) {
		names[i][0] = kind;
		names[i][1] = digits[i];
		packs[i] = script_pack(names[i]);
	}
	world_subject(&s->w, &ev, packs, NAMES, NULL, 0);
	world_must(world_apply(&s->w, m, &ev));
}

void script_init(struct script *s)
{
	static const char *const lots[] = { SCRIPT_LOT_B, SCRIPT_LOT_U };

	s->n = 0;
	world_init(&s->w, 1);
	for (size_t i = 0; i < 2; i++) {
		struct event ev = world_event(&s->w, MFR, EV_LOT);

		ev.u.lot.gtin = world_gtin(MFR);
		ev.u.lot.lot = bytes_of_str(lots[i]);
		ev.u.lot.expiry = 20991231;
		world_must(world_apply(&s->w, MFR, &ev));
	}
	world_must(world_release(&s->w, MFR, SCRIPT_LOT_B));
	for (const char *kind = KINDS; *kind; kind++)
		commission(s, *kind == 'C' ? MFR2 : MFR, *kind);
}

void script_free(struct script *s)
{
	world_free(&s->w);
}

/* ---- steps ---- */

static struct hash id_of(const struct script *s, const char *name)
{
	for (size_t i = s->n; i > 0; i--)
		if (strcmp(s->names[i - 1], name) == 0)
			return s->ids[i - 1];
	unknown(name);
	return (struct hash){ { 0 } };
}

static void set_fields(const struct script *s, const struct script_step *step, struct event *ev)
{
	switch ((int)step->type) {
	case EV_SHIP:
	case EV_RETURN:
		ev->u.gln = world_gln(member_of(step->arg));
		break;
	case EV_PACK:
	case EV_UNPACK:
		ev->u.sscc = script_sscc(step->arg);
		break;
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
	case EV_UNDO_SAMPLE:
	case EV_UNDO_CHECK_OUT:
		ev->u.hash = id_of(s, step->arg);
		break;
	case EV_DESTROY:
	case EV_LOCK:
	case EV_STOLEN:
	case EV_CHECK_OUT:
		ev->u.reason = BYTES_LIT("because");
		break;
	case EV_EXPORT:
		ev->u.country = (struct country){ "CH" };
		break;
	default:
		break;
	}
}

struct event script_event(struct script *s, const struct script_step *step)
{
	struct event ev = world_event(&s->w, step->who, step->type);
	struct pack_id packs[sizeof(KINDS) * NAMES];
	uint64_t units[sizeof(UNIT_KINDS) * NAMES];
	size_t n = 0, units_n = 0;

	for (const char *at = step->things; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
		if (strchr(KINDS, *at))
			packs[n++] = script_pack(at);
		else
			units[units_n++] = script_sscc(at);
	}
	world_subject(&s->w, &ev, packs, n, units, units_n);
	set_fields(s, step, &ev);
	return ev;
}

static void check_after(struct script *s, const struct script_step *step)
{
	char thing[8], state[16], holder[8], flags[8] = "", want[8];
	struct pack_view v;
	size_t n = 0;

	if (sscanf(step->after, "%7s %15s %7s %7s", thing, state, holder, want) != 4)
		unknown(step->after);
	v = script_view(s, thing);
	CHECK_ROW(strcmp(states[v.custody.state], state) == 0, step->name);
	CHECK_ROW(v.custody.holder == world_gln(member_of(holder)), step->name);
	for (int i = 0; i < FLAG_KINDS; i++)
		if (pack_view_flag(&v, (enum flag_kind)i))
			flags[n++] = flag_letters[i];
	CHECK_ROW(strcmp(*flags ? flags : "-", want) == 0, step->name);
}

static bool recount_all(struct script *s, const char *name)
{
	static char names[(sizeof(KINDS) - 1) * NAMES][2];
	struct pack_id packs[(sizeof(KINDS) - 1) * NAMES];
	uint64_t ssccs[(sizeof(UNIT_KINDS) - 1) * NAMES];

	for (size_t i = 0; i < sizeof(packs) / sizeof(packs[0]); i++) {
		names[i][0] = KINDS[i / NAMES];
		names[i][1] = (char)('1' + i % NAMES);
		packs[i] = script_pack(names[i]);
	}
	for (size_t i = 0; i < sizeof(ssccs) / sizeof(ssccs[0]); i++)
		ssccs[i] = script_sscc((const char[]){ UNIT_KINDS[i / NAMES], (char)('1' + i % NAMES) });
	return recount(&s->w.st, packs, sizeof(packs) / sizeof(packs[0]), ssccs, sizeof(ssccs) / sizeof(ssccs[0]), name);
}

void script_run(struct script *s, const struct script_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct event ev = script_event(s, &steps[i]);
		enum err e = world_apply(&s->w, steps[i].who, &ev);

		if (e != steps[i].want)
			t_check_eq(e, steps[i].want, __LINE__, err_name(e), __FILE__, steps[i].name);
		CHECK_ROW(recount_all(s, steps[i].name), steps[i].name);
		if (steps[i].after)
			check_after(s, &steps[i]);
		if (s->n == SCRIPT_STEPS_MAX)
			unknown("too many steps");
		s->names[s->n] = steps[i].name;
		s->ids[s->n++] = s->w.last_id;
	}
}
