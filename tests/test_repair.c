/* Misread labels: the readings that known confusions make of a text, and which of them are believed. */
#include "scanner/repair.h"
#include "tests/t.h"

static struct repair_readings readings;

static bool offers(enum confusion c, const char *want)
{
	for (size_t i = 0; i < readings.n; i++)
		if (readings.v[i].confusion == c && bytes_eq(bytes_of(readings.v[i].text, readings.v[i].n), bytes_of_str(want)))
			return true;
	return false;
}

#define GTIN "09506000134352"
#define SIG "obLDAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-P0"

static const struct {
	const char *name;
	enum confusion confusion;
	const char *text, *want;
} rows[] = {
	{ "^] for GS", CONFUSION_SEPARATOR, "01" GTIN "1727123110AB^]21X7", "(01)" GTIN "(17)271231(10)AB(21)X7" },
	{ "^] for FNC1 too", CONFUSION_SEPARATOR, "^]01" GTIN "10AB^]21X7", "(01)" GTIN "(10)AB(21)X7" },
	{ "| for GS", CONFUSION_SEPARATOR, "01" GTIN "10AB|21X7", "(01)" GTIN "(10)AB(21)X7" },
	{ "# for GS after an AIM identifier", CONFUSION_SEPARATOR, "]d201" GTIN "10AB#21X7", "(01)" GTIN "(10)AB(21)X7" },
	{ "~ for GS", CONFUSION_SEPARATOR, "01" GTIN "21X7~10AB", "(01)" GTIN "(21)X7(10)AB" },
	{ "space for GS", CONFUSION_SEPARATOR, "01" GTIN "21X7 10AB", "(01)" GTIN "(21)X7(10)AB" },
	{ "lot and serial glued", CONFUSION_GLUED, "01" GTIN "1727123110AB21X7", "(01)" GTIN "(17)271231(10)AB(21)X7" },
	{ "serial and lot glued", CONFUSION_GLUED, "01" GTIN "21X710AB", "(01)" GTIN "(21)X7(10)AB" },
	{ "serial and date glued", CONFUSION_GLUED, "01" GTIN "21X71727123110AB", "(01)" GTIN "(21)X7(17)271231(10)AB" },
	{ "a second place to cut", CONFUSION_GLUED, "01" GTIN "21X10710AB", "(01)" GTIN "(21)X107(10)AB" },
	{ "glued after an AIM identifier", CONFUSION_GLUED, "]d201" GTIN "10AB21X7", "(01)" GTIN "(10)AB(21)X7" },
	{ "two lost", CONFUSION_GLUED, "01" GTIN "10AB21X7" "8030" SIG, "(01)" GTIN "(10)AB(21)X7(8030)" SIG },
	{ "one lost, one there", CONFUSION_GLUED, "01" GTIN "10AB\x1d" "21X7" "8030" SIG, "(01)" GTIN "(10)AB(21)X7(8030)" SIG },
	{ "Caps Lock, brackets", CONFUSION_CAPS_LOCK, "(01)" GTIN "(10)ab-1(21)x7Q", "(01)" GTIN "(10)AB-1(21)X7q" },
	{ "Caps Lock, AIM identifier", CONFUSION_CAPS_LOCK, "]D201" GTIN "21x7", "(01)" GTIN "(21)X7" },
	{ "Caps Lock, link", CONFUSION_CAPS_LOCK, "HTTPS://ID.GS1.ORG/01/" GTIN "/10/ab/21/x%2f7",
	  "(01)" GTIN "(10)AB(21)X/7" },
	{ "Y and Z", CONFUSION_Y_Z, "(01)" GTIN "(21)ZAYyz", "(01)" GTIN "(21)YAZzy" },
	{ "US keys for German ones, brackets", CONFUSION_LAYOUT_US_DE, ")01=" GTIN ")10=ABß1)21=ZX?", "(01)" GTIN "(10)AB-1(21)YX_" },
	{ "US keys for German ones, link", CONFUSION_LAYOUT_US_DE, "httpsÖ--id.gs1.org-01-" GTIN "-10-AB-21-XY_17´271231",
	  "(01)" GTIN "(10)AB(21)XZ(17)271231" },
	{ "US keys for German ones, AIM identifier", CONFUSION_LAYOUT_US_DE, "+d201" GTIN "21Y1", "(01)" GTIN "(21)Z1" },
	{ "German keys for US ones, link", CONFUSION_LAYOUT_DE_US, "https>&&id.gs1.org&01&" GTIN "&21&XY", "(01)" GTIN "(21)XZ" },
	{ "US keys for French ones, digits", CONFUSION_LAYOUT_US_FR, "à&àç(à-ààà&\"'\"(éé&X&", "(01)" GTIN "(21)X1" },
	{ "French keys for US ones, digits", CONFUSION_LAYOUT_FR_US, ")!)(%)^)))!#$#%@@!Q!", "(01)" GTIN "(21)A1" },
	{ "German keys for French ones", CONFUSION_LAYOUT_DE_FR, "à&àç(à-ààà&\"'\"(éé&Y&", "(01)" GTIN "(21)Z1" },
	{ "French keys for German ones", CONFUSION_LAYOUT_FR_DE, "=!=)%=&===!§$§%\"\"!Q!", "(01)" GTIN "(21)A1" },
	{ "US keys for German ones, separator lost", CONFUSION_LAYOUT_US_DE, "01" GTIN "10ABß121ZX", "(01)" GTIN "(10)AB-1(21)YX" },
	{ "US keys for French ones, separator lost", CONFUSION_LAYOUT_US_FR, "à&àç(à-ààà&\"'\"(é&àXé&X&",
	  "(01)" GTIN "(10)X(21)X1" },
	{ "Caps Lock, separator lost", CONFUSION_CAPS_LOCK, "]D201" GTIN "10ab21x7", "(01)" GTIN "(10)AB(21)X7" },
	{ "serial in small letters", CONFUSION_CASE, "(01)" GTIN "(10)AB(21)x7", "(01)" GTIN "(10)AB(21)X7" },
	{ "lot in small letters", CONFUSION_CASE, "(01)" GTIN "(10)ab(21)X7", "(01)" GTIN "(10)AB(21)X7" },
	{ "both, mixed", CONFUSION_CASE, "(01)" GTIN "(10)aB(21)xY", "(01)" GTIN "(10)AB(21)XY" },
	{ "serial of small letters in capitals", CONFUSION_CASE, "(01)" GTIN "(10)AB(21)XY", "(01)" GTIN "(10)AB(21)xy" },
	{ "O for 0", CONFUSION_O_0, "(01)" GTIN "(21)XO1", "(01)" GTIN "(21)X01" },
	{ "0 for O", CONFUSION_O_0, "(01)" GTIN "(21)X01", "(01)" GTIN "(21)XO1" },
	{ "every O for 0", CONFUSION_O_0, "(01)" GTIN "(21)OXO", "(01)" GTIN "(21)0X0" },
	{ "one O of two", CONFUSION_O_0, "(01)" GTIN "(21)OXO", "(01)" GTIN "(21)OX0" },
	{ "O in the lot", CONFUSION_O_0, "(01)" GTIN "(10)AO(21)X7", "(01)" GTIN "(10)A0(21)X7" },
	{ "O in the GTIN and the application identifiers", CONFUSION_O_0, "O1O95O6000134352" "21X7", "(01)" GTIN "(21)X7" },
	{ "O in the GTIN of brackets", CONFUSION_O_0, "(01)O95O6000134352(21)X7", "(01)" GTIN "(21)X7" },
	{ "l for 1", CONFUSION_I_L_1, "(01)" GTIN "(21)Xl", "(01)" GTIN "(21)X1" },
	{ "l for I", CONFUSION_I_L_1, "(01)" GTIN "(21)Xl", "(01)" GTIN "(21)XI" },
	{ "I for 1 in the GTIN", CONFUSION_I_L_1, "(01)09506000I34352(21)X7", "(01)" GTIN "(21)X7" },
	{ "E for 3", CONFUSION_E_3, "(01)" GTIN "(21)XE", "(01)" GTIN "(21)X3" },
	{ "3 for E", CONFUSION_E_3, "(01)" GTIN "(21)X3", "(01)" GTIN "(21)XE" },
	{ "E for 3 in the GTIN", CONFUSION_E_3, "(01)095060001E4E52(21)X7", "(01)" GTIN "(21)X7" },
	{ "last day for 00", CONFUSION_MONTH_END, "(01)" GTIN "(21)X7(17)280229", "(01)" GTIN "(21)X7(17)280200" },
	{ "00 for the last day", CONFUSION_MONTH_END, "(01)" GTIN "(21)X7(17)271100", "(01)" GTIN "(21)X7(17)271130" },
	{ "another century", CONFUSION_CENTURY, "(01)" GTIN "(21)X7(17)771231", "(01)" GTIN "(21)X7(17)771231" },
};

static void test_each_confusion_is_explained(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		repair_readings(&readings, bytes_of_str(rows[i].text));
		CHECK_ROW(offers(rows[i].confusion, rows[i].want), rows[i].name);
	}
}

static const struct {
	const char *name, *text;
	size_t readings;
} none[] = {
	{ "nothing", "", 0 },
	{ "plain text", "hello", 0 },
	{ "a wrong check digit", "(01)09506000134353(21)A-7", 0 },
	{ "no serial to be found", "01" GTIN "10AB", 0 },
	{ "digits and punctuation alone", "(01)" GTIN "(21)24-57", 0 },
	{ "letters alike in the GTIN, and a wrong check digit", "(01)O9506000134353(21)A-7", 0 },
	{ "an IFA code", "[)>\x1e" "06\x1d" "9N111234567842", 0 },
	{ "a middle day", "(01)" GTIN "(21)24-57(17)271215", 1 }, /* another century */
	{ "the fourteenth character of a GTIN is no place to cut", "01" GTIN "212457", 0 },
};

static void test_the_rest_is_not(void)
{
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		repair_readings(&readings, bytes_of_str(none[i].text));
		CHECK_EQ(readings.n, none[i].readings, none[i].name);
	}
}

/* However many there could be. */
static void test_there_is_an_end(void)
{
	char text[2 * REPAIR_TEXT_MAX];

	repair_readings(&readings, bytes_of_str("(01)" GTIN "(10)O0O0O0O0O0O0O0O0O0O0(21)Il1Il1Il1Il1Il1Il1Il"));
	CHECK_EQ(readings.n, REPAIR_READINGS_MAX, "confusable characters alone");
	memset(text, '1', sizeof(text));
	repair_readings(&readings, bytes_of(text, REPAIR_TEXT_MAX + 1));
	CHECK_EQ(readings.n, 0, "too long");
	for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
		memcpy(text + i, "21", 2);
	memcpy(text, "01" GTIN, 16);
	repair_readings(&readings, bytes_of(text, REPAIR_TEXT_MAX));
	CHECK_EQ(readings.n, 0, "places to cut without end");
}

/* Many ways to cut leave room for what else it may be. */
static void test_cuts_leave_room(void)
{
	size_t cuts = 0;

	repair_readings(&readings, bytes_of_str("01" GTIN "10a21b710c711d712e713f714g715h716i8030jj"));
	for (size_t i = 0; i < readings.n; i++)
		cuts += readings.v[i].confusion == CONFUSION_GLUED;
	CHECK_EQ(cuts, 12, "ways to cut");
	CHECK(readings.n > cuts && readings.v[cuts].confusion == CONFUSION_CAPS_LOCK);
}

static void test_none_is_there_twice(void)
{
	repair_readings(&readings, bytes_of_str("(01)" GTIN "(10)AB(21)OyX"));
	for (size_t i = 0; i < readings.n; i++)
		for (size_t k = 0; k <= i; k++)
			CHECK(k == i || readings.v[i].n != readings.v[k].n ||
			      memcmp(readings.v[i].text, readings.v[k].text, readings.v[i].n) != 0);
	repair_readings(&readings, bytes_of_str("(01)" GTIN "(21)x"));
	CHECK_EQ(readings.n, 1, "Caps Lock and small letters say the same");
}

static void test_each_confusion_is_named(void)
{
	CHECK(confusion_row(CONFUSION_NONE) == NULL);
	for (int c = CONFUSION_NONE + 1; c <= CONFUSION_E_3; c++) {
		const struct confusion_row *row = confusion_row((enum confusion)c);
		bool seen = false;

		NEED(row && *row->name && *row->text && *row->cause);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			seen |= rows[i].confusion == row->confusion;
		CHECK_ROW(seen, row->name);
	}
}

T_MAIN("repair", T(test_each_confusion_is_explained), T(test_the_rest_is_not), T(test_there_is_an_end), T(test_cuts_leave_room),
       T(test_none_is_there_twice),
       T(test_each_confusion_is_named))
