-- An old version lives no longer than it promised when it was stored.
ALTER TABLE version ADD COLUMN expires_at BIGINT; -- NULL: as long as its file
UPDATE version SET expires_at =
	(SELECT f.expires_at FROM file f WHERE f.id = version.file_id);
CREATE INDEX version_expiry ON version (expires_at) WHERE expires_at IS NOT NULL;
