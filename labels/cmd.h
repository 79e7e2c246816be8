/* The commands of rxlabel. */
#ifndef RX_LABELS_CMD_H
#define RX_LABELS_CMD_H

int label_cmd_key(int argc, char **argv); /* cmd_key.c */
int label_cmd_print(int argc, char **argv); /* cmd_print.c */
int label_cmd_verify(int argc, char **argv); /* cmd_verify.c */
int label_cmd_mark(int argc, char **argv); /* cmd_mark.c */
int label_cmd_report(int argc, char **argv); /* cmd_report.c */
int label_cmd_commission(int argc, char **argv); /* cmd_commission.c */

#endif
