/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of an account, each in one row: what is kept, read and written,
 * and the options and the JSON of `stowage accounts` follow from it. A new one
 * is a row here and a file in db/schema, which alters `account`. Where a limit
 * holds is the business of who asks struct account_limits for it.
 * (docs/architecture.md has the places.)
 *
 * X(kind, member of struct account_limits and column, whose, option, member in
 * JSON, help). Kinds, what the column is without a limit, what the option
 * takes:
 *
 *   BYTES   uint64_t, NULL for 0; a size or "none"
 *   COUNT   uint64_t, NULL for 0; a number above 0 or "none"
 *   SWITCH  bool, 0 or 1; "on" or "off"
 *
 * Whose: of the PLAN, which sets it when it is chosen, or the account's OWN.
 */
#ifndef LIBRARY_ACCOUNTS_ACCOUNT_LIMITS_H
#define LIBRARY_ACCOUNTS_ACCOUNT_LIMITS_H

/* clang-format off */
#define ACCOUNT_LIMITS(X) \
	X(BYTES,  max_file_bytes,    PLAN, "max-file",          "max_file_bytes", \
	  "Bytes of one file; \"none\" for this and the next four") \
	X(BYTES,  max_storage_bytes, PLAN, "max-storage",       "max_storage_bytes", \
	  "Bytes of all files with their versions") \
	X(COUNT,  max_uploads,       PLAN, "max-uploads",       "max_uploads", \
	  "Uploads in a calendar month (UTC); each file that is copied is one") \
	X(COUNT,  rate_per_minute,   PLAN, "rate-per-minute",   "rate_per_minute", \
	  "StashFyle requests with one key") \
	X(COUNT,  rate_per_second,   OWN,  "rate-per-second",   "rate_per_second", \
	  "JigsawStack requests of the account") \
	X(SWITCH, grace,             OWN,  "grace",             "grace", \
	  "On: no uploads, everything else works") \
	X(SWITCH, restrict_unsigned, OWN,  "restrict-unsigned-urls", "restrict_unsigned_urls", \
	  "On: ImageKit delivery URLs take a signature") \
	X(SWITCH, restrict_unnamed,  OWN,  "restrict-unnamed-transformations", "restrict_unnamed_transformations", \
	  "On: ImageKit delivery URLs may have named transformations only") \
	X(SWITCH, filestack_security, OWN, "filestack-security", "filestack_security", \
	  "On: what comes in through Filestack takes a policy, or a secret key") \
	X(SWITCH, filestack_keyless, OWN, "filestack-keyless", "filestack_keyless", \
	  "On: what Filestack makes of a file is stored without a key")
/* clang-format on */

#endif
