-- 1: what Filestack makes of a file is stored without a key.
ALTER TABLE account ADD COLUMN filestack_keyless BIGINT NOT NULL DEFAULT 0;
