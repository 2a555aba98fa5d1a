/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/events.h"
#include "api/imagekit/imagekit.h"
#include "base/date.h"

static json_t *data_of(const struct imagekit_place *place,
		       const struct event *event)
{
	bool version = event->kind == EVENT_VERSION_DELETED;
	if (event->kind != EVENT_FILE_DELETED && !version)
		return imagekit_file_object(place, &event->file);
	json_t *data = json_object();
	json_object_set_new(data, "fileId", json_id(&event->file.id));
	if (version)
		json_object_set_new(data, "versionId",
				    json_id(&event->file.version_id));
	return data;
}

struct str imagekit_event_body(struct arena *arena,
			       const struct webhook_telling *telling)
{
	const struct event *event = telling->event;
	const struct imagekit_place place = {arena, telling->base_url,
					     telling->account};
	char date[ISO_DATE_MAX + 1];
	json_t *body = json_object();
	iso_date_write(event->created_ms, true, date);
	json_object_set_new(body, "type", json_string(event_name(event->kind)));
	json_object_set_new(body, "id", json_id(&event->id));
	json_object_set_new(body, "created_at", json_string(date));
	json_object_set_new(body, "data", data_of(&place, event));
	struct str text = json_write(arena, body);
	json_decref(body);
	return text;
}
