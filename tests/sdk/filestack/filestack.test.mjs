// SPDX-License-Identifier: Apache-2.0
// The filestack-js client, unmodified, with its own host names.
import { reroute } from './reroute.mjs';

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { png, startOrigin, startServer } from '../server.mjs';

const filestack = createRequire(import.meta.url)('filestack-js');
const image = png(24, 16);
let server, origin, client;

before(async () => {
	server = await startServer();
	reroute.port = server.port;
	origin = await startOrigin({ '/dir/w.png': ['image/png', image],
		'/t.txt': ['text/plain', 'some text'],
		'/j.json': ['application/json', '{"a": 1}'] });
	client = filestack.init(server.public);
});
after(async () => {
	await origin.stop();
	await server.stop();
});

function failedWith(status) {
	return (error) => {
		assert.equal(error.response?.status, status, String(error));
		assert.ok(error.response.data);
		return true;
	};
}

test('store_url_stores_the_source_under_a_handle', async () => {
	const result = await client.storeURL(`${origin.url}/dir/w.png`);
	assert.match(result.handle, /^[A-Za-z0-9]{20}$/);
	assert.equal(result.url,
		`https://cdn.filestackcontent.com/${result.handle}`);
	assert.deepEqual([result.filename, result.type, result.mimetype,
		result.size], ['w.png', 'image/png', 'image/png', image.length]);
	assert.match(result.key, /^[A-Za-z0-9]{20}_w\.png$/);
});

test('store_options_place_the_file', async () => {
	const result = await client.storeURL(`${origin.url}/dir/w.png`,
		{ filename: 'z.png', path: '/q/', container: 'bucket',
			location: 's3', access: 'public' });
	assert.equal(result.filename, 'z.png');
	assert.equal(result.container, 'bucket');
	assert.match(result.key, /^q\/[A-Za-z0-9]{20}_z\.png$/);
	const exact = await client.storeURL(`${origin.url}/dir/w.png`,
		{ path: '/q/exact.png' });
	assert.equal(exact.key, 'q/exact.png');
});

test('download_and_retrieve_give_the_bytes', async () => {
	const { handle } = await client.storeURL(`${origin.url}/dir/w.png`);
	const download = await client.download(handle);
	assert.equal(download.status, 200);
	assert.deepEqual(Buffer.from(download.data), image);
	assert.deepEqual(Buffer.from(await client.retrieve(handle)), image);
	assert.deepEqual(Buffer.from(
		await client.retrieve(handle, { extension: 'png' })), image);
	const head = await client.retrieve(handle, { head: true });
	assert.equal(head['content-length'], String(image.length));
	assert.equal(head['x-file-name'], 'w.png');
});

test('metadata_is_what_was_asked_for', async () => {
	const { handle } = await client.storeURL(`${origin.url}/dir/w.png`);
	const { filename, mimetype, size } = await client.metadata(handle);
	assert.deepEqual([filename, mimetype, size],
		['w.png', 'image/png', image.length]);
	assert.deepEqual(await client.metadata(handle, { width: true,
		height: true }), { handle, width: 24, height: 16 });
});

test('text_and_json_are_parsed_by_the_client', async () => {
	const text = await client.storeURL(`${origin.url}/t.txt`);
	assert.equal(await client.retrieve(text.handle), 'some text');
	const json = await client.storeURL(`${origin.url}/j.json`);
	assert.deepEqual(await client.retrieve(json.handle), { a: 1 });
});

test('what_cannot_be_fetched_is_refused', async () => {
	for (const url of [`${origin.url}/none`, 'http://127.0.0.1:1/x',
		'http://169.254.169.254/latest/meta-data/'])
		await assert.rejects(client.storeURL(url), failedWith(400));
});

test('unknown_keys_and_handles_are_refused', async () => {
	const other = filestack.init('AunknownKeyOfNobody0z');
	await assert.rejects(other.storeURL(`${origin.url}/t.txt`),
		failedWith(403));
	await assert.rejects(client.download('AAAAAAAAAAAAAAAAAAAA'),
		failedWith(404));
	await assert.rejects(client.retrieve('AAAAAAAAAAAAAAAAAAAA'),
		failedWith(404));
});
