/* The commands of rxlabel. */
#ifndef RX_LABELS_CMD_H
#define RX_LABELS_CMD_H

#include "labels/gs1/err.h"

int label_cmd_key(int argc, char **argv); /* cmd_key.c */
int label_cmd_print(int argc, char **argv); /* cmd_print.c */
int label_cmd_verify(int argc, char **argv); /* cmd_verify.c */
int label_cmd_mark(int argc, char **argv); /* cmd_mark.c */
int label_cmd_report(int argc, char **argv); /* cmd_report.c */
int label_cmd_commission(int argc, char **argv); /* cmd_commission.c */

/* Say that the job in dir cannot be opened: e and line are of job_open() or job_read().  The exit status. */
int label_fail_job(const char *dir, enum err e, unsigned line); /* cmd_job.c */

#endif
