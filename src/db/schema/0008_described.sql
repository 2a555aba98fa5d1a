-- How long the texts are that describe a file or a version (tags, coordinates,
-- metadata, description): an account's storage counts them where they are longer
-- than the content. Those there are count from their next change on.
ALTER TABLE file ADD COLUMN described BIGINT NOT NULL DEFAULT 0;
ALTER TABLE version ADD COLUMN described BIGINT NOT NULL DEFAULT 0;
