#include "node/core/rd.h"
#include "node/core/wr.h"
#include "tests/fakes/tsv.h"
#include "tests/t.h"

/* tests/vectors/cbor_deterministic.tsv (RFC 8949 appendix A, QCBOR's and tinycbor's lists): we judge every row as it says. */
static bool agrees(const char *expected, enum err e)
{
	if (strcmp(expected, "ok") == 0)
		return e == ERR_OK;
	if (strcmp(expected, "NONDET") == 0)
		return e == ERR_NOT_DETERMINISTIC || e == ERR_NOT_SORTED;
	return e == ERR_BAD_CBOR || e == ERR_TRAILING || e == ERR_BAD_UTF8 || e == ERR_NOT_DETERMINISTIC || e == ERR_TOO_LARGE;
}

static void test_vectors(void)
{
	struct tsv t;
	uint8_t buf[1024];
	size_t rows = 0;

	NEED(tsv_open(&t, "tests/vectors/cbor_deterministic.tsv", 3));
	while (tsv_next(&t)) {
		enum err e;

		if (strcmp(t.field[1], "expected") == 0)
			continue;
		rows++;
		e = rd_check(bytes_of(buf, from_hex(t.field[0], buf, sizeof(buf))), true);
		if (!agrees(t.field[1], e))
			printf("\n%s %s: %s (%s)", t.field[0], t.field[1], err_name(e), t.field[2]);
		CHECK_ROW(agrees(t.field[1], e), t.field[2]);
	}
	tsv_close(&t);
	CHECK(rows == 241);
}

/* One reader each, on one item that does not fit it. */
static const struct {
	const char *name;
	uint8_t in[12];
	size_t n;
	char read; /* u int, i int, b bytes, t text, a array, m map, B bool, k key twice, s skip */
	enum err err;
} bad[] = {
	{ "nothing", { 0 }, 0, 'u', ERR_BAD_CBOR },
	{ "text for a number", { 0x61, 'a' }, 2, 'u', ERR_BAD_TYPE },
	{ "tag", { 0xc0, 0x00 }, 2, 'u', ERR_TAGGED },
	{ "24 in two bytes too many", { 0x19, 0x00, 0x18 }, 3, 'u', ERR_NOT_DETERMINISTIC },
	{ "23 in two bytes", { 0x18, 0x17 }, 2, 'u', ERR_NOT_DETERMINISTIC },
	{ "cut off head", { 0x1a, 0, 0 }, 3, 'u', ERR_BAD_CBOR },
	{ "beyond int64", { 0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0 }, 9, 'i', ERR_BAD_VALUE },
	{ "cut off bytes", { 0x43, 1, 2 }, 3, 'b', ERR_BAD_CBOR },
	{ "indefinite bytes", { 0x5f, 0x41, 1, 0xff }, 4, 'b', ERR_NOT_DETERMINISTIC },
	{ "length beyond 2^63", { 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 9, 'b', ERR_BAD_CBOR },
	{ "overlong UTF-8", { 0x62, 0xc0, 0x80 }, 3, 't', ERR_BAD_UTF8 },
	{ "surrogate", { 0x63, 0xed, 0xa0, 0x80 }, 4, 't', ERR_BAD_UTF8 },
	{ "cut off UTF-8", { 0x61, 0xc3 }, 2, 't', ERR_BAD_UTF8 },
	{ "array longer than the input", { 0x85, 1, 2 }, 3, 'a', ERR_BAD_CBOR },
	{ "map longer than the input", { 0xa2, 1, 2, 3 }, 4, 'm', ERR_BAD_CBOR },
	{ "undefined for a bool", { 0xf7 }, 1, 'B', ERR_BAD_TYPE },
	{ "descending keys", { 0x02, 0x01 }, 2, 'k', ERR_NOT_SORTED },
	{ "equal keys", { 0x02, 0x02 }, 2, 'k', ERR_NOT_SORTED },
	{ "unsorted map", { 0xa2, 2, 0, 1, 0 }, 5, 's', ERR_NOT_SORTED },
	{ "float", { 0xf9, 0x3c, 0 }, 3, 's', ERR_BAD_TYPE },
	{ "tag inside", { 0x81, 0xc1, 0 }, 3, 's', ERR_TAGGED },
	{ "break alone", { 0xff }, 1, 's', ERR_BAD_CBOR },
};

static void read_one(struct rd *r, char what)
{
	int64_t last = -1;

	switch (what) {
	case 'u': rd_uint(r); break;
	case 'i': rd_int(r); break;
	case 'b': rd_bstr(r); break;
	case 't': rd_tstr(r); break;
	case 'a': rd_array(r); break;
	case 'm': rd_map(r); break;
	case 'B': rd_bool(r); break;
	case 'k': rd_key(r, &last); rd_key(r, &last); break;
	default: rd_skip(r);
	}
}

static void test_each_error(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rd r;

		rd_init(&r, bytes_of(bad[i].in, bad[i].n));
		read_one(&r, bad[i].read);
		if (r.err != bad[i].err)
			printf("\n%s: %s", bad[i].name, err_name(r.err));
		CHECK_ROW(r.err == bad[i].err, bad[i].name);
		CHECK_ROW(rd_uint(&r) == 0 && rd_bstr(&r).n == 0 && rd_end(&r) == bad[i].err, bad[i].name);
	}
}

static void test_what_is_written_is_read(void)
{
	static const int64_t ints[] = { 0, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296, INT64_MAX, -1, -24, -25, -256, -257,
					INT64_MIN };
	uint8_t buf[256];
	struct bytes out, b;
	struct wr w;
	struct rd r;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, sizeof(ints) / sizeof(ints[0]) + 5);
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
		wr_int(&w, ints[i]);
	wr_uint(&w, UINT64_MAX);
	wr_bstr(&w, BYTES_LIT("abc"));
	wr_tstr(&w, BYTES_LIT("d\xc3\xa9"));
	wr_bool(&w, true);
	wr_null(&w);
	CHECK(wr_end(&w, &out) == ERR_OK);
	CHECK(rd_check(out, false) == ERR_OK);
	rd_init(&r, out);
	CHECK(rd_array(&r) == sizeof(ints) / sizeof(ints[0]) + 5);
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
		CHECK(rd_int(&r) == ints[i]);
	CHECK(rd_uint(&r) == UINT64_MAX);
	b = rd_bstr_n(&r, 3);
	CHECK(bytes_eq(b, BYTES_LIT("abc")));
	b = rd_tstr_max(&r, 3);
	CHECK(bytes_eq(b, BYTES_LIT("d\xc3\xa9")));
	CHECK(rd_bool(&r) && rd_null(&r) && rd_end(&r) == ERR_OK);
}

static void test_limits(void)
{
	uint8_t deep[RD_DEPTH_MAX + 2], buf[4];
	struct bytes out;
	struct wr w;
	struct rd r;

	memset(deep, 0x81, sizeof(deep));
	deep[RD_DEPTH_MAX] = 0;
	CHECK(rd_check(bytes_of(deep, RD_DEPTH_MAX + 1), false) == ERR_OK);
	deep[RD_DEPTH_MAX] = 0x81;
	deep[RD_DEPTH_MAX + 1] = 0;
	CHECK(rd_check(bytes_of(deep, RD_DEPTH_MAX + 2), false) == ERR_TOO_LARGE);
	rd_init(&r, BYTES_LIT("\x18\x64"));
	CHECK(rd_uint_max(&r, 99) == 0 && r.err == ERR_BAD_VALUE);
	rd_init(&r, BYTES_LIT("\x01\x02"));
	CHECK(rd_uint(&r) == 1 && rd_end(&r) == ERR_TRAILING);
	wr_init(&w, buf, sizeof(buf));
	wr_tstr(&w, BYTES_LIT("four."));
	wr_uint(&w, 1);
	CHECK(wr_end(&w, &out) == ERR_NO_SPACE && w.n == 7);
}

T_MAIN("rd", T(test_vectors), T(test_each_error), T(test_what_is_written_is_read), T(test_limits))
