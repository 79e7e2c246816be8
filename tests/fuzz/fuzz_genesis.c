/* Genesis blocks: whatever is applied says the same when its head is read, and makes a state with its validators. */
#include "tests/fakes/fuzz.h"
#include "tests/fakes/world.h"

static enum fuzz_result one(struct bytes in)
{
	static uint8_t buf[GENESIS_WRITES_MAX];
	struct validator_set set;
	struct memstate *mem;
	struct bytes writes;
	struct genesis g;
	struct writes ws;
	struct state st;
	enum err e;

	writes_init(&ws, buf, sizeof(buf));
	if (genesis_apply(in, &ws))
		return ws.n == 0 && ws.w.n == 0 ? FUZZ_REFUSED : FUZZ_WRONG;
	if (genesis_read(&g, in) || rd_check(in, false) || wr_end(&ws.w, &writes))
		return FUZZ_WRONG;
	mem = memstate_new();
	st = memstate_state(mem);
	memstate_apply(mem, writes);
	e = state_validator_set(&st, &set);
	memstate_free(mem);
	return e == ERR_OK && quorum(set.n) <= set.n ? FUZZ_ACCEPTED : FUZZ_WRONG;
}

static void seed(size_t members, size_t validators)
{
	static uint8_t buf[GENESIS_BYTES_MAX];
	struct member_fields all[WORLD_MEMBERS];
	struct genesis_draft draft = { .time_s = WORLD_T0, .name = BYTES_LIT("Test"), .members = all, .members_n = members };
	struct bytes out;

	draft.validators.n = validators;
	for (size_t i = 0; i < members; i++) {
		all[i] = world_member((enum world_member)i);
		draft.validators.gln[i] = all[i].gln;
	}
	world_must(genesis_encode(&draft, buf, sizeof(buf), &out));
	fuzz_seed(out);
}

int main(int argc, char **argv)
{
	seed(1, 1);
	seed(4, 4);
	seed(WORLD_MEMBERS, 5);
	return fuzz_run("fuzz_genesis", argc, argv, 20000, one);
}
