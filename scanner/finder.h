/* Damaged finder patterns of QR codes (ISO/IEC 18004 6.3.3): readers look for whole ones, though the data behind would bear damage. */
#ifndef RX_FINDER_H
#define RX_FINDER_H

#include <stdint.h>

/* Mend, in a grey picture of full contrast, what looks like a finder pattern: it is the same turned by 90 degrees, so that of four
 * pixels that should be equal a wrong one is outvoted.  grey: width * height. */
void finder_mend(uint8_t *grey, unsigned width, unsigned height);

#endif
