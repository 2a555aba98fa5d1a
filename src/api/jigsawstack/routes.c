/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's routes. `/v1/store/file` is what every SDK calls; the other
 * spellings come from old SDKs and from the vendor's pages.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "api/jigsawstack/vocr/vocr.h"

#include <glib.h>

/* clang-format off */
static const struct route routes[] = {
	{METHOD_POST, "/v1/store/file", ROUTE_BODY | ROUTE_HOT,
	 jigsawstack_upload_begin, jigsawstack_upload,
	 "Upload a file"},
	{METHOD_POST, "/v1/store/upload", ROUTE_BODY | ROUTE_HOT,
	 jigsawstack_upload_begin, jigsawstack_upload,
	 "Upload a file (the spelling of the vendor's examples)"},
	{METHOD_GET, "/v1/store/file/read/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 jigsawstack_any_key, jigsawstack_read,
	 "Read a file by its key"},
	{METHOD_GET, "/v1/store/file/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 jigsawstack_any_key, jigsawstack_read,
	 "Read a file by its key (SDKs up to 0.0.27)"},
	{METHOD_DELETE, "/v1/store/file/read/{*}", 0,
	 jigsawstack_store_key, jigsawstack_delete,
	 "Delete a file"},
	{METHOD_DELETE, "/v1/store/file/delete/{*}", 0,
	 jigsawstack_store_key, jigsawstack_delete,
	 "Delete a file (the spelling of the vendor's examples)"},
	{METHOD_DELETE, "/v1/store/file/{*}", 0,
	 jigsawstack_store_key, jigsawstack_delete,
	 "Delete a file (SDKs up to 0.0.27)"},
	{METHOD_GET, "/v1/store/temp/{}/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 NULL, jigsawstack_temp_read,
	 "Read a file by a temporary public link"},
	{METHOD_POST, "/v1/vocr", ROUTE_BODY,
	 jigsawstack_vocr_begin, jigsawstack_vocr,
	 "Read the text of an image or a document"},
	{METHOD_POST, "/v1/object_detection", ROUTE_BODY,
	 jigsawstack_other_begin, jigsawstack_other,
	 "Object detection, by another server"},
	{METHOD_POST, "/v1/ai/{*}", ROUTE_BODY,
	 jigsawstack_other_begin, jigsawstack_other,
	 "Transcription, summary, SQL and others, by another server"},
	{METHOD_POST, "/v1/validate/{*}", ROUTE_BODY,
	 jigsawstack_other_begin, jigsawstack_other,
	 "Content checks, by another server"},
	{METHOD_POST, "/v1/embedding", ROUTE_BODY,
	 jigsawstack_other_begin, jigsawstack_other,
	 "Embeddings, by another server"},
	{METHOD_POST, "/v2/embedding", ROUTE_BODY,
	 jigsawstack_other_begin, jigsawstack_other,
	 "Embeddings, by another server"},
};
/* clang-format on */

static const struct path_alias aliases[] = {
	{"/api/v1/", "/v1/"},
	{"/api/v2/", "/v2/"},
};

const struct dialect jigsawstack_dialect = {
	.kind = DIALECT_JIGSAWSTACK,
	.name = "jigsawstack",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.aliases = aliases,
	.n_aliases = G_N_ELEMENTS(aliases),
	.error = jigsawstack_error,
	.finish = jigsawstack_finish,
	.cors =
		{
			.methods = "GET, HEAD, POST, DELETE, OPTIONS",
			.headers = CORS_HEADERS
			", x-api-key, x-jigsaw-skip-cache, "
			"x-jigsaw-no-request-log",
			.answer = CORS_EXPOSED
			", x-jigsaw-log-id, x-jigsaw-rate-limit-limit, "
			"x-jigsaw-rate-limit-remaining, "
			"x-jigsaw-rate-limit-reset, X-Stowage-Context\r\n",
			.max_age = "86400",
		},
};
