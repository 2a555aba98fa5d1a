-- The data directories that share this database. A node's number is in the ids
-- of the blobs that it makes.
CREATE TABLE node (
	number BIGINT PRIMARY KEY,     -- 0 to 1023
	directory BYTEA NOT NULL UNIQUE, -- the id in its file `node`
	starts BIGINT NOT NULL,        -- of servers on it
	started_at BIGINT NOT NULL     -- the last one
);
