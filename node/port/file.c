#include "node/port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum err file_error(int os)
{
	switch (os) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_DISK_FULL;
	case EEXIST:
		return ERR_EXISTS;
	case ENOENT:
		return ERR_NOT_FOUND;
	case ENOMEM:
		return ERR_NO_MEMORY;
	default:
		return ERR_IO;
	}
}

static enum err write_all(int fd, struct bytes data)
{
	for (size_t at = 0; at < data.n;) {
		ssize_t put = write(fd, data.p + at, data.n - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return file_error(errno);
		at += (size_t)put;
	}
	return ERR_OK;
}

static enum err write_file(const char *path, int how, mode_t mode, struct bytes data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, mode);
	enum err e;

	if (fd < 0)
		return file_error(errno);
	e = write_all(fd, data);
	if (e == ERR_OK && how == O_EXCL && fsync(fd) != 0)
		e = file_error(errno);
	if (close(fd) != 0 && e == ERR_OK)
		e = file_error(errno);
	if (e != ERR_OK)
		unlink(path);
	return e;
}

enum err file_write_new(const char *path, mode_t mode, struct bytes data)
{
	return write_file(path, O_EXCL, mode, data);
}

enum err file_write(const char *path, mode_t mode, struct bytes data)
{
	return write_file(path, O_TRUNC, mode, data);
}
