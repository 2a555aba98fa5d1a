-- Uploads that come in parts. The bytes are a staged blob of the store under
-- the upload's id; a row without bytes yet is only a promise.
CREATE TABLE upload (
	id BIGINT PRIMARY KEY,
	token TEXT NOT NULL UNIQUE,    -- what clients call it: who knows it may
	                               -- write to it
	account_id BIGINT NOT NULL,
	origin BIGINT NOT NULL,        -- enum origin
	key_id BIGINT,                 -- of the key that began it
	state BIGINT NOT NULL,         -- enum upload_state
	size BIGINT,                   -- NULL: not told
	layout BIGINT NOT NULL,        -- the dialect's number; 0: none
	told TEXT NOT NULL,            -- the dialect's JSON
	created_at BIGINT NOT NULL,
	touched_at BIGINT NOT NULL,    -- about a minute exact
	staged BIGINT NOT NULL,        -- 1: there may be bytes in the store
	reserved BIGINT NOT NULL,      -- bytes that count as stored
	file_id BYTEA                  -- that it has become
);
CREATE INDEX upload_account ON upload (account_id, state, staged, id);
CREATE INDEX upload_touched ON upload (state, staged, touched_at);

-- Of blobs that came in several parts: size and checksum of each part, one
-- after another. Those that came in one piece have none.
ALTER TABLE blob ADD COLUMN extents BIGINT NOT NULL DEFAULT 0; -- how many
CREATE TABLE blob_extent (
	blob_id BIGINT PRIMARY KEY,
	list BYTEA NOT NULL
);
