-- The tags of the files there are. Only databases of SQLite are old enough to
-- have some.
INSERT INTO file_tag (account_id, tag, file_id)
	SELECT DISTINCT f.account_id, t.value, f.id
	FROM file f, json_each(CASE WHEN json_valid(f.tags) THEN f.tags ELSE '[]' END) t
	WHERE f.tags IS NOT NULL AND t.type = 'text';
