// SPDX-License-Identifier: Apache-2.0
// filepicker-js, unmodified, the client of before filestack-js: each of its
// calls that needs no dialog, in a page of another origin in Chromium, at the
// vendor's host names.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { png, program, startOrigin, startServer } from '../server.mjs';
import { standBetween } from './between.mjs';
import { startChromium } from './chromium.mjs';
import { generations, signed } from './generations.mjs';

const hosts = ['*.filepicker.io', '*.filestackcontent.com'];
const script = readFileSync(fileURLToPath(new URL(
	'../node_modules/filepicker-js/dist/filepicker.js', import.meta.url)));
const image = png(24, 16);
let server, between, pages, origin, browser, folder, page;

// What its callbacks are told: the file, or the number of the error.
const helpers = `
const call = (name, ...words) => new Promise((resolve) =>
	filepicker[name](...words, (value) => resolve(value ?? 'done'),
		(error) => resolve(error.code)));
const image = new Uint8Array(${JSON.stringify([...image])});
const picture = () => new File([image], 'größe & 1.png', { type: 'image/png' });
`;

before(async () => {
	server = await startServer();
	folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-certs-'));
	execFileSync(program, ['dev-cert', folder], { stdio: 'pipe' });
	const [key, cert] = ['key.pem', 'cert.pem'].map((name) =>
		readFileSync(path.join(folder, name)));
	between = await standBetween(server, { key, cert });
	origin = await startOrigin({ '/w.png': ['image/png', image] });
	pages = http.createServer((request, response) => {
		response.setHeader('Content-Type', 'text/html');
		response.end('<!doctype html><meta charset=utf-8><script>' +
			`${script}</script><script>${helpers}` +
			`filepicker.setKey('${server.public}')</script>`);
	});
	pages.listen(0, '127.0.0.1');
	await once(pages, 'listening');
	browser = await startChromium(hosts, between.port);
	page = await browser.open(`http://127.0.0.1:${pages.address().port}/`);
});
after(async () => {
	await browser?.stop();
	pages.close();
	pages.closeAllConnections();
	await origin.stop();
	await between.stop();
	rmSync(folder, { recursive: true });
	await server.stop();
});

/** One of its calls in the page; a word that begins with "=" is a script. */
function call(name, ...words) {
	const said = words.map((word) => String(word).startsWith('=') ?
		word.slice(1) : JSON.stringify(word));
	return page(`call('${name}', ${said.join(', ')})`);
}

const may = (...calls) => signed(generations['4.3.8'], server.secret,
	{ call: calls });

async function assertHolds(file, bytes) {
	const handle = file.url.split('/').at(-1);
	const answer = await fetch(`${server.url}/api/file/${handle}`);
	assert.equal(answer.status, 200);
	assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
}

test('what_is_stored_is_told', async () => {
	const file = await call('store', '=picture()', { path: 'in/',
		container: 'c' });
	assert.match(file.url, /^https:\/\/cdn\.filestackcontent\.com\/\w{20}$/);
	assert.deepEqual([file.filename, file.mimetype, file.size],
		['größe & 1.png', 'image/png', image.length]);
	assert.match(file.key, /^in\/\w{20}_größe & 1\.png$/);
	await assertHolds(file, image);
	const text = await call('store', 'ü text', { filename: 't.txt' });
	assert.equal(text.mimetype, 'text/plain');
	await assertHolds(text, Buffer.from('ü text'));
	const decoded = await call('store', image.toString('base64'),
		{ filename: 'd.png', mimetype: 'image/png', base64decode: true });
	await assertHolds(decoded, image);
	const fetched = await call('storeUrl', `${origin.url}/w.png`,
		{ filename: 'f.png' });
	assert.deepEqual([fetched.filename, fetched.mimetype],
		['f.png', 'image/png']);
	await assertHolds(fetched, image);
	assert.equal(await call('storeUrl', `${origin.url}/none`, {}), 152);
});

test('what_is_stored_is_read', async () => {
	const file = await call('store', 'ü text', { filename: 't.txt' });
	for (const options of [{ asText: true }, { base64encode: false },
		{ base64encode: false, cache: true }])
		assert.equal(await call('read', file, options), 'ü text');
	assert.equal(await call('read', file, { base64encode: true }),
		Buffer.from('ü text').toString('base64'));
	const said = await page(`call('stat', ${JSON.stringify(file)},
		{ size: true, uploaded: true, width: true }).then((value) =>
		[value.size, value.width, value.uploaded.getTime()])`);
	assert.deepEqual(said.slice(0, 2), [7, null]);
	assert.ok(Math.abs(said[2] - Date.now()) < 3600_000, said[2]);
	const nobody = { url: 'https://cdn.filestackcontent.com/' +
		'AAAAAAAAAAAAAAAAAAAA' };
	assert.equal(await call('read', nobody, {}), 115);
	assert.equal(await call('stat', nobody, {}), 161);
});

test('what_is_stored_is_written_anew', async () => {
	const file = await call('store', 'old', { filename: 't.txt' });
	assert.equal(await call('write', file, 'new', {}), 403);
	const written = await call('write', file, 'new', may('write'));
	assert.deepEqual([written.url, written.filename, written.size],
		[file.url, 't.txt', 3]);
	await assertHolds(file, Buffer.from('new'));
	await call('write', file, '=picture()', may('write'));
	await assertHolds(file, image);
	await call('write', file, Buffer.from('coded').toString('base64'),
		{ base64decode: true, ...may('write') });
	await assertHolds(file, Buffer.from('coded'));
	assert.equal(await call('writeUrl', file, `${origin.url}/w.png`,
		may('write')), 403);
	await call('writeUrl', file, `${origin.url}/w.png`, may('writeUrl'));
	await assertHolds(file, image);
});

test('pictures_are_converted_and_stored', async () => {
	const file = await call('store', '=picture()', {});
	const convert = { width: 12, crop: [0, 0, 6, 8], format: 'jpg',
		quality: 80, filter: 'sharpen', sharpenAmount: 1, rotate: 90 };
	const made = await call('convert', file,
		{ ...convert, ...may('store', 'convert') },
		{ path: '/made/', container: 'c' });
	assert.equal(made.mimetype, 'image/jpeg', JSON.stringify(made));
	assert.match(made.key, /^made\//);
	const said = await call('stat', made,
		{ width: true, height: true, container: true });
	assert.deepEqual([said.width, said.height, said.container], [8, 6, 'c']);
	// it does not say which application it is
	assert.equal(await call('convert', file, { width: 12 }, {}), 403);
	assert.equal(await call('convert', file,
		{ width: 12, ...may('convert') }, {}), 403);
	assert.equal(await call('convert', file,
		{ rotate: 'upside', ...may('store') }, {}), 142);
});

test('nobody_is_signed_in', async () => {
	assert.equal(await page(`new Promise((resolve) => filepicker.logout({
		onSuccess: resolve, onError: resolve }))`), '{}');
});

test('what_is_removed_is_gone', async () => {
	const file = await call('store', 'text', {});
	assert.equal(await call('remove', file, {}), 403);
	assert.equal(await call('remove', file, may('read')), 403);
	assert.equal(await call('remove', file, may('remove')), 'done');
	assert.equal(await call('read', file, {}), 115);
	assert.equal(await call('remove', file, may('remove')), 171);
});
