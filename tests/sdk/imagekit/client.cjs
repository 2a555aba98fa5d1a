// SPDX-License-Identifier: Apache-2.0
// One scenario with one of the vendor's older clients, all in the callback form
// that every one of them has.
// usage: node client.cjs SCENARIO PACKAGE SETTINGS
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const [scenario, name, text] = process.argv.slice(2);
const settings = JSON.parse(text);
const ImageKit = require(name);
const major = Number(/-(\d+)\./.exec(name)[1]);
const client = new ImageKit({ publicKey: settings.public,
	privateKey: settings.secret, urlEndpoint: settings.endpoint,
	...(settings.uploadEndpoint &&
		{ uploadEndpoint: settings.uploadEndpoint }) });
const image = Buffer.from(settings.image, 'base64');

function call(method, ...words) {
	return new Promise((resolve, reject) => {
		client[method](...words, (error, result) =>
			error ? reject(error) : resolve(result));
	});
}

async function refused(method, words, message, status) {
	await assert.rejects(call(method, ...words), (error) => {
		assert.match(error.message, message);
		assert.equal(typeof error.help, 'string');
		if (major >= 4)
			assert.equal(error.$ResponseMetadata.statusCode, status);
		return true;
	});
}

const unique = (prefix) => prefix + crypto.randomBytes(4).toString('hex');

/* The oldest one takes texts only. */
function fields(options) {
	if (major > 2)
		return options;
	return Object.fromEntries(Object.entries(options).map(([key, value]) =>
		[key, typeof value === 'boolean' || Array.isArray(value)
			? String(value) : value]));
}

const upload = (options) => call('upload', fields({ file: image,
	fileName: unique('up') + '.png', useUniqueFileName: false, ...options }));

async function uploads() {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stowage-client-'));
	const local = path.join(folder, 'local.png');
	fs.writeFileSync(local, image);
	const files = { buffer: image, stream: fs.createReadStream(local),
		base64: image.toString('base64') };
	if (settings.origin)
		files.url = `${settings.origin}/x.png`;
	for (const [kind, file] of Object.entries(files)) {
		const fileName = unique(kind) + '.png';
		const result = await upload({ file, fileName,
			tags: ['a', 'b'], folder: '/up/loads' });
		assert.match(result.fileId, /^[0-9a-f]{24}$/, kind);
		assert.equal(result.filePath, `/up/loads/${fileName}`);
		assert.deepEqual([result.size, result.width, result.height,
			result.fileType], [image.length, 40, 25, 'image'], kind);
		assert.deepEqual(result.tags, ['a', 'b']);
		if (major >= 4) {
			assert.equal(result.$ResponseMetadata.statusCode, 200);
			assert.match(
				result.$ResponseMetadata.headers['x-ik-requestid'],
				/^[0-9a-f-]{36}$/);
		}
	}
	fs.rmSync(folder, { recursive: true });
	const twice = unique('twice') + '.png';
	const first = await upload({ fileName: twice });
	const second = await upload({ fileName: twice });
	assert.equal(second.fileId, first.fileId);
	assert.equal(second.versionInfo.name, 'Version 2');
	const made = await upload({ useUniqueFileName: true,
		fileName: 'unique.png' });
	assert.match(made.name, /^unique_[\w-]{5,12}\.png$/);
	if (major >= 3)
		await refused('upload', [{ file: image, fileName: twice,
			useUniqueFileName: false, overwriteFile: false }],
			/^A file with the same name already exists/, 400);
}

async function management() {
	const tag = unique('tag');
	const one = await upload({ tags: [tag, 'x'], folder: '/man/age',
		customCoordinates: '1,2,3,4' });
	const two = await upload({ tags: [tag], folder: '/man/age' });
	const listed = await call('listFiles',
		{ skip: 0, limit: 10, tags: tag });
	assert.deepEqual(listed.map((file) => file.fileId).sort(),
		[one.fileId, two.fileId].sort());
	const details = await call('getFileDetails', one.fileId);
	assert.equal(details.filePath, one.filePath);
	assert.equal(details.customCoordinates, '1,2,3,4');
	const changed = await call('updateFileDetails', one.fileId,
		{ tags: ['new'], customCoordinates: '5,6,7,8' });
	assert.deepEqual(changed.tags, ['new']);
	const cleared = await call('updateFileDetails', one.fileId,
		{ tags: null, customCoordinates: null });
	assert.equal(cleared.tags, null);
	assert.equal(cleared.customCoordinates, null);
	const metadata = await call('getFileMetadata', one.fileId);
	assert.deepEqual([metadata.width, metadata.height, metadata.format],
		[40, 25, 'png']);
	assert.match(metadata.pHash, /^[0-9a-f]{16}$/);
	assert.equal(client.pHashDistance(metadata.pHash, metadata.pHash), 0);
	const purge = await call('purgeCache', one.url);
	const status = await call('getPurgeCacheStatus', purge.requestId);
	assert.equal(status.status, 'Completed');
	await call('deleteFile', one.fileId);
	await refused('deleteFile', [one.fileId],
		/^The requested file does not exist\.$/, 404);
	await refused('getFileDetails', ['0123456789abcdef01234567'],
		/^The requested file does not exist\.$/, 404);
	await refused('getFileDetails', ['malformed'],
		/^Your request contains invalid fileId parameter\.$/, 400);
	if (client.bulkDeleteFiles)
		assert.deepEqual((await call('bulkDeleteFiles', [two.fileId]))
			.successfullyDeletedFileIds, [two.fileId]);
}

async function library() {
	const folder = '/' + unique('lib');
	const file = await upload({ folder, fileName: 'a.png' });
	await upload({ folder, fileName: 'a.png', file: image });
	const found = await call('listFiles', { searchQuery:
		`createdAt >= "7d" AND size < "2mb" AND name : "a." AND path = "${
			folder}"` });
	assert.deepEqual(found.map((item) => item.fileId), [file.fileId]);
	await call('bulkAddTags', [file.fileId], ['t1', 't2']);
	await call('bulkRemoveTags', [file.fileId], ['t1']);
	assert.deepEqual((await call('getFileDetails', file.fileId)).tags,
		['t2']);
	const versions = await call('getFileVersions', file.fileId);
	assert.deepEqual(versions.map((version) => version.type),
		['file', 'file-version']);
	const old = { fileId: file.fileId,
		versionId: versions[1].versionInfo.id };
	assert.equal((await call('getFileVersionDetails', old)).type,
		'file-version');
	assert.equal((await call('restoreFileVersion', old)).fileId,
		file.fileId);
	await call('deleteFileVersion', { fileId: file.fileId,
		versionId: versions[0].versionInfo.id });
	await call('createFolder',
		{ folderName: 'made', parentFolderPath: folder });
	await call('copyFile', { sourceFilePath: `${folder}/a.png`,
		destinationPath: `${folder}/made/` });
	await call('renameFile', { filePath: `${folder}/made/a.png`,
		newFileName: 'b.png' });
	await call('moveFile', { sourceFilePath: `${folder}/made/b.png`,
		destinationPath: folder });
	const names = await call('listFiles', { path: folder });
	assert.deepEqual(names.map((item) => item.name).sort(),
		['a.png', 'b.png']);
	await jobs(folder);
	await customFields(file);
}

async function jobs(folder) {
	const target = '/' + unique('to');
	await call('createFolder', { folderName: target.slice(1),
		parentFolderPath: '/' });
	await ended(await call('copyFolder', { sourceFolderPath: folder,
		destinationPath: target }));
	await ended(await call('moveFolder', { sourceFolderPath: folder,
		destinationPath: target + '/deeper' }));
	assert.equal((await call('listFiles', { path: target + folder })).length,
		2);
	assert.equal((await call('listFiles',
		{ path: target + '/deeper' + folder })).length, 2);
	await call('deleteFolder', target);
	assert.deepEqual(await call('listFiles', { path: target + folder }), []);
}

async function ended({ jobId }) {
	for (let round = 0; round < 200; round++) {
		const job = await call('getBulkJobStatus', jobId);
		if (job.status === 'Completed')
			return;
		assert.equal(job.status, 'Pending');
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	assert.fail('the job does not end');
}

async function customFields(file) {
	const field = await call('createCustomMetadataField',
		{ name: unique('price'), label: 'Price',
			schema: { type: 'Number', minValue: 1, maxValue: 10 } });
	const kept = await call('getCustomMetadataFields',
		{ includeDeleted: false });
	assert.ok(kept.some((item) => item.id === field.id));
	await call('updateCustomMetadataField', field.id, { label: 'Cost' });
	const mended = await upload({ customMetadata: { [field.name]: 5 },
		responseFields: ['customMetadata'] });
	assert.deepEqual(mended.customMetadata, { [field.name]: 5 });
	await refused('updateFileDetails',
		[mended.fileId, { customMetadata: { [field.name]: 50 } }],
		/^Invalid custom metadata\.$/, 400);
	await call('deleteCustomMetadataField', field.id);
}

/* URLs are made only, and opened by the test. */
async function urls() {
	const file = await upload({ isPrivateFile: true,
		fileName: unique('my image é') + '.png' });
	const wanted = settings.endpoint;
	const made = [client.url({ path: encodeURI(file.filePath), signed: true }),
		client.url({ path: encodeURI(file.filePath), signed: true,
			expireSeconds: 300 }),
		client.url({ src: encodeURI(`${wanted}${file.filePath}`),
			signed: true, queryParameters: { v: '1' } })];
	for (const url of major > 2 ? made : made.slice(0, 2)) {
		const response = await fetch(url);
		assert.equal(response.status, 200, url);
		assert.deepEqual(Buffer.from(await response.arrayBuffer()), image);
		const last = url.at(-1) === '0' ? '1' : '0';
		assert.equal((await fetch(url.slice(0, -1) + last)).status, 401);
	}
	assert.equal((await fetch(encodeURI(wanted + file.filePath))).status, 401);
}

const scenarios = { uploads, management, library, urls };
scenarios[scenario]().then(() => {
	console.log('done');
	process.exit(0); // some of them keep connections
}, (error) => {
	console.error(error);
	process.exit(1);
});
