/* Photographs of symbols as a bad camera takes them: turned, tilted, blurred, dim, noisy, damaged; the same for the same seed. */
#ifndef RX_PHOTO_H
#define RX_PHOTO_H

#include "labels/symbol.h"

struct photo_look {
	const char *name;
	double module; /* pixels a module takes */
	double degrees; /* turned, counter-clockwise */
	double tilt; /* perspective: the far side is smaller by about this part */
	double blur; /* pixels: half width of the box that each pixel is spread over, three times */
	double noise; /* standard deviation, of 255 */
	double contrast; /* 1 full */
	double brightness; /* of the paper, of 255 */
	double damaged; /* part of the modules that are flipped */
	bool inverted;
	int quality; /* JPEG, 1 to 100; 0: PNG */
};
#define PHOTO_PLAIN .module = 4, .contrast = 1, .brightness = 235

struct photo {
	uint8_t *grey; /* width * height; freed by photo_free() */
	unsigned width, height;
};

/* An empty sheet of paper.  False: no memory. */
bool photo_new(struct photo *p, unsigned width, unsigned height);
void photo_free(struct photo *p);
/* Put a symbol with its centre at x, y; its modules are damaged by seed. */
void photo_put(struct photo *p, double x, double y, const struct symbol *s, const struct photo_look *look, uint32_t seed);
/* What the camera does to the whole picture, once. */
void photo_take(struct photo *p, const struct photo_look *look, uint32_t seed);
/* As a file: PNG, or JPEG of the look's quality. */
bool photo_write(const struct photo *p, const char *path, const struct photo_look *look);

/* One symbol in the middle of a picture of its own, with paper around it; written to path. */
bool photo_of(const struct symbol *s, const struct photo_look *look, uint32_t seed, unsigned width, unsigned height, const char *path);

#endif
