-- An account's own names for transformations, as its URLs call them.
CREATE TABLE transformation (
	account_id BIGINT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	value TEXT NOT NULL,           -- in the dialect's own words
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, name)
);

-- Counted up by each change of an account's names: what was made of them
-- before is known to be old.
ALTER TABLE account ADD COLUMN transformations BIGINT NOT NULL DEFAULT 0;
