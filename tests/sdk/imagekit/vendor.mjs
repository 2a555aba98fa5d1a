// SPDX-License-Identifier: Apache-2.0
// The vendor's host names, for clients whose addresses are fixed: a server that
// speaks TLS with a certificate for those names (`stowage dev-cert`), and a
// proxy that leads every CONNECT to it. A client runs in a process of its own,
// because Node.js reads both from the environment at its start.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { program, startServer } from '../server.mjs';

const seconds = 60;

/** Tunnels whatever host is asked for to that port of ours. */
async function startProxy(port) {
	const sockets = new Set();
	const proxy = http.createServer((request, response) => {
		response.writeHead(405).end();
	});
	proxy.on('connect', (request, socket, head) => {
		const onward = net.connect(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			onward.write(head);
			onward.pipe(socket).pipe(onward);
		});
		for (const end of [socket, onward]) {
			sockets.add(end);
			end.on('error', () => { socket.destroy(); onward.destroy(); });
			end.on('close', () => sockets.delete(end));
		}
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	return { url: `http://127.0.0.1:${proxy.address().port}`,
		async stop() {
			for (const socket of sockets)
				socket.destroy();
			await new Promise((resolve) => proxy.close(resolve));
		} };
}

/** The server, and the environment in which clients reach it. */
export async function startVendor() {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-vendor-'));
	execFileSync(program, ['dev-cert', folder], { stdio: 'pipe' });
	const server = await startServer(
		`--tls-cert=${path.join(folder, 'cert.pem')}`,
		`--tls-key=${path.join(folder, 'key.pem')}`);
	const proxy = await startProxy(server.port);
	return { ...server,
		environment: { HTTPS_PROXY: proxy.url, https_proxy: proxy.url,
			NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') },
		async stop() {
			await proxy.stop();
			await server.stop();
			rmSync(folder, { recursive: true });
		} };
}

/** Runs client.cjs; it fails by throwing. */
export async function runClient(scenario, client, settings, environment) {
	const script = fileURLToPath(new URL('client.cjs', import.meta.url));
	const env = { ...process.env, ...environment, NODE_NO_WARNINGS: '1' };
	for (const name of ['NODE_TEST_CONTEXT', 'NO_PROXY', 'no_proxy'])
		delete env[name];
	const child = spawn(process.execPath,
		[script, scenario, client, JSON.stringify(settings)],
		{ env, stdio: ['ignore', 'pipe', 'pipe'],
			timeout: seconds * 1000 });
	let output = '';
	child.stdout.on('data', (data) => { output += data; });
	child.stderr.on('data', (data) => { output += data; });
	const [status] = await once(child, 'close');
	assert.equal(status, 0, output);
	assert.match(output, /^done\n$/m, output);
}
