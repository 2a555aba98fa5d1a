// SPDX-License-Identifier: Apache-2.0
// StashFyle has no SDK: its clients are fetch and FormData, as here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png, startServer } from '../server.mjs';

const image = png(24, 16);
let server;

before(async () => {
	server = await startServer();
});
after(() => server.stop());

/** One call of the API: [response, its JSON]. */
async function call(method, path, { body, key, headers } = {}) {
	const response = await fetch(`${server.url}/v1${path}`, { method, body,
		headers: { Authorization: `Bearer ${key ?? server.secret}`,
			...headers } });
	assert.match(response.headers.get('content-type'), /^application\/json/);
	return [response, await response.json()];
}

function form(fields, data = image, name = 'photo.png', type = 'image/png') {
	const result = new FormData();
	for (const [key, value] of Object.entries(fields))
		result.append(key, value);
	result.append('file', new Blob([data], { type }), name);
	return result;
}

async function upload(...args) {
	const [response, file] = await call('POST', '/upload',
		{ body: form(...args) });
	assert.equal(response.status, 200, JSON.stringify(file));
	return file;
}

async function bytes(url, init) {
	const response = await fetch(url, init);
	return [response.status, Buffer.from(await response.arrayBuffer())];
}

test('upload_answers_with_the_file_object', async () => {
	const file = await upload({ folder: 'users/avatars', expires: '7d' });
	assert.deepEqual(Object.keys(file).sort(), ['created_at', 'expires_at',
		'folder', 'id', 'name', 'private', 'size', 'type', 'url']);
	assert.match(file.id, /^f_[0-9a-z]{19}$/);
	assert.deepEqual([file.name, file.folder, file.size, file.type,
		file.private], ['photo.png', 'users/avatars', image.length,
		'image/png', false]);
	const lives = new Date(file.expires_at) - new Date(file.created_at);
	assert.ok(Math.abs(lives - 7 * 86400e3) <= 1000);
	assert.deepEqual(await bytes(file.url), [200, image]);
	const [, again] = await call('GET', `/files/${file.id}`);
	assert.deepEqual(again, file);
});

test('a_private_file_opens_by_its_signed_url_only', async () => {
	const file = await upload({ private: 'true' });
	assert.deepEqual([file.url, file.private], [null, true]);
	const [response, link] = await call('POST',
		`/files/${file.id}/signed-url`, {
			body: JSON.stringify({ expires_in: 3600 }),
			headers: { 'Content-Type': 'application/json' } });
	assert.equal(response.status, 200);
	assert.ok(new Date(link.expires_at) > Date.now() + 3500e3);
	assert.deepEqual(await bytes(link.url), [200, image]);
	const bare = new URL(link.url);
	bare.search = '';
	assert.equal((await bytes(bare))[0], 403);
});

test('names_of_every_kind_come_back', async () => {
	for (const name of ['ü ö.png', 'a"b.png', '日本.png', 'a%20b.png',
		'a+b&c=d.png', "it's.png", '#?.png']) {
		const file = await upload({}, image, name);
		assert.equal(file.name, name);
		assert.deepEqual(await bytes(file.url), [200, image]);
	}
});

test('large_files_stream_both_ways', async () => {
	const data = Buffer.alloc(5_000_000, 'stowage ');
	const file = await upload({}, data, 'big.bin', '');
	assert.equal(file.size, data.length);
	assert.deepEqual(await bytes(file.url), [200, data]);
	assert.deepEqual(await bytes(file.url,
		{ headers: { Range: 'bytes=8-14' } }),
	[206, Buffer.from('stowage')]);
});

test('pages_go_on_until_there_is_no_cursor', async () => {
	const wanted = new Set();
	for (let i = 0; i < 7; i++)
		wanted.add((await upload({ folder: 'pages' })).id);
	const seen = [];
	let cursor = null;
	do {
		const query = new URLSearchParams({ folder: 'pages', limit: 3 });
		if (cursor)
			query.set('cursor', cursor);
		const [, page] = await call('GET', `/files?${query}`);
		assert.equal(page.has_more, page.cursor !== null);
		seen.push(...page.files.map((file) => file.id));
		cursor = page.cursor;
	} while (cursor);
	assert.equal(seen.length, 7);
	assert.deepEqual(new Set(seen), wanted);
});

test('delete_ends_a_file', async () => {
	const file = await upload({});
	const [, gone] = await call('DELETE', `/files/${file.id}`);
	assert.deepEqual(gone, { success: true });
	for (const method of ['GET', 'DELETE']) {
		const [response, body] = await call(method, `/files/${file.id}`);
		assert.equal(response.status, 404);
		assert.equal(body.error.code, 'not_found');
	}
	assert.equal((await bytes(file.url))[0], 404);
});

test('the_vendors_broken_samples_are_bad_requests', async () => {
	// the file itself as the body, and an object fetch turns into its name
	for (const [body, headers] of [[new Blob([image]), {}],
		['[object FormData]', { 'Content-Type':
			'multipart/form-data; boundary=------1234' }],
		[JSON.stringify({ file: 'x' }),
			{ 'Content-Type': 'application/json' }]]) {
		const [response, answer] = await call('POST', '/upload',
			{ body, headers });
		assert.equal(response.status, 400);
		assert.equal(answer.error.code, 'bad_request');
		assert.ok(answer.error.message);
	}
});

test('keys_are_checked', async () => {
	for (const [key, status, code] of [
		['sk_live_nobody_knows_this', 401, 'unauthorized'],
		[server.public, 403, 'forbidden']]) {
		for (const [method, path, body] of [['POST', '/upload', form({})],
			['GET', '/files'], ['GET', '/usage']]) {
			const [response, answer] = await call(method, path,
				{ body, key });
			assert.equal(response.status, status);
			assert.equal(answer.error.code, code);
		}
	}
});

test('usage_and_health_tell_what_they_must', async () => {
	const [, usage] = await call('GET', '/usage');
	assert.ok(usage.storage_bytes > 0 && usage.upload_count > 0);
	assert.match(usage.period_start, /^\d{4}-\d\d-01$/);
	const response = await fetch(`${server.url}/v1/health`);
	const health = await response.json();
	assert.deepEqual([response.status, health.status], [200, 'ok']);
	assert.ok(Number.isFinite(health.checks.database.latency_ms));
	assert.ok(Number.isFinite(health.checks.storage.latency_ms));
});
