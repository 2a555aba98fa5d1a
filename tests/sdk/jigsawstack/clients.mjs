// SPDX-License-Identifier: Apache-2.0
// The jigsawstack client in the versions whose requests differ, side by side.

const oldest = { base: '/v1', name: 'filename' };
const newest = { base: '', name: 'key' };

// base: what its baseURL ends with; name: its option for the key
const versions = {
	'0.0.2': { package: 'jigsawstack-0.0.2', ...oldest },
	'0.0.27': { package: 'jigsawstack-0.0.27', ...oldest },
	'0.0.28': { package: 'jigsawstack-0.0.28', ...oldest },
	'0.3.7': { package: 'jigsawstack-0.3.7', ...newest },
	'0.4.2': { package: 'jigsawstack', ...newest },
};

export const allVersions = Object.keys(versions);
export const multipartVersions = ['0.3.7', '0.4.2'];

/** The version's own client; `more` is of its configuration. */
export async function rawClient(version, server, more = {}) {
	const { package: name, base } = versions[version];
	const { JigsawStack } = await import(name);
	const { prefix = '', ...config } = more;
	return JigsawStack({ apiKey: server.secret,
		baseURL: server.url + prefix + base, ...config });
}

/** The same, but its upload calls the key `key` in every version. */
export async function connect(version, server, more) {
	const client = await rawClient(version, server, more);
	const option = versions[version].name;
	return { ...client, store: { ...client.store,
		upload(file, { key, ...options }) {
			return client.store.upload(file,
				{ [option]: key, ...options });
		} } };
}
