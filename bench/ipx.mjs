// SPDX-License-Identifier: Apache-2.0
// The usual way to resize pictures in Node: ipx, which is sharp by URL.
import { createServer } from 'node:http';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';

const ipx = createIPX({ storage: ipxFSStorage({ dir: process.argv[2] }) });
const server = createServer(createIPXNodeServer(ipx));
server.listen(0, '127.0.0.1', () =>
	console.log(`ready ${server.address().port}`));
