// SPDX-License-Identifier: Apache-2.0
// Stands between a client and a server, and does what a network does at times:
// an answer that the server did not give, bytes that have changed, an end in
// the middle of a body.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

const matches = (fault, { method, url }) =>
	fault.times > 0 && fault.method === method && fault.path.test(url);

async function wholeOf(request) {
	const pieces = [];
	for await (const piece of request)
		pieces.push(piece);
	return Buffer.concat(pieces);
}

/** The head of a request; who calls sends the body. */
function ask(server, { method, url, headers }) {
	return http.request({ host: '127.0.0.1', port: server.port, method,
		path: url, headers, agent: false });
}

/**
 * Ends a connection without an answer, but takes what comes first: the Node.js
 * build of 4.3.8 dies when it is cut off while it writes.
 */
function end(request, response) {
	if (request.complete) {
		response.destroy();
	} else {
		request.on('end', () => response.destroy());
		request.resume();
	}
}

/** The same, and the answer goes back. */
function open(server, request, response) {
	const onward = ask(server, request);
	onward.on('response', (answer) => {
		response.writeHead(answer.statusCode, answer.headers);
		answer.pipe(response);
		answer.on('error', () => response.destroy());
	});
	onward.on('error', () => end(request, response));
	return onward;
}

/**
 * A proxy to the server, at whatever port that is. `faults` may be added to
 * while it runs: method, path (a pattern), times, and one of
 *   status  answers with that, without asking
 *   change  a function: the body that goes on, of that which came
 *   lose    the server's answer does not arrive
 *   middle  is called when half of the body has gone on, after which both
 *           connections end; what it gives is waited for first
 * `seen` has method, url and headers of all that came. tls: key and cert.
 */
export async function standBetween(server, tls = undefined) {
	const faults = [], seen = [];

	async function cut(fault, request, response) {
		const body = await wholeOf(request);
		const onward = open(server, request, response);
		onward.write(body.subarray(0, body.length / 2));
		await fault.middle();
		onward.destroy();
		response.destroy();
	}

	async function lose(request, response) {
		const onward = ask(server, request);
		request.pipe(onward);
		const [answer] = await once(onward, 'response');
		answer.resume();
		await once(answer, 'end');
		response.destroy();
	}

	async function answer(request, response) {
		const { method, url, headers } = request;
		seen.push({ method, url, headers });
		const fault = faults.find((each) => matches(each, request));
		if (!fault) {
			request.pipe(open(server, request, response));
			return;
		}
		fault.times--;
		if (fault.middle) {
			await cut(fault, request, response);
		} else if (fault.lose) {
			await lose(request, response);
		} else if (fault.change) {
			open(server, request, response).end(
				fault.change(await wholeOf(request)));
		} else {
			await wholeOf(request);
			response.writeHead(fault.status, {
				'Content-Type': 'application/json',
				'Access-Control-Allow-Origin': '*' });
			response.end('{}');
		}
	}

	const take = (request, response) => {
		answer(request, response).catch(() => response.destroy());
	};
	const proxy = tls ? https.createServer(tls, take) :
		http.createServer(take);
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	const own = proxy.address().port;
	return { port: own, faults, seen,
		url: `${tls ? 'https' : 'http'}://127.0.0.1:${own}`,
		async stop() {
			proxy.close();
			proxy.closeAllConnections();
			await once(proxy, 'close');
		} };
}
