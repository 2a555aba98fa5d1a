// SPDX-License-Identifier: Apache-2.0
// A `stowage serve` of one's own for the tests of the vendors' clients, an
// origin that it may import from, and small real files.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

const top = fileURLToPath(new URL('../..', import.meta.url));
export const program = process.env.STOWAGE_BIN ?? path.join(top, 'build', 'stowage');
const originAddress = '127.0.0.2';

function environment(keys) {
	const env = { ...process.env };
	for (const name of Object.keys(env))
		if (name.startsWith('STOWAGE_'))
			delete env[name];
	return { ...env, STOWAGE_SECRET_KEY: keys.secret,
		STOWAGE_PUBLIC_KEY: keys.public };
}

/** One life of the server, over that folder. */
async function launch(folder, keys, flags) {
	const child = spawn(program, ['serve', '--listen=127.0.0.1:0',
		`--data=${folder}`, `--fetch-allow=${originAddress}/32`, ...flags],
		{ env: environment(keys), stdio: ['ignore', 'pipe', 'pipe'] });
	const ended = once(child, 'exit');
	let out = '', log = '';
	child.stderr.on('data', (data) => { log += data; });
	await Promise.race([ended, new Promise((resolve) => {
		child.stdout.on('data', (data) => {
			out += data;
			if (out.endsWith('\n'))
				resolve();
		});
	})]);
	const url = /^stowage: ready at (https?:\S+)\n$/.exec(out)?.[1];
	assert.ok(url, `not ready: ${out}\n${log}`);
	return { url, log: () => log,
		async end(signal) {
			child.kill(signal);
			return (await ended)[0];
		} };
}

/** Starts a server with random keys; `flags` are more of `serve`. */
export async function startServer(...flags) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-sdk-'));
	const keys = { secret: 'sk_live_' + randomBytes(16).toString('hex'),
		public: 'pk_live_' + randomBytes(16).toString('hex') };
	let life = await launch(folder, keys, flags);
	return { ...keys, data: folder,
		get url() { return life.url; },
		get port() { return Number(new URL(life.url).port); },
		log: () => life.log(),
		/** A command on the same data; its output. */
		tool: (...words) => execFileSync(program,
			[...words, `--data=${folder}`],
			{ env: environment(keys), encoding: 'utf8', stdio: 'pipe' }),
		kill: () => life.end('SIGKILL'),
		/**
		 * After kill(): the same data. The port is another, as somebody
		 * else may have got the old one meanwhile.
		 */
		async startAgain() {
			life = await launch(folder, keys, flags);
		},
		async stop() {
			const status = await life.end('SIGTERM');
			rmSync(folder, { recursive: true });
			assert.equal(status, 0, life.log());
		} };
}

/**
 * An HTTP server to import from: pages maps paths to [type, bytes]. `seen` has
 * method, url and headers of all requests.
 */
export async function startOrigin(pages) {
	const seen = [];
	const server = http.createServer((request, response) => {
		const { method, url, headers } = request;
		seen.push({ method, url, headers });
		const page = pages[request.url];
		response.writeHead(page ? 200 : 404,
			{ 'Content-Type': page?.[0] ?? 'text/plain',
				Connection: 'close' });
		response.end(page?.[1] ?? 'not here');
	});
	server.listen(0, originAddress);
	await once(server, 'listening');
	return { seen, url: `http://${originAddress}:${server.address().port}`,
		stop: () => new Promise((resolve) => server.close(resolve)) };
}

/** A grey PNG of this size. */
export function png(width, height) {
	const chunk = (kind, data) => {
		const body = Buffer.concat([Buffer.from(kind), data]);
		const frame = Buffer.alloc(4), check = Buffer.alloc(4);
		frame.writeUInt32BE(data.length);
		check.writeUInt32BE(crc(body));
		return Buffer.concat([frame, body, check]);
	};
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head[8] = 8;
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
		chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height, 0))),
		chunk('IEND', Buffer.alloc(0))]);
}

function crc(data) {
	let value = 0xffffffff;
	for (const byte of data) {
		value ^= byte;
		for (let bit = 0; bit < 8; bit++)
			value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
	}
	return (value ^ 0xffffffff) >>> 0;
}

/** [width, height, type] from a picture's own header. */
export function describe(bytes) {
	if (bytes.subarray(1, 4).toString() === 'PNG')
		return [bytes.readUInt32BE(16), bytes.readUInt32BE(20), 'png'];
	if (bytes.subarray(8, 12).toString() === 'WEBP')
		return describeWebp(bytes);
	assert.equal(bytes.readUInt16BE(0), 0xffd8, 'no picture');
	let at = 2;
	while (bytes[at + 1] < 0xc0 || bytes[at + 1] > 0xc2)
		at += 2 + bytes.readUInt16BE(at + 2);
	return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5), 'jpeg'];
}

function describeWebp(bytes) {
	const kind = bytes.subarray(12, 16).toString();
	if (kind === 'VP8 ')
		return [bytes.readUInt16LE(26) & 0x3fff,
			bytes.readUInt16LE(28) & 0x3fff, 'webp'];
	if (kind === 'VP8X')
		return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1,
			'webp'];
	const bits = bytes.readUInt32LE(21);
	return [(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, 'webp'];
}
