/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions: work that the vendor hands to other engines. There is none here,
 * and each is told to have failed.
 */
#include "api/imagekit/imagekit.h"

#include <glib.h>

static const char *const names[] = {
	"remove-bg",        "google-auto-tagging",
	"aws-auto-tagging", "ai-auto-description",
	"ai-tasks",         "saved-extension",
};

static bool is_known(const char *name)
{
	for (size_t i = 0; name && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int imagekit_extensions(const json_t *extensions, json_t **status,
			struct err *err)
{
	const json_t *extension;
	size_t i;
	bool valid = json_is_array(extensions);
	*status = json_object();
	json_array_foreach (extensions, i, extension) {
		const char *name =
			json_string_value(json_object_get(extension, "name"));
		valid = valid && is_known(name);
		if (valid)
			json_object_set_new(*status, name,
					    json_string("failed"));
	}
	if (valid)
		return 0;
	json_decref(*status);
	*status = NULL;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid extensions parameter.");
}
