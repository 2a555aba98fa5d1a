// SPDX-License-Identifier: Apache-2.0
// The generations of filestack-js, and what tells them apart for who calls them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

export const load = createRequire(import.meta.url);

/**
 * early: uploads are forms, and failures are rejected promises; later they are
 * JSON, and a file of status Failed. chunks: the size of a chunk can be said.
 * tags, headers, prefetch, download: has them.
 */
export const generations = {
	'1.14.1': { module: 'filestack-js-1.14.1', early: true, chunks: true },
	'2.1.0': { module: 'filestack-js-2.1.0', early: true, chunks: true },
	// it looks for its own folder by that name
	'3.11.0': { module: '@v3.11.0/filestack-js', chunks: true },
	'4.3.8': { module: 'filestack-js', tags: true, headers: true,
		prefetch: true, download: true },
};

export function clientOf(generation, key, security) {
	return load(generation.module).init(key, security && { security });
}

/** A policy as this generation signs it. */
export function signed(generation, secret, policy) {
	const { policy: text, signature } = load(generation.module).getSecurity(
		{ expiry: Math.floor(Date.now() / 1000) + 3600, ...policy }, secret);
	return { policy: text, signature };
}

/** A file that was stored, in the words of all generations. */
export async function upload(client, file, options = {}, place = {},
	...more) {
	const failures = [];
	client.on?.('upload.error', (error) => failures.push(error));
	const stored = await client.upload(file, options, place, ...more)
		.catch((failed) => failed);
	assert.equal(stored.status, 'Stored', JSON.stringify([failures, stored]));
	assert.match(stored.handle, /^[A-Za-z0-9]{20}$/);
	return stored;
}

/** What the server's answer was, of an upload that must fail. */
export async function failedUpload(generation, client, file, options, place) {
	if (generation.early) {
		const error = await client.upload(file, options, place).then(
			() => assert.fail('it was stored'), (reason) => reason);
		assert.ok(error.status, String(error));
		return error.status;
	}
	let said;
	client.on('upload.error', (error) => { said = error; });
	const result = await client.upload(file, options, place).catch(
		(failed) => failed);
	assert.equal(result.status, 'Failed');
	assert.ok(said.details?.code, String(said));
	return said.details.code;
}
