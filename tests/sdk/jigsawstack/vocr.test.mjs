// SPDX-License-Identifier: Apache-2.0
// vOCR by the jigsawstack client, unmodified: the way of its README in five
// versions, and files that are sent by those that send forms.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describe, startServer } from '../server.mjs';
import { allVersions, connect, multipartVersions, rawClient }
	from './clients.mjs';
import { thrown } from './thrown.mjs';

let server, receipt, document;

/** A file that tests/wire/ocr_pictures.py makes by this expression. */
function made(expression) {
	return execFileSync('python3', ['-c',
		'import sys\nfrom ocr_pictures import *\n' +
		`sys.stdout.buffer.write(${expression})`], {
		cwd: fileURLToPath(new URL('../../wire', import.meta.url)),
		maxBuffer: 1 << 26 });
}

before(async () => {
	server = await startServer();
	receipt = made('receipt().png()');
	document = made('pdf([receipt(n_items=n + 1) for n in range(3)])');
});
after(() => server.stop());

for (const version of allVersions) {
	test(`${version}_reads_the_readmes_receipt`, async () => {
		const client = await connect(version, server);
		const key = `${version}/receipt.png`;
		await client.store.upload(receipt, { key, overwrite: true });
		const result = await client.vision.vocr({
			prompt: ['total', 'tax', 'nothing like it'],
			file_store_key: key,
		});
		assertAnswer(result);
		assert.deepEqual(Object.keys(result.context),
			['total', 'tax', 'nothing like it']);
		for (const values of Object.values(result.context))
			assert.ok(values === null || Array.isArray(values));
		assert.equal(result.context['nothing like it'], null);
		assert.match(allText(result), /CORNER MARKET/);
		const text = await client.vision.vocr({ prompt: 'Extract the text',
			file_store_key: key });
		assert.equal(typeof text.context, 'string');
		assert.match(text.context, /TOTAL/);
	});

	test(`${version}_throws_what_the_server_says`, async () => {
		const client = await connect(version, server);
		const key = `${version}/r.png`, url = 'http://192.0.2.1/a.png';
		const vocr = (params) => thrown(client.vision.vocr(params));
		await client.store.upload(receipt, { key, overwrite: true });
		await client.store.upload(Buffer.from('no picture'),
			{ key: `${key}.txt`, overwrite: true });
		assert.equal((await vocr({ file_store_key: 'none.png' })).error,
			'not_found');
		for (const params of [{}, { url, file_store_key: key },
			{ file_store_key: '' }, { file_store_key: 7 },
			{ url: 'nonsense' }, { url: 'ftp://127.0.0.1/x' },
			{ file_store_key: `${key}.txt` },
			...[[0], [-1, 1], [3, 1], [1, 12], [1, 99]].map((range) =>
				({ file_store_key: key, page_range: range }))])
			assert.equal((await vocr(params)).error, 'bad_request',
				JSON.stringify(params));
		const stranger = await connect(version, server, { apiKey: 'sk_none' });
		assert.equal((await thrown(stranger.vision.vocr(
			{ file_store_key: key }))).error, 'unauthorized');
	});
}

for (const version of multipartVersions) {
	test(`${version}_reads_a_file_that_is_sent`, async () => {
		const client = await rawClient(version, server);
		const blob = new Blob([receipt], { type: 'image/png' });
		const file = new File([receipt], 'r.png', { type: 'image/png' });
		const bare = await client.vision.vocr(receipt);
		for (const result of [bare,
			await client.vision.vocr(blob, { prompt: 'x' }),
			await client.vision.vocr(file, { prompt: ['total'] })]) {
			assertAnswer(result);
			assert.deepEqual(result.sections, bare.sections);
		}
		assert.equal((await thrown(client.vision.vocr(
			Buffer.from('no picture')))).error, 'bad_request');
		assert.equal((await thrown(client.vision.vocr(blob,
			{ page_range: [0] }))).error, 'bad_request');
	});

	test(`${version}_reads_pages_and_leaves_bounds_out`, async () => {
		const client = await rawClient(version, server);
		await client.store.upload(document, { key: `${version}.pdf` });
		const options = { page_range: [2, 9], return_bounds: false,
			fine_grained: true };
		for (const result of [
			await client.vision.vocr(
				{ file_store_key: `${version}.pdf`, ...options }),
			await client.vision.vocr(document, options)]) {
			assert.equal(result.total_pages, 3);
			assert.deepEqual(result.page_range, [2, 3]);
			const [line] = result.sections[0].lines;
			assert.ok(!('bounds' in line) && !('bounds' in line.words[0]));
			assert.equal(typeof line.average_confidence, 'number');
		}
	});

	test(`${version}_goes_on_from_an_uploads_own_url`, async () => {
		const client = await rawClient(version, server);
		const { url, temp_public_url: link } = await client.store.upload(
			receipt, { key: `${version} own.png`, temp_public_url: true });
		for (const from of [url, link])
			assertAnswer(await client.vision.vocr({ url: from }));
	});
}

function allText(result) {
	return result.sections.map((section) => section.text).join('\n');
}

function assertAnswer(result) {
	const [width, height] = describe(receipt);
	assert.equal(result.success, true);
	assert.equal(result.width, width);
	assert.equal(result.height, height);
	assert.equal(result.has_text, true);
	assert.ok(Array.isArray(result.tags));
	assert.ok(result.log_id);
	for (const { lines } of result.sections)
		for (const line of lines) {
			assertBounds(line.bounds);
			assert.equal(typeof line.average_confidence, 'number');
			for (const word of line.words) {
				assertBounds(word.bounds);
				assert.equal(typeof word.confidence, 'number');
			}
		}
}

/** The corners, and the mean of opposite edges. */
function assertBounds(bounds) {
	const { top_left: a, top_right: b, bottom_right: c, bottom_left: d } =
		bounds;
	for (const corner of [a, b, c, d])
		assert.ok(Number.isInteger(corner.x) && Number.isInteger(corner.y));
	assert.equal(bounds.width, (b.x - a.x + c.x - d.x) / 2);
	assert.equal(bounds.height, (d.y - a.y + c.y - b.y) / 2);
}
