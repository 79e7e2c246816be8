/* printer PORT FILE [BYTES]: a label printer on loopback that keeps what it is sent in FILE, one connection after the other.  After
 * so many bytes it is gone, in the middle of a label; else it ends after two minutes, or with SIGTERM. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 1) != 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	long left = argc == 4 ? atol(argv[3]) : -1;
	FILE *f = argc >= 3 ? fopen(argv[2], "ab") : NULL;
	int fd = f ? listen_on(argv[1]) : -1;
	char buf[4096];

	if (fd < 0) {
		fprintf(stderr, "printer PORT FILE [BYTES]: cannot listen, or cannot write\n");
		return 64;
	}
	alarm(120);
	for (;;) {
		int from = accept(fd, NULL, NULL);
		ssize_t n;

		while ((n = read(from, buf, left >= 0 && left < (long)sizeof(buf) ? (size_t)left : sizeof(buf))) > 0) {
			fwrite(buf, 1, (size_t)n, f);
			fflush(f);
			left -= left >= 0 ? n : 0;
			if (left == 0)
				return 0;
		}
		close(from);
	}
}
