// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';

/** What a call throws: the JSON of the answer itself. */
export async function thrown(promise) {
	try {
		await promise;
	} catch (error) {
		assert.ok(!(error instanceof Error), String(error?.cause ?? error));
		assert.equal(error.success, false);
		assert.equal(typeof error.message, 'string');
		return error;
	}
	assert.fail('it went through');
}
