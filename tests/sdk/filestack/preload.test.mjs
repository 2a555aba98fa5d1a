// SPDX-License-Identifier: Apache-2.0
// What `stowage clients preload` prints leads every generation of filestack-js
// to a server on any port, with and without TLS, without a change of code.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { png, program, startOrigin, startServer } from '../server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const image = png(24, 16);
const code = `
	const [version, key, url] = process.argv.slice(1);
	const client = require(version).init(key);
	(async () => {
		const { handle } = await client.storeURL(url);
		const file = Buffer.from(await client.retrieve(handle));
		const { filename } = await client.metadata(handle);
		console.log(JSON.stringify([file.toString('base64'), filename,
			client.transform(handle, { flip: true })]));
		process.exit();
	})();`;
let folder, origin;
const servers = [];

async function start(name, ...flags) {
	const server = await startServer(...flags);
	const script = path.join(folder, `${name}.cjs`);
	writeFileSync(script, execFileSync(program,
		['clients', 'preload', '--public-url', server.url]));
	servers.push(server);
	return { server, script };
}

before(async () => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-preload-'));
	origin = await startOrigin({ '/w.png': ['image/png', image] });
});
after(async () => {
	await origin.stop();
	for (const server of servers)
		await server.stop();
	rmSync(folder, { recursive: true });
});

async function client(version, { server, script }, environment) {
	const { stdout } = await promisify(execFile)(process.execPath,
		['-e', code, version, server.public, `${origin.url}/w.png`],
		{ cwd: here, timeout: 60_000, env: { ...process.env, ...environment,
			NODE_OPTIONS: `--require ${script}`, NODE_NO_WARNINGS: '1' } });
	const [file, name, made] = JSON.parse(stdout.trim().split('\n').at(-1));
	assert.deepEqual([Buffer.from(file, 'base64'), name], [image, 'w.png']);
	assert.ok(made.startsWith('https://cdn.filestackcontent.com/'), made);
}

const versions = ['filestack-js-1.14.1', 'filestack-js-2.1.0',
	'filestack-js-3.51.6', 'filestack-js'];

test('every_generation_is_led_to_a_port', async () => {
	const plain = await start('plain');
	for (const version of versions)
		await client(version, plain);
});

test('every_generation_is_led_to_a_port_with_tls', async () => {
	execFileSync(program, ['dev-cert', path.join(folder, 'certs')],
		{ stdio: 'pipe' });
	const secure = await start('secure',
		`--tls-cert=${path.join(folder, 'certs', 'cert.pem')}`,
		`--tls-key=${path.join(folder, 'certs', 'key.pem')}`);
	for (const version of versions)
		await client(version, secure, {
			NODE_EXTRA_CA_CERTS: path.join(folder, 'certs', 'ca.pem') });
});
