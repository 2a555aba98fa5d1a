// SPDX-License-Identifier: Apache-2.0
// The browser builds of filestack-js, unmodified, in a page of another origin in
// Chromium: uploads through a server that is killed in the middle and begun
// again. Each at the vendor's host names, over TLS; the last one also at an
// address of ours, without.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { program, startServer } from '../server.mjs';
import { standBetween } from './between.mjs';
import { startChromium } from './chromium.mjs';

const SIZE = 20 << 20;
const builds = {
	'1.14.1': 'filestack-js-1.14.1/build/browser/filestack.min.js',
	'2.1.0': 'filestack-js-2.1.0/build/browser/filestack.min.js',
	'3.11.0': '@v3.11.0/filestack-js/build/browser/filestack.umd.js',
	'4.3.8': 'filestack-js/build/browser/filestack.umd.js',
};
const hosts = ['*.filestackapi.com', '*.filestackcontent.com'];
let server, plain, encrypted, pages, browser, folder;

/** Bytes that page and test make alike. */
const made = `function made(size) {
	const words = new Uint32Array(size / 4);
	let value = 1;
	for (let n = 0; n < words.length; n++) {
		value ^= value << 13;
		value ^= value >>> 17;
		value ^= value << 5;
		words[n] = value;
	}
	return new Uint8Array(words.buffer);
}`;
const bytes = Buffer.from(new Function(`${made}; return made(${SIZE})`)());

const script = (key) => `${made}
const client = filestack.init('${key}');
function settle(url) {
	Object.assign(client.session.urls, { fileApiUrl: url + '/api/file',
		uploadApiUrl: url, cdnUrl: url, processUrl: url,
		cloudApiUrl: url });
}
async function send(options) {
	const told = [];
	client.on?.('upload.error', (error) => told.push(String(error.details.code)));
	try {
		const { status, handle, size, url } = await client.upload(
			new File([made(${SIZE})], 'page.bin'), options);
		return { status, handle, size, url, told };
	} catch (error) {
		return { status: error.status, told, error: String(error) };
	}
}`;

async function servePages() {
	const own = http.createServer((request, response) => {
		const build = builds[request.url.slice(1)];
		response.setHeader('Content-Type',
			request.url.endsWith('.js') ? 'text/javascript' : 'text/html');
		if (build)
			response.end('<!doctype html><meta charset=utf-8>' +
				`<script src="/${build}"></script><script>` +
				`${script(server.public)}</script>`);
		else if (Object.values(builds).includes(request.url.slice(1)))
			response.end(readFileSync(fileURLToPath(new URL(
				`../node_modules${request.url}`, import.meta.url))));
		else
			response.writeHead(404).end();
	});
	own.listen(0, '127.0.0.1');
	await once(own, 'listening');
	return { url: `http://127.0.0.1:${own.address().port}`,
		async stop() {
			own.close();
			own.closeAllConnections();
			await once(own, 'close');
		} };
}

before(async () => {
	server = await startServer();
	folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-certs-'));
	execFileSync(program, ['dev-cert', folder], { stdio: 'pipe' });
	const [key, cert] = ['key.pem', 'cert.pem'].map((name) =>
		readFileSync(path.join(folder, name)));
	plain = await standBetween(server);
	encrypted = await standBetween(server, { key, cert });
	pages = await servePages();
	browser = await startChromium(hosts, encrypted.port);
});
after(async () => {
	await browser?.stop();
	await pages.stop();
	await encrypted.stop();
	await plain.stop();
	rmSync(folder, { recursive: true });
	await server.stop();
});

async function assertStored(sent) {
	assert.equal(sent.status, 'Stored', JSON.stringify(sent));
	assert.equal(sent.size, SIZE);
	const answer = await fetch(`${server.url}/api/file/${sent.handle}`);
	assert.equal(answer.status, 200);
	assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
}

/** where: a version, and perhaps words; prepare: what the page does first. */
function tell(where, between, prepare) {
	for (const options of ['{}', '{ intelligent: true }'])
		test(`${where}: page_finishes_after_a_kill: ${options}`, async () => {
			const run = await browser.open(
				`${pages.url}/${where.split(' ')[0]}`);
			await run(prepare());
			const fault = { method: 'PUT', path: /^/, times: 1,
				async middle() {
					await server.kill();
					await server.startAgain();
				} };
			between().faults.splice(0, Infinity, fault);
			await assertStored(await run(`send(${options})`));
			assert.equal(fault.times, 0);
			await run.close();
		});
}

for (const version of Object.keys(builds))
	tell(version, () => encrypted, () => '0');
tell('4.3.8 elsewhere', () => plain, () => `settle('${plain.url}')`);

test('page_reads_why_it_may_not', async () => {
	const run = await browser.open(`${pages.url}/4.3.8`);
	await run("client.session.apikey = 'AunknownKeyOfNobody0z'");
	const { status, told } = await run('send({})');
	assert.equal(status, 'Failed');
	assert.deepEqual(told, ['404']);
	await run.close();
});
