/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each action has the members that the vendor's page on webhooks shows of it
 * (filestack.com/docs/api/webhooks), and those of fp.upload where there is a
 * file to tell of: one receiver can read them all alike.
 */
#include "api/filestack/events.h"
#include "api/request.h"
#include "base/digest.h"
#include "base/encode.h"

/* clang-format off */
static const struct webhook_action actions[] = {
	{"fp.upload", EVENT_BIT(EVENT_FILE_CREATED) |
		      EVENT_BIT(EVENT_VERSION_CREATED)},
	{"fp.overwrite", EVENT_BIT(EVENT_OVERWRITTEN) |
			 EVENT_BIT(EVENT_VERSION_RESTORED)},
	{"fp.delete", EVENT_BIT(EVENT_FILE_DELETED)},
	{"fp.converse", EVENT_BIT(EVENT_FILE_MADE) |
			EVENT_BIT(EVENT_VERSION_MADE)},
	{NULL, 0},
};
/* clang-format on */

static json_t *url_of(struct arena *arena,
		      const struct webhook_telling *telling, const char *path)
{
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&telling->event->file.id, handle);
	return json_str(arena_printf(arena, "%.*s%s%s",
				     STR_ARG(telling->base_url), path, handle));
}

static json_t *text_or_null(struct str text)
{
	return text.n ? json_str(text) : json_null();
}

static void describe(const struct file *file, json_t *text)
{
	json_object_set_new(text, "container", text_or_null(file->container));
	json_object_set_new(text, "filename", json_str(file->name));
	json_object_set_new(text, "client", json_string("Computer"));
	json_object_set_new(text, "key", json_str(file->path));
	json_object_set_new(text, "type", json_str(file->type));
	json_object_set_new(text, "status", json_string("Stored"));
	json_object_set_new(text, "size", json_integer((json_int_t)file->size));
}

/* What was made, of what was asked for at text.url. */
static json_t *link_of(struct arena *arena,
		       const struct webhook_telling *telling)
{
	const struct file *file = &telling->event->file;
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&file->id, handle);
	json_t *link = json_object();
	json_object_set_new(link, "url", url_of(arena, telling, "/api/file/"));
	json_object_set_new(link, "handle", json_string(handle));
	json_object_set_new(link, "filename", json_str(file->name));
	json_object_set_new(link, "mimetype", json_str(file->type));
	json_object_set_new(link, "path", json_str(file->path));
	json_object_set_new(link, "provider", text_or_null(file->provider));
	json_object_set_new(link, "size", json_integer((json_int_t)file->size));
	return link;
}

static json_t *text_of(struct arena *arena,
		       const struct webhook_telling *telling)
{
	const struct event *event = telling->event;
	json_t *text = json_object();
	json_object_set_new(text, "url", url_of(arena, telling, "/"));
	if (event->kind == EVENT_FILE_DELETED)
		return text;
	describe(&event->file, text);
	switch (event->kind) {
	case EVENT_FILE_MADE:
	case EVENT_VERSION_MADE:
		json_object_set_new(text, "url", json_str(event->made_by));
		json_object_set_new(text, "link", link_of(arena, telling));
		break;
	case EVENT_OVERWRITTEN:
	case EVENT_VERSION_RESTORED:
		json_object_set_new(text, "mimetype",
				    json_str(event->file.type));
		json_object_set_new(text, "isWriteable", json_true());
		break;
	default:
		break;
	}
	return text;
}

/* The vendor's is a number, which JavaScript has to hold: the time of the
 * event's own id, 52 bits, the first 13 of its hexadecimal digits. */
static json_int_t number_of(const struct id *id)
{
	json_int_t number = 0;
	for (int i = 0; i < 6; i++)
		number = number << 8 | id->b[i];
	return number << 4 | id->b[6] >> 4;
}

static struct str event_body(struct arena *arena,
			     const struct webhook_telling *telling)
{
	const struct event *event = telling->event;
	json_t *body = json_object();
	json_object_set_new(body, "id", json_integer(number_of(&event->id)));
	json_object_set_new(body, "action",
			    json_string(webhook_action_name(&filestack_events,
							    event->kind)));
	json_object_set_new(body, "timestamp",
			    json_integer(event->created_ms / 1000));
	json_object_set_new(body, "text", text_of(arena, telling));
	struct str text = json_write(arena, body);
	json_decref(body);
	return text;
}

void filestack_event_sign(struct arena *arena,
			  const struct webhook_telling *telling,
			  struct str body, const char *fields[POST_FIELDS_MAX])
{
	uint8_t mac[SHA256_BYTES];
	long long seconds = telling->now_ms / 1000;
	struct str head = arena_printf(arena, "%lld.", seconds);
	hmac_sha256(telling->secret, arena_join(arena, head, body), mac);
	struct str hex = hex_encode(arena, mac, sizeof(mac));
	fields[0] = arena_printf(arena, "FS-Signature: %.*s", STR_ARG(hex)).p;
	fields[1] = arena_printf(arena, "FS-Timestamp: %lld", seconds).p;
}

const struct webhook_wording filestack_events = {
	.actions = actions,
	.body = event_body,
	.sign = filestack_event_sign,
};
