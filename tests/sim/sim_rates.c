#include "tests/sim/sim_rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name) #name,
	SIM_RATES(X)
#undef X
};

/* "name,rate,source"; the source may hold commas. */
static const char *take_line(struct sim_rates *out, bool seen[SIM_RATES_N], char *line)
{
	char *rate = strchr(line, ','), *source = rate ? strchr(rate + 1, ',') : NULL, *end;
	size_t i = 0;

	if (!source || strlen(source) < 5)
		return "not name,rate,source";
	*rate++ = '\0';
	while (i < SIM_RATES_N && strcmp(names[i], line) != 0)
		i++;
	if (i == SIM_RATES_N)
		return "no such rate";
	if (seen[i])
		return "twice";
	seen[i] = true;
	out->v[i] = strtod(rate, &end);
	return end == source && out->v[i] >= 0 ? NULL : "not a number";
}

bool sim_rates_read(struct sim_rates *out, const char *path)
{
	bool seen[SIM_RATES_N] = { false }, ok = true;
	FILE *f = fopen(path, "r");
	char line[512];

	if (!f) {
		perror(path);
		return false;
	}
	for (int n = 1; fgets(line, sizeof(line), f); n++) {
		const char *why = n == 1 || line[0] == '#' ? NULL : take_line(out, seen, line);

		if (why) {
			fprintf(stderr, "%s:%d: %s\n", path, n, why);
			ok = false;
		}
	}
	fclose(f);
	for (size_t i = 0; i < SIM_RATES_N; i++) {
		if (!seen[i]) {
			fprintf(stderr, "%s: no rate %s\n", path, names[i]);
			ok = false;
		}
	}
	return ok;
}
