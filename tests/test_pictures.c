/* Pictures of labels: what is read of bad ones, in a process that may die of it. */
#include "scanner/decoder_internal.h"
#include "scanner/finder.h"
#include "scanner/input.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/photo.h"
#include "tests/t.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char digital_link[] = "https://id.gs1.org/01/09506000134352/21/7KQ2M4?17=271231&10=AB2401";
static const char elements[] = "0109506000134352217KQ2M4\x1d" "1727123110AB2401";
static struct symbol qr, matrix;
static struct decoder *decoder;
static struct reader_symbol got[DECODER_SYMBOLS_MAX];
static size_t got_n;

static const struct photo_look plain = { .name = "plain", PHOTO_PLAIN };

static enum err read_with(struct decoder *d, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	CHECK_ROW(fd >= 0, path);
	e = decoder_read(d, got, &got_n, fd);
	close(fd);
	return e;
}

static enum err read_file(const char *path)
{
	return read_with(decoder, path);
}

static bool has(const char *aim, const char *text)
{
	for (size_t i = 0; i < got_n; i++)
		if (strcmp(got[i].aim, aim) == 0 && bytes_eq(bytes_of(got[i].bytes, got[i].n), bytes_of_str(text)))
			return true;
	return false;
}

static void test_start(void)
{
	NEED(decoder_start(&decoder, &decoder_limits_default) == ERR_OK);
	NEED(symbol_qr(&qr, digital_link, QR_MEDIUM) == ERR_OK && symbol_datamatrix(&matrix, bytes_of_str(elements)) == ERR_OK);
}

/* ---- what is read ---- */

static void test_one_symbol_in_each_condition(void)
{
	static const struct photo_look looks[] = {
		{ .name = "plain", PHOTO_PLAIN },
		{ .name = "inverted", PHOTO_PLAIN, .inverted = true },
		{ .name = "inverted and turned", PHOTO_PLAIN, .inverted = true, .degrees = 20 },
		{ .name = "turned", PHOTO_PLAIN, .degrees = 33 },
		{ .name = "upside down", PHOTO_PLAIN, .degrees = 180 },
		{ .name = "tilted", PHOTO_PLAIN, .tilt = 0.2 },
		{ .name = "noisy", PHOTO_PLAIN, .noise = 20 },
		{ .name = "dim", .module = 4, .contrast = 0.5, .brightness = 60 },
		{ .name = "dim, little contrast", .module = 4, .contrast = 0.25, .brightness = 60, .noise = 2 },
		{ .name = "so noisy that libdmtx alone reads DataMatrix", PHOTO_PLAIN, .noise = 60 },
		{ .name = "damaged", PHOTO_PLAIN, .damaged = 0.01 },
		{ .name = "a JPEG of low quality", PHOTO_PLAIN, .quality = 20 },
	};

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		CHECK_ROW(photo_of(&qr, &looks[i], 7, 400, 400, test_path("one.img")), looks[i].name);
		CHECK_EQ(read_file(test_path("one.img")), ERR_OK, looks[i].name);
		CHECK_ROW(got_n == 1 && has("]Q1", digital_link), looks[i].name);
		CHECK_ROW(photo_of(&matrix, &looks[i], 7, 400, 400, test_path("one.img")), looks[i].name);
		CHECK_EQ(read_file(test_path("one.img")), ERR_OK, looks[i].name);
		CHECK_ROW(got_n == 1 && has("]d2", elements), looks[i].name);
	}
}

/* Readers look for whole finder patterns; the error correction has nothing to say about them. */
static void test_damaged_finder_patterns(void)
{
	static const struct { const char *name; unsigned x, y; } flips[] = {
		{ "middle", 3, 3 }, { "core", 3, 2 }, { "light ring", 1, 3 }, { "dark ring", 3, 0 },
	};
	static const double degrees[] = { 0, 13, 45, 200 };
	struct photo_look look = plain;
	static struct symbol hurt;

	for (size_t i = 0; i < 16; i++) {
		look.degrees = degrees[i % 4];
		hurt = qr;
		hurt.dark[flips[i / 4].y * hurt.side + flips[i / 4].x] ^= 1;
		CHECK(photo_of(&hurt, &look, 1, 400, 400, test_path("one.img")));
		CHECK_EQ(read_file(test_path("one.img")), ERR_OK, flips[i / 4].name);
		CHECK_ROW(got_n == 1 && has("]Q1", digital_link), flips[i / 4].name);
	}
}

static void test_nothing_but_finder_patterns_is_mended(void)
{
	struct photo p;
	uint8_t *before = malloc(400 * 400);

	NEED(before != NULL && photo_new(&p, 400, 400));
	photo_put(&p, 200, 200, &matrix, &plain, 1);
	memcpy(before, p.grey, 400 * 400);
	finder_mend(p.grey, p.width, p.height);
	CHECK(memcmp(before, p.grey, 400 * 400) == 0);
	free(before);
	photo_free(&p);
}

/* ZXing leaves it no work in easy pictures. */
static void test_the_second_reader_alone(void)
{
	struct photo p;

	NEED(photo_new(&p, 300, 300));
	photo_put(&p, 150, 150, &matrix, &plain, 1);
	got_n = reader_dmtx(p.grey, p.width, p.height, got, DECODER_SYMBOLS_MAX);
	CHECK(got_n == 1 && has("]d2", elements));
	photo_free(&p);
}

static void test_several_symbols_in_one_picture(void)
{
	struct photo p;

	NEED(photo_new(&p, 900, 400));
	photo_put(&p, 150, 200, &qr, &plain, 1);
	photo_put(&p, 450, 200, &matrix, &plain, 1);
	photo_put(&p, 750, 200, &qr, &plain, 1);
	CHECK(photo_write(&p, test_path("several.png"), &plain));
	CHECK_EQ(read_file(test_path("several.png")), ERR_OK, "several");
	CHECK_EQ(got_n, 2, "the same code twice counts once");
	CHECK(has("]Q1", digital_link) && has("]d2", elements));
	photo_free(&p);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	NEED(f != NULL);
	fwrite(bytes, 1, n, f);
	fclose(f);
}

static void test_what_cannot_be_read_says_why(void)
{
	static const uint8_t huge[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0x4e, 0x20,
					0, 0, 0x4e, 0x20, 8, 0, 0, 0, 0, 0xc6, 0x1b, 0x19, 0xe5, 0, 0, 0, 0, 'I', 'D', 'A', 'T', 0x35, 0xaf, 0x06, 0x1e };
	struct photo p;
	char cut[400];

	write_file(test_path("huge.png"), huge, sizeof(huge)); /* 20000 by 20000 */
	write_file(test_path("text.png"), "hello", 5);
	write_file(test_path("empty.jpg"), "", 0);
	NEED(photo_new(&p, 300, 300) && photo_write(&p, test_path("blank.png"), &plain));
	photo_free(&p);
	snprintf(cut, sizeof(cut), "head -c 100 %s > %s", test_path("blank.png"), test_path("cut.png"));
	CHECK(system(cut) == 0);
	CHECK_EQ(read_file(test_path("huge.png")), ERR_TOO_LARGE, "huge");
	CHECK_EQ(read_file(test_path("text.png")), ERR_BAD_INPUT, "text");
	CHECK_EQ(read_file(test_path("empty.jpg")), ERR_BAD_INPUT, "empty");
	CHECK_EQ(read_file(test_path("blank.png")), ERR_NO_CODE, "blank");
	CHECK_EQ(read_file(test_path("cut.png")), ERR_BAD_INPUT, "cut");
	CHECK(got_n == 0);
}

/* ---- folders ---- */

static struct {
	size_t read, failed;
	char names[400];
	enum err last;
} seen;

static void on_read(void *ctx, const char *name, struct bytes text, bool decoded)
{
	(void)ctx, (void)text;
	seen.read++;
	CHECK(decoded);
	strcat(seen.names, strrchr(name, '/') + 1);
	strcat(seen.names, " ");
}

static void on_failed(void *ctx, const char *name, enum err e)
{
	(void)ctx;
	seen.failed++;
	seen.last = e;
	strcat(seen.names, strrchr(name, '/') + 1);
	strcat(seen.names, " ");
}

static void test_a_folder_of_pictures(void)
{
	mkdir(test_path("folder"), 0700);
	mkdir(test_path("folder/in.png"), 0700);
	mkdir(test_path("nothing"), 0700);
	CHECK(photo_of(&qr, &plain, 1, 300, 300, test_path("folder/b.png")) && photo_of(&qr, &plain, 1, 300, 300, test_path("folder/a.PNG")));
	write_file(test_path("folder/c.txt"), "hello", 5);
	write_file(test_path("folder/d.jpeg"), "hello", 5);
	memset(&seen, 0, sizeof(seen));
	input_argument(decoder, test_path("folder"), on_read, on_failed, NULL);
	CHECK_ROW(strcmp(seen.names, "a.PNG b.png d.jpeg ") == 0, seen.names);
	CHECK(seen.read == 2 && seen.failed == 1 && seen.last == ERR_BAD_INPUT);
	input_argument(decoder, test_path("nothing"), on_read, on_failed, NULL);
	CHECK(seen.failed == 2 && seen.last == ERR_NO_PICTURE);
}

/* ---- the process that reads ---- */

static size_t open_descriptors(pid_t pid)
{
	char path[64];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* A picture that takes its worker a while. */
static bool write_large(const char *path)
{
	struct photo p;
	bool ok = photo_new(&p, 8000, 8000);

	if (ok)
		ok = photo_write(&p, path, &(struct photo_look){ PHOTO_PLAIN, .quality = 80 });
	photo_free(&p);
	return ok;
}

/* The first child of a process; 0: none. */
static pid_t child_of(pid_t parent)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/* In a process of its own: kill the keeper's next worker. */
static pid_t killer_of_worker(pid_t keeper)
{
	const struct timespec wait = { .tv_nsec = 2000000 };
	pid_t pid = fork(), worker;

	if (pid != 0)
		return pid;
	while ((worker = child_of(keeper)) == 0)
		nanosleep(&wait, NULL);
	_exit(kill(worker, SIGKILL));
}

static void check_next_is_read(struct decoder *d, const char *row)
{
	CHECK(photo_of(&qr, &plain, 1, 300, 300, test_path("next.png")));
	CHECK_EQ(read_with(d, test_path("next.png")), ERR_OK, row);
	CHECK_ROW(got_n == 1 && has("]Q1", digital_link), row);
}

static void test_a_worker_killed_in_the_middle(void)
{
	size_t before = open_descriptors(getpid()), keepers = open_descriptors(decoder_pid(decoder));
	pid_t killer;
	int status;

	NEED(write_large(test_path("large.jpg")));
	for (int i = 0; i < 3; i++) {
		killer = killer_of_worker(decoder_pid(decoder));
		CHECK_EQ(read_file(test_path("large.jpg")), ERR_PICTURE_LOST, "killed");
		CHECK(waitpid(killer, &status, 0) == killer && status == 0);
		CHECK(got_n == 0);
		check_next_is_read(decoder, "after a worker was killed");
	}
	CHECK_EQ(open_descriptors(getpid()), before, "descriptors of ours");
	CHECK_EQ(open_descriptors(decoder_pid(decoder)), keepers, "descriptors of the keeper");
	CHECK_EQ(child_of(decoder_pid(decoder)), 0, "workers left");
}

static void test_limits(void)
{
	static const struct { const char *name; struct decoder_limits limits; enum err err; bool memory; } rows[] = {
		{ "time", { { 1u << 30, 10 }, 20 }, ERR_PICTURE_LOST, false },
		{ "memory", { { 32u << 20, 10 }, 10000 }, ERR_NO_MEMORY, true },
	};
	struct decoder *d;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
#ifdef __SANITIZE_ADDRESS__
		if (rows[i].memory)
			continue;
#endif
		NEED(decoder_start(&d, &rows[i].limits) == ERR_OK);
		CHECK_EQ(read_with(d, test_path("large.jpg")), rows[i].err, rows[i].name);
		CHECK_EQ(read_with(d, test_path("text.png")), ERR_BAD_INPUT, rows[i].name);
		decoder_stop(d);
	}
}

static void test_a_lost_keeper_ends_nothing_else(void)
{
	size_t before = open_descriptors(getpid());
	struct decoder *d;

	NEED(decoder_start(&d, &decoder_limits_default) == ERR_OK);
	kill(decoder_pid(d), SIGKILL);
	CHECK_EQ(read_with(d, test_path("next.png")), ERR_PICTURE_LOST, "first");
	CHECK_EQ(read_with(d, test_path("next.png")), ERR_PICTURE_LOST, "second");
	decoder_stop(d);
	CHECK_EQ(open_descriptors(getpid()), before, "descriptors");
	decoder_stop(NULL);
}

#define BODY(s) { (const uint8_t *)(s), sizeof(s) - 1 }
static void test_nonsense_from_a_worker_is_refused(void)
{
	static const struct { const char *name; struct bytes body; enum err err; size_t n; } rows[] = {
		{ "one symbol", BODY("\0\0\1]Q1\0\2hi"), ERR_OK, 1 },
		{ "two symbols", BODY("\0\0\2]Q1\0\2hi]d2\0\1x"), ERR_OK, 2 },
		{ "no code", BODY("\0\203\0"), ERR_NO_CODE, 0 },
		{ "nothing", { NULL, 0 }, ERR_PICTURE_LOST, 0 },
		{ "no symbol, no error", BODY("\0\0\0"), ERR_PICTURE_LOST, 0 },
		{ "more than there are", BODY("\0\0\2]Q1\0\2hi"), ERR_PICTURE_LOST, 0 },
		{ "17 symbols", BODY("\0\0\21]Q1\0\2hi"), ERR_PICTURE_LOST, 0 },
		{ "bytes after the last", BODY("\0\0\1]Q1\0\2hi!"), ERR_PICTURE_LOST, 0 },
		{ "a length beyond the end", BODY("\0\0\1]Q1\0\3hi"), ERR_PICTURE_LOST, 0 },
		{ "a length beyond the buffer", BODY("\0\0\1]Q1\377\377hi"), ERR_PICTURE_LOST, 0 },
		{ "an empty symbol", BODY("\0\0\1]Q1\0\0"), ERR_PICTURE_LOST, 0 },
		{ "no AIM identifier", BODY("\0\0\1XQ1\0\2hi"), ERR_PICTURE_LOST, 0 },
		{ "control characters for one", BODY("\0\0\1]Q\n\0\2hi"), ERR_PICTURE_LOST, 0 },
		{ "an error and symbols", BODY("\0\203\1]Q1\0\2hi"), ERR_PICTURE_LOST, 0 },
		{ "an error that is not a worker's", BODY("\0\31\0"), ERR_PICTURE_LOST, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(decoder_take(got, &got_n, rows[i].body), rows[i].err, rows[i].name);
		CHECK_EQ(got_n, rows[i].n, rows[i].name);
	}
}

/* ---- the sandbox ---- */

static bool opens(void)
{
	return open("/dev/null", O_RDONLY) >= 0;
}

static bool connects(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool kills(void)
{
	return kill(getppid(), 0) == 0;
}

static bool computes(void)
{
	void *p = malloc(8 << 20);

	free(p);
	return p != NULL && getpid() > 0;
}

static void test_what_a_worker_may_do(void)
{
	static const struct { const char *name; bool (*tries)(void), may; } rows[] = {
		{ "compute", computes, true }, { "open a file", opens, false }, { "open a socket", connects, false }, { "fork", forks, false },
		{ "signal another process", kills, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			_exit(sandbox_enter(&decoder_limits_default.worker) ? rows[i].tries() : 9);
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		CHECK_EQ(WEXITSTATUS(status), rows[i].may, rows[i].name);
	}
}

static void test_stop(void)
{
	pid_t keeper = decoder_pid(decoder);

	decoder_stop(decoder);
	CHECK(kill(keeper, 0) != 0);
}

T_MAIN("pictures", T(test_start), T(test_one_symbol_in_each_condition), T(test_damaged_finder_patterns),
       T(test_nothing_but_finder_patterns_is_mended), T(test_the_second_reader_alone),
       T(test_several_symbols_in_one_picture), T(test_what_cannot_be_read_says_why), T(test_a_folder_of_pictures),
       T(test_a_worker_killed_in_the_middle), T(test_limits), T(test_a_lost_keeper_ends_nothing_else),
       T(test_nonsense_from_a_worker_is_refused), T(test_what_a_worker_may_do), T(test_stop))
