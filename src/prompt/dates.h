/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times of day, as they are written in English, German and French.
 */
#ifndef PROMPT_DATES_H
#define PROMPT_DATES_H

#include "prompt/values.h"

/* A day, a month and a year, or a month by name and a year; a weekday before it
 * is passed over. Read like value_read(). */
bool date_read(const struct values_at *at, struct paper_run run,
	       struct value *out);
/* Hours and minutes, perhaps seconds, `am`, `pm`, `Uhr`. */
bool time_read(const struct values_at *at, struct paper_run run,
	       struct value *out);

#endif
