/* The content rules ("linters") that the GS1 syntax dictionary names. */
#ifndef RX_GS1_LINT_H
#define RX_GS1_LINT_H

#include "labels/gs1/gs1_id.h"

/* Apply the rule called name to one component's data (its length and character set are checked already).
 * fault: place within data.  ERR_GS1_CHECK_DIGIT, ERR_GS1_DATE, ERR_GS1_CONTENT. */
MUST_CHECK enum err gs1_lint(struct bytes name, struct bytes data, struct fault *fault);

/* North American coupon codes, AI 8110 and 8112 (GS1 US, "Coupon Application Guideline").  gs1_lint_coupon.c. */
MUST_CHECK enum err gs1_lint_coupon_code(struct bytes data, struct fault *fault);
MUST_CHECK enum err gs1_lint_coupon_offer(struct bytes data, struct fault *fault);

#endif
