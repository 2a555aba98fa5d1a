// SPDX-License-Identifier: Apache-2.0
// The vendor's browser clients, unmodified, with an XMLHttpRequest that leads
// their fixed address here.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { png, startServer } from '../server.mjs';
import { shimFor } from './xhr.mjs';

const load = createRequire(import.meta.url);
const image = png(40, 25);
let server, backend;

/** What the user's own back end gives to browsers. */
function permit(lifetime = 600) {
	const token = randomUUID();
	const expire = Math.floor(Date.now() / 1000) + lifetime;
	const signature = createHmac('sha1', server.secret)
		.update(token + expire).digest('hex');
	return { token, expire, signature };
}

before(async () => {
	server = await startServer();
	globalThis.XMLHttpRequest = shimFor(server.url);
	backend = http.createServer((request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json',
			Connection: 'close' });
		response.end(JSON.stringify(permit()));
	});
	backend.listen(0, '127.0.0.1');
	await once(backend, 'listening');
});
after(async () => {
	await new Promise((resolve) => backend.close(resolve));
	await server.stop();
});

const fileOf = () => new File([image], 'local.png', { type: 'image/png' });
const options = (more) => ({ file: fileOf(), fileName: 'browser.png',
	tags: ['a', 'b'], folder: '/from/browser', ...more });

function check(result) {
	assert.match(result.name, /^browser_[\w-]{5,12}\.png$/);
	assert.equal(result.filePath, `/from/browser/${result.name}`);
	assert.deepEqual([result.width, result.height, result.size],
		[40, 25, image.length]);
	assert.deepEqual(result.tags, ['a', 'b']);
}

async function preflight() {
	const answer = await fetch(`${server.url}/api/v1/files/upload`,
		{ method: 'OPTIONS', headers: { Origin: 'https://app.example',
			'Access-Control-Request-Method': 'POST' } });
	assert.ok(answer.ok);
	assert.equal(answer.headers.get('access-control-allow-origin'), '*');
	assert.match(answer.headers.get('access-control-allow-methods'), /POST/);
}

test('browsers_may_upload_from_any_origin', preflight);

test('imagekit-javascript_1.5.5_asks_its_endpoint_and_uploads', async () => {
	const ImageKit = load('imagekit-javascript-1.5.5');
	const client = new ImageKit({ publicKey: server.public,
		urlEndpoint: `${server.url}/default`, authenticationEndpoint:
			`http://127.0.0.1:${backend.address().port}/auth` });
	const result = await client.upload(options());
	check(result);
	assert.equal(result.$ResponseMetadata.statusCode, 200);
	assert.match(result.$ResponseMetadata.headers['x-ik-requestid'],
		/^[0-9a-f-]{36}$/);
});

test('imagekit-javascript_4.0.1_uploads_and_learns_of_used_tokens',
	async () => {
		const ImageKit = load('imagekit-javascript-4.0.1');
		const client = new ImageKit({ publicKey: server.public,
			urlEndpoint: `${server.url}/default` });
		const allowed = permit();
		check(await client.upload(options({ ...allowed,
			checks: '"file.size" < "1mb"' })));
		await assert.rejects(client.upload(options(allowed)), (error) => {
			assert.match(error.message, new RegExp('^The token with ' +
				`value '${allowed.token}' has been used before\\.`));
			assert.equal(error.$ResponseMetadata.statusCode, 400);
			return true;
		});
		check(await client.upload(options({ ...permit(),
			file: image.toString('base64') })));
	});

test('@imagekit/javascript_5.5.1_uploads_with_its_request_id', async () => {
	const { upload, ImageKitInvalidRequestError } =
		load('@imagekit/javascript');
	const send = (more) => upload({ ...options(permit()),
		publicKey: server.public, ...more });
	const result = await send();
	check(result);
	assert.match(result.$ResponseMetadata.requestId, /^[0-9a-f-]{36}$/);
	const refusals = {
		'invalid signature': { signature: '0'.repeat(40) },
		'invalid expire': permit(4000),
		"failed 'checks' validation": { checks: '"file.size" > "1mb"' },
	};
	for (const [message, more] of Object.entries(refusals))
		await assert.rejects(send(more), (error) => {
			assert.ok(error instanceof ImageKitInvalidRequestError, message);
			assert.match(error.message, new RegExp(message));
			return true;
		});
});
