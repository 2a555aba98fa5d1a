/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's routes. The vendor's pages print the store call with a handle
 * behind it, too.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/events.h"
#include "api/filestack/filestack.h"
#include "api/filestack/multipart/multipart.h"

#include <glib.h>

/* clang-format off */
#define CDN (ROUTE_HOT | ROUTE_DELIVERY | ROUTE_REST)
#define CLOUD (ROUTE_HOT | ROUTE_SHARED)

static const struct route routes[] = {
	{METHOD_POST, "/api/store", ROUTE_BODY | ROUTE_HOT,
	 filestack_store_begin, filestack_store,
	 "Store a file, where nobody says in S3"},
	{METHOD_POST, "/api/store/{}", ROUTE_BODY | ROUTE_HOT,
	 filestack_store_begin, filestack_store,
	 "Store a file"},
	{METHOD_POST, "/api/store/{}/{}", ROUTE_BODY | ROUTE_HOT,
	 filestack_store_begin, filestack_store,
	 "Store a file (the handle is ignored)"},
	{METHOD_POST, "/process", ROUTE_BODY,
	 filestack_command_begin, filestack_process,
	 "What a chain of tasks makes of sources, as JSON (the SDKs' storeURL)"},
	{METHOD_POST, "/multipart/start", ROUTE_BODY,
	 parts_call_begin, filestack_multipart_start,
	 "Begin an upload in parts"},
	{METHOD_POST, "/multipart/upload", ROUTE_BODY,
	 parts_call_begin, filestack_multipart_upload,
	 "Ask where a part is to be put"},
	{METHOD_PUT, "/multipart/part/{}/{}", ROUTE_BODY,
	 filestack_part_begin, filestack_part,
	 "A part's bytes"},
	{METHOD_POST, "/multipart/commit", ROUTE_BODY,
	 parts_call_begin, filestack_multipart_commit,
	 "Say that the chunks of a part are all there"},
	{METHOD_POST, "/multipart/complete", ROUTE_BODY,
	 parts_call_begin, filestack_multipart_complete,
	 "Make a file of the parts"},
	{METHOD_POST, "/prefetch", ROUTE_BODY | ROUTE_HOT,
	 filestack_command_begin, filestack_prefetch,
	 "What an application may do"},
	{METHOD_GET, "/prefetch", ROUTE_HOT,
	 filestack_basic, filestack_prefetch_get,
	 "The same, as older clients ask"},
	{METHOD_POST, "/auth/logout", ROUTE_BODY | ROUTE_HOT | ROUTE_SHARED,
	 filestack_command_begin, filestack_logout,
	 "Sign out of clouds: nobody is signed in"},
	{METHOD_GET, "/api/clients/unauth", ROUTE_HOT | ROUTE_SIGNED_IN,
	 NULL, filestack_logout_get,
	 "The same, as filepicker-js asks"},
	{METHOD_POST, "/folder/list", CLOUD, NULL, filestack_no_cloud,
	 "List a cloud: there is none"},
	{METHOD_POST, "/store/", CLOUD, NULL, filestack_no_cloud,
	 "Store from a cloud: there is none"},
	{METHOD_POST, "/link", CLOUD, NULL, filestack_no_cloud,
	 "The same of older clients"},
	{METHOD_POST, "/metadata", CLOUD, NULL, filestack_no_cloud,
	 "What is known of a link: nothing"},
	{METHOD_POST, "/recording/{}/{}", CLOUD, NULL, filestack_no_cloud,
	 "Record: nothing is"},
	{METHOD_GET, "/api/file/{}", ROUTE_HOT | ROUTE_DELIVERY,
	 filestack_basic, filestack_deliver,
	 "Download a file"},
	{METHOD_POST | METHOD_PUT, "/api/file/{}", ROUTE_BODY | ROUTE_HOT,
	 filestack_overwrite_begin, filestack_overwrite,
	 "Give a file new content"},
	{METHOD_DELETE, "/api/file/{}", ROUTE_BODY,
	 filestack_remove_begin, filestack_remove,
	 "Delete a file"},
	{METHOD_POST, "/api/file/{}/remove", ROUTE_BODY,
	 filestack_remove_begin, filestack_remove,
	 "Delete a file"},
	{METHOD_GET, "/api/file/{}/metadata", ROUTE_HOT | ROUTE_DELIVERY,
	 filestack_basic, filestack_cdn,
	 "What is known of a file"},
	{METHOD_GET, "/api/file/{}/convert", ROUTE_HOT | ROUTE_DELIVERY,
	 filestack_basic, filestack_cdn,
	 "Download what is made of a file, in the older words"},
	{METHOD_POST, "/api/file/{}/convert", ROUTE_BODY | ROUTE_DELIVERY,
	 filestack_convert_begin, filestack_convert,
	 "Store it"},
	{METHOD_POST, "/{}/convert", ROUTE_BODY | ROUTE_DELIVERY | ROUTE_REST,
	 filestack_convert_begin, filestack_convert,
	 "The same at the CDN"},
	{METHOD_GET, "/{}", CDN,
	 filestack_basic, filestack_deliver_cdn,
	 "Download a file from the CDN"},
	{METHOD_GET, "/{}/{}", CDN,
	 filestack_basic, filestack_deliver_keyed,
	 "Download a file from the CDN, with the API key in front"},
	{METHOD_GET | METHOD_POST, "/{*}", CDN,
	 filestack_basic, filestack_cdn,
	 "What a chain of tasks makes of a source"},
};
/* clang-format on */

const struct dialect filestack_dialect = {
	.kind = DIALECT_FILESTACK,
	.name = "filestack",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.error = filestack_error,
	.finish = filestack_finish,
	.cors =
		{
			.methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS",
			.headers = CORS_HEADERS
			", X-No-Stream, Filestack-Source, Filestack-Trace-Id, "
			"Filestack-Trace-Span, Filestack-Upload-Region, "
			"Content-MD5",
			.answer = CORS_EXPOSED ", X-File-Name\r\n",
			.max_age = "21600",
		},
	.events = &filestack_events,
};
