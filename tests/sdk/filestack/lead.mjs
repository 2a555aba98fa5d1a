// SPDX-License-Identifier: Apache-2.0
// The vendor's host names lead to a server of ours in this process, by the script
// that `stowage clients preload` prints.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { program } from '../server.mjs';

/** Once a process, before a client is loaded. */
export function leadTo(port) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'stowage-preload-'));
	const script = path.join(folder, 'preload.cjs');
	writeFileSync(script, execFileSync(program,
		['clients', 'preload', `--listen=127.0.0.1:${port}`]));
	createRequire(import.meta.url)(script);
	rmSync(folder, { recursive: true });
}
