/* The rates of rates.csv, by name. */
#ifndef RX_SIM_RATES_H
#define RX_SIM_RATES_H

#include <stdbool.h>

#define SIM_RATES(X)                                                                                                      \
	X(signed_product) X(distributor_scan) X(goods_in_scan) X(unlocated_pharmacy) X(distributor_dwell_h)               \
	X(distributor_dwell_spread) X(pharmacy_dwell_h) X(pharmacy_dwell_spread) X(return) X(inspection) X(clock_skew_s)  \
	X(double_scan) X(late_ship) X(late_ship_h) X(dated_at_upload) X(late_commission) X(late_commission_h)     \
	X(late_announced) X(misread)  \
	X(misread_stays) X(wrong_delivery) X(wrong_off_ledger) X(wrong_booked) X(loan) X(loan_paper_h) X(undo)            \
	X(seen_after) X(clone) X(made_up) X(altered) X(stolen) X(stolen_reported) X(stolen_report_h) X(follow_up)

enum sim_rate {
#define X(name) RATE_##name,
	SIM_RATES(X)
#undef X
	SIM_RATES_N
};

struct sim_rates {
	double v[SIM_RATES_N];
};

/* False, having said why: a rate that is missing, unknown, there twice or without a source. */
bool sim_rates_read(struct sim_rates *out, const char *path);

#endif
