// SPDX-License-Identifier: Apache-2.0
// The @imagekit/nodejs client, unmodified: only its baseURL is ours.
import assert from 'node:assert/strict';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import ImageKit, { toFile } from '@imagekit/nodejs';
import { png, startOrigin, startServer } from '../server.mjs';

const image = png(40, 25);
let server, origin, client, folder;

before(async () => {
	server = await startServer();
	origin = await startOrigin({ '/x.png': ['image/png', image] });
	client = new ImageKit({ privateKey: server.secret,
		baseURL: server.url, maxRetries: 0 });
	folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-imagekit-'));
	writeFileSync(path.join(folder, 'local.png'), image);
});
after(async () => {
	rmSync(folder, { recursive: true });
	await origin.stop();
	await server.stop();
});

async function opens(url) {
	const response = await fetch(url);
	assert.equal(response.status, 200);
	assert.equal(response.headers.get('content-type'), 'image/png');
	assert.deepEqual(Buffer.from(await response.arrayBuffer()), image);
}

test('every_kind_of_file_is_uploaded', async () => {
	const files = {
		stream: () => createReadStream(path.join(folder, 'local.png')),
		'to file': () => toFile(image, 'x.png'),
		'web file': () => new File([image], 'w.png', { type: 'image/png' }),
		response: () => fetch(`${origin.url}/x.png`),
		base64: () => image.toString('base64'),
		'data uri': () =>
			`data:image/png;base64,${image.toString('base64')}`,
		url: () => `${origin.url}/x.png`,
	};
	for (const [name, make] of Object.entries(files)) {
		const result = await client.files.upload(
			{ file: await make(), fileName: 'my_file.png' });
		assert.match(result.fileId, /^[0-9a-f]{24}$/, name);
		assert.match(result.name, /^my_file_[\w-]{5,12}\.png$/, name);
		assert.equal(result.filePath, `/${result.name}`);
		assert.deepEqual([result.width, result.height, result.size,
			result.fileType], [40, 25, image.length, 'image'], name);
		assert.equal(result.url, `${server.url}/default/${result.name}`);
		await opens(result.url);
	}
});

test('fields_are_stored_and_answered', async () => {
	const result = await client.files.upload({
		file: await toFile(image, 'x.png'), fileName: 'fields.png',
		folder: '/images/products/', useUniqueFileName: false,
		tags: ['t-shirt', 'men'], customCoordinates: '1,2,3,4',
		responseFields: ['tags', 'customCoordinates', 'isPrivateFile',
			'metadata'],
	});
	assert.equal(result.filePath, '/images/products/fields.png');
	assert.deepEqual(result.tags, ['t-shirt', 'men']);
	assert.equal(result.customCoordinates, '1,2,3,4');
	assert.equal(result.isPrivateFile, false);
	assert.equal(result.metadata.format, 'png');
	await opens(result.url);
});

test('a_second_upload_of_a_name_is_a_version_or_refused', async () => {
	const upload = async (overwriteFile) => client.files.upload({
		file: await toFile(image, 'x.png'), fileName: 'same.png',
		useUniqueFileName: false, overwriteFile });
	const first = await upload(true);
	const second = await upload(true);
	assert.equal(second.fileId, first.fileId);
	assert.equal(second.versionInfo.name, 'Version 2');
	await assert.rejects(upload(false), (error) => {
		assert.ok(error instanceof ImageKit.BadRequestError);
		assert.match(error.message,
			/^400 A file with the same name already exists/);
		return true;
	});
});

test('a_private_file_does_not_open_by_its_plain_url', async () => {
	const result = await client.files.upload({
		file: await toFile(image, 'x.png'), fileName: 'private.png',
		isPrivateFile: true });
	assert.equal(result.isPrivateFile, true);
	assert.equal((await fetch(result.url)).status, 401);
});

test('the_answer_has_its_request_id', async () => {
	const { data, response } = await client.files.upload({
		file: await toFile(image, 'x.png'), fileName: 'id.png',
	}).withResponse();
	assert.ok(data.fileId);
	assert.match(response.headers.get('x-ik-requestid'), /^[0-9a-f-]{36}$/);
	assert.match(response.headers.get('content-type'), /^application\/json/);
});

test('errors_have_their_class_status_and_message', async () => {
	const wrong = new ImageKit({ privateKey: 'private_wrong',
		baseURL: server.url, maxRetries: 0 });
	await assert.rejects(
		wrong.files.upload({ file: 'aGVsbG8=', fileName: 'a' }),
		(error) => error instanceof ImageKit.PermissionDeniedError &&
			error.error.help.length > 0);
	await assert.rejects(
		client.files.upload({ file: 'no base64!', fileName: 'a' }),
		/^Error: 400 Your request contains invalid file/);
	await assert.rejects(
		client.files.upload({ file: 'http://127.0.0.1/x', fileName: 'a' }),
		(error) => error.status === 400);
});

test('the_client_works_below_the_prefix', async () => {
	const below = new ImageKit({ privateKey: server.secret,
		baseURL: `${server.url}/imagekit`, maxRetries: 0 });
	const result = await below.files.upload(
		{ file: await toFile(image, 'x.png'), fileName: 'below.png' });
	await opens(result.url);
});
