-- How many rows an account's files, versions and folders are: those that have
-- nothing in them take room, too.
ALTER TABLE usage ADD COLUMN item_count BIGINT NOT NULL DEFAULT 0;
UPDATE usage SET item_count =
	(SELECT COUNT(*) FROM file f WHERE f.account_id = usage.account_id)
	+ (SELECT COUNT(*) FROM version v JOIN file f ON f.id = v.file_id
		WHERE f.account_id = usage.account_id)
	+ (SELECT COUNT(*) FROM folder d WHERE d.account_id = usage.account_id);
