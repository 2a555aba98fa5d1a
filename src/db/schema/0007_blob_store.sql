-- Where the bytes of a blob are, when they are not in its row. Rows from before
-- and most new ones have nothing but the defaults, which take no room: store 0,
-- and the key that follows from the id.
ALTER TABLE blob ADD COLUMN store BIGINT NOT NULL DEFAULT 0;
ALTER TABLE blob ADD COLUMN store_key TEXT; -- NULL: it follows from the id
