-- What an event tells is kept once, not once for each webhook. `begins` counts
-- the bytes of the account's events before it, so that the newest and the oldest
-- say how much there is between them.
CREATE TABLE event_body (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	begins BIGINT NOT NULL,
	bytes BIGINT NOT NULL,
	snapshot TEXT NOT NULL         -- JSON: the file as it was then
);
CREATE UNIQUE INDEX event_body_account ON event_body (account_id, begins);
INSERT INTO event_body (id, account_id, begins, bytes, snapshot)
	SELECT id, account_id,
		CAST(SUM(LENGTH(snapshot) + 1024) OVER (PARTITION BY account_id
			ORDER BY id) AS BIGINT) - LENGTH(snapshot) - 1024,
		LENGTH(snapshot) + 1024, snapshot
	FROM event;
ALTER TABLE event ADD COLUMN body_id BYTEA;
UPDATE event SET body_id = id;
ALTER TABLE event DROP COLUMN snapshot;
CREATE INDEX event_by_body ON event (body_id);
DROP INDEX event_ended;
CREATE INDEX event_ended ON event (state, created_at) WHERE state <> 0;

-- Events that it was not told because there were too many.
ALTER TABLE webhook ADD COLUMN dropped BIGINT NOT NULL DEFAULT 0;
