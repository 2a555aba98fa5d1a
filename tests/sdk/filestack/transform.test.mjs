// SPDX-License-Identifier: Apache-2.0
// URLs of pictures as filestack-js makes them, of two major versions and in both
// of their spellings: sizes and types of what they give.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { describe, png, startOrigin, startServer } from '../server.mjs';

const load = createRequire(import.meta.url);
const versions = ['filestack-js', 'filestack-js-3.51.6'];
let server, origin, plant, logo;

async function store(name, bytes) {
	const answer = await fetch(`${server.url}/filestack/api/store/S3?key=` +
		`${server.public}&filename=${name}`, { method: 'POST', body: bytes,
		headers: { 'Content-Type': 'image/png' } });
	assert.equal(answer.status, 200);
	return (await answer.json()).handle;
}

before(async () => {
	server = await startServer();
	origin = await startOrigin({
		'/a,b.png?v=1': ['image/png', png(120, 80)] });
	plant = await store('plant.png', png(640, 865));
	logo = await store('logo.png', png(30, 20));
});
after(async () => {
	await origin.stop();
	await server.stop();
});

/** The answer to a URL of the vendor's CDN. */
async function get(url) {
	const { host, pathname, search } = new URL(url);
	const request = http.request({ host: '127.0.0.1', port: server.port,
		path: pathname + search, headers: { Host: host } });
	request.end();
	const [answer] = await once(request, 'response');
	const pieces = [];
	for await (const piece of answer)
		pieces.push(piece);
	return { status: answer.statusCode, headers: answer.headers,
		bytes: Buffer.concat(pieces) };
}

async function check(url, wanted) {
	const { status, headers, bytes } = await get(url);
	assert.equal(status, 200, `${url}: ${bytes}`);
	assert.deepEqual(describe(bytes), wanted, url);
	assert.equal(headers['content-type'], `image/${wanted[2]}`);
}

/** What a test does with each version's client, plain and in base64. */
function tell(name, run) {
	for (const version of versions)
		for (const b64 of [false, true])
			test(`${version}, ${b64 ? 'base64' : 'plain'}: ${name}`, () => {
				const client = load(version).init(server.public);
				return run((source, tasks) =>
					client.transform(source, tasks, b64));
			});
}

const pictures = [
	[{ resize: { width: 300 } }, 300, 405],
	[{ resize: { height: 200 } }, 148, 200],
	[{ resize: { width: 300, height: 200 } }, 148, 200],
	[{ resize: { width: 300, height: 200, fit: 'clip' } }, 148, 200],
	[{ resize: { width: 300, height: 200, fit: 'crop' } }, 300, 200],
	[{ resize: { width: 300, height: 200, fit: 'crop',
		align: ['top', 'left'] } }, 300, 200],
	[{ resize: { width: 300, height: 200, fit: 'crop', align: 'faces' } },
		300, 200],
	[{ resize: { width: 300, height: 200, fit: 'scale' } }, 300, 200],
	[{ resize: { width: 850, height: 1000, fit: 'max' } }, 640, 865],
	[{ resize: { width: 850, height: 1000 } }, 740, 1000],
	[{ crop: { dim: [10, 20, 200, 100] } }, 200, 100],
	[{ rotate: { deg: 90 } }, 865, 640],
	[{ rotate: { deg: 'exif' } }, 640, 865],
	[{ rotate: { deg: 180, background: 'white' } }, 640, 865],
	[{ flip: true }, 640, 865],
	[{ flop: true }, 640, 865],
	[{ roundedCorners: { radius: 50, background: 'red' } }, 640, 865],
	[{ roundedCorners: true }, 640, 865],
	[{ circle: true }, 640, 640],
	[{ border: { width: 10, color: 'FF0000' } }, 660, 885],
	[{ blur: { amount: 3 } }, 640, 865],
	[{ sharpen: true }, 640, 865],
	[{ monochrome: true }, 640, 865],
	[{ blackwhite: { threshold: 40 } }, 640, 865],
	[{ sepia: { tone: 70 } }, 640, 865],
	[{ negative: true }, 640, 865],
	[{ pixelate: { amount: 10 } }, 640, 865],
	[{ oilPaint: { amount: 3 } }, 640, 865],
	[{ modulate: { brightness: 120, hue: 10, saturation: 80 } }, 640, 865],
	[{ vignette: { amount: 30, blurmode: 'gaussian' } }, 640, 865],
	[{ partialBlur: { amount: 5, objects: [[10, 20, 30, 40]] } }, 640, 865],
	[{ partialPixelate: { objects: [[1, 2, 30, 40], [50, 60, 70, 80]] } },
		640, 865],
	[{ smartCrop: { mode: 'auto', width: 200, height: 100 } }, 200, 100],
	[{ cropFaces: { mode: 'thumb', width: 200, height: 200 } }, 200, 200],
	[{ upscale: true }, 1280, 1730],
	[{ enhance: true }, 640, 865],
	[{ output: { format: 'jpg' } }, 640, 865, 'jpeg'],
	[{ output: { format: 'webp', quality: 60 } }, 640, 865, 'webp'],
	[{ resize: { width: 64 }, quality: { value: 50 },
		output: { format: 'jpg', colorspace: 'rgb', strip: true } },
	64, 87, 'jpeg'],
	[{ resize: { width: 64 }, compress: true }, 64, 87],
	[{ resize: { width: 64 }, noMetadata: true }, 64, 87],
	[{ pjpg: { quality: 70, metadata: false } }, 640, 865, 'jpeg'],
	[{ resize: { width: 640, height: 640, fit: 'crop' },
		crop: { dim: [0, 0, 300, 200] }, rotate: { deg: 270 } }, 200, 300],
	[{ crop: { dim: [0, 0, 300, 200] }, resize: { width: 30 } }, 30, 20],
	[{ resize: { width: 64 }, cache: { expiry: 60 } }, 64, 87],
	[{ resize: { width: 64 }, security: { policy: 'P', signature: 'S' } },
		64, 87],
];

for (const [tasks, width, height, type = 'png'] of pictures)
	tell(JSON.stringify(tasks), (transform) =>
		check(transform(plant, tasks), [width, height, type]));

tell('watermark', (transform) => check(transform(plant, { watermark:
	{ file: logo, size: 50, position: ['bottom', 'right'] } }),
[640, 865, 'png']));

tell('collage', (transform) => check(transform(plant, { collage:
	{ files: [logo, logo], width: 300, height: 200, margin: 5,
		color: 'white' } }), [300, 200, 'png']));

tell('own URL', (transform) => check(
	transform(`https://cdn.filestackcontent.com/resize=width:30/${plant}`,
		{ rotate: { deg: 90 } }), [41, 30, 'png']));

tell('URL with a comma and a query', (transform) => check(
	transform(`${origin.url}/a,b.png?v=1`, { resize: { width: 60 } }),
	[60, 40, 'png']));

tell('cache', async (transform) => {
	const never = await get(transform(plant, { flip: true, cache: false }));
	assert.equal(never.headers['cache-control'], 'no-cache');
});

tell('imagesize', async (transform) => {
	const { status, bytes } = await get(transform(plant,
		{ resize: { width: 64 }, imagesize: true }));
	assert.equal(status, 200, String(bytes));
	assert.deepEqual(JSON.parse(bytes), { height: 87, width: 64 });
});

tell('zip', async (transform) => {
	const { status, headers, bytes } = await get(transform([plant, logo],
		{ zip: true }));
	assert.equal(status, 200, String(bytes));
	assert.equal(headers['content-type'], 'application/zip');
	assert.equal(bytes.subarray(0, 2).toString(), 'PK');
});

tell('store', async (transform) => {
	const { status, bytes } = await get(transform(plant,
		{ resize: { width: 64 }, store: { path: '/kept/' } }));
	assert.equal(status, 200, String(bytes));
	const { url, key } = JSON.parse(bytes);
	assert.match(key, /^kept\//);
	await check(url, [64, 87, 'png']);
});
