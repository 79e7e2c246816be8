#include "labels/cmd.h"
#include "node/cli.h"

int label_fail_job(const char *dir, enum err e, unsigned line)
{
	if (e == ERR_CORRUPT)
		return cli_fail(e, "%s/job.txt:%u: not a line of a job's journal", dir, line);
	if (e == ERR_NOT_FOUND)
		return cli_fail(e, "%s: no job.txt is there", dir);
	return cli_fail(e, "%s: %s", dir, e == ERR_BUSY ? "another rxlabel works on this job" : err_text(e));
}
