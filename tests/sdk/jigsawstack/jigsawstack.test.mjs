// SPDX-License-Identifier: Apache-2.0
// The jigsawstack client, unmodified: only its baseURL is ours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JigsawStack } from 'jigsawstack';
import { png, startServer } from '../server.mjs';

let server, client;

before(async () => {
	server = await startServer();
	client = JigsawStack({ apiKey: server.secret, baseURL: server.url });
});
after(() => server.stop());

async function bytes(key) {
	return (await client.store.retrieve(key)).buffer();
}

/** What a call throws: the JSON of the answer itself. */
async function thrown(promise) {
	try {
		await promise;
	} catch (error) {
		assert.ok(!(error instanceof Error), String(error));
		assert.equal(error.success, false);
		return error;
	}
	assert.fail('it went through');
}

test('upload_answers_key_size_and_a_url_that_a_public_key_opens', async () => {
	const image = png(30, 20);
	const result = await client.store.upload(image,
		{ key: 'beach_house.png', overwrite: true });
	assert.equal(result.success, true);
	assert.equal(result.key, 'beach_house.png');
	assert.equal(result.size, image.length);
	assert.equal(result.url,
		`${server.url}/v1/store/file/read/beach_house.png`);
	assert.ok(!('temp_public_url' in result));
	const closed = await fetch(result.url);
	assert.equal(closed.status, 401);
	const open = await fetch(`${result.url}?x-api-key=${server.public}`);
	assert.equal(open.status, 200);
	assert.equal(open.headers.get('content-type'), 'image/png');
	assert.deepEqual(Buffer.from(await open.arrayBuffer()), image);
});

test('what_was_uploaded_is_retrieved_byte_for_byte', async () => {
	const cases = {
		'crlf.bin': Buffer.from('a\r\n\r\n--boundary--\r\n\0\xff', 'latin1'),
		'empty.bin': Buffer.alloc(0),
		'large.bin': Buffer.alloc(700_001, 'large'),
		'dir/a b/ü.txt': Buffer.from('nested'),
		'a+b.txt': Buffer.from('plus'),
		'100%.txt': Buffer.from('percent'),
	};
	for (const [key, data] of Object.entries(cases)) {
		const result = await client.store.upload(data, { key });
		assert.equal(result.size, data.length);
		assert.deepEqual(await bytes(key), data, key);
	}
});

test('100_megabytes_go_through_and_a_byte_more_is_refused', async () => {
	const limit = 100 * 1024 * 1024;
	const data = Buffer.alloc(limit, 'big');
	const result = await client.store.upload(data, { key: 'big' });
	assert.equal(result.size, limit);
	assert.ok((await bytes('big')).equals(data));
	const error = await thrown(client.store.upload(
		Buffer.alloc(limit + 1), { key: 'bigger' }));
	assert.equal(error.error, 'file_too_large');
	assert.equal((await thrown(client.store.retrieve('bigger'))).error,
		'not_found');
});

test('an_existing_key_is_replaced_only_when_asked', async () => {
	await client.store.upload(Buffer.from('one'), { key: 'k' });
	const error = await thrown(
		client.store.upload(Buffer.from('two'), { key: 'k' }));
	assert.match(error.message, /file already exists/i);
	assert.equal(String(await bytes('k')), 'one');
	await client.store.upload(Buffer.from('three'),
		{ key: 'k', overwrite: true });
	assert.equal(String(await bytes('k')), 'three');
});

test('without_options_every_upload_has_a_key_of_its_own', async () => {
	const one = await client.store.upload(Buffer.from('1'));
	const two = await client.store.upload(Buffer.from('2'));
	assert.ok(one.key && two.key && one.key !== two.key);
	assert.equal(String(await bytes(one.key)), '1');
	assert.equal(String(await bytes(two.key)), '2');
});

test('filename_stands_for_key', async () => {
	const result = await client.store.upload(png(1, 1),
		{ filename: 'receipt.png', overwrite: true });
	assert.equal(result.key, 'receipt.png');
	const both = await client.store.upload(png(1, 1),
		{ key: 'k2', filename: 'f' });
	assert.equal(both.key, 'k2');
});

test('types_are_kept_or_found', async () => {
	const type = async (file, options) => {
		const { url } = await client.store.upload(file, options);
		const response = await fetch(url,
			{ headers: { 'x-api-key': server.secret } });
		return response.headers.get('content-type');
	};
	assert.equal(await type(Buffer.from('x'),
		{ key: 't1', content_type: 'image/x-mine' }), 'image/x-mine');
	assert.equal(await type(new Blob(['a,b'], { type: 'text/csv' }),
		{ key: 't2' }), 'text/csv');
	assert.equal(await type(png(2, 2), { key: 't3' }), 'image/png');
});

test('stored_json_comes_back_parsed', async () => {
	await client.store.upload(new Blob(['{"a": [1]}'],
		{ type: 'application/json' }), { key: 'j.json' });
	assert.deepEqual(await client.store.retrieve('j.json'), { a: [1] });
});

test('delete_resolves_once', async () => {
	await client.store.upload(Buffer.from('x'), { key: 'gone' });
	assert.equal((await client.store.delete('gone')).success, true);
	for (const call of ['retrieve', 'delete'])
		assert.equal((await thrown(client.store[call]('gone'))).error,
			'not_found');
	assert.equal((await thrown(client.store.delete({ key: 'x' }))).error,
		'not_found');
});

test('a_wrong_key_is_thrown_as_json', async () => {
	for (const apiKey of ['sk_live_wrong', server.public]) {
		const other = JigsawStack({ apiKey, baseURL: server.url });
		const error = await thrown(other.store.upload(Buffer.from('x')));
		assert.match(error.error, /^(unauthorized|forbidden)$/);
	}
});

test('the_client_works_below_the_prefix', async () => {
	const below = JigsawStack({ apiKey: server.secret,
		baseURL: `${server.url}/jigsawstack` });
	await below.store.upload(Buffer.from('below'), { key: 'below' });
	assert.equal(String(await (await below.store.retrieve('below')).buffer()),
		'below');
});
