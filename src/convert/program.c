/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/convert/XXXXXX/in/document.EXT is what it reads, out/document.FORMAT what
 * it has to write; the directory is its home and goes when it has ended. What
 * is there at a start is of an earlier life and is removed.
 */
#include "convert/program.h"
#include "base/clear.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/retry.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "convert"
#define COPY_BYTES (64u * 1024)
#define LOOK_MS 200 /* how often somebody is asked whether it goes on */
#define OPEN_FILES 1024
#define ENVIRONMENT_MAX 6

struct program {
	char **words;
	char *path; /* of the first word */
	char *folder;
	unsigned timeout_ms;
	uint64_t memory;
};

/* One run: its paths, and the folder that it writes into. */
struct place {
	char *dir, *in, *out, *outdir;
	int out_folder;
};

void program_sweep(const char *dir)
{
	g_autofree char *folder = g_build_filename(dir, FOLDER, NULL);
	clear_folder(folder);
}

/* As a whole path: a program has a place of its own to be in. */
static char *folder_below(const char *dir, struct err *err)
{
	g_autofree char *whole = realpath(dir, NULL);
	char *folder = g_build_filename(whole ? whole : dir, FOLDER, NULL);
	if (mkdir(folder, 0700) == 0 || errno == EEXIST)
		return folder;
	err_set_errno(err, errno, "There is no place for conversions");
	g_free(folder);
	return NULL;
}

int program_new(struct program **out, const struct program_options *options,
		struct err *err)
{
	g_auto(GStrv) words = NULL;
	if (!g_shell_parse_argv(options->line, NULL, &words, NULL))
		return err_set(err, ERR_INVALID, "%s is no command",
			       options->line);
	g_autofree char *path = g_find_program_in_path(words[0]);
	if (path == NULL)
		return err_set(err, ERR_INVALID, "There is no program %s",
			       words[0]);
	char *folder = folder_below(options->dir, err);
	if (folder == NULL)
		return -1;
	struct program *program = g_new0(struct program, 1);
	program->words = g_steal_pointer(&words);
	program->path = g_steal_pointer(&path);
	program->folder = folder;
	program->timeout_ms = options->timeout_ms;
	program->memory = options->memory;
	*out = program;
	return 0;
}

void program_free(struct program *program)
{
	if (program == NULL)
		return;
	g_strfreev(program->words);
	g_free(program->path);
	g_free(program->folder);
	g_free(program);
}

static void leave(struct place *place)
{
	if (place->dir) {
		clear_folder(place->dir);
		rmdir(place->dir);
	}
	fd_scope_end(&place->out_folder);
	g_free(place->dir);
	g_free(place->in);
	g_free(place->out);
	g_free(place->outdir);
}

static char *name_of(const char *dir, const char *folder, struct str extension)
{
	return g_strdup_printf("%s/%s/document%s%.*s", dir, folder,
			       extension.n ? "." : "", STR_ARG(extension));
}

static int enter(const struct program *program, const struct convert_wish *wish,
		 struct place *out, struct err *err)
{
	*out = (struct place){.out_folder = -1};
	char *dir = g_build_filename(program->folder, "XXXXXX", NULL);
	if (mkdtemp(dir) == NULL) {
		g_free(dir);
		return err_set_errno(err, errno,
				     "There is no place for a conversion");
	}
	g_autofree char *in = g_build_filename(dir, "in", NULL);
	char *folder = g_build_filename(dir, "out", NULL);
	out->dir = dir;
	out->outdir = folder;
	out->in = name_of(dir, "in", wish->extension);
	out->out = name_of(dir, "out", wish->format);
	if (mkdir(in, 0700) == 0 && mkdir(folder, 0700) == 0)
		out->out_folder =
			open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return out->out_folder >= 0
		       ? 0
		       : err_set_errno(err, errno,
				       "There is no place for a conversion");
}

/* A copy: what the program does to it is nobody else's matter. */
static int give_input(const struct program_run *run, const struct place *place,
		      struct err *err)
{
	g_autofree char *piece = g_malloc(COPY_BYTES);
	SCOPED_FD fd =
		open(place->in, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written = fd >= 0 && (run->fd >= 0 || fd_write(fd, run->bytes.p,
							    run->bytes.n) == 0);
	ssize_t got = 1;
	for (off_t at = 0; written && run->fd >= 0 && got > 0; at += got) {
		got = fd_read(run->fd, piece, COPY_BYTES, at);
		written = got >= 0 && fd_write(fd, piece, (size_t)got) == 0;
	}
	return written ? 0
		       : err_set_errno(err, errno,
				       "The document cannot be handed over");
}

static void add_word(GString *out, const struct program_run *run,
		     const struct place *place, struct str name)
{
	const struct convert_wish *wish = run->wish;
	const struct {
		struct str name, value;
	} words[] = {
		{STR("in"), str_of(place->in)},
		{STR("out"), str_of(place->out)},
		{STR("outdir"), str_of(place->outdir)},
		{STR("dir"), str_of(place->dir)},
		{STR("format"), wish->format},
		{STR("pageformat"), wish->pageformat},
		{STR("orientation"), wish->orientation},
		{STR("url"), wish->url},
		{STR("mode"), wish->whole_page ? STR("all") : STR("window")},
		{STR("agent"),
		 wish->is_mobile ? STR("mobile") : STR("desktop")},
	};
	const struct {
		struct str name;
		unsigned value;
	} numbers[] = {
		{STR("width"), wish->width},
		{STR("height"), wish->height},
		{STR("delay"), wish->delay_ms},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (str_eq(name, words[i].name)) {
			g_string_append_len(out, words[i].value.p,
					    (gssize)words[i].value.n);
			return;
		}
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (str_eq(name, numbers[i].name)) {
			g_string_append_printf(out, "%u", numbers[i].value);
			return;
		}
	g_string_append_printf(out, "{%.*s}", STR_ARG(name));
}

static char *fill_in(const char *word, const struct program_run *run,
		     const struct place *place)
{
	GString *out = g_string_new(NULL);
	const char *end;
	for (const char *at = word; *at; at++) {
		if (*at != '{' || (end = strchr(at, '}')) == NULL) {
			g_string_append_c(out, *at);
			continue;
		}
		add_word(out, run, place,
			 (struct str){at + 1, (size_t)(end - at - 1)});
		at = end;
	}
	return g_string_free(out, FALSE);
}

static char **arguments_of(const struct program *program,
			   const struct program_run *run,
			   const struct place *place)
{
	unsigned n = g_strv_length(program->words);
	char **arguments = g_new0(char *, n + 1);
	for (unsigned i = 0; i < n; i++)
		arguments[i] = fill_in(program->words[i], run, place);
	return arguments;
}

static void limit(int which, uint64_t most)
{
	const struct rlimit rlimit = {most, most};
	setrlimit(which, &rlimit);
}

/* In the child: nothing here may take a lock or memory. */
static _Noreturn void become(const struct program *program,
			     const struct program_run *run, char **arguments,
			     char **environment)
{
	sigset_t none;
	close_range(STDERR_FILENO + 1, ~0U, 0);
	int null = open("/dev/null", O_RDWR);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_AS, program->memory);
	limit(RLIMIT_FSIZE, run->limit + 1);
	limit(RLIMIT_CPU, program->timeout_ms / 1000 + 1);
	limit(RLIMIT_NOFILE, OPEN_FILES);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	execve(program->path, arguments, environment);
	_exit(127);
}

static char **environment_of(const struct place *place)
{
	char **environment = g_new0(char *, ENVIRONMENT_MAX);
	const char *path = g_getenv("PATH");
	environment[0] = g_strconcat(
		"PATH=", path ? path : "/usr/local/bin:/usr/bin:/bin", NULL);
	environment[1] = g_strconcat("HOME=", place->dir, NULL);
	environment[2] = g_strconcat("TMPDIR=", place->dir, NULL);
	environment[3] = g_strdup("LANG=C.UTF-8");
	return environment;
}

/* Until it ends, or has to. 0 with its status. */
static int await(const struct program *program, const struct program_run *run,
		 int pidfd, struct err *err)
{
	int64_t deadline =
		g_get_monotonic_time() + (int64_t)program->timeout_ms * 1000;
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	while (RETRY_EINTR(poll(&ended, 1, LOOK_MS)) == 0) {
		if (g_get_monotonic_time() >= deadline)
			return err_set(err, ERR_TIMEOUT,
				       "The conversion takes too long.");
		if (!run->goes_on(run->user))
			return err_set(err, ERR_BUSY, "Nobody waits for it.");
	}
	return 0;
}

/* What it has written; *size: 0 when that is no file. */
static int open_output(const struct place *place, uint64_t *size)
{
	g_autofree char *name = g_path_get_basename(place->out);
	struct stat info;
	int fd = fd_open_file(place->out_folder, name, O_RDONLY);
	*size = 0;
	if (fd >= 0 && fstat(fd, &info) == 0)
		*size = (uint64_t)info.st_size;
	return fd;
}

static int judge(const struct program *program, const struct program_run *run,
		 uint64_t size, const siginfo_t *info, struct err *err)
{
	if (size > run->limit)
		return err_set(err, ERR_TOO_LARGE,
			       "What the conversion makes is too large.");
	if (info->si_code == CLD_EXITED && info->si_status == 0 && size)
		return 0;
	log_warn("%s %s %d%s", program->words[0],
		 info->si_code == CLD_EXITED ? "ended with status"
					     : "was ended by signal",
		 info->si_status, size ? "" : " and has made nothing");
	return err_set(err, ERR_INVALID, "The file cannot be converted.");
}

static int take_output(const struct program_run *run, int fd, uint64_t size,
		       struct err *err)
{
	g_autofree char *piece = g_malloc(COPY_BYTES);
	ssize_t got = 0;
	for (off_t at = 0; (uint64_t)at < size; at += got) {
		got = fd_read(fd, piece, COPY_BYTES, at);
		if (got <= 0)
			return err_set(err, ERR_INTERNAL,
				       "What was made cannot be read.");
		if (store_sink_write(run->sink, piece, (size_t)got, err) < 0)
			return -1;
	}
	return 0;
}

static int run_program(const struct program *program,
		       const struct program_run *run, const struct place *place,
		       struct err *err)
{
	g_auto(GStrv) arguments = arguments_of(program, run, place);
	g_auto(GStrv) environment = environment_of(place);
	siginfo_t info = {0};
	pid_t pid = fork();
	if (pid < 0)
		return err_set_errno(err, errno, "No conversion can be begun");
	if (pid == 0)
		become(program, run, arguments, environment);
	setpgid(pid, pid); /* whichever of both is first */
	SCOPED_FD pidfd = pidfd_open(pid, 0);
	int result = pidfd >= 0
			     ? await(program, run, pidfd, err)
			     : err_set_errno(err, errno,
					     "A conversion cannot be watched");
	/* its number is not another's until it is waited for */
	kill(-pid, SIGKILL);
	(void)RETRY_EINTR(waitid(P_PID, (id_t)pid, &info, WEXITED));
	if (result < 0)
		return -1;
	uint64_t size;
	SCOPED_FD fd = open_output(place, &size);
	return judge(program, run, size, &info, err) < 0
		       ? -1
		       : take_output(run, fd, size, err);
}

int program_run(const struct program *program, const struct program_run *run,
		struct err *err)
{
	struct place place;
	int result = enter(program, run->wish, &place, err);
	if (result == 0 && run->wish->kind == CONVERT_DOCUMENT)
		result = give_input(run, &place, err);
	if (result == 0)
		result = run_program(program, run, &place, err);
	leave(&place);
	return result;
}
