-- Limits and usage of accounts, restrictions of keys, lists by age.

-- NULL: no limit of its own.
ALTER TABLE account ADD COLUMN plan TEXT;
ALTER TABLE account ADD COLUMN max_file_bytes BIGINT;
ALTER TABLE account ADD COLUMN max_storage_bytes BIGINT;
ALTER TABLE account ADD COLUMN max_uploads BIGINT;      -- a month
ALTER TABLE account ADD COLUMN rate_per_minute BIGINT;  -- StashFyle, a key
ALTER TABLE account ADD COLUMN rate_per_second BIGINT;  -- JigsawStack
ALTER TABLE account ADD COLUMN grace BIGINT NOT NULL DEFAULT 0; -- 1: no uploads

-- JSON arrays of strings; NULL: none given.
ALTER TABLE api_key ADD COLUMN origins TEXT; -- StashFyle: exact origins
ALTER TABLE api_key ADD COLUMN apis TEXT;    -- JigsawStack: what it may call
ALTER TABLE api_key ADD COLUMN domains TEXT; -- JigsawStack: hosts it is used on
ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;

-- Changed once by each upload and delete, in its transaction.
CREATE TABLE usage (
	account_id BIGINT PRIMARY KEY,
	storage_bytes BIGINT NOT NULL,   -- of all files and versions
	period BIGINT NOT NULL,          -- year * 100 + month, UTC, of what follows
	upload_count BIGINT NOT NULL,
	bandwidth_bytes BIGINT NOT NULL  -- sent; added up in memory, written now and then
);
INSERT INTO usage (account_id, storage_bytes, period, upload_count, bandwidth_bytes)
	SELECT a.id,
		COALESCE((SELECT SUM(f.size) FROM file f WHERE f.account_id = a.id), 0)
		+ COALESCE((SELECT SUM(v.size) FROM version v
			JOIN file f ON f.id = v.file_id WHERE f.account_id = a.id), 0),
		0, 0, 0
	FROM account a;

-- An id begins with its time, so these are in order of age.
CREATE INDEX file_by_age ON file (account_id, id);
CREATE INDEX file_by_folder ON file (account_id, folder, id);
