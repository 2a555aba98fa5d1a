// SPDX-License-Identifier: Apache-2.0
// URLs of pictures as the vendor's own builders make them, unmodified: all of
// their spellings of a transformation give the same picture.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Buffer } from 'node:buffer';
import { describe, png, startServer } from '../server.mjs';

const load = createRequire(import.meta.url);
let server, endpoint;

before(async () => {
	server = await startServer();
	endpoint = `${server.url}/default`;
	for (const [name, bytes] of [['plant.png', png(640, 865)],
		['logo.png', png(30, 20)]]) {
		const form = new FormData();
		form.set('file', new Blob([bytes], { type: 'image/png' }), name);
		form.set('fileName', name);
		form.set('folder', '/shop');
		form.set('useUniqueFileName', 'false');
		const answer = await fetch(`${server.url}/api/v1/files/upload`,
			{ method: 'POST', body: form, headers: { Authorization:
				'Basic ' + btoa(`${server.secret}:`) } });
		assert.equal(answer.status, 200, await answer.text());
	}
});
after(() => server.stop());

/** What each client calls its builder by. */
const builders = {
	'@imagekit/javascript': (at, position) =>
		load('@imagekit/javascript').buildSrc({ urlEndpoint: endpoint,
			src: '/shop/plant.png', transformation: at,
			transformationPosition: position }),
	'@imagekit/nodejs': (at, position) => {
		const ImageKit = load('@imagekit/nodejs');
		return new ImageKit({ privateKey: server.secret }).helper.buildSrc({
			urlEndpoint: endpoint, src: '/shop/plant.png',
			transformation: at, transformationPosition: position });
	},
};
for (const version of ['2.0.2', '3.2.5', '6.0.0'])
	builders[`imagekit ${version}`] = (at, position) => {
		const ImageKit = load(`imagekit-${version}`);
		return new ImageKit({ publicKey: server.public,
			privateKey: server.secret, urlEndpoint: endpoint }).url({
			...(position === 'src' ? { src: `${endpoint}/shop/plant.png` } :
				{ path: '/shop/plant.png',
					transformationPosition: position }),
			transformation: at });
	};
const old = Object.keys(builders).filter((name) => name.startsWith('imagekit '));
const now = Object.keys(builders).filter((name) => name.startsWith('@'));

const rows = [
	[[{ width: 300, height: 200 }], 300, 200],
	[[{ width: 300 }], 300, 405],
	[[{ height: '200.00' }], 148, 200],
	[[{ width: 0.5 }], 320, 433],
	[[{ width: 300, height: 200, crop: 'force' }], 300, 200],
	[[{ width: 300, height: 200, crop: 'at_max' }], 148, 200],
	[[{ width: 850, height: 1000, crop: 'at_max' }], 640, 865],
	[[{ width: 850, height: 1000, crop: 'at_max_enlarge' }], 740, 1000],
	[[{ width: 300, height: 200, crop: 'at_least' }], 300, 405],
	[[{ width: 300, height: 200, crop: 'maintain_ratio' }], 300, 200],
	[[{ width: 300, height: 200, cropMode: 'pad_resize',
		background: 'F3F3F3', focus: 'left' }], 300, 200],
	[[{ width: 200, height: 200, cropMode: 'extract' }], 200, 200],
	[[{ width: 300, height: 300, cropMode: 'extract', x: 100, y: 300 }],
		300, 300],
	[[{ width: 700, height: 900, cropMode: 'pad_extract',
		background: 'red' }], 700, 900],
	[[{ aspectRatio: '4-3', width: 400 }], 400, 300],
	[[{ aspectRatio: '4_3', width: 400 }], 400, 300],
	[[{ width: 'iw_div_2', height: 'ih_div_5' }], 320, 173],
	[[{ width: 400, height: 300 }, { rotation: 90 }], 300, 400],
	[[{ rotation: 90 }, { width: 400, height: 300 }], 400, 300],
	[[{ width: 400, height: 300 }, { width: 640, crop: 'at_max' }], 400, 300],
	[[{ width: 200, dpr: 2 }], 400, 541],
	[[{ width: 100, quality: 50, format: 'jpg' }], 100, 135, 'jpeg'],
	[[{ width: 100, format: 'webp' }], 100, 135, 'webp'],
	[[{ width: 100, height: 100, focus: 'auto' }], 100, 100],
	[[{ width: 200, border: '10_FF0000' }], 220, 290],
	[[{ width: 100, radius: 'max' }], 100, 135],
	[[{ width: 100, blur: 10 }], 100, 135],
	[[{ named: 'ik_ml_thumbnail' }], 74, 100],
	[[{ width: 90 }, { undocumented: 'param' }], 90, 122],
];

const hello = { type: 'text', text: 'Hello, World: 5%',
	position: { x: 10, y: 'bh_div_4' },
	transformation: [{ fontSize: 20, fontColor: 'FF0000' }] };
const logo = { type: 'image', input: '/shop/logo.png',
	position: { focus: 'bottom_right' }, transformation: [{ width: 10 }] };
const block = { type: 'solidColor', color: 'FF0000', position: { x: 5 },
	transformation: [{ width: 'bw_div_2', height: 10 }] };
const newer = [
	[[{ raw: 'w-120,h-80' }], 120, 80],
	[[{ raw: 'if-ar_gt_1,w-200,if-else,w-300,h-50,if-end' }], 300, 50],
	[[{ width: 100, grayscale: true, sharpen: 5 }], 100, 135],
	[[{ width: 100, flip: 'h_v', trim: false }], 100, 135],
	[[{ width: 200, overlay: hello }], 200, 270],
	[[{ width: 200, overlay: logo }], 200, 270],
	[[{ width: 200 }, { overlay: block }, { width: 50 }], 50, 68],
	[[{ width: 200, overlay: { ...logo, encoding: 'base64' } }], 200, 270],
	[[{ width: 200, overlay: { ...hello, encoding: 'plain' } }], 200, 270],
];
// gone from 6.0.0, which passes their names on as they are
const older = [
	[[{ width: 200, overlayImage: 'shop@@logo.png', overlayX: 10,
		overlayImageTrim: false }], 200, 270],
	[[{ width: 200, overlayText: 'two words', overlayTextFontSize: 20 }],
		200, 270],
	[[{ height: 100, overlayBackground: '00AAFF55', overlayHeight: 20,
		overlayFocus: 'bottom' }], 74, 100],
	[[{ effectContrast: 1, effectGray: true, width: 100 }], 100, 135],
];

function tell(names, list, positions) {
	for (const name of names)
		for (const [transformation, width, height, type = 'png'] of list)
			for (const position of positions) {
				const said = JSON.stringify(transformation);
				test(`${name}, ${position}: ${said}`, () => check(
					builders[name](transformation, position),
					[width, height, type]));
			}
}

async function check(url, wanted) {
	const answer = await fetch(url);
	const bytes = Buffer.from(await answer.arrayBuffer());
	assert.equal(answer.status, 200,
		`${url}: ${answer.headers.get('ik-error')}`);
	assert.deepEqual(describe(bytes), wanted, url);
	assert.equal(answer.headers.get('content-type'), `image/${wanted[2]}`);
}

tell(now, rows, ['query', 'path']);
tell(now, newer, ['query', 'path']);
tell(old, rows, ['query', 'path', 'src']);
tell(old.slice(0, 2), older, ['query', 'path']);

test('srcset', async () => {
	const { srcSet } = load('@imagekit/javascript').getResponsiveImageAttributes(
		{ src: '/shop/plant.png', urlEndpoint: endpoint, width: 300,
			transformation: [{ height: 200 }] });
	const sources = srcSet.split(', ').map((one) => one.split(' ')[0]);
	assert.ok(sources.length >= 2);
	for (const source of sources)
		await check(source, [148, 200, 'png']);
});

test('signed', async () => {
	for (const name of old.slice(1)) {
		const ImageKit = load(`imagekit-${name.split(' ')[1]}`);
		await check(new ImageKit({ publicKey: server.public,
			privateKey: server.secret, urlEndpoint: endpoint }).url({
			path: '/shop/plant.png', signed: true, expireSeconds: 300,
			transformation: [{ width: 64, height: '64' }] }),
		[64, 64, 'png']);
	}
});
