-- Which kinds of events a webhook is told, a bit of each, so that the names in
-- `events` are only shown. Those that there are know of five names.
ALTER TABLE webhook ADD COLUMN kinds BIGINT NOT NULL DEFAULT 0;
UPDATE webhook SET kinds = CASE WHEN events IS NULL THEN 1022 ELSE
	CASE WHEN REPLACE(events, '"file.created"', '') <> events
		THEN 66 ELSE 0 END +
	CASE WHEN REPLACE(events, '"file.updated"', '') <> events
		THEN 260 ELSE 0 END +
	CASE WHEN REPLACE(events, '"file.deleted"', '') <> events
		THEN 8 ELSE 0 END +
	CASE WHEN REPLACE(events, '"file-version.created"', '') <> events
		THEN 656 ELSE 0 END +
	CASE WHEN REPLACE(events, '"file-version.deleted"', '') <> events
		THEN 32 ELSE 0 END
	END;
