// SPDX-License-Identifier: Apache-2.0
// Clients of before 3.0, unmodified: their storeURL is a chain of tasks.
import { reroute } from './reroute.mjs';

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { png, startOrigin, startServer } from '../server.mjs';

const load = createRequire(import.meta.url);
const image = png(24, 16);
let server, origin;

before(async () => {
	server = await startServer();
	reroute.port = server.port;
	origin = await startOrigin({ '/a,b.png?v=1': ['image/png', image] });
});
after(async () => {
	await origin.stop();
	await server.stop();
});

for (const version of ['1.14.6', '2.1.0']) {
	const init = () => load(`filestack-js-${version}`).init(server.public);

	test(`${version}: store_url_stores_what_a_chain_has_fetched`, async () => {
		const client = init();
		const stored = await client.storeURL(`${origin.url}/a,b.png?v=1`,
			{ path: `/kept, ${version}/`, filename: 'z.png' });
		assert.match(stored.handle, /^[A-Za-z0-9]{20}$/);
		assert.ok(stored.key.startsWith(`kept, ${version}/`), stored.key);
		assert.deepEqual([stored.filename, stored.mimetype, stored.size],
			['z.png', 'image/png', image.length]);
		assert.deepEqual(Buffer.from(await client.retrieve(stored.handle)),
			image);
		const { filename, size } = await client.metadata(stored.handle);
		assert.deepEqual([filename, size], ['z.png', image.length]);
	});

	test(`${version}: what_cannot_be_stored_is_refused`, async () => {
		await assert.rejects(init().storeURL(`${origin.url}/none`));
	});
}
