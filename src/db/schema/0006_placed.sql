-- Since when a file's content is at its path, and what clients are told of it.
ALTER TABLE file ADD COLUMN placed_at BIGINT;   -- NULL: since it was stored, content_at
ALTER TABLE file ADD COLUMN modified_at BIGINT; -- Last-Modified in seconds; NULL: as placed
