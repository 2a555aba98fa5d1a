// SPDX-License-Identifier: Apache-2.0
// The usual way to take uploads in Node: express and multer, to disk, unsynced.
import express from 'express';
import multer from 'multer';

const app = express();
const upload = multer({ dest: process.argv[2] });
app.post('/upload', upload.single('file'), (req, res) =>
	res.json({ name: req.file.filename, size: req.file.size }));
const server = app.listen(0, '127.0.0.1', () =>
	console.log(`ready ${server.address().port}`));
