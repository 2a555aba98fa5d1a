// SPDX-License-Identifier: Apache-2.0
// filestack-js knows its hosts by name, and takes no port. This sends what it
// asks of them to 127.0.0.1, the Host field as it was. Load it first: the
// client keeps what http and https export.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const http = require('node:http');
const https = require('node:https');
const vendors = /(^|\.)(filestackapi\.com|filestackcontent\.com)$/;
const original = { http: http.request, https: https.request };

/** The port that the vendor's hosts are at. */
export const reroute = { port: 0 };

function rerouted(scheme) {
	return (options, ...rest) => {
		const host = options.hostname ?? options.host ?? '';
		if (!vendors.test(host))
			return original[scheme](options, ...rest);
		return original.http({ ...options, protocol: 'http:',
			host: '127.0.0.1', hostname: '127.0.0.1',
			port: reroute.port, agent: undefined,
			headers: { ...options.headers, Host: host } }, ...rest);
	};
}

http.request = rerouted('http');
https.request = rerouted('https');
