/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/files.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/retry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FOLDER "derived"
#define UNFINISHED "new"
#define FOLDERS 256u /* by the first byte of a picture's key */
#define BLOCK 4096u  /* bytes that the disk gives at once */
#define MAGIC "stowdrv1"

/* Behind the picture's bytes, in the machine's own order: another machine makes
 * its own. */
struct foot {
	char magic[8];
	struct derive_key key;
	uint64_t size;
	uint8_t checksum[CHECKSUM_BYTES]; /* of the bytes */
	char type[DERIVATIVE_TYPE_MAX + 1];
	uint8_t sum[CHECKSUM_BYTES]; /* of what is above */
};

struct derive_files {
	int dir;
	uint64_t reserve;
	uint64_t count; /* of those written, for their first names */
};

static void seal(const struct foot *foot, uint8_t out[CHECKSUM_BYTES])
{
	checksum_of(foot, offsetof(struct foot, sum), out);
}

static uint64_t on_disk(uint64_t size)
{
	size += sizeof(struct foot);
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static int make_folder(int at, const char *name)
{
	return mkdirat(at, name, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int derive_files_open(struct derive_files **out, const char *dir,
		      uint64_t reserve, struct err *err)
{
	SCOPED_FD data = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;
	if (data >= 0 && make_folder(data, FOLDER) == 0)
		/* may be a link, to another disk */
		fd = openat(data, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || make_folder(fd, UNFINISHED) < 0) {
		err_set_errno(err, errno, "%s/" FOLDER, dir);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	struct derive_files *files = g_new0(struct derive_files, 1);
	files->dir = fd;
	files->reserve = reserve;
	*out = files;
	return 0;
}

void derive_files_close(struct derive_files *files)
{
	if (files == NULL)
		return;
	close(files->dir);
	g_free(files);
}

static int check_room(const struct derive_files *files, uint64_t size,
		      struct err *err)
{
	struct statvfs disk;
	if (fstatvfs(files->dir, &disk) < 0)
		return err_set_errno(err, errno, "the free space");
	uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (left < size || left - size < files->reserve)
		return err_set(err, ERR_NO_SPACE,
			       "no more than %" PRIu64 " bytes are free", left);
	return 0;
}

/* -1 with errno. */
static int copy_all(int to, const struct content *content)
{
	off_t at = 0;
	if (content->fd < 0)
		return fd_write(to, content->bytes.p, content->bytes.n);
	while ((uint64_t)at < content->size) {
		size_t left = (size_t)(content->size - (uint64_t)at);
		ssize_t done =
			RETRY_EINTR(sendfile(to, content->fd, &at, left));
		if (done <= 0) {
			errno = done ? errno : EIO;
			return -1;
		}
	}
	return 0;
}

static int write_file(int fd, const struct derive_key *key,
		      const struct derivative *derivative)
{
	struct foot foot;
	memset(&foot, 0, sizeof(foot));
	memcpy(foot.magic, MAGIC, sizeof(foot.magic));
	foot.key = *key;
	foot.size = derivative->content.size;
	memcpy(foot.checksum, derivative->checksum, CHECKSUM_BYTES);
	memcpy(foot.type, derivative->type.p, derivative->type.n);
	seal(&foot, foot.sum);
	if (copy_all(fd, &derivative->content) < 0)
		return -1;
	return fd_write(fd, &foot, sizeof(foot));
}

/* Folders are made when they are first needed. */
static int put_in_place(const struct derive_files *files, const char *from,
			const char *name)
{
	const char folder[] = {name[0], name[1], '\0'};
	if (renameat(files->dir, from, files->dir, name) == 0)
		return 0;
	if (errno != ENOENT || make_folder(files->dir, folder) < 0)
		return -1;
	return renameat(files->dir, from, files->dir, name);
}

int derive_files_write(struct derive_files *files, const struct derive_key *key,
		       const struct derivative *derivative, uint64_t *size,
		       struct err *err)
{
	char from[sizeof(UNFINISHED "/") + 16], name[DERIVE_NAME_LEN + 1];
	*size = on_disk(derivative->content.size);
	if (check_room(files, *size, err) < 0)
		return -1;
	snprintf(from, sizeof(from), UNFINISHED "/%016" PRIx64, files->count++);
	derive_key_name(key, name);
	SCOPED_FD fd =
		fd_open_file(files->dir, from, O_CREAT | O_TRUNC | O_WRONLY);
	if (fd < 0)
		return err_set_errno(err, errno, FOLDER "/%s", from);
	if (write_file(fd, key, derivative) == 0 &&
	    put_in_place(files, from, name) == 0)
		return 0;
	err_set_errno(err, errno, FOLDER "/%s", name);
	unlinkat(files->dir, from, 0);
	return -1;
}

static bool read_foot(int fd, const struct derive_key *key, struct foot *foot)
{
	struct stat info;
	uint8_t sum[CHECKSUM_BYTES];
	if (fstat(fd, &info) < 0 || (uint64_t)info.st_size < sizeof(*foot))
		return false;
	uint64_t size = (uint64_t)info.st_size - sizeof(*foot);
	if (RETRY_EINTR(pread(fd, foot, sizeof(*foot), (off_t)size)) !=
	    (ssize_t)sizeof(*foot))
		return false;
	seal(foot, sum);
	return memcmp(foot->magic, MAGIC, sizeof(foot->magic)) == 0 &&
	       memcmp(sum, foot->sum, sizeof(sum)) == 0 &&
	       derive_key_equal(&foot->key, key) && foot->size == size &&
	       foot->type[DERIVATIVE_TYPE_MAX] == '\0';
}

static int corrupt(const char *name, struct err *err)
{
	return err_set(err, ERR_CORRUPT, FOLDER "/%s is damaged", name);
}

static int not_opened(const char *name, struct err *err)
{
	if (errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, FOLDER "/%s is not there",
			       name);
	if (fd_is_no_file(errno))
		return corrupt(name, err);
	return err_set_errno(err, errno, FOLDER "/%s", name);
}

struct derivative *derive_files_read(struct derive_files *files,
				     const struct derive_key *key,
				     int64_t modified_s, uint64_t *size,
				     struct err *err)
{
	char name[DERIVE_NAME_LEN + 1];
	struct foot foot;
	derive_key_name(key, name);
	int fd = fd_open_file(files->dir, name, O_RDONLY);
	if (fd < 0) {
		not_opened(name, err);
		return NULL;
	}
	if (!read_foot(fd, key, &foot)) {
		close(fd);
		corrupt(name, err);
		return NULL;
	}
	const struct derivative_facts facts = {
		.fd = fd,
		.size = foot.size,
		.type = str_of(foot.type),
		.modified_s = modified_s,
	};
	struct derivative *derivative = derivative_new(&facts, err);
	if (derivative == NULL ||
	    memcmp(derivative->checksum, foot.checksum, CHECKSUM_BYTES) == 0) {
		*size = on_disk(foot.size);
		return derivative;
	}
	derivative_unref(derivative);
	corrupt(name, err);
	return NULL;
}

void derive_files_remove(struct derive_files *files,
			 const struct derive_key *key)
{
	char name[DERIVE_NAME_LEN + 1];
	derive_key_name(key, name);
	if (fd_remove(files->dir, name) < 0)
		log_warn(FOLDER "/%s cannot be removed: %s", name,
			 g_strerror(errno));
}

void derive_files_used(struct derive_files *files,
		       const struct derive_found *found)
{
	char name[DERIVE_NAME_LEN + 1];
	const struct timespec times[] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = found->used_ms / 1000,
		 .tv_nsec = (long)(found->used_ms % 1000) * 1000000},
	};
	derive_key_name(&found->key, name);
	/* only its turn to go is at stake */
	if (utimensat(files->dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		log_debug(FOLDER "/%s: %s", name, g_strerror(errno));
}

/* Names of ours are digits. */
void derive_files_clean(struct derive_files *files)
{
	DIR *dir = fd_open_folder(files->dir, UNFINISHED);
	const struct dirent *entry;
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			(void)!fd_remove(dirfd(dir), entry->d_name);
	closedir(dir);
}

static void list_folder(DIR *dir, GArray *found)
{
	const struct dirent *entry;
	while ((entry = readdir(dir))) {
		struct derive_found one;
		struct stat info;
		if (!derive_key_parse(str_of(entry->d_name), &one.key) ||
		    fstatat(dirfd(dir), entry->d_name, &info,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(info.st_mode))
			continue;
		one.size = on_disk(
			(uint64_t)info.st_size -
			MIN((uint64_t)info.st_size, sizeof(struct foot)));
		one.used_ms = (int64_t)info.st_mtim.tv_sec * 1000 +
			      info.st_mtim.tv_nsec / 1000000;
		g_array_append_val(found, one);
	}
}

bool derive_files_list(struct derive_files *files, unsigned *folder,
		       GArray *found)
{
	char name[3];
	snprintf(name, sizeof(name), "%02x", *folder & 0xffu);
	DIR *dir = fd_open_folder(files->dir, name);
	if (dir) {
		list_folder(dir, found);
		closedir(dir);
	}
	return ++*folder < FOLDERS;
}
