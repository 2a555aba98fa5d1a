/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>

int thread_start(GThread **out, const char *name, GThreadFunc run, void *user,
		 struct err *err)
{
	sigset_t all, before;
	g_autoptr(GError) why = NULL;
	/* the thread inherits it */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	*out = g_thread_try_new(name, run, user, &why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (*out == NULL)
		return err_set(err, ERR_INTERNAL,
			       "The thread \"%s\" cannot be started: %s", name,
			       why->message);
	return 0;
}
