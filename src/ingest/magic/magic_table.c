/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/magic/magic_table.h"
#include "base/fd.h"

#include <fcntl.h>
#include <glib.h>
#include <magic.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MARK 0xf11e041cu
#define VERSION 18u

_Static_assert(sizeof(struct magic_record) == 376, "as it is in the file");

/* In place of a record, before the first one. */
struct image_head {
	uint32_t mark, version;
	uint32_t n, n_names;
};

void magic_image_begin(struct magic_record *head, uint32_t n, uint32_t n_names)
{
	const struct image_head fields = {MARK, VERSION, n, n_names};
	memset(head, 0, sizeof(*head));
	memcpy(head, &fields, sizeof(fields));
}

static void read_records(struct magic_table *table)
{
	struct image_head head;
	size_t records = table->size / sizeof(struct magic_record);
	if (table->size % sizeof(struct magic_record) || records == 0)
		return;
	memcpy(&head, table->map, sizeof(head));
	if (head.mark != MARK || head.version != VERSION ||
	    (uint64_t)head.n + head.n_names + 1 != records || head.n == 0)
		return;
	const struct magic_record *first = table->map;
	if (first[1].level != 0)
		return;
	table->records = first + 1;
	table->n = head.n;
	table->n_names = head.n_names;
}

static bool map_file(struct magic_table *table, const char *path)
{
	struct stat info;
	SCOPED_FD(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) < 0 || info.st_size <= 0)
		return false;
	void *map =
		mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	table->map = map;
	table->size = (size_t)info.st_size;
	return true;
}

int magic_table_open(struct magic_table *table, struct err *err)
{
	struct str places = str_of(magic_getpath(NULL, 0));
	*table = (struct magic_table){0};
	while (places.p && !table->map) {
		struct str place = str_split(&places, ':');
		g_autofree char *path = g_strdup_printf(
			"%.*s%s", STR_ARG(place),
			str_ends(place, STR(".mgc")) ? "" : ".mgc");
		if (map_file(table, path))
			read_records(table);
	}
	if (table->map)
		return 0;
	return err_set(err, ERR_INTERNAL,
		       "libmagic's database cannot be loaded");
}

void magic_table_close(struct magic_table *table)
{
	if (table->map)
		munmap((void *)(uintptr_t)table->map, table->size);
	*table = (struct magic_table){0};
}
