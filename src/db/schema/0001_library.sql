-- The library: accounts, keys, folders, files, versions, blobs, trash.
-- Shared by SQLite and PostgreSQL; the SQLite driver reads
-- "BIGINT PRIMARY KEY" as its own "INTEGER PRIMARY KEY" (the row id).
-- Times are milliseconds since the epoch, ids as in base/id.h. Texts compare
-- byte by byte (COLLATE "C" in PostgreSQL): pages and ranges rely on it.

CREATE TABLE account (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
	id BIGINT PRIMARY KEY,
	account_id BIGINT NOT NULL REFERENCES account (id),
	kind BIGINT NOT NULL,          -- enum key_kind
	key_text TEXT NOT NULL UNIQUE, -- also the key of HMAC signatures
	label TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT              -- NULL: valid
);

-- One row a thing that running servers keep in memory; bumped by whoever
-- changes it ('keys').
CREATE TABLE revision (
	name TEXT PRIMARY KEY,
	number BIGINT NOT NULL
);
INSERT INTO revision (name, number) VALUES ('keys', 1);

-- Every ancestor of a file's path has a row, so that empty folders can exist.
CREATE TABLE folder (
	account_id BIGINT NOT NULL,
	path TEXT NOT NULL,            -- 'a/b', no slash at either end
	created_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, path)
);

-- Written once, never changed.
CREATE TABLE blob (
	id BIGINT PRIMARY KEY,
	size BIGINT NOT NULL,
	checksum BYTEA NOT NULL,       -- XXH3-128
	inline_bytes BYTEA             -- NULL: in the store
);

-- Blobs no row points to any more; a sweeper removes them.
CREATE TABLE trash (
	blob_id BIGINT PRIMARY KEY,
	trashed_at BIGINT NOT NULL
);

-- A file together with its current version.
CREATE TABLE file (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	path TEXT NOT NULL,            -- the JigsawStack key; '/' || path is the ImageKit path
	folder TEXT NOT NULL,          -- '' is the root
	name TEXT NOT NULL,            -- as shown
	origin BIGINT NOT NULL,        -- enum origin
	access BIGINT NOT NULL,        -- enum access
	public_key BIGINT NOT NULL,    -- 1: stored by proof of a public key only
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	expires_at BIGINT,
	version_id BYTEA NOT NULL,
	version_number BIGINT NOT NULL,
	blob_id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	type TEXT NOT NULL,            -- media type
	width BIGINT,
	height BIGINT,
	tags TEXT,                     -- JSON array of strings
	custom_coordinates TEXT,
	custom_metadata TEXT,          -- JSON object
	provider TEXT,                 -- Filestack's store location
	container TEXT
);
CREATE UNIQUE INDEX file_path ON file (account_id, path);
CREATE INDEX file_expiry ON file (expires_at) WHERE expires_at IS NOT NULL;

-- Versions a file had before its current one.
CREATE TABLE version (
	id BYTEA PRIMARY KEY,
	file_id BYTEA NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	blob_id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	type TEXT NOT NULL,
	width BIGINT,
	height BIGINT
);
CREATE UNIQUE INDEX version_file ON version (file_id, number);
