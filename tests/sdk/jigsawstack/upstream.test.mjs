// SPDX-License-Identifier: Apache-2.0
// The jigsawstack client, unmodified: its calls about stored files that another
// server does, against a stand-in for that.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { png, startServer } from '../server.mjs';
import { multipartVersions, rawClient } from './clients.mjs';
import { thrown } from './thrown.mjs';

const image = png(30, 20);
let server, alone, upstream;
const seen = [];

function answer(request, response) {
	const chunks = [];
	request.on('data', (chunk) => chunks.push(chunk));
	request.on('end', () => {
		const body = Buffer.concat(chunks);
		seen.push({ path: request.url, key: request.headers['x-api-key'],
			body });
		if (request.url.endsWith('/translate/image')) {
			response.writeHead(200, { 'Content-Type': 'image/png' });
			response.end(image);
			return;
		}
		response.writeHead(200, { 'Content-Type': 'application/json' });
		response.end(JSON.stringify({ success: true, path: request.url }));
	});
}

before(async () => {
	upstream = http.createServer(answer);
	upstream.listen(0, '127.0.0.1');
	await once(upstream, 'listening');
	server = await startServer('--jigsawstack-upstream='
		+ `http://127.0.0.1:${upstream.address().port}`);
	alone = await startServer();
});
after(async () => {
	await server.stop();
	await alone.stop();
	upstream.close();
});

const calls = {
	'/v1/object_detection': (client, key) =>
		client.vision.object_detection({ file_store_key: key }),
	'/v1/ai/transcribe': (client, key) =>
		client.audio.speech_to_text({ file_store_key: key }),
	'/v1/validate/nsfw': (client, key) =>
		client.validate.nsfw({ file_store_key: key }),
	'/v1/ai/summary': (client, key) =>
		client.summary({ file_store_key: key }),
};

function forEach(sentence, body) {
	for (const version of multipartVersions)
		test(`${version}_${sentence}`, async () => {
			const on = async (where) => {
				const client = await rawClient(version, where);
				await client.store.upload(image,
					{ key: 'a.png', overwrite: true });
				return client;
			};
			await body(on);
		});
}

forEach('calls_about_a_stored_file_are_answered', async (on) => {
	const client = await on(server);
	for (const [path, call] of Object.entries(calls)) {
		seen.length = 0;
		const result = await call(client, 'a.png');
		assert.deepEqual(result, { success: true, path });
		assert.equal(seen.length, 1);
		assert.ok(seen[0].body.includes(image), 'the file went along');
		assert.equal(seen[0].key, undefined, 'and no key of ours');
	}
});

forEach('a_translated_image_is_bytes', async (on) => {
	const client = await on(server);
	const result = await client.translate.image(
		{ file_store_key: 'a.png', target_language: 'de',
			return_type: 'binary' });
	assert.deepEqual(Buffer.from(await result.buffer()), image);
});

forEach('a_file_in_the_call_goes_along', async (on) => {
	const client = await on(server);
	seen.length = 0;
	await client.vision.object_detection(image, { prompts: ['x'] });
	assert.ok(seen[0].body.includes(image));
	assert.ok(seen[0].body.includes('{"prompts":["x"]}'));
});

forEach('refusals_are_objects', async (on) => {
	for (const where of [server, alone]) {
		const client = await on(where);
		for (const call of Object.values(calls))
			assert.equal((await thrown(call(client, 'none'))).error,
				'not_found');
	}
	const client = await on(alone);
	for (const call of Object.values(calls)) {
		const error = await thrown(call(client, 'a.png'));
		assert.equal(error.error, 'not_supported');
		assert.match(error.message, /--jigsawstack-upstream/);
	}
});
