/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/jpeg/jpeg_scan.h"
#include "pixels/idct.h"

#include <string.h>

#define BLOCK 64
#define RUN_END 64 /* as a run: no more coefficients */
#define RUN_ZEROS 16
#define SYMBOL_ZEROS 0xf0 /* a run of 16 and no coefficient */

/* T.81, figure A.6: the place of each in rows of 8. */
static const uint8_t zigzag[BLOCK] = {
	0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/*
 * Tables.
 */

/* F.2.2.1: n bits, of which those that begin with 0 are negative. */
static int extend(unsigned bits, unsigned n)
{
	return n > 0 && bits < 1u << (n - 1) ? (int)bits - (1 << n) + 1
					     : (int)bits;
}

/* What all bits that begin with this code and its number say. A coefficient
 * comes behind a run, and what is none has the value 0. */
static void add_fast(struct jpeg_codes *codes, unsigned code, unsigned length,
		     unsigned symbol, bool is_ac)
{
	const unsigned size = symbol & 15, bits = length + size;
	unsigned run = is_ac ? symbol >> 4 : 0;
	if (bits > JPEG_FAST_BITS)
		return;
	if (is_ac && size == 0)
		run = symbol == SYMBOL_ZEROS ? RUN_ZEROS : RUN_END;
	const unsigned spare = JPEG_FAST_BITS - bits;
	for (unsigned number = 0; number < 1u << size; number++) {
		int value = extend(number, size);
		uint32_t entry = (uint32_t)value << 16 | run << 8 | bits;
		unsigned first = (code << size | number) << spare;
		for (unsigned i = 0; i < 1u << spare; i++)
			codes->fast[first + i] = entry;
	}
}

/* C.2: codes of a length are numbered, and each length goes on with twice the
 * number that the one before it ended with. */
static bool read_table(struct jpeg_codes *codes, const JHUFF_TBL *table,
		       bool is_ac)
{
	unsigned code = 0, n = 0;
	if (table == NULL)
		return false;
	memset(codes->fast, 0, sizeof(codes->fast));
	memcpy(codes->symbols, table->huffval, sizeof(codes->symbols));
	for (unsigned length = 1; length <= JPEG_CODE_MAX; length++) {
		const unsigned of_length = table->bits[length];
		if (code + of_length > 1u << length || n + of_length > 256)
			return false;
		codes->offset[length] = (int)n - (int)code;
		for (unsigned i = 0; i < of_length; i++, code++, n++) {
			const unsigned symbol = table->huffval[n];
			if (!is_ac && symbol > 15)
				return false;
			add_fast(codes, code, length, symbol, is_ac);
		}
		codes->limit[length] = code << (JPEG_CODE_MAX - length);
		code <<= 1;
	}
	return true;
}

/*
 * Bits.
 */

static void refill_bytes(struct jpeg_bits *bits)
{
	while (bits->n >= 0 && bits->n < 56 && bits->p < bits->end) {
		const uint8_t byte = *bits->p;
		/* B.1.1.5: a 0 behind it, or it is a marker, and the end */
		if (byte == 0xff) {
			if (bits->end - bits->p < 2 || bits->p[1] != 0)
				return;
			bits->p++;
		}
		bits->p++;
		bits->buffer |= (uint64_t)byte << (56 - bits->n);
		bits->n += 8;
	}
}

/* At least 56 bits, if there are any more. What is read beyond those counted
 * is read again the next time, and is the same. */
static inline void refill(struct jpeg_bits *bits)
{
	if (bits->end - bits->p >= 8) {
		uint64_t next;
		memcpy(&next, bits->p, sizeof(next));
		next = __builtin_bswap64(next);
		const uint64_t zeros = ~next;
		if (((zeros - UINT64_C(0x0101010101010101)) & ~zeros &
		     UINT64_C(0x8080808080808080)) == 0) {
			bits->buffer |= next >> bits->n;
			bits->p += (63 - bits->n) >> 3;
			bits->n |= 56;
			return;
		}
	}
	refill_bytes(bits);
}

static inline unsigned take(struct jpeg_bits *bits, unsigned n)
{
	/* in two steps, as none of 64 bits may be shifted by 64 */
	unsigned value = (unsigned)(bits->buffer >> 1 >> (63 - n));
	bits->buffer <<= n;
	bits->n -= (int)n;
	return value;
}

/* A code that is not looked up with its number; -1: none. */
static int take_symbol(struct jpeg_bits *bits, const struct jpeg_codes *codes)
{
	const unsigned next = (unsigned)(bits->buffer >> 48);
	for (unsigned length = 1; length <= JPEG_CODE_MAX; length++) {
		if (next < codes->limit[length]) {
			unsigned code = take(bits, length);
			return codes
				->symbols[(int)code + codes->offset[length]];
		}
	}
	return -1;
}

static inline uint32_t look_up(const struct jpeg_bits *bits,
			       const struct jpeg_codes *codes)
{
	return codes->fast[bits->buffer >> (64 - JPEG_FAST_BITS)];
}

static inline void skip(struct jpeg_bits *bits, unsigned n)
{
	bits->buffer <<= n;
	bits->n -= (int)n;
}

/*
 * Blocks.
 */

static bool read_dc(struct jpeg_bits *bits, struct jpeg_scan_plane *plane,
		    int16_t *block)
{
	const uint32_t entry = look_up(bits, plane->dc);
	int difference = (int16_t)(entry >> 16);
	if (entry != 0) {
		skip(bits, entry & 255);
	} else {
		int size = take_symbol(bits, plane->dc);
		if (size < 0)
			return false;
		difference = extend(take(bits, (unsigned)size), (unsigned)size);
	}
	plane->last_dc += difference;
	if (plane->last_dc < INT16_MIN || plane->last_dc > INT16_MAX)
		return false;
	block[0] = (int16_t)(plane->last_dc * plane->quant[0]);
	return true;
}

/* A run and a value by its symbol; the value 0: none. */
static int take_coefficient(struct jpeg_bits *bits,
			    const struct jpeg_codes *codes, unsigned *run)
{
	int symbol = take_symbol(bits, codes);
	unsigned size = symbol < 0 ? 0 : (unsigned)symbol & 15;
	*run = symbol == SYMBOL_ZEROS ? RUN_ZEROS : RUN_END;
	if (size == 0)
		return 0;
	*run = (unsigned)symbol >> 4;
	return extend(take(bits, size), size);
}

/* The number of coefficients that are there, counted to the last; above BLOCK:
 * a broken block. */
static unsigned read_ac(struct jpeg_bits *bits,
			const struct jpeg_scan_plane *plane, int16_t *block)
{
	const struct jpeg_codes *codes = plane->ac;
	unsigned k = 1, n = 1;
	while (k < BLOCK) {
		if (bits->n < 32)
			refill(bits);
		const uint32_t entry = look_up(bits, codes);
		unsigned run = entry >> 8 & 255;
		int value = (int16_t)(entry >> 16);
		if (entry != 0)
			skip(bits, entry & 255);
		else
			value = take_coefficient(bits, codes, &run);
		k += run;
		if (value == 0) {
			if (run == RUN_END)
				return n;
			continue;
		}
		/* behind the end there is room for a whole run */
		block[plane->place[k]] = (int16_t)(value * plane->quant[k]);
		n = ++k;
	}
	return k;
}

static void fill(uint8_t *out, size_t stride, unsigned size, uint8_t sample)
{
	for (unsigned y = 0; y < size; y++, out += stride)
		for (unsigned x = 0; x < size; x += size < 4 ? 1 : 4)
			memset(out + x, sample, size < 4 ? 1 : 4);
}

/* n: of coefficients, up to the last that there is. */
static void transform(const struct jpeg_scan_plane *plane, const int16_t *block,
		      unsigned n, uint8_t *out)
{
	const unsigned size = plane->size;
	if (n == 1 || size == 1)
		fill(out, plane->stride, size, idct_average(block[0]));
	else if (size == 8)
		idct_whole(block, out, plane->stride);
	else if (size == 4)
		idct_half(block, out, plane->stride);
	else
		idct_quarter(block, out, plane->stride);
}

/* Into `out` if it is not NULL. */
static bool decode_block(struct jpeg_scan *scan, struct jpeg_scan_plane *plane,
			 uint8_t *out)
{
	_Alignas(32) int16_t block[BLOCK + 16];
	struct jpeg_bits bits = scan->bits;
	memset(block, 0, 16 * sizeof(*block));
	if (plane->size == 8)
		memset(block + 16, 0, (BLOCK - 16) * sizeof(*block));
	refill(&bits);
	if (!read_dc(&bits, plane, block))
		return false;
	unsigned n = read_ac(&bits, plane, block);
	scan->bits = bits;
	if (n > BLOCK || bits.n < 0)
		return false;
	if (out)
		transform(plane, block, n, out);
	return true;
}

static bool decode_mcu(struct jpeg_scan *scan, unsigned mcu, unsigned wanted)
{
	for (unsigned i = 0; i < scan->n; i++) {
		struct jpeg_scan_plane *plane = &scan->plane[i];
		for (unsigned y = 0; y < plane->down; y++) {
			for (unsigned x = 0; x < plane->across; x++) {
				unsigned column = mcu * plane->across + x;
				bool is_wanted = (wanted >> i & 1) &&
						 column >= plane->first &&
						 column < plane->end;
				uint8_t *out = plane->rows +
					       y * plane->size * plane->stride +
					       (size_t)column * plane->size;
				if (!decode_block(scan, plane,
						  is_wanted ? out : NULL))
					return false;
			}
		}
	}
	return true;
}

/* E.2.4: whole bytes, then the next of eight markers. */
static bool restart(struct jpeg_scan *scan)
{
	struct jpeg_bits *bits = &scan->bits;
	const unsigned marker = JPEG_RST0 + scan->restarts % 8;
	refill_bytes(bits);
	while (bits->end - bits->p >= 2 && bits->p[0] == 0xff &&
	       bits->p[1] == 0xff)
		bits->p++;
	if (bits->n >= 8 || bits->end - bits->p < 2 || bits->p[0] != 0xff ||
	    bits->p[1] != marker)
		return false;
	bits->p += 2;
	bits->buffer = 0;
	bits->n = 0;
	for (unsigned i = 0; i < scan->n; i++)
		scan->plane[i].last_dc = 0;
	scan->left = scan->interval;
	scan->restarts++;
	return true;
}

bool jpeg_scan_row(struct jpeg_scan *scan, unsigned wanted)
{
	for (unsigned mcu = 0; mcu < scan->mcus; mcu++) {
		if (scan->interval > 0) {
			if (scan->left == 0 && !restart(scan))
				return false;
			scan->left--;
		}
		if (!decode_mcu(scan, mcu, wanted))
			return false;
	}
	return true;
}

/*
 * Before the first row.
 */

static bool is_baseline(const struct jpeg_decompress_struct *jpeg)
{
	if (jpeg->progressive_mode || jpeg->arith_code ||
	    jpeg->data_precision != 8 ||
	    jpeg->comps_in_scan != jpeg->num_components ||
	    jpeg->num_components > JPEG_SCAN_PLANES)
		return false;
	for (int i = 0; i < jpeg->num_components; i++)
		if (jpeg->cur_comp_info[i] != &jpeg->comp_info[i])
			return false;
	return true;
}

/* Two tables of each kind are all that baseline has (B.2.4.2). */
static bool init_plane(struct jpeg_scan *scan, unsigned i,
		       const struct jpeg_decompress_struct *jpeg)
{
	const jpeg_component_info *c = &jpeg->comp_info[i];
	struct jpeg_scan_plane *plane = &scan->plane[i];
	/* A.2.2: of one component alone, blocks come as they are */
	plane->across = scan->n == 1 ? 1 : (unsigned)c->h_samp_factor;
	plane->down = scan->n == 1 ? 1 : (unsigned)c->v_samp_factor;
	if (c->quant_tbl_no < 0 || c->quant_tbl_no >= NUM_QUANT_TBLS ||
	    jpeg->quant_tbl_ptrs[c->quant_tbl_no] == NULL || c->dc_tbl_no < 0 ||
	    c->dc_tbl_no > 1 || c->ac_tbl_no < 0 || c->ac_tbl_no > 1)
		return false;
	plane->dc = &scan->dc[c->dc_tbl_no];
	plane->ac = &scan->ac[c->ac_tbl_no];
	return read_table(&scan->dc[c->dc_tbl_no],
			  jpeg->dc_huff_tbl_ptrs[c->dc_tbl_no], false) &&
	       read_table(&scan->ac[c->ac_tbl_no],
			  jpeg->ac_huff_tbl_ptrs[c->ac_tbl_no], true);
}

static unsigned divide_up(unsigned n, unsigned by)
{
	return (n + by - 1) / by;
}

bool jpeg_scan_init(struct jpeg_scan *scan,
		    const struct jpeg_decompress_struct *jpeg)
{
	memset(scan, 0, sizeof(*scan));
	if (!is_baseline(jpeg))
		return false;
	scan->n = (unsigned)jpeg->num_components;
	scan->bits.p = jpeg->src->next_input_byte;
	scan->bits.end = scan->bits.p + jpeg->src->bytes_in_buffer;
	scan->interval = scan->left = jpeg->restart_interval;
	for (unsigned i = 0; i < scan->n; i++)
		if (!init_plane(scan, i, jpeg))
			return false;
	scan->mcus =
		scan->n == 1
			? jpeg->comp_info[0].width_in_blocks
			: divide_up(jpeg->image_width,
				    8u * (unsigned)jpeg->max_h_samp_factor);
	scan->mcu_rows =
		scan->n == 1
			? jpeg->comp_info[0].height_in_blocks
			: divide_up(jpeg->image_height,
				    8u * (unsigned)jpeg->max_v_samp_factor);
	return true;
}

void jpeg_scan_start(struct jpeg_scan *scan,
		     const struct jpeg_decompress_struct *jpeg)
{
	for (unsigned i = 0; i < scan->n; i++) {
		struct jpeg_scan_plane *plane = &scan->plane[i];
		const jpeg_component_info *c = &jpeg->comp_info[i];
		const UINT16 *quant =
			jpeg->quant_tbl_ptrs[c->quant_tbl_no]->quantval;
		const unsigned size = plane->size;
		memset(plane->place, BLOCK, sizeof(plane->place));
		for (unsigned k = 0; k < BLOCK; k++) {
			unsigned x = zigzag[k] % 8, y = zigzag[k] / 8;
			plane->quant[k] = quant[zigzag[k]];
			if (x < size && y < size)
				plane->place[k] = (uint8_t)(y * size + x);
		}
	}
}
