/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of stowage-render children. Users lend an idle child, talk to it
 * and give it back, or bury it. One thread, the keeper, starts all children:
 * they die with the thread that started them, so that must be one that lasts.
 * Not here: what a child does with an image (src/render).
 */
#include "image/renderers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "image/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 15000
#define MS_US 1000

struct child {
	pid_t pid;
	int fd;
	uint32_t number; /* of its last request */
	struct child *next;
	char text[RENDER_TEXT_MAX]; /* of its last reply */
};

struct renderers {
	char *program;
	unsigned children;
	unsigned timeout_ms;
	GThread *keeper;

	GMutex lock; /* of all below; held for moments only */
	GCond changed;
	struct child *idle;
	unsigned alive;     /* idle, lent, and wanted */
	unsigned wanted;    /* for the keeper to start */
	unsigned failures;  /* starts that failed so far */
	struct err failure; /* the last */
	bool ending;
};

#define ABSENCES_MAX 8 /* children found dead for one request */

/* What became of a request. */
enum outcome {
	ANSWERED,
	ABSENT, /* the child was dead before it got the request */
	DIED,
	LATE,
};

/* Milliseconds until the monotonic time, for poll(2). */
static int patience(int64_t deadline)
{
	int64_t left = deadline - g_get_monotonic_time();
	return left <= 0 ? 0 : (int)MIN(left / MS_US + 1, G_MAXINT);
}

/* The lengths agree and the text is text. */
static bool is_sound(const struct child *child,
		     const struct render_reply *reply, ssize_t got)
{
	struct str text = {child->text, reply->text_size};
	return got >= (ssize_t)sizeof(*reply) && text.n <= RENDER_TEXT_MAX &&
	       (size_t)got == sizeof(*reply) + text.n && str_is_utf8(text);
}

/* Waits for one reply of the child, its text goes to child->text. */
static enum outcome receive(struct child *child, int64_t deadline,
			    struct render_reply *reply)
{
	struct pollfd ready = {.fd = child->fd, .events = POLLIN};
	int n;
	do {
		n = poll(&ready, 1, patience(deadline));
	} while ((n < 0 && errno == EINTR) ||
		 (n == 0 && g_get_monotonic_time() < deadline));
	if (n == 0)
		return LATE;
	struct iovec data[] = {{reply, sizeof(*reply)},
			       {child->text, sizeof(child->text)}};
	struct msghdr message = {.msg_iov = data, .msg_iovlen = 2};
	ssize_t got = recvmsg(child->fd, &message, MSG_DONTWAIT);
	return is_sound(child, reply, got) ? ANSWERED : DIED;
}

/* Ends the child whatever it is doing, and leaves no zombie. */
static void bury(struct child *child)
{
	int status = 0;
	pid_t got;
	close(child->fd);
	kill(child->pid, SIGKILL);
	do {
		got = waitpid(child->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	/* SIGKILL is ours, or tells nothing */
	if (got > 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		log_warn("renderer %d was ended by signal %d (%s)",
			 (int)child->pid, WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	g_free(child);
}

/* Nothing of the server reaches the child but its socket and stderr. */
static int spawn(const char *program, int channel, pid_t *pid)
{
	static char name[] = "stowage-render";
	char *arguments[] = {name, NULL}, *environment[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* a terminal's interrupt is for the server, which may be draining */
	posix_spawnattr_setpgroup(&attributes, 0);
	int failed = posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				     POSIX_SPAWN_SETPGROUP);
	failed |= posix_spawn_file_actions_adddup2(&files, channel, RENDER_FD);
	failed |= posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
						   "/dev/null", O_RDONLY, 0);
	failed |= posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
						   "/dev/null", O_WRONLY, 0);
	failed |=
		posix_spawn_file_actions_addclosefrom_np(&files, RENDER_FD + 1);
	if (failed == 0)
		failed = posix_spawn(pid, program, &files, &attributes,
				     arguments, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

/* A child that has greeted, or NULL. */
static struct child *start(const char *program, struct err *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		err_set_errno(err, errno, "stowage-render cannot be started");
		return NULL;
	}
	struct child *child = g_new0(struct child, 1);
	child->fd = pair[0];
	int failed = spawn(program, pair[1], &child->pid);
	close(pair[1]);
	if (failed) {
		err_set_errno(err, failed, "%s cannot be started", program);
		close(child->fd);
		g_free(child);
		return NULL;
	}
	struct render_reply hello = {0};
	int64_t deadline =
		g_get_monotonic_time() + (int64_t)START_TIMEOUT_MS * MS_US;
	if (receive(child, deadline, &hello) == ANSWERED &&
	    hello.kind == RENDER_HELLO) {
		metric_add(METRIC_RENDER_STARTS, 1);
		return child;
	}
	err_set(err, ERR_INTERNAL, "%s ends before it is ready", program);
	bury(child);
	return NULL;
}

static void *keep(void *user)
{
	struct renderers *r = user;
	g_mutex_lock(&r->lock);
	for (;;) {
		while (!r->ending && r->wanted == 0)
			g_cond_wait(&r->changed, &r->lock);
		if (r->ending)
			break;
		r->wanted--;
		g_mutex_unlock(&r->lock);
		struct err err;
		struct child *child = start(r->program, &err);
		if (child == NULL)
			log_error("%s", err.text);
		g_mutex_lock(&r->lock);
		if (child) {
			child->next = r->idle;
			r->idle = child;
		} else {
			r->alive--;
			r->failures++;
			r->failure = err;
		}
		g_cond_broadcast(&r->changed);
	}
	g_mutex_unlock(&r->lock);
	return NULL;
}

int renderers_new(struct renderers **out,
		  const struct renderers_options *options, struct err *err)
{
	if (access(options->program, X_OK) != 0)
		return err_set_errno(err, errno, "%s", options->program);
	struct renderers *r = g_new0(struct renderers, 1);
	r->program = g_strdup(options->program);
	r->children = MAX(options->children, 1);
	r->timeout_ms = options->timeout_ms;
	g_mutex_init(&r->lock);
	g_cond_init(&r->changed);
	r->keeper = g_thread_new("renderers", keep, r);
	*out = r;
	return 0;
}

void renderers_free(struct renderers *renderers)
{
	struct renderers *r = renderers;
	if (r == NULL)
		return;
	g_mutex_lock(&r->lock);
	r->ending = true;
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
	g_thread_join(r->keeper);
	while (r->idle) {
		struct child *child = r->idle;
		r->idle = child->next;
		bury(child);
	}
	g_cond_clear(&r->changed);
	g_mutex_clear(&r->lock);
	g_free(r->program);
	g_free(r);
}

static int64_t time_limit(const struct renderers *r)
{
	return g_get_monotonic_time() + (int64_t)r->timeout_ms * MS_US;
}

/* An idle child, when there is none a new one, when there may be no more the
 * first that comes back. */
static struct child *lend(struct renderers *r, struct err *err)
{
	int64_t deadline = time_limit(r);
	bool asked = false, in_time = true;
	struct child *child = NULL;
	g_mutex_lock(&r->lock);
	unsigned failures = r->failures;
	while (in_time && r->idle == NULL) {
		if (r->failures != failures && r->alive == 0)
			break;
		if (!asked && r->alive < r->children) {
			asked = true;
			r->alive++;
			r->wanted++;
			g_cond_broadcast(&r->changed);
		}
		in_time = g_cond_wait_until(&r->changed, &r->lock, deadline);
	}
	if (r->idle) {
		child = r->idle;
		r->idle = child->next;
	} else if (!in_time) {
		err_set(err, ERR_BUSY, "All image renderers are busy.");
	} else if (err) {
		*err = r->failure;
	}
	g_mutex_unlock(&r->lock);
	return child;
}

/* NULL: the child is gone, somebody else may ask for a new one. */
static void give_back(struct renderers *r, struct child *child)
{
	g_mutex_lock(&r->lock);
	if (child) {
		child->next = r->idle;
		r->idle = child;
	} else {
		r->alive--;
	}
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
}

static bool send_request(struct child *child, const struct render_request *q,
			 int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct render_request copy = *q;
	struct iovec data = {&copy, sizeof(copy)};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(child->fd, &message, MSG_NOSIGNAL) == sizeof(copy);
}

struct answer {
	struct render_reply reply;
	struct arena *arena; /* for the text; NULL: not wanted */
	struct str text;     /* absent: none */
};

/* One request to one child, which is given back or buried. */
static enum outcome ask(struct renderers *r, struct child *child,
			const struct render_request *q, int fd,
			struct answer *answer)
{
	struct render_reply *reply = &answer->reply;
	struct render_request numbered = *q;
	numbered.number = ++child->number;
	enum outcome outcome = ABSENT;
	if (send_request(child, &numbered, fd))
		outcome = receive(child, time_limit(r), reply);
	if (outcome == ANSWERED && reply->number != numbered.number)
		outcome = DIED; /* it talks nonsense: as good as dead */
	answer->text = STR_NONE;
	if (outcome == ANSWERED && reply->text_size && answer->arena)
		answer->text =
			arena_str(answer->arena,
				  (struct str){child->text, reply->text_size});
	if (outcome == ANSWERED && !reply->is_last) {
		give_back(r, child);
		return outcome;
	}
	bury(child);
	give_back(r, NULL);
	return outcome;
}

/* A child may have died of something else, or have been killed from outside,
 * so the input is tried on a second one before it gets the blame. */
static int request(struct renderers *r, const struct render_request *q, int fd,
		   struct answer *answer, struct err *err)
{
	unsigned deaths = 0, absences = 0;
	while (deaths < 2 && absences < ABSENCES_MAX) {
		struct child *child = lend(r, err);
		if (child == NULL)
			return -1;
		switch (ask(r, child, q, fd, answer)) {
		case ANSWERED:
			return 0;
		case LATE:
			return err_set(err, ERR_TIMEOUT,
				       "The image takes too long to read.");
		case DIED:
			deaths++;
			break;
		case ABSENT:
			absences++;
			break;
		}
	}
	if (deaths < 2)
		return err_set(err, ERR_INTERNAL,
			       "The image processes do not stay alive.");
	return err_set(err, ERR_INVALID, "The image cannot be read.");
}

/* The bytes as a file that nobody can change any more; -1 with *err. */
static int seal(struct str bytes, struct err *err)
{
	const unsigned seals =
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set_errno(err, errno, "no memory file");
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		bytes = str_skip(bytes, (size_t)n);
	}
	if (bytes.n || fcntl(fd, F_ADD_SEALS, seals) != 0) {
		err_set_errno(err, errno, "the memory file cannot be written");
		close(fd);
		return -1;
	}
	return fd;
}

static int ask_about(struct renderers *r, uint32_t kind, int fd,
		     struct answer *answer, struct err *err)
{
	struct stat info;
	if (fstat(fd, &info) != 0)
		return err_set_errno(err, errno, "no file to inspect");
	struct render_request q = {
		.kind = kind,
		.size = (uint64_t)info.st_size,
	};
	if (info.st_size == 0)
		return err_set(err, ERR_INVALID, "The image is empty.");
	if (request(r, &q, fd, answer, err) < 0)
		return -1;
	if (answer->reply.status == RENDER_TOO_LARGE)
		return err_set(err, ERR_TOO_LARGE,
			       "The image is too large to be read.");
	if (answer->reply.status != RENDER_OK)
		return err_set(err, ERR_INVALID, "The image cannot be read.");
	return 0;
}

/* fd, or bytes when it is -1. */
static int ask_about_input(struct renderers *r, uint32_t kind, int fd,
			   struct str bytes, struct answer *answer,
			   struct err *err)
{
	if (fd >= 0)
		return ask_about(r, kind, fd, answer, err);
	if (bytes.n == 0)
		return err_set(err, ERR_INVALID, "The image is empty.");
	int sealed = seal(bytes, err);
	if (sealed < 0)
		return -1;
	int result = ask_about(r, kind, sealed, answer, err);
	close(sealed);
	return result;
}

int renderers_inspect(struct renderers *renderers, int fd, struct str bytes,
		      struct arena *arena, struct image_info *out,
		      struct err *err)
{
	uint32_t kind = arena ? RENDER_EMBEDDED : RENDER_INSPECT;
	struct answer answer = {.arena = arena};
	if (ask_about_input(renderers, kind, fd, bytes, &answer, err) < 0)
		return -1;
	const struct render_info *info = &answer.reply.info;
	*out = (struct image_info){
		.width = info->width,
		.height = info->height,
		.orientation = info->orientation,
		.pages = info->pages,
		.has_alpha = info->has_alpha != 0,
		.embedded = answer.text,
	};
	return 0;
}

static const char *const format_names[] = {
	[RENDER_JPG] = "jpg",   [RENDER_PNG] = "png",   [RENDER_WEBP] = "webp",
	[RENDER_GIF] = "gif",   [RENDER_TIFF] = "tiff", [RENDER_HEIC] = "heic",
	[RENDER_AVIF] = "avif",
};

int renderers_metadata(struct renderers *renderers, int fd, struct str bytes,
		       struct arena *arena, struct image_metadata *out,
		       struct err *err)
{
	struct answer answer = {.arena = arena};
	if (ask_about_input(renderers, RENDER_METADATA, fd, bytes, &answer,
			    err) < 0)
		return -1;
	const struct render_metadata *said = &answer.reply.metadata;
	if (said->format >= G_N_ELEMENTS(format_names) ||
	    format_names[said->format] == NULL || answer.text.p == NULL)
		return err_set(err, ERR_INTERNAL,
			       "The image process answers nonsense.");
	*out = (struct image_metadata){
		.width = answer.reply.info.width,
		.height = answer.reply.info.height,
		.format = format_names[said->format],
		.has_color_profile = said->has_color_profile != 0,
		.has_transparency = said->has_transparency != 0,
		.quality = said->quality,
		.density = said->density,
		.exif = answer.text,
	};
	g_snprintf(out->phash, sizeof(out->phash), "%016" PRIx64, said->phash);
	return 0;
}
