-- What somebody has asked for of a content, so that it is read for it once.
CREATE TABLE blob_hash (
	blob_id BIGINT PRIMARY KEY,    -- goes with its blob
	hashes BYTEA NOT NULL          -- MD5, SHA-1, -224, -256, -384 and -512
);
