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

static struct str event_body(struct arena *arena,
			     const struct webhook_telling *telling)
{
	const struct event *event = telling->event;
	const struct imagekit_place place = {arena, telling->base_url,
					     telling->account};
	char date[ISO_DATE_MAX + 1];
	json_t *body = json_object();
	iso_date_write(event->created_ms, true, date);
	json_object_set_new(body, "type",
			    json_string(webhook_action_name(&imagekit_events,
							    event->kind)));
	json_object_set_new(body, "id", json_id(&event->id));
	json_object_set_new(body, "created_at", json_string(date));
	json_object_set_new(body, "data", data_of(&place, event));
	struct str text = json_write(arena, body);
	json_decref(body);
	return text;
}

/* clang-format off */
static const struct webhook_action actions[] = {
	{"file.created", EVENT_BIT(EVENT_FILE_CREATED) |
			 EVENT_BIT(EVENT_FILE_MADE)},
	{"file.updated", EVENT_BIT(EVENT_FILE_UPDATED) |
			 EVENT_BIT(EVENT_VERSION_RESTORED)},
	{"file.deleted", EVENT_BIT(EVENT_FILE_DELETED)},
	{"file-version.created", EVENT_BIT(EVENT_VERSION_CREATED) |
				 EVENT_BIT(EVENT_VERSION_MADE) |
				 EVENT_BIT(EVENT_OVERWRITTEN)},
	{"file-version.deleted", EVENT_BIT(EVENT_VERSION_DELETED)},
	{NULL, 0},
};
/* clang-format on */

const struct webhook_wording imagekit_events = {
	.actions = actions,
	.body = event_body,
	.sign = imagekit_event_sign,
};
