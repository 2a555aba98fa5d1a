/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's routes.
 */
#include "api/imagekit/imagekit.h"

#include <glib.h>

/* clang-format off */
static const struct route routes[] = {
	{HTTP_POST, "/api/v1/files/upload", ROUTE_BODY | ROUTE_HOT,
	 imagekit_upload_begin, imagekit_upload,
	 "Upload a file"},
	{HTTP_POST, "/v1/files/upload", ROUTE_BODY | ROUTE_HOT,
	 imagekit_upload_begin, imagekit_upload,
	 "Upload a file (SDKs up to 3.2.0)"},
	{HTTP_GET, "/{}/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 imagekit_delivery_begin, imagekit_deliver,
	 "Deliver a file: /{account}/{path}"},
};
/* clang-format on */

const struct dialect imagekit_dialect = {
	.name = "imagekit",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.error = imagekit_error,
	.finish = imagekit_finish,
	.cors =
		{
			.methods =
				"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
			/* "*" does not cover Authorization (Fetch standard). */
			.headers = "*, Authorization",
			.exposed =
				"x-request-id, x-ik-requestid, content-length, "
				"date, ik-error",
			.max_age = "86400",
		},
};
