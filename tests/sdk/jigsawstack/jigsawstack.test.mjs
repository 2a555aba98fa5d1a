// SPDX-License-Identifier: Apache-2.0
// The jigsawstack client, unmodified, in the versions that send forms: what the
// older ones cannot do. The rest is in versions.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png, startServer } from '../server.mjs';
import { multipartVersions, rawClient } from './clients.mjs';
import { thrown } from './thrown.mjs';

let server;

before(async () => {
	server = await startServer();
});
after(() => server.stop());

function forEach(sentence, body) {
	for (const version of multipartVersions)
		test(`${version}_${sentence}`, async () => {
			const client = await rawClient(version, server);
			await body(client, (key) => `${version}/${key}`);
		});
}

async function bytes(client, key) {
	return (await client.store.retrieve(key)).buffer();
}

forEach('an_image_opens_in_a_browser_with_a_public_key',
	async (client, name) => {
		const image = png(30, 20);
		const result = await client.store.upload(image,
			{ key: name('beach_house.png'), overwrite: true });
		assert.equal((await fetch(result.url)).status, 401);
		const secret = await fetch(`${result.url}?x-api-key=${server.secret}`);
		assert.equal(secret.status, 401);
		const open = await fetch(`${result.url}?x-api-key=${server.public}`);
		assert.equal(open.status, 200);
		assert.equal(open.headers.get('content-type'), 'image/png');
		assert.deepEqual(Buffer.from(await open.arrayBuffer()), image);
	});

forEach('an_empty_file_is_a_file', async (client, name) => {
	const result = await client.store.upload(Buffer.alloc(0),
		{ key: name('empty') });
	assert.equal(result.size, 0);
	assert.equal((await bytes(client, name('empty'))).length, 0);
});

forEach('one_byte_over_100_megabytes_is_refused', async (client, name) => {
	const size = 100 * 1024 * 1024 + 1;
	const error = await thrown(client.store.upload(Buffer.alloc(size),
		{ key: name('bigger') }));
	assert.equal(error.error, 'file_too_large');
	assert.equal((await thrown(client.store.retrieve(name('bigger')))).error,
		'not_found');
});

forEach('without_options_every_upload_has_a_key_of_its_own',
	async (client) => {
		const one = await client.store.upload(Buffer.from('1'));
		const two = await client.store.upload(Buffer.from('2'));
		assert.ok(one.key && two.key && one.key !== two.key);
		assert.equal(String(await bytes(client, one.key)), '1');
		assert.equal(String(await bytes(client, two.key)), '2');
	});

forEach('filename_stands_for_key', async (client, name) => {
	const result = await client.store.upload(png(1, 1),
		{ filename: name('receipt.png') });
	assert.equal(result.key, name('receipt.png'));
	const both = await client.store.upload(png(1, 1),
		{ key: name('k2'), filename: 'f' });
	assert.equal(both.key, name('k2'));
});

forEach('a_file_object_does_not_name_the_key', async (client) => {
	const file = new File(['x'], 'ü "quoted".txt', { type: 'text/x-own' });
	const result = await client.store.upload(file);
	assert.doesNotMatch(result.key, /quoted/);
	const { headers } = await fetch(
		`${result.url}?x-api-key=${server.public}`);
	assert.equal(headers.get('content-type'), 'text/x-own');
});

forEach('types_are_kept_or_found', async (client, name) => {
	const type = async (file, options) => {
		const { url } = await client.store.upload(file, options);
		const response = await fetch(url,
			{ headers: { 'x-api-key': server.secret } });
		return response.headers.get('content-type');
	};
	assert.equal(await type(Buffer.from('x'),
		{ key: name('t1'), content_type: 'image/png' }), 'image/png');
	assert.equal(await type(new Blob(['a,b'], { type: 'text/csv' }),
		{ key: name('t2') }), 'text/csv');
	assert.equal(await type(png(2, 2), { key: name('t3') }), 'image/png');
	assert.equal(await type(Buffer.from([1, 2, 3, 0xfe]),
		{ key: name('t4') }), 'application/octet-stream');
	assert.equal(await type(png(2, 2), { key: name('t5'),
		content_type: 'application/octet-stream' }),
		'application/octet-stream');
});

forEach('stored_json_comes_back_parsed', async (client, name) => {
	const text = '{"a":  [1]}';
	const { url } = await client.store.upload(
		new Blob([text], { type: 'application/json' }),
		{ key: name('j.json') });
	assert.deepEqual(await client.store.retrieve(name('j.json')),
		{ a: [1] });
	const raw = await fetch(`${url}?x-api-key=${server.public}`);
	assert.equal(await raw.text(), text);
});

forEach('a_temporary_link_opens_without_a_key', async (client, name) => {
	const { temp_public_url: link } = await client.store.upload(
		Buffer.from('temp'), { key: name('a b.txt'), temp_public_url: true });
	assert.equal(await (await fetch(link)).text(), 'temp');
	const altered = link.replace(/.$/, (c) => c === '0' ? '1' : '0');
	assert.equal((await fetch(altered)).status, 403);
	await client.store.delete(name('a b.txt'));
	assert.equal((await fetch(link)).status, 404);
});

forEach('headers_of_the_client_are_taken', async (client, name) => {
	await client.store.upload(Buffer.from('h'), { key: name('h') });
	const quiet = await rawClient(multipartVersions[0], server, { headers: {
		'x-jigsaw-skip-cache': 'true', 'x-jigsaw-no-request-log': 'true' } });
	assert.equal(String(await bytes(quiet, name('h'))), 'h');
});
