/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's routes.
 */
#include "api/stashfyle/stashfyle.h"

#include <glib.h>

/* clang-format off */
static const struct route routes[] = {
	{METHOD_POST, "/v1/upload", ROUTE_BODY | ROUTE_HOT,
	 stashfyle_upload_begin, stashfyle_upload,
	 "Upload a file"},
	{METHOD_GET, "/v1/files", ROUTE_HEAVY,
	 stashfyle_secret_key, stashfyle_list,
	 "List files, newest first"},
	{METHOD_GET, "/v1/files/{}", 0,
	 stashfyle_secret_key, stashfyle_get,
	 "A file's details"},
	{METHOD_DELETE, "/v1/files/{}", 0,
	 stashfyle_secret_key, stashfyle_delete,
	 "Delete a file"},
	{METHOD_POST, "/v1/files/{}/signed-url", ROUTE_BODY,
	 stashfyle_sign_begin, stashfyle_sign,
	 "Make a link that opens a file for a time"},
	{METHOD_GET, "/v1/usage", 0,
	 stashfyle_secret_key, stashfyle_usage,
	 "Storage, bandwidth and uploads of the account"},
	{METHOD_GET, "/v1/health", 0,
	 NULL, stashfyle_health,
	 "Whether database and storage answer; no key needed"},
	{METHOD_GET, "/live/{}/{}/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 NULL, stashfyle_deliver,
	 "Deliver a public file, or any by a signed link: "
	 "/live/{account}/{id}/{name}"},
};
/* clang-format on */

static const struct path_alias aliases[] = {
	{"/api/v1/", "/v1/"},
};

const struct dialect stashfyle_dialect = {
	.kind = DIALECT_STASHFYLE,
	.name = "stashfyle",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.aliases = aliases,
	.n_aliases = G_N_ELEMENTS(aliases),
	.error = stashfyle_error,
	.finish = stashfyle_finish,
	.cors =
		{
			.methods = "GET, HEAD, POST, DELETE, OPTIONS",
			.headers = CORS_HEADERS,
			.answer = CORS_EXPOSED
			", X-RateLimit-Limit, X-RateLimit-Remaining, "
			"X-RateLimit-Reset\r\n",
			.max_age = "86400",
		},
};
