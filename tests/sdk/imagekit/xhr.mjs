// SPDX-License-Identifier: Apache-2.0
// As much of XMLHttpRequest as the vendor's browser clients use, over fetch.
// Their upload address is fixed; it is led to a server of ours.

const fixed = 'https://upload.imagekit.io';

/** A class for globalThis.XMLHttpRequest. */
export function shimFor(serverUrl) {
	return class {
		upload = { addEventListener() {}, removeEventListener() {} };
		readyState = 0;
		status = 0;
		responseText = '';
		#listeners = {};
		#stop = new AbortController();

		open(method, url) {
			this.method = method;
			this.url = String(url).replace(fixed, serverUrl);
			this.readyState = 1;
		}

		addEventListener(name, listener) {
			(this.#listeners[name] ??= []).push(listener);
		}

		removeEventListener() {}

		getAllResponseHeaders() {
			return [...this.headers].map(([name, value]) =>
				`${name}: ${value}\r\n`).join('');
		}

		getResponseHeader(name) {
			return this.headers.get(name);
		}

		abort() {
			this.#stop.abort();
		}

		#tell(name) {
			const event = { type: name, target: this };
			this['on' + name]?.(event);
			for (const listener of this.#listeners[name] ?? [])
				listener.call(this, event);
		}

		async send(body) {
			try {
				const response = await fetch(this.url,
					{ method: this.method, body,
						signal: this.#stop.signal });
				this.status = response.status;
				this.headers = response.headers;
				this.responseText = await response.text();
				this.readyState = 4;
				this.#tell('load');
			} catch {
				this.#tell('error');
			}
			this.#tell('loadend');
		}
	};
}
