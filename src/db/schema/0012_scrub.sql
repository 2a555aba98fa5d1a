-- How far the reading of every stored byte has come (library/check/scrub.h).
CREATE TABLE scrub (
	number BIGINT PRIMARY KEY,     -- 0: of all blobs; there is no other yet
	began_at BIGINT NOT NULL,      -- this round
	until_blob BIGINT NOT NULL,    -- the last one of the round
	after_blob BIGINT NOT NULL,    -- those up to this one have been read
	work BIGINT NOT NULL,          -- bytes to read in all, roughly
	done BIGINT NOT NULL           -- of them
);
