// SPDX-License-Identifier: Apache-2.0
// The media library through the newest client, @imagekit/nodejs, unmodified.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import ImageKit, { toFile } from '@imagekit/nodejs';
import { png, program, startServer } from '../server.mjs';

const image = png(40, 25);
let server, client;

before(async () => {
	server = await startServer('--webhook-retry=50ms');
	client = new ImageKit({ privateKey: server.secret,
		baseURL: server.url, maxRetries: 0 });
});
after(() => server.stop());

const upload = async (fileName, more) => client.files.upload({
	file: await toFile(image, 'x.png'), fileName, useUniqueFileName: false,
	...more });

async function ended(jobId) {
	for (let round = 0; round < 200; round++) {
		const job = await client.folders.job.get(jobId);
		if (job.status === 'Completed')
			return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	assert.fail('the job does not end');
}

test('files_are_listed_found_changed_and_deleted', async () => {
	const file = await upload('one.png', { folder: '/seven', tags: ['a'] });
	const found = await client.assets.list({ searchQuery:
		'name = "one.png" AND tags IN ["a"] AND createdAt >= "1d"' });
	assert.deepEqual(found.map((item) => item.fileId), [file.fileId]);
	const details = await client.files.get(file.fileId);
	assert.equal(details.mime, 'image/png');
	const changed = await client.files.update(file.fileId,
		{ tags: ['b'], description: 'grey', removeAITags: 'all' });
	assert.deepEqual(changed.tags, ['b']);
	assert.equal(changed.description, 'grey');
	await client.files.update(file.fileId, { publish: { isPublished: false } });
	assert.equal((await fetch(file.url)).status, 404);
	await client.files.update(file.fileId, { publish: { isPublished: true } });
	assert.equal((await fetch(file.url)).status, 200);
	const metadata = await client.files.metadata.get(file.fileId);
	assert.deepEqual([metadata.width, metadata.height], [40, 25]);
	assert.deepEqual(await client.files.metadata.getFromURL(
		{ url: file.url }), metadata);
	for (const [url, width] of [[file.thumbnailUrl, 40],
		[`${file.url}?tr=w-20`, 20]])
		assert.equal((await client.files.metadata.getFromURL({ url }))
			.width, width);
	assert.equal(await client.files.delete(file.fileId), null);
	await assert.rejects(client.files.get(file.fileId), (error) =>
		error instanceof ImageKit.NotFoundError && error.error.message ===
			'The requested file does not exist.');
});

test('bulk_calls_change_all_or_nothing', async () => {
	const one = await upload('bulk1.png'), two = await upload('bulk2.png');
	const ids = [one.fileId, two.fileId];
	assert.deepEqual((await client.files.bulk.addTags(
		{ fileIds: ids, tags: ['x'] })).successfullyUpdatedFileIds, ids);
	await assert.rejects(client.files.bulk.delete(
		{ fileIds: [one.fileId, '0'.repeat(24)] }), (error) => {
		assert.deepEqual(error.error.missingFileIds, ['0'.repeat(24)]);
		return error.status === 404;
	});
	assert.deepEqual((await client.files.get(one.fileId)).tags, ['x']);
	await client.files.bulk.delete({ fileIds: ids });
});

test('versions_are_listed_opened_restored_and_deleted', async () => {
	const file = await upload('versions.png');
	await client.files.upload({ file: 'aGVsbG8=', fileName: 'versions.png',
		useUniqueFileName: false });
	const [current, old] = await client.files.versions.list(file.fileId);
	assert.deepEqual([current.type, old.type], ['file', 'file-version']);
	const bytes = Buffer.from(
		await (await fetch(old.url)).arrayBuffer());
	assert.deepEqual(bytes, image);
	const restored = await client.files.versions.restore(
		old.versionInfo.id, { fileId: file.fileId });
	assert.equal(restored.versionInfo.name, 'Version 1');
	await client.files.versions.delete(current.versionInfo.id,
		{ fileId: file.fileId });
	assert.equal((await client.files.versions.list(file.fileId)).length, 1);
});

test('folders_are_made_copied_moved_renamed_and_deleted', async () => {
	await client.folders.create(
		{ folderName: 'made', parentFolderPath: '/' });
	await upload('in.png', { folder: '/made/deep' });
	await ended((await client.folders.copy({ sourceFolderPath: '/made',
		destinationPath: '/copies' })).jobId);
	await ended((await client.folders.rename({ folderPath: '/made',
		newFolderName: 'renamed' })).jobId);
	await ended((await client.folders.move({ sourceFolderPath: '/renamed',
		destinationPath: '/copies' })).jobId);
	for (const path of ['/copies/made/deep', '/copies/renamed/deep'])
		assert.deepEqual((await client.assets.list({ path }))
			.map((file) => file.name), ['in.png'], path);
	await client.folders.delete({ folderPath: '/copies' });
	assert.deepEqual(await client.assets.list(
		{ searchQuery: 'type = "folder" AND name = "copies"' }), []);
});

test('files_are_copied_moved_and_renamed', async () => {
	await upload('src.png', { folder: '/files' });
	await client.files.copy({ sourceFilePath: '/files/src.png',
		destinationPath: '/files/to' });
	await client.files.move({ sourceFilePath: '/files/to/src.png',
		destinationPath: '/files/on' });
	const purged = await client.files.rename({ filePath: '/files/on/src.png',
		newFileName: 'end.png', purgeCache: true });
	assert.equal((await client.cache.invalidation.get(purged.purgeRequestId))
		.status, 'Completed');
	let requests = 0;
	const counting = new ImageKit({ privateKey: server.secret,
		baseURL: server.url, maxRetries: 2,
		fetch: (...words) => { requests++; return fetch(...words); } });
	await upload('taken.png', { folder: '/files/on' });
	await assert.rejects(counting.files.rename({
		filePath: '/files/on/end.png', newFileName: 'taken.png' }),
	(error) => error.status === 409);
	// it would ask twice more, but for x-should-retry
	assert.equal(requests, 1);
});

test('custom_metadata_fields_hold_what_they_allow', async () => {
	const field = await client.customMetadataFields.create({ name: 'price',
		label: 'Price', schema: { type: 'Number', minValue: 1 } });
	const file = await upload('priced.png', { customMetadata: { price: 7 },
		responseFields: ['customMetadata'] });
	assert.deepEqual(file.customMetadata, { price: 7 });
	const found = await client.assets.list({ searchQuery:
		'"customMetadata.price" > 5' });
	assert.deepEqual(found.map((item) => item.fileId), [file.fileId]);
	await assert.rejects(upload('bad.png', { customMetadata: { price: 0 } }),
		(error) => error.status === 400 && 'price' in error.error.errors);
	await client.customMetadataFields.delete(field.id);
});

test('signed_urls_open_private_files', async () => {
	const file = await upload('my image é.png', { isPrivateFile: true });
	const build = (more) => client.helper.buildSrc({ src: file.filePath,
		urlEndpoint: `${server.url}/default`, signed: true, ...more });
	for (const url of [build(), build({ expiresIn: 60 }),
		build({ queryParameters: { v: '1' } })]) {
		assert.equal((await fetch(url)).status, 200, url);
		assert.equal((await fetch(url.replace(/ik-s=./, 'ik-s=g'))).status,
			401);
	}
	assert.equal((await fetch(build({ transformation: [{ width: 100 }] })))
		.status, 200);
	assert.equal((await fetch(file.url)).status, 401);
});

test('a_client_uploads_with_a_json_web_token', async () => {
	const encode = (value) =>
		Buffer.from(JSON.stringify(value)).toString('base64url');
	const iat = Math.floor(Date.now() / 1000);
	const fields = { fileName: 'jwt.png', useUniqueFileName: 'false' };
	const text = encode({ alg: 'HS256', typ: 'JWT', kid: server.public }) +
		'.' + encode({ ...fields, iat, exp: iat + 600 });
	const token = text + '.' + createHmac('sha256', server.secret)
		.update(text).digest('base64url');
	const send = (more) => {
		const form = new FormData();
		form.append('file', new Blob([image]), 'x.png');
		for (const [name, value] of Object.entries(
			{ ...fields, token, ...more }))
			form.append(name, value);
		return fetch(`${server.url}/api/v2/files/upload`,
			{ method: 'POST', body: form });
	};
	assert.equal((await send()).status, 200);
	const altered = await send({ fileName: 'other.png' });
	assert.equal(altered.status, 400);
	assert.match((await altered.json()).message, /invalid payload/);
	assert.equal((await client.beta.v2.files.upload({
		file: await toFile(image, 'x.png'), fileName: 'basic.png' })).size,
	image.length);
});

/** The first event that a webhook takes, as [headers, body]. */
async function takeEvent(makeIt) {
	const secret = 'whsec_' + 'k'.repeat(24);
	let take;
	const taken = new Promise((resolve) => { take = resolve; });
	const receiver = http.createServer((request, response) => {
		let body = '';
		request.on('data', (data) => { body += data; });
		request.on('end', () => {
			response.end();
			take([request.headers, body]);
		});
	});
	receiver.listen(0, '127.0.0.1');
	await once(receiver, 'listening');
	execFileSync(program, ['webhooks', 'add', '--secret', secret,
		`http://127.0.0.1:${receiver.address().port}/`,
		'--data', server.data, '--log-level=warn'], { stdio: 'pipe' });
	await makeIt();
	const event = await taken;
	receiver.closeAllConnections();
	await new Promise((resolve) => receiver.close(resolve));
	return [...event, secret];
}

test('both_kinds_of_clients_verify_webhooks', async () => {
	const [headers, body, secret] = await takeEvent(
		() => upload('event.png'));
	const event = new ImageKit({ privateKey: 'x', webhookSecret: secret })
		.webhooks.unwrap(body, { headers });
	assert.equal(event.type, 'file.created');
	assert.equal(event.data.name, 'event.png');
	const Older = createRequire(import.meta.url)('imagekit-6.0.0');
	const older = new Older({ publicKey: 'p', privateKey: 'x',
		urlEndpoint: 'http://127.0.0.1/x' });
	assert.equal(older.verifyWebhookEvent(body, headers['x-ik-signature'],
		secret).event.type, 'file.created');
	const altered = body.replace('event.png', 'evil!.png');
	assert.throws(() => older.verifyWebhookEvent(altered,
		headers['x-ik-signature'], secret));
	assert.throws(() => new ImageKit({ privateKey: 'x',
		webhookSecret: secret }).webhooks.unwrap(altered, { headers }));
});
