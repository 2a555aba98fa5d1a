// SPDX-License-Identifier: Apache-2.0
// A headless Chromium, driven by its DevTools protocol over two pipes: messages
// are JSON, each with a zero byte behind it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const flags = ['--headless=new', '--no-sandbox', '--disable-gpu',
	'--disable-dev-shm-usage', '--no-first-run', '--no-default-browser-check',
	'--disable-background-networking', '--disable-component-update',
	'--disable-sync', '--disable-extensions', '--disable-breakpad',
	'--remote-debugging-pipe'];

class Protocol {
	#input;
	#waiting = new Map();
	#expected = [];
	#rest = '';
	#number = 0;

	constructor(input, output) {
		this.#input = input;
		output.setEncoding('utf8');
		output.on('data', (text) => this.#take(text));
		output.on('close', () => {
			for (const { reject } of this.#waiting.values())
				reject(new Error('the browser is gone'));
		});
	}

	#take(text) {
		const messages = (this.#rest + text).split('\0');
		this.#rest = messages.pop();
		for (const message of messages.map(JSON.parse))
			if (message.id)
				this.#end(message);
			else
				this.#tell(message);
	}

	#end({ id, error, result }) {
		const { resolve, reject } = this.#waiting.get(id);
		this.#waiting.delete(id);
		if (error)
			reject(new Error(error.message));
		else
			resolve(result);
	}

	#tell({ method, sessionId }) {
		const is = (each) => each.method === method &&
			each.sessionId === sessionId;
		this.#expected.filter(is).forEach(({ resolve }) => resolve());
		this.#expected = this.#expected.filter((each) => !is(each));
	}

	/** Of the next event of that name. */
	event(method, sessionId) {
		return new Promise((resolve) =>
			this.#expected.push({ method, sessionId, resolve }));
	}

	call(method, params = {}, sessionId = undefined) {
		const id = ++this.#number;
		this.#input.write(JSON.stringify(
			{ id, method, params, sessionId }) + '\0');
		return new Promise((resolve, reject) =>
			this.#waiting.set(id, { resolve, reject }));
	}
}

/**
 * A browser with a profile of its own. The names of `hosts` are at that port of
 * 127.0.0.1, whoever signed its certificate; all others nowhere.
 */
export async function startChromium(hosts, port) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-browser-'));
	const rules = [...hosts.map((name) => `MAP ${name} 127.0.0.1:${port}`),
		'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(',');
	const child = spawn('chromium', [...flags, `--user-data-dir=${folder}`,
		`--host-resolver-rules=${rules}`, '--ignore-certificate-errors',
		'about:blank'],
	{ env: { ...process.env, HOME: folder },
		stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
	let log = '';
	child.stderr.on('data', (data) => { log += data; });
	child.stdio[3].on('error', () => {});
	const ended = once(child, 'exit');
	const protocol = new Protocol(child.stdio[3], child.stdio[4]);

	/** Opens a page and waits for its scripts; what it gives evaluates more. */
	async function open(url) {
		const { targetId } = await protocol.call('Target.createTarget',
			{ url: 'about:blank' });
		const { sessionId } = await protocol.call('Target.attachToTarget',
			{ targetId, flatten: true });
		await protocol.call('Page.enable', {}, sessionId);
		const loaded = protocol.event('Page.loadEventFired', sessionId);
		await protocol.call('Page.navigate', { url }, sessionId);
		await loaded;
		/** The value of an expression, or of what it promises. */
		const run = async (expression) => {
			const { result, exceptionDetails } = await protocol.call(
				'Runtime.evaluate', { expression, awaitPromise: true,
					returnByValue: true }, sessionId);
			assert.ok(!exceptionDetails,
				JSON.stringify(exceptionDetails, null, 1));
			return result.value;
		};
		run.close = () => protocol.call('Target.closeTarget', { targetId });
		return run;
	}

	return { open, log: () => log,
		async stop() {
			protocol.call('Browser.close').catch(() => {});
			await ended;
			rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
		} };
}
