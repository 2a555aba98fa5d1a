/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's routes.
 */
#include "api/imagekit/account.h"
#include "api/imagekit/delivery/delivery.h"
#include "api/imagekit/events.h"
#include "api/imagekit/media/media.h"
#include "api/imagekit/upload/upload.h"

#include <glib.h>

/* clang-format off */
static const struct route routes[] = {
	{METHOD_POST, "/api/v1/files/upload", ROUTE_BODY | ROUTE_HOT,
	 imagekit_upload_begin, imagekit_upload,
	 "Upload a file"},

	{METHOD_POST, "/api/v2/files/upload", ROUTE_BODY | ROUTE_HOT,
	 imagekit_upload_begin, imagekit_upload_v2,
	 "Upload a file; clients prove themselves by a JWT"},

	{METHOD_GET, "/v1/files", ROUTE_BODY | ROUTE_HEAVY,
	 imagekit_query_begin, imagekit_list,
	 "List and search"},
	{METHOD_GET, "/v1/files/{}/details", 0,
	 imagekit_private_key, imagekit_file_details,
	 "Details of a file"},
	{METHOD_PATCH, "/v1/files/{}/details", ROUTE_BODY,
	 imagekit_body_begin, imagekit_file_update,
	 "Change what describes a file"},
	{METHOD_DELETE, "/v1/files/{}", 0,
	 imagekit_private_key, imagekit_file_delete,
	 "Delete a file"},
	{METHOD_POST, "/v1/files/batch/deleteByFileIds", ROUTE_BODY,
	 imagekit_body_begin, imagekit_bulk_delete,
	 "Delete several files"},
	{METHOD_POST, "/v1/files/addTags", ROUTE_BODY,
	 imagekit_body_begin, imagekit_add_tags,
	 "Add tags to several files"},
	{METHOD_POST, "/v1/files/removeTags", ROUTE_BODY,
	 imagekit_body_begin, imagekit_remove_tags,
	 "Take tags off several files"},
	{METHOD_POST, "/v1/files/removeAITags", ROUTE_BODY,
	 imagekit_body_begin, imagekit_remove_ai_tags,
	 "Take AI tags off several files"},
	{METHOD_POST | METHOD_PUT, "/v1/files/copy", ROUTE_BODY,
	 imagekit_body_begin, imagekit_file_copy,
	 "Copy a file"},
	{METHOD_POST | METHOD_PUT, "/v1/files/move", ROUTE_BODY,
	 imagekit_body_begin, imagekit_file_move,
	 "Move a file"},
	{METHOD_PUT, "/v1/files/rename", ROUTE_BODY,
	 imagekit_body_begin, imagekit_file_rename,
	 "Rename a file"},
	{METHOD_GET, "/v1/files/{}/versions", ROUTE_HEAVY,
	 imagekit_private_key, imagekit_versions,
	 "Versions of a file"},
	{METHOD_GET, "/v1/files/{}/versions/{}", 0,
	 imagekit_private_key, imagekit_version,
	 "One version of a file"},
	{METHOD_DELETE, "/v1/files/{}/versions/{}", 0,
	 imagekit_private_key, imagekit_version_delete,
	 "Delete an old version"},
	{METHOD_PUT, "/v1/files/{}/versions/{}/restore", 0,
	 imagekit_private_key, imagekit_version_restore,
	 "Make an old version current"},
	{METHOD_POST, "/v1/files/purge", ROUTE_BODY,
	 imagekit_body_begin, imagekit_purge,
	 "Purge a URL"},
	{METHOD_GET, "/v1/files/purge/{}", 0,
	 imagekit_private_key, imagekit_purge_status,
	 "Status of a purge"},

	{METHOD_GET, "/v1/files/{}/metadata", 0,
	 imagekit_private_key, imagekit_metadata,
	 "Metadata of an image"},
	{METHOD_GET, "/v1/metadata", 0,
	 imagekit_private_key, imagekit_metadata_by_url,
	 "Metadata of an image by its URL"},
	{METHOD_GET, "/v1/files/{*}", 0,
	 imagekit_private_key, imagekit_metadata_in_path,
	 "The same as SDK 2.0.2 calls it"},

	{METHOD_POST, "/v1/folder", ROUTE_BODY,
	 imagekit_body_begin, imagekit_folder_create,
	 "Make a folder"},
	{METHOD_DELETE, "/v1/folder", ROUTE_BODY,
	 imagekit_body_begin, imagekit_folder_delete,
	 "Delete a folder"},
	{METHOD_POST | METHOD_PUT, "/v1/bulkJobs/copyFolder", ROUTE_BODY,
	 imagekit_body_begin, imagekit_folder_copy,
	 "Copy a folder"},
	{METHOD_POST | METHOD_PUT, "/v1/bulkJobs/moveFolder", ROUTE_BODY,
	 imagekit_body_begin, imagekit_folder_move,
	 "Move a folder"},
	{METHOD_POST | METHOD_PUT, "/v1/bulkJobs/renameFolder", ROUTE_BODY,
	 imagekit_body_begin, imagekit_folder_rename,
	 "Rename a folder"},
	{METHOD_GET, "/v1/bulkJobs/{}", 0,
	 imagekit_private_key, imagekit_job,
	 "Status of a job"},

	{METHOD_POST, "/v1/customMetadataFields", ROUTE_BODY,
	 imagekit_body_begin, imagekit_field_create,
	 "Make a custom metadata field"},
	{METHOD_GET, "/v1/customMetadataFields", ROUTE_HEAVY,
	 imagekit_private_key, imagekit_fields,
	 "Custom metadata fields"},
	{METHOD_PATCH, "/v1/customMetadataFields/{}", ROUTE_BODY,
	 imagekit_body_begin, imagekit_field_update,
	 "Change a custom metadata field"},
	{METHOD_DELETE, "/v1/customMetadataFields/{}", 0,
	 imagekit_private_key, imagekit_field_delete,
	 "Delete a custom metadata field"},

	{METHOD_GET, "/v1/accounts/usage", 0,
	 imagekit_private_key, imagekit_usage,
	 "Usage of the account"},
	{METHOD_GET, "/v1/accounts/url-endpoints", 0,
	 imagekit_private_key, imagekit_url_endpoints,
	 "URL endpoints: the one there is"},
	{METHOD_POST, "/v1/accounts/url-endpoints", 0,
	 imagekit_private_key, imagekit_no_setup,
	 "Not available"},
	{METHOD_GET | METHOD_PUT | METHOD_DELETE, "/v1/accounts/url-endpoints/{}", 0,
	 imagekit_private_key, imagekit_url_endpoint,
	 "A URL endpoint, to read"},
	{METHOD_GET, "/v1/accounts/origins", 0,
	 imagekit_private_key, imagekit_none,
	 "Origins: none"},
	{METHOD_POST, "/v1/accounts/origins", 0,
	 imagekit_private_key, imagekit_no_setup,
	 "Not available"},
	{METHOD_GET | METHOD_PUT | METHOD_DELETE, "/v1/accounts/origins/{}", 0,
	 imagekit_private_key, imagekit_no_such,
	 "None"},
	{METHOD_GET, "/v1/saved-extensions", 0,
	 imagekit_private_key, imagekit_none,
	 "Saved extensions: none"},
	{METHOD_POST, "/v1/saved-extensions", 0,
	 imagekit_private_key, imagekit_no_setup,
	 "Not available"},
	{METHOD_GET | METHOD_PATCH | METHOD_DELETE, "/v1/saved-extensions/{}", 0,
	 imagekit_private_key, imagekit_no_such,
	 "None"},

	{METHOD_GET, "/{account}/{*}", ROUTE_HOT | ROUTE_DELIVERY,
	 imagekit_delivery_begin, imagekit_deliver,
	 "Deliver a file: /{account}/{path}"},
};
/* clang-format on */

/* Uploads of SDKs up to 3.2.0; rclone, which calls all of it /v2. */
static const struct path_alias aliases[] = {
	{"/v1/files/upload", "/api/v1/files/upload"},
	{"/v2/files/upload", "/api/v2/files/upload"},
	{"/v2/", "/v1/"},
};

static const struct webhook_wording events = {
	.body = imagekit_event_body,
	.sign = imagekit_event_sign,
};

const struct dialect imagekit_dialect = {
	.kind = DIALECT_IMAGEKIT,
	.name = "imagekit",
	.routes = routes,
	.n_routes = G_N_ELEMENTS(routes),
	.aliases = aliases,
	.n_aliases = G_N_ELEMENTS(aliases),
	.error = imagekit_error,
	.finish = imagekit_finish,
	.cors =
		{
			.methods =
				"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
			/* "*" does not cover Authorization (Fetch standard). */
			.headers = "*, " CORS_HEADERS,
			.answer = CORS_EXPOSED ", x-ik-requestid, ik-error\r\n",
			.max_age = "86400",
		},
	.events = &events,
};
