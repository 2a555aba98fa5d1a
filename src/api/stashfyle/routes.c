/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's routes.
 */
#include "api/stashfyle/stashfyle.h"

#include <glib.h>

/* clang-format off */
static const struct route routes[] = {
	{HTTP_POST, "/v1/upload", ROUTE_BODY | ROUTE_HOT,
	 stashfyle_upload_begin, stashfyle_upload,
	 "Upload a file"},
	{HTTP_GET, "/v1/files/{}", 0,
	 stashfyle_secret_key, stashfyle_get,
	 "A file's details"},
	{HTTP_DELETE, "/v1/files/{}", 0,
	 stashfyle_secret_key, stashfyle_delete,
	 "Delete a file"},
	{HTTP_GET, "/live/{}/{}/{}", ROUTE_HOT | ROUTE_DELIVERY,
	 NULL, stashfyle_deliver,
	 "Deliver a public file: /live/{account}/{id}/{name}"},
};
/* clang-format on */

const struct dialect stashfyle_dialect = {
	.name = "stashfyle",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.error = stashfyle_error,
	.finish = stashfyle_finish,
	.preflight = stashfyle_preflight,
};
