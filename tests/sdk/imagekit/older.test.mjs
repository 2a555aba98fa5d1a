// SPDX-License-Identifier: Apache-2.0
// The vendor's older clients, unmodified. Their management calls, and the
// uploads of the oldest, go to fixed addresses: vendor.mjs leads those here.
import { after, before, test } from 'node:test';
import { png, startOrigin, startServer } from '../server.mjs';
import { runClient, startVendor } from './vendor.mjs';

const image = png(40, 25).toString('base64');
const origin = await startOrigin(
	{ '/x.png': ['image/png', Buffer.from(image, 'base64')] });
let vendor, plain;

before(async () => {
	vendor = await startVendor();
	plain = await startServer();
});
after(async () => {
	await origin.stop();
	await plain.stop();
	await vendor.stop();
});

const settings = (server, more) => ({ secret: server.secret,
	public: server.public, image, origin: origin.url, ...more });
const underVendor = (scenario, client) => runClient(scenario, client,
	settings(vendor, { endpoint: 'https://ik.imagekit.io/default' }),
	vendor.environment);

/* 4.1.4 sends absolute-form requests to a proxy instead of CONNECT: the server
 * itself can be that proxy. */
const asProxy = (scenario, client) => runClient(scenario, client,
	settings(plain, { endpoint: 'https://ik.imagekit.io/default' }),
	{ HTTPS_PROXY: plain.url, https_proxy: plain.url });

for (const version of ['2.0.2', '3.1.2', '3.2.5', '5.2.0', '6.0.0'])
	for (const scenario of ['uploads', 'management'])
		test(`imagekit_${version}_does_its_${scenario}_at_the_vendors_hosts`,
			() => underVendor(scenario, `imagekit-${version}`));
for (const version of ['5.2.0', '6.0.0'])
	test(`imagekit_${version}_works_with_the_whole_library`,
		() => underVendor('library', `imagekit-${version}`));
for (const scenario of ['uploads', 'management', 'library'])
	test(`imagekit_4.1.4_takes_the_server_as_its_proxy_for_${scenario}`,
		() => asProxy(scenario, 'imagekit-4.1.4'));
for (const version of ['3.2.5', '4.1.4', '5.2.0', '6.0.0'])
	test(`imagekit_${version}_uploads_to_an_upload_endpoint`,
		() => runClient('uploads', `imagekit-${version}`, settings(plain,
			{ endpoint: `${plain.url}/default`,
				uploadEndpoint: `${plain.url}/api/v1/files/upload` })));
for (const version of ['3.2.5', '4.1.4', '5.2.0', '6.0.0'])
	test(`imagekit_${version}_signs_urls_that_open`,
		() => runClient('urls', `imagekit-${version}`, settings(plain,
			{ endpoint: `${plain.url}/default`,
				uploadEndpoint: `${plain.url}/api/v1/files/upload` })));
