// SPDX-License-Identifier: Apache-2.0
// What the clients' calls take besides what each generation's suite tries:
// tokens, progress, other credentials for one call, options of a file, workflows,
// the check of a webhook's signature.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { png, startOrigin, startServer } from '../server.mjs';
import { standBetween } from './between.mjs';
import { clientOf, failedUpload, generations, load, signed, upload }
	from './generations.mjs';
import { leadTo } from './lead.mjs';

const MIB = 1 << 20;
const image = png(24, 16);
let server, between, origin, secured;

before(async () => {
	server = await startServer('--fetch-allow=127.0.0.0/8',
		'--webhook-retry=50ms');
	secured = Object.fromEntries(
		server.tool('accounts', 'create', 'secured').trim().split('\n')
			.map((line) => line.split(/\s+/)));
	server.tool('accounts', 'set', 'secured', '--filestack-security', 'on');
	await server.kill();
	await server.startAgain();
	between = await standBetween(server);
	leadTo(between.port);
	origin = await startOrigin({ '/a.png': ['image/png', image] });
});
after(async () => {
	await origin.stop();
	await between.stop();
	await server.stop();
});

/** A test of each generation, or of those that have something. */
function tell(name, run, has = () => true) {
	for (const [version, generation] of Object.entries(generations))
		if (has(generation))
			test(`${version}: ${name}`, () => run(generation,
				clientOf(generation, server.public)));
}

const later = (generation) => !generation.early;
// 3.11.0 keeps a timer for what it has given up, and the process with it.
const briefly = { retry: 1, retryFactor: 1, timeout: 5000 };

async function bytesOf(handle) {
	const answer = await fetch(`${server.url}/api/file/${handle}`);
	assert.equal(answer.status, 200);
	return Buffer.from(await answer.arrayBuffer());
}

/** Called once, when the first part is on its way. */
function whenPartsCome(run) {
	const fault = { method: 'PUT', path: /^/, times: 1, change(body) {
		run();
		return body;
	} };
	between.faults.splice(0, Infinity, fault);
}

const listed = () => JSON.parse(server.tool('uploads', 'list', '--json'));

tell('a_paused_upload_is_resumed', async (generation, client) => {
	const bytes = randomBytes(20 * MIB), token = {};
	whenPartsCome(() => {
		token.pause();
		fetch(`${server.url}/api/file/none`).then(() => token.resume());
	});
	const stored = await upload(client, bytes, { concurrency: 1 }, {}, token);
	assert.equal(between.faults[0].times, 0);
	assert.ok((await bytesOf(stored.handle)).equals(bytes));
});

tell('a_cancelled_upload_is_not_stored', async (generation, client) => {
	const bytes = randomBytes(20 * MIB), token = {};
	const before = listed().length;
	whenPartsCome(() => token.cancel());
	await assert.rejects(client.upload(bytes, { concurrency: 1, ...briefly },
		{}, token));
	assert.equal(between.faults[0].times, 0);
	const [left] = listed().slice(before);
	assert.equal(left.size, bytes.length);
	server.tool('uploads', 'remove', left.id);
	assert.equal(listed().length, before);
});

tell('progress_ends_with_all', async (generation, client) => {
	const bytes = randomBytes(13 * MIB), told = [];
	await upload(client, bytes, { progressInterval: 1,
		onProgress: (progress) => told.push(progress) });
	assert.ok(told.length > 0);
	const totals = told.map(({ totalPercent }) => totalPercent);
	assert.deepEqual(totals, totals.toSorted((a, b) => a - b));
	assert.ok(totals.at(-1) <= 100);
});

tell('a_repetition_is_told', async (generation, client) => {
	const told = [];
	between.faults.splice(0, Infinity, { method: 'POST', status: 503,
		path: /^\/multipart\/upload/, times: 1 });
	await upload(client, randomBytes(3 * MIB),
		{ retry: 3, retryFactor: 1, onRetry: (told_) => told.push(told_) });
	assert.equal(told.length, 1);
	// 4.3.8 takes the function and never calls it
}, (generation) => !generation.download);

tell('a_policy_holds_for_one_call', async (generation) => {
	const client = clientOf(generation, secured.public);
	const may = (...call) => signed(generation, secured.secret, { call });
	const stored = await upload(client, image, {}, {}, undefined,
		may('pick'));
	await assert.rejects(client.metadata(stored.handle, {}));
	const said = await client.metadata(stored.handle, { size: true },
		may('stat'));
	assert.equal(said.size, image.length);
	assert.ok(Buffer.from(await client.retrieve(stored.handle, {},
		may('read'))).length);
	if (generation.download)
		assert.ok((await client.download(stored.handle, may('read'))).data
			.equals(image));
	await assert.rejects(client.metadata(stored.handle, {}, may('read')));
	await client.remove(stored.handle, may('remove'));
}, later);

tell('a_policy_is_set_later', async (generation) => {
	const client = clientOf(generation, secured.public);
	assert.equal(await failedUpload(generation, client, image, briefly, {}),
		403);
	client.setSecurity(signed(generation, secured.secret,
		{ call: ['pick', 'store', 'stat', 'read', 'convert', 'exif'] }));
	const { handle } = await upload(client, image);
	const said = await client.metadata(handle, { exif: true, path: true });
	assert.deepEqual(said.exif, {});
	const { handle: fetched } = await client.storeURL(`${origin.url}/a.png`);
	assert.equal((await client.metadata(fetched)).size, image.length);
	if (generation.prefetch)
		assert.equal((await client.prefetch({ permissions: [] })).blocked,
			false);
}, (generation) => 'setSecurity' in clientOf(generation, 'k'));

tell('options_of_the_file_are_kept', async (generation, client) => {
	const named = await upload(client, image, {}, {
		filename: (file) => `made of ${file.size}.png`, path: '/named/',
		region: 'eu-central-1', location: 's3', access: 'private',
		workflows: ['6c5ad1e6-3a7d-4d3c-9ac6-0e7ba9d3f6a3'] });
	assert.equal(named.filename, `made of ${image.length}.png`);
	const said = await client.metadata(named.handle, { filename: true,
		path: true, location: true });
	assert.equal(said.filename, named.filename);
	assert.match(said.path, /^named\/\w{20}_made of/);
}, later);

tell('names_and_keys_are_as_the_client_makes_them',
	async (generation, client) => {
		const cleaned = await upload(client, image, {}, {
			filename: 'a{b}.p?n=g.png', sanitizer: { exclude: ['{', '}'],
				replacement: '=' } });
		const said = await client.metadata(cleaned.handle,
			{ filename: true });
		assert.equal(said.filename, cleaned.filename);
		const plain = await upload(client, image, { tags: { a: 'b' } }, {
			filename: 'plain.png', path: 'by/name', mimetype: 'image/x-own',
			disableStorageKey: true, altText: 'what is seen' });
		assert.equal(plain.key, 'by/name/plain.png');
		assert.equal((await client.metadata(plain.handle, {})).mimetype,
			'image/x-own');
	}, (generation) => generation.download);

tell('urls_are_stored_with_options_workflows_and_a_token',
	async (generation, client) => {
		const token = {};
		const stored = await client.storeURL(`${origin.url}/a.png`,
			{ filename: 'w.png', access: 'public', region: 'us-east-1',
				base64decode: false }, token, undefined, { tag: 'ü' },
			undefined, ['6c5ad1e6-3a7d-4d3c-9ac6-0e7ba9d3f6a3']);
		assert.equal(typeof token.cancel, 'function');
		assert.deepEqual([stored.filename, stored.uploadTags],
			['w.png', { tag: 'ü' }]);
		assert.ok((await bytesOf(stored.handle)).equals(image));
		const given_up = {};
		between.faults.splice(0, Infinity, { method: 'POST', times: 1,
			path: /^\/process/, change(body) {
				given_up.cancel();
				return body;
			} });
		await assert.rejects(client.storeURL(`${origin.url}/a.png`, {},
			given_up));
	}, (generation) => generation.headers);

tell('several_files_are_told_one_by_one', async (generation, client) => {
	between.faults.splice(0, Infinity, { method: 'PUT', path: /^/, times: 1,
		change: (body) => body.map((byte) => byte ^ 1) });
	const files = [randomBytes(1000), randomBytes(2000)];
	const stored = await client.multiupload(files,
		{ concurrency: 1, ...briefly });
	assert.deepEqual(stored.map(({ status }) => status).toSorted(),
		['Failed', 'Stored']);
	const [good] = stored.filter(({ status }) => status === 'Stored');
	assert.equal((await bytesOf(good.handle)).length, good.size);
}, later);

tell('webhooks_are_signed_as_it_checks', async (generation, client) => {
	const { validateWebhookSignature } = load(generation.module);
	const seen = [];
	const receiver = http.createServer(async (request, response) => {
		const pieces = [];
		for await (const piece of request)
			pieces.push(piece);
		seen.push([request.headers, Buffer.concat(pieces).toString()]);
		response.end();
		receiver.emit('told');
	});
	receiver.listen(0, '127.0.0.1');
	await once(receiver, 'listening');
	const words = Object.fromEntries(server.tool('webhooks', 'add',
		`http://127.0.0.1:${receiver.address().port}/`, '--api', 'filestack',
		'--event', 'fp.upload').trim().split('\n')
		.map((line) => line.split(/\s+/)));
	const told = once(receiver, 'told');
	const { handle } = await upload(client, image, {},
		{ filename: 'größe.png' });
	await told;
	server.tool('webhooks', 'remove', words.id);
	receiver.close();
	const [headers, body] = seen[0];
	const said = { signature: headers['fs-signature'],
		timestamp: headers['fs-timestamp'] };
	assert.equal(JSON.parse(body).text.url.split('/').at(-1), handle);
	assert.ok(validateWebhookSignature(words.secret, body, said));
	assert.ok(!validateWebhookSignature('x', body, said));
	assert.ok(!validateWebhookSignature(words.secret, `${body} `, said));
}, (generation) => load(generation.module).validateWebhookSignature);
