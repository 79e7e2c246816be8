/* Small files that are there whole, or not at all. */
#ifndef RX_FILE_H
#define RX_FILE_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#include <sys/types.h>

/* What errno os says of a file: ERR_DISK_FULL also for a quota and a size limit, ERR_EXISTS, ERR_NOT_FOUND, ERR_NO_MEMORY;
 * else ERR_IO. */
enum err file_error(int os);

/* Make a file with these bytes, with that mode from its first moment on, synced to disk; what was begun and did not end well
 * is removed.  Never overwrites.  Errors: those of file_error(). */
MUST_CHECK enum err file_write_new(const char *path, mode_t mode, struct bytes data);
/* The same in place of what was there, and not synced: for what can be made again. */
MUST_CHECK enum err file_write(const char *path, mode_t mode, struct bytes data);

#endif
