/* Code lists that the linters look into: ISO 3166-1, ISO 4217 (as of 2025), and of package types. */
#ifndef RX_GS1_CODES_H
#define RX_GS1_CODES_H

#include <stdint.h>

#define GS1_ISO3166_COUNT 249
#define GS1_ISO4217_COUNT 178

extern const uint16_t gs1_iso3166[GS1_ISO3166_COUNT]; /* numeric country codes */
extern const char gs1_iso3166_alpha2[]; /* pairs of letters, one after the other */
extern const uint16_t gs1_iso4217[GS1_ISO4217_COUNT]; /* numeric currency codes */
/* UN/ECE Recommendation 21 and GS1's own PackageTypeCode, a blank between two. */
extern const char gs1_package_types[];

#endif
