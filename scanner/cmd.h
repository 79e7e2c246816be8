/* The commands of rxscan. */
#ifndef RX_SCANNER_CMD_H
#define RX_SCANNER_CMD_H

int scan_cmd_check(int argc, char **argv); /* cmd_check.c */
int scan_cmd_parse(int argc, char **argv); /* cmd_parse.c */

#endif
