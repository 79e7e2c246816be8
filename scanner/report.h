/* Telling the own organisation's node what a scan found, so that it signs the alarm or the sighting. */
#ifndef RX_REPORT_H
#define RX_REPORT_H

#include "scanner/check.h"

/* Report c's first cause for alarm (of its verdict, or else of its risk), or that the pack is in somebody else's custody; nothing else is told,
 * and nothing of a reading that is held back as misread.
 * decoded: input.h; a reading that came a second time the same counts as one.  What became of it into c->reported. */
void report_scan(struct client *client, struct checked *c, bool decoded);

#endif
