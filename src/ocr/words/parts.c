/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/parts.h"

#include <allheaders.h>

#define PARTS_MAX 100000

GArray *parts_find(struct Pix *ink, double height, parts_test *test)
{
	BOXA *parts = pixConnComp(ink, NULL, 8);
	if (parts == NULL)
		return NULL;
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct box));
	int n = boxaGetCount(parts);
	for (int i = 0; i < n && n <= PARTS_MAX; i++) {
		l_int32 x, y, width, high;
		boxaGetBoxGeometry(parts, i, &x, &y, &width, &high);
		const struct box box = {x, y, x + width, y + high};
		if (test(&box, height))
			g_array_append_val(found, box);
	}
	boxaDestroy(&parts);
	return found;
}
