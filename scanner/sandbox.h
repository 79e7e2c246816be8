/* What a process gives up, for good, before it reads bytes that may be made to harm it. */
#ifndef RX_SANDBOX_H
#define RX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_limits {
	size_t memory; /* bytes beside what is mapped already; not kept under AddressSanitizer, which maps terabytes */
	unsigned cpu_s;
};

/* Close every descriptor but those below keep. */
void sandbox_close_from(int keep);

/* No new descriptors (and so no network and no files), no new processes, no core file, memory and time within limits; of system
 * calls those alone that computing on open descriptors needs (on x86-64 and AArch64, where the kernel has seccomp filters; else
 * the limits stand alone).  False: a limit could not be had. */
bool sandbox_enter(const struct sandbox_limits *limits);

#endif
