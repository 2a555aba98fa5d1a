// SPDX-License-Identifier: Apache-2.0
// What every generation of filestack-js does here, unmodified, with its own host
// names. Each has a file of tests of its own, so that they run beside each other.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { describe, png, startOrigin, startServer } from '../server.mjs';
import { standBetween } from './between.mjs';
import { clientOf, failedUpload, generations, signed, upload }
	from './generations.mjs';
import { leadTo } from './lead.mjs';

const MIB = 1 << 20;
const image = png(24, 16);
// A second passes between tries. For each request without an answer 3.11.0 keeps
// a timer, of two minutes if nothing is said, and the process with it.
const again = { retry: 5, retryFactor: 1, timeout: 30000 };
const briefly = { retry: 1, retryFactor: 1 };
const nobody = 'AAAAAAAAAAAAAAAAAAAA';

/** Registers the tests of one of the generations. */
export function tellGeneration(version) {
	const generation = generations[version];
	let server, between, origin, folder, secured;

	const init = (security) => clientOf(generation, server.public, security);
	const initSecured = (security) =>
		clientOf(generation, secured.public, security);
	const tell = (name, run) => test(`${version}: ${name}`, run);
	const tellIf = (has, name, run) => has && tell(name, run);

	before(async () => {
		server = await startServer();
		secured = Object.fromEntries(
			server.tool('accounts', 'create', 'secured').trim().split('\n')
				.map((line) => line.split(/\s+/)));
		server.tool('accounts', 'set', 'secured',
			'--filestack-security', 'on');
		await server.kill();
		await server.startAgain();
		between = await standBetween(server);
		leadTo(between.port);
		origin = await startOrigin({ '/a,b.png?v=1': ['image/png', image],
			'/t.txt': ['text/plain', 'some text'],
			'/j.json': ['application/json', '{"a": 1}'] });
		folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-files-'));
	});
	after(async () => {
		rmSync(folder, { recursive: true });
		await origin.stop();
		await between.stop();
		await server.stop();
	});

	/** An answer of the vendor's hosts, as somebody without the client. */
	async function get(target, method = 'GET') {
		const { host, pathname, search } = new URL(target);
		const request = http.request({ host: '127.0.0.1', port: server.port,
			method, path: pathname + search, headers: { Host: host } });
		request.end();
		const [answer] = await once(request, 'response');
		const pieces = [];
		for await (const piece of answer)
			pieces.push(piece);
		return { status: answer.statusCode, headers: answer.headers,
			bytes: Buffer.concat(pieces) };
	}

	async function assertHolds(stored, bytes) {
		const answer = await get(
			`https://cdn.filestackcontent.com/${stored.handle}`);
		assert.equal(answer.status, 200);
		// no diff of two large buffers
		assert.ok(answer.bytes.equals(bytes), `${answer.bytes.length} bytes ` +
			`in place of ${bytes.length}, or others`);
	}

	// Uploads.

	// First: a regular upload teaches 3.11.0 to try each later PUT again.
	tell('upload_falls_back_to_chunks', async () => {
		const bytes = randomBytes(20 * MIB);
		between.faults.splice(0, Infinity, { method: 'PUT', path: /^/,
			middle() {}, times: 1 });
		between.seen.length = 0;
		const stored = await upload(init(), bytes,
			{ intelligent: 'fallback', ...again });
		assert.ok(between.seen.some(({ url }) => url === '/multipart/commit'));
		await assertHolds(stored, bytes);
	});

	for (const size of [3, 6 * MIB, 6 * MIB + 1, 20 * MIB])
		tell(`upload_of_${size}_bytes_is_stored_whole`, async () => {
			const bytes = randomBytes(size);
			const stored = await upload(init(), bytes, {},
				{ filename: 'b.bin' });
			assert.equal(stored.size, size);
			assert.equal(stored.url,
				`https://cdn.filestackcontent.com/${stored.handle}`);
			await assertHolds(stored, bytes);
		});

	for (const size of [3, 8 * MIB, 9 * MIB, 20 * MIB])
		tell(`intelligent_upload_of_${size}_bytes_is_stored_whole`,
			async () => {
				const bytes = randomBytes(size);
				const stored = await upload(init(), bytes,
					{ intelligent: true }, { filename: 'b.bin' });
				assert.equal(stored.size, size);
				await assertHolds(stored, bytes);
			});

	tellIf(generation.chunks, 'small_chunks_of_an_intelligent_upload_meet',
		async () => {
			const bytes = randomBytes(17 * MIB + 5);
			const stored = await upload(init(), bytes, { intelligent: true,
				intelligentChunkSize: MIB }, {});
			await assertHolds(stored, bytes);
		});

	tell('upload_of_a_path_has_its_name_and_type', async () => {
		const file = path.join(folder, 'Größe 1.png');
		writeFileSync(file, image);
		const stored = await upload(init(), file);
		assert.deepEqual([stored.filename, stored.mimetype, stored.size],
			['Größe 1.png', 'image/png', image.length]);
		await assertHolds(stored, image);
		const said = await get(`${stored.url}/metadata`);
		assert.equal(JSON.parse(said.bytes).filename, 'Größe 1.png');
	});

	tellIf(!generation.early, 'upload_takes_named_files_and_base64', async () => {
		const named = await upload(init(), { file: image, name: 'n.png' });
		assert.equal(named.filename, 'n.png');
		await assertHolds(named, image);
		const text = await upload(init(), image.toString('base64'));
		await assertHolds(text, image);
	});

	tell('store_options_place_the_file', async () => {
		const stored = await upload(init(), image, {}, { filename: 'z.png',
			path: '/q/', container: 'bucket', location: 'gcs',
			access: 'public' });
		assert.equal(stored.filename, 'z.png');
		assert.equal(stored.container, 'bucket');
		assert.match(stored.key, /^q\/[A-Za-z0-9]{20}_z\.png$/);
		const exact = await upload(init(), image, {},
			{ path: `/exact/${version}.png` });
		assert.equal(exact.key, `exact/${version}.png`);
		const { container, path: kept } = await init().metadata(
			stored.handle, { container: true, path: true });
		assert.deepEqual([container, kept], ['bucket', stored.key]);
	});

	tellIf(!generation.early, 'many_files_are_uploaded_at_once', async () => {
		const files = [3, 6 * MIB + 1, 70000].map((n) => randomBytes(n));
		const stored = await init().multiupload(files);
		assert.deepEqual(stored.map((file) => file.status),
			files.map(() => 'Stored'));
		for (const [n, bytes] of files.entries())
			await assertHolds(stored[n], bytes);
	});

	tellIf(generation.tags, 'tags_of_an_upload_are_echoed', async () => {
		const stored = await upload(init(), image, { tags: { a: '1', b: 'ü' } });
		assert.deepEqual(stored.uploadTags, { a: '1', b: 'ü' });
	});

	tellIf(!generation.early, 'upload_without_sums_is_stored', async () => {
		between.seen.length = 0;
		const bytes = randomBytes(7 * MIB);
		const stored = await upload(init(), bytes,
			{ disableIntegrityCheck: true });
		await assertHolds(stored, bytes);
		for (const { method, headers } of between.seen)
			assert.ok(method !== 'PUT' || !headers['content-md5']);
	});

	// What goes wrong on the way.

	const flip = (body) => {
		body[body.length >> 1] ^= 1;
		return body;
	};

	tell('bytes_that_changed_on_the_way_are_refused', async () => {
		const bytes = randomBytes(3 * MIB);
		between.faults.splice(0, Infinity,
			{ method: 'PUT', path: /^/, change: flip, times: 1 });
		assert.equal(await failedUpload(generation, init(), bytes,
			briefly, {}), 400);
		assert.equal(between.faults[0].times, 0);
	});

	for (const [method, where] of [['POST', 'start'], ['POST', 'upload'],
		['PUT', ''], ['POST', 'complete']])
		// the early ones try the start only once
		tellIf(!generation.early || where !== 'start',
			`upload_gets_over_an_error_of_${where || 'a_part'}`, async () => {
			const bytes = randomBytes(7 * MIB);
			between.faults.splice(0, Infinity, { method, status: 502,
				path: new RegExp(`^/multipart/${where}`), times: 1 });
			const stored = await upload(init(), bytes, again);
			await assertHolds(stored, bytes);
			assert.equal(between.faults[0].times, 0);
		});

	tell('answer_that_got_lost_is_given_again', async () => {
		const bytes = randomBytes(7 * MIB);
		between.faults.splice(0, Infinity, { method: 'POST', lose: true,
			path: /^\/multipart\/complete/, times: 1 });
		const stored = await upload(init(), bytes, again);
		await assertHolds(stored, bytes);
	});

	tell('upload_waits_while_it_is_told_to', async () => {
		between.faults.splice(0, Infinity, { method: 'POST', status: 202,
			path: /^\/multipart\/complete/, times: 1 });
		const stored = await upload(init(), image);
		await assertHolds(stored, image);
	});

	tell('intelligent_upload_gets_over_an_error_of_a_commit', async () => {
		const bytes = randomBytes(9 * MIB);
		between.faults.splice(0, Infinity, { method: 'POST', status: 502,
			path: /^\/multipart\/commit/, times: 1 });
		const stored = await upload(init(), bytes,
			{ intelligent: true, ...again });
		await assertHolds(stored, bytes);
	});

	tell('upload_goes_on_where_a_killed_server_was', async () => {
		const bytes = randomBytes(20 * MIB);
		between.faults.splice(0, Infinity,
			{ method: 'PUT', path: /^/, times: 0 });
		const [fault] = between.faults;
		fault.middle = async () => {
			await server.kill();
			await server.startAgain();
		};
		fault.times = 1;
		const stored = await upload(init(), bytes, again);
		assert.equal(fault.times, 0);
		await assertHolds(stored, bytes);
	});

	// Sources elsewhere.

	tell('store_url_stores_the_source', async () => {
		const stored = await init().storeURL(`${origin.url}/a,b.png?v=1`,
			{ filename: 'z.png', path: `/kept, ${version}/`,
				container: 'bucket', location: 's3', access: 'public' });
		assert.match(stored.handle, /^[A-Za-z0-9]{20}$/);
		assert.equal(stored.url,
			`https://cdn.filestackcontent.com/${stored.handle}`);
		assert.deepEqual([stored.filename, stored.type, stored.mimetype,
			stored.size, stored.container],
		['z.png', 'image/png', 'image/png', image.length, 'bucket']);
		assert.ok(stored.key.startsWith(`kept, ${version}/`), stored.key);
		assert.match(stored.key, /\/[A-Za-z0-9]{20}_z\.png$/);
		await assertHolds(stored, image);
		const exact = await init().storeURL(`${origin.url}/a,b.png?v=1`,
			{ path: `/u/${version}.png` });
		assert.deepEqual([exact.key, exact.filename],
			[`u/${version}.png`, 'a,b.png']);
	});

	tell('source_that_cannot_be_fetched_is_refused', async () => {
		for (const url of [`${origin.url}/none`, 'http://127.0.0.1:1/x',
			'http://169.254.169.254/latest/meta-data/'])
			await assert.rejects(init().storeURL(url), answered(400));
	});

	tellIf(generation.headers, 'source_gets_headers_and_tags_are_echoed',
		async () => {
			const stored = await init().storeURL(`${origin.url}/t.txt`,
				{ filename: 'h.txt' }, undefined, undefined,
				{ t: 'x' }, { 'X-Told': 'yes' });
			assert.deepEqual(stored.uploadTags, { t: 'x' });
			assert.equal(origin.seen.at(-1).headers['x-told'], 'yes');
		});

	// Files.

	tell('metadata_is_what_was_asked_for', async () => {
		const { handle } = await upload(init(), image, {},
			{ filename: 'm.png' });
		const all = await init().metadata(handle);
		assert.deepEqual([all.filename, all.mimetype, all.size, all.handle],
			['m.png', 'image/png', image.length, handle]);
		const sums = Object.fromEntries(['md5', 'sha1', 'sha224', 'sha256',
			'sha384', 'sha512'].map((name) =>
			[name, createHash(name).update(image).digest('hex')]));
		const said = await init().metadata(handle, { size: true, width: true,
			height: true, md5: true, sha1: true, sha224: true, sha256: true,
			sha384: true, sha512: true });
		assert.deepEqual(said, { handle, size: image.length, width: 24,
			height: 16, ...sums });
		await assert.rejects(init().metadata(nobody), answered(404));
	});

	tell('retrieve_gives_bytes_and_headers', async () => {
		// 3.11.0 takes all bytes for UTF-8, 4.3.8 all text for Latin-1
		const text = 'some text\n'.repeat(100);
		const { handle } = await upload(init(), Buffer.from(text), {},
			{ filename: 'r.txt' });
		const client = init();
		for (const options of [{}, { dl: true }, { extension: 'txt' },
			{ cache: true }])
			assert.equal(String(await client.retrieve(handle, options)), text);
		if (generation.download)
			assert.equal(String((await client.download(handle)).data), text);
		const head = await client.retrieve(handle, { head: true });
		assert.equal(head['content-length'], String(Buffer.byteLength(text)));
		assert.equal(head['x-file-name'], 'r.txt');
		const said = await client.retrieve(handle, { metadata: true });
		assert.equal((Buffer.isBuffer(said) ? JSON.parse(said) : said)
			.filename, 'r.txt');
		await assert.rejects(client.retrieve(nobody), answered(404));
	});

	tellIf(generation.download, 'client_reads_text_and_json', async () => {
		const client = init();
		for (const [name, said] of [['t.txt', 'some text'],
			['j.json', { a: 1 }]]) {
			const { handle } = await client.storeURL(`${origin.url}/${name}`);
			assert.deepEqual(await client.retrieve(handle), said);
		}
	});

	tell('removed_files_are_gone', async () => {
		const client = init();
		const { handle } = await upload(client, image);
		const may = signed(generation, server.secret,
			{ call: ['remove'], handle });
		await assert.rejects(client.remove(handle, { policy: may.policy,
			signature: may.signature.replace(/./g, '0') }), answered(403));
		await assert.rejects(client.remove(handle, signed(generation,
			server.secret, { call: ['read'] })), answered(403));
		await client.remove(handle, may);
		await assert.rejects(client.retrieve(handle), answered(404));
		await assert.rejects(client.remove(handle, may), answered(404));
		const kept = await upload(client, image);
		await client.removeMetadata(kept.handle, signed(generation,
			server.secret, { call: ['remove'] }));
		await assert.rejects(client.retrieve(kept.handle), answered(404));
	});

	// Security.

	tell('secured_application_takes_what_a_policy_allows', async () => {
		const may = signed(generation, secured.secret, { call: ['pick',
			'store', 'read', 'stat', 'convert', 'remove'] });
		const client = initSecured(may);
		const bytes = Buffer.from(randomBytes(4 * MIB).toString('hex'));
		for (const options of [{}, { intelligent: true }]) {
			const stored = await upload(client, bytes, options);
			assert.ok(Buffer.from(await client.retrieve(stored.handle))
				.equals(bytes));
			assert.equal((await get(stored.url)).status, 403);
			const { size } = await client.metadata(stored.handle,
				{ size: true });
			assert.equal(size, bytes.length);
			await client.remove(stored.handle);
			await assert.rejects(client.retrieve(stored.handle),
				answered(404));
		}
		const fetched = await client.storeURL(`${origin.url}/a,b.png?v=1`);
		const { status, bytes: small } = await get(client.transform(
			fetched.handle, { resize: { width: 12 }, security: may }));
		assert.equal(status, 200, String(small));
		assert.deepEqual(describe(small), [12, 8, 'png']);
	});

	tell('secured_application_refuses_the_rest', async () => {
		const place = { path: '/in/' };
		const fails = (security, file = image) => failedUpload(generation,
			initSecured(security), file, briefly, place);
		const policy = (more) => signed(generation, secured.secret, more);
		assert.equal(await fails(), 403);
		assert.equal(await fails(policy({ call: ['read'] })), 403);
		assert.equal(await fails(policy({ expiry: 1 })), 403);
		assert.equal(await fails(policy({ path: '/?out/' })), 403);
		assert.ok([403, 413].includes(
			await fails(policy({ maxSize: 10 }))));
		assert.equal(await fails(signed(generation, server.secret, {})), 403);
		await assert.rejects(initSecured().storeURL(`${origin.url}/a,b.png?v=1`),
			answered(403));
		const { handle } = await upload(initSecured(policy({ call: ['store'] })),
			image);
		await assert.rejects(initSecured().retrieve(handle), answered(403));
		await assert.rejects(initSecured().metadata(handle), answered(403));
	});

	// The rest.

	tell('transformations_are_made', async () => {
		const client = init();
		const { handle } = await upload(client, png(200, 100));
		const small = await get(client.transform(handle,
			{ resize: { width: 100 } }));
		assert.deepEqual(describe(small.bytes), [100, 50, 'png']);
		const tasks = { resize: { width: 80 }, rotate: { deg: 90 },
			output: { format: 'jpg' } };
		const plain = await get(client.transform(handle, tasks));
		assert.deepEqual(describe(plain.bytes), [40, 80, 'jpeg']);
		const packed = await get(client.transform(handle, tasks, true));
		assert.ok(packed.bytes.equals(plain.bytes));
		const kept = await get(client.transform(handle,
			{ resize: { width: 50 }, store: { path: '/kept/' } }));
		const stored = JSON.parse(kept.bytes);
		assert.deepEqual(describe((await get(stored.url)).bytes),
			[50, 25, 'png']);
	});

	tell('logout_succeeds', async () => {
		await init().logout();
		await init().logout('facebook');
	});

	tellIf(generation.prefetch, 'prefetch_says_what_is_allowed', async () => {
		const said = await init().prefetch({
			permissions: ['intelligent_ingestion'] });
		assert.equal(said.permissions.intelligent_ingestion, true);
	});

	tell('unknown_keys_are_refused', async () => {
		const client = clientOf(generation, 'AunknownKeyOfNobody0z');
		const code = await failedUpload(generation, client, image, briefly, {});
		assert.equal(code, 404);
		await assert.rejects(client.storeURL(`${origin.url}/t.txt`),
			answered(403));
	});
}

function answered(status) {
	return (error) => {
		assert.equal(error.response?.status ?? error.status, status,
			String(error));
		return true;
	};
}
