// SPDX-License-Identifier: Apache-2.0
// The usual way to take resumable uploads in Node: tus, to disk, unsynced.
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const tus = new Server({ path: '/files',
	datastore: new FileStore({ directory: process.argv[2] }) });
const server = tus.listen(0, '127.0.0.1', () =>
	console.log(`ready ${server.address().port}`));
