/* SPDX-License-Identifier: Apache-2.0 */
#include "webhooks/wording.h"

const char *webhook_action_name(const struct webhook_wording *wording,
				enum event_kind kind)
{
	const struct webhook_action *action = wording->actions;
	while (action->name && !(action->kinds & EVENT_BIT(kind)))
		action++;
	return action->name;
}

static unsigned kinds_of(const struct webhook_wording *wording,
			 const char *name)
{
	unsigned kinds = 0;
	for (const struct webhook_action *action = wording->actions;
	     action->name; action++)
		if (name == NULL || strcmp(action->name, name) == 0)
			kinds |= action->kinds;
	return kinds;
}

int webhook_kinds(const struct webhook_wording *wording,
		  const char *const *names, unsigned *kinds, struct err *err)
{
	*kinds = names && names[0] ? 0 : kinds_of(wording, NULL);
	for (size_t i = 0; names && names[i]; i++) {
		unsigned more = kinds_of(wording, names[i]);
		if (more == 0)
			return err_set(err, ERR_INVALID,
				       "There is no event called %.80s.",
				       names[i]);
		*kinds |= more;
	}
	return 0;
}
