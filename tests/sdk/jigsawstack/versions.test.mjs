// SPDX-License-Identifier: Apache-2.0
// The jigsawstack client, unmodified, in five versions: what all of them do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../server.mjs';
import { allVersions, connect } from './clients.mjs';
import { thrown } from './thrown.mjs';

const limit = 1 << 20;
let server, small;

before(async () => {
	server = await startServer();
	small = await startServer(`--jigsawstack-max-file-size=${limit}`);
});
after(() => Promise.all([server.stop(), small.stop()]));

/** One test for each version, with its client and a name space of keys. */
function forEach(sentence, body) {
	for (const version of allVersions)
		test(`${version}_${sentence}`, async () => {
			const client = await connect(version, server);
			await body(client, (key) => `${version}/${key}`, version);
		});
}

async function bytes(client, key) {
	return (await client.store.retrieve(key)).buffer();
}

function opened(url) {
	return fetch(`${url}?x-api-key=${server.public}`);
}

forEach('upload_answers_key_size_and_url', async (client, name) => {
	const result = await client.store.upload(Buffer.from('hello'),
		{ key: name('a.txt'), overwrite: true });
	assert.equal(result.success, true);
	assert.equal(result.key, name('a.txt'));
	assert.equal(result.size, 5);
	assert.equal(result.url,
		`${server.url}/v1/store/file/read/${name('a.txt')}`);
	assert.ok(!('temp_public_url' in result));
});

forEach('bytes_come_back_as_they_were', async (client, name) => {
	const cases = {
		'crlf.bin': Buffer.from('a\r\n\r\n--boundary--\r\n\0\xff', 'latin1'),
		'form.bin': Buffer.from(
			'------formdata-undici-0\r\nContent-Disposition: form-data; ' +
			'name="body"\r\n\r\n{"key":"x"}\r\n------formdata-undici-0--'),
		'large.bin': Buffer.alloc(700_001, 'large'),
	};
	for (const [key, data] of Object.entries(cases)) {
		const result = await client.store.upload(data, { key: name(key) });
		assert.equal(result.size, data.length);
		assert.deepEqual(await bytes(client, name(key)), data, key);
	}
});

forEach('100_megabytes_come_back', async (client, name) => {
	const data = Buffer.alloc(100 * 1024 * 1024, 'big');
	const result = await client.store.upload(data, { key: name('big') });
	assert.equal(result.size, data.length);
	assert.ok((await bytes(client, name('big'))).equals(data));
	await client.store.delete(name('big'));
});

forEach('an_existing_key_is_replaced_only_when_asked',
	async (client, name) => {
		const key = name('k');
		await client.store.upload(Buffer.from('one'), { key });
		for (const overwrite of [undefined, false]) {
			const error = await thrown(client.store.upload(
				Buffer.from('two'), { key, overwrite }));
			assert.match(error.message, /file already exists/i);
			assert.equal(error.error, 'file_already_exists');
			assert.equal(String(await bytes(client, key)), 'one');
		}
		const more = { key, overwrite: true, content_type: 'text/x-more' };
		await client.store.upload(Buffer.from('three'), more);
		assert.equal(String(await bytes(client, key)), 'three');
	});

forEach('odd_keys_come_back_by_sdk_path_and_url', async (client, name) => {
	for (const odd of ['dir/a b/ü.txt', '100%.txt', 'a+b.txt']) {
		const key = name(odd), data = Buffer.from(odd);
		const { url } = await client.store.upload(data, { key });
		assert.deepEqual(await bytes(client, key), data, odd);
		// as a program may spell it: the slashes too
		const encoded = encodeURIComponent(key);
		assert.deepEqual(await bytes(client, encoded), data, odd);
		const response = await opened(url);
		assert.deepEqual(Buffer.from(await response.arrayBuffer()), data);
	}
});

forEach('a_question_mark_survives_in_the_url', async (client, name) => {
	const { url } = await client.store.upload(Buffer.from('?'),
		{ key: name('what?.txt') });
	assert.ok(url.endsWith('what%3F.txt'), url);
	assert.equal(await (await opened(url)).text(), '?');
});

forEach('types_are_kept_as_far_as_it_sends_them',
	async (client, name, version) => {
		const { url } = await client.store.upload(Buffer.from('{}'),
			{ key: name('t'), content_type: 'text/x-mine' });
		const kept = (await opened(url)).headers.get('content-type');
		// the first version does not send the option
		assert.equal(kept === 'text/x-mine', version !== '0.0.2', kept);
	});

forEach('delete_resolves_once', async (client, name) => {
	await client.store.upload(Buffer.from('x'), { key: name('gone') });
	const result = await client.store.delete(name('gone'));
	assert.equal(result.success, true);
	for (const call of ['retrieve', 'delete'])
		assert.equal((await thrown(client.store[call](name('gone')))).error,
			'not_found');
	assert.equal((await thrown(client.store.delete({ key: 'x' }))).error,
		'not_found');
});

forEach('errors_are_thrown_as_json', async (client, name, version) => {
	const nobody = await connect(version, server,
		{ apiKey: 'sk_live_nobody' });
	const upload = () => nobody.store.upload(Buffer.from('x'),
		{ key: name('n') });
	for (const call of [upload, () => nobody.store.retrieve('x'),
		() => nobody.store.delete('x')])
		assert.equal((await thrown(call())).error, 'unauthorized');
	const reader = await connect(version, server,
		{ apiKey: server.public });
	assert.equal((await thrown(reader.store.delete('x'))).error,
		'forbidden');
	for (const key of ['../x', 'a//b', 'k'.repeat(5000)])
		assert.equal((await thrown(client.store.upload(Buffer.from('x'),
			{ key }))).error, 'bad_request');
	assert.equal((await thrown(client.vision.vocr(
		{ file_store_key: 'x', prompt: 'y' }))).error, 'not_found');
});

forEach('ten_of_ten_times_a_413_is_json', async (_client, name, version) => {
	const client = await connect(version, small);
	const data = Buffer.alloc(limit * 8 + 1);
	for (const size of [limit + 1, data.length])
		for (let turn = 0; turn < 10; turn++) {
			const error = await thrown(client.store.upload(
				data.subarray(0, size), { key: name('413') }));
			assert.equal(error.error, 'file_too_large');
		}
});

forEach('it_works_below_the_prefix', async (_client, name, version) => {
	for (const prefix of ['/jigsawstack', '/api']) {
		const below = await connect(version, server, { prefix });
		const key = name(`below${prefix}`);
		await below.store.upload(Buffer.from('below'), { key });
		assert.equal(String(await bytes(below, key)), 'below');
	}
});
