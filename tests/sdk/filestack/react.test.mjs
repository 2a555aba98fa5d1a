// SPDX-License-Identifier: Apache-2.0
// filestack-react, unmodified: the component of a page, with the client of 3.x
// that it brings along, rendered to nowhere.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { png, startOrigin, startServer } from '../server.mjs';
import { leadTo } from './lead.mjs';

const image = png(24, 16);
let server, origin, React, create, ReactFilestack;

before(async () => {
	server = await startServer();
	leadTo(server.port);
	origin = await startOrigin({ '/w.png': ['image/png', image] });
	process.env.NODE_ENV = 'production';    // no advice
	globalThis.window = globalThis;         // its bundle hangs itself there
	const load = createRequire(import.meta.url);
	ReactFilestack = load('filestack-react').default;
	delete globalThis.window;
	React = load('react');
	create = load('react-test-renderer').create;
});
after(async () => {
	await origin.stop();
	await server.stop();
});

/** What the component says when its action is done. */
function act(properties) {
	return new Promise((onSuccess, onError) => {
		create(React.createElement(ReactFilestack, {
			apikey: server.public, onSuccess, onError,
			componentDisplayMode: { type: 'immediate' }, ...properties }));
	});
}

test('component_stores_a_url_and_asks_about_it', async () => {
	const stored = await act({ action: 'storeUrl',
		source: `${origin.url}/w.png` });
	const said = await act({ action: 'metadata', source: stored.handle,
		actionOptions: { width: true, height: true } });
	assert.deepEqual([said.width, said.height], [24, 16]);
	await assert.rejects(act({ action: 'storeUrl',
		source: `${origin.url}/none` }));
});

for (const intelligent of [false, true])
	test(`component_uploads${intelligent ? '_intelligently' : ''}`, async () => {
		const file = randomBytes(9 << 20);
		const stored = await act({ action: 'upload', file,
			actionOptions: { intelligent } });
		assert.equal(stored.status, 'Stored');
		const got = await act({ action: 'retrieve', source: stored.handle });
		assert.ok(Buffer.from(got).equals(file));
	});

test('click_on_its_button_uploads', async () => {
	const stored = await new Promise((onSuccess, onError) => {
		const page = create(React.createElement(ReactFilestack, {
			apikey: server.public, action: 'multiupload',
			file: [image, image], onSuccess, onError }));
		page.root.findByType('button').props.onClick({
			stopPropagation() {}, preventDefault() {} });
	});
	assert.deepEqual(stored.map((file) => file.status),
		['Stored', 'Stored']);
});
