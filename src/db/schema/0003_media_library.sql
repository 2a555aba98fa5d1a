-- What a media library needs: descriptions, versions that keep their own,
-- shared blobs, tags to search by, folders with names, jobs, single-use
-- tokens, custom metadata fields, purges, webhooks.

ALTER TABLE account ADD COLUMN restrict_unsigned BIGINT NOT NULL DEFAULT 0; -- 1: every delivery takes a signature
ALTER TABLE account ADD COLUMN restrict_unnamed BIGINT NOT NULL DEFAULT 0;  -- 1: named transformations only

ALTER TABLE file ADD COLUMN description TEXT;
ALTER TABLE file ADD COLUMN published BIGINT NOT NULL DEFAULT 1; -- 0: a draft
ALTER TABLE file ADD COLUMN has_alpha BIGINT;           -- 0, 1; NULL: unknown
ALTER TABLE file ADD COLUMN embedded_metadata TEXT;     -- JSON object
ALTER TABLE file ADD COLUMN content_at BIGINT NOT NULL DEFAULT 0; -- when this version was stored
ALTER TABLE file ADD COLUMN last_number BIGINT NOT NULL DEFAULT 1; -- the highest a version of it has had
ALTER TABLE file ADD COLUMN older_versions BIGINT NOT NULL DEFAULT 0; -- its rows in `version`
UPDATE file SET content_at = updated_at, last_number = version_number,
	older_versions = (SELECT COUNT(*) FROM version v WHERE v.file_id = file.id);

-- A version that is not current keeps what described it.
ALTER TABLE version ADD COLUMN access BIGINT NOT NULL DEFAULT 2;
ALTER TABLE version ADD COLUMN published BIGINT NOT NULL DEFAULT 1;
ALTER TABLE version ADD COLUMN has_alpha BIGINT;
ALTER TABLE version ADD COLUMN tags TEXT;
ALTER TABLE version ADD COLUMN custom_coordinates TEXT;
ALTER TABLE version ADD COLUMN custom_metadata TEXT;
ALTER TABLE version ADD COLUMN embedded_metadata TEXT;
ALTER TABLE version ADD COLUMN description TEXT;
ALTER TABLE version ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE version SET updated_at = created_at,
	access = (SELECT f.access FROM file f WHERE f.id = version.file_id);

-- Blobs that more than one row points to. `extra` counts the rows beyond the
-- first.
CREATE TABLE blob_share (
	blob_id BIGINT PRIMARY KEY,
	extra BIGINT NOT NULL
);

-- The tags of a file's current version, one row each.
CREATE TABLE file_tag (
	account_id BIGINT NOT NULL,
	tag TEXT NOT NULL,
	file_id BYTEA NOT NULL
);
CREATE UNIQUE INDEX file_tag_key ON file_tag (account_id, tag, file_id);
CREATE INDEX file_tag_file ON file_tag (file_id);

CREATE INDEX file_by_name ON file (account_id, name, id);
CREATE INDEX file_by_update ON file (account_id, updated_at, id);

-- 'a/b' is `b` in `a`.
ALTER TABLE folder ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE folder ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE folder ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE folder SET updated_at = created_at,
	parent = rtrim(rtrim(path, replace(path, '/', '')), '/'),
	name = substr(path, length(rtrim(path, replace(path, '/', ''))) + 1);
CREATE INDEX folder_by_parent ON folder (account_id, parent, name);

-- What is done in the background, step by step, each step a transaction.
CREATE TABLE job (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	kind BIGINT NOT NULL,          -- enum folder_job_kind
	state BIGINT NOT NULL,         -- enum folder_job_state
	source TEXT NOT NULL,          -- folder
	target TEXT NOT NULL,          -- folder that it becomes; '' with none
	with_versions BIGINT NOT NULL, -- 1: copies take older versions along
	cursor TEXT NOT NULL,          -- the last path that was done
	done BIGINT NOT NULL,          -- files
	failed BIGINT NOT NULL,        -- files that could not be done
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	purge_id BYTEA                 -- of purge_request
);
CREATE INDEX job_open ON job (id) WHERE state = 0;

-- Tokens of ImageKit's client-side uploads, while they could be used again.
CREATE TABLE used_token (
	account_id BIGINT NOT NULL,
	token TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, token)
);
CREATE INDEX used_token_expiry ON used_token (expires_at);

-- Which custom metadata an account's files can have.
CREATE TABLE custom_field (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	label TEXT NOT NULL,
	definition TEXT NOT NULL,      -- JSON object: type and limits
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	deleted_at BIGINT              -- NULL: in use
);
CREATE UNIQUE INDEX custom_field_name ON custom_field (account_id, name)
	WHERE deleted_at IS NULL;
CREATE INDEX custom_field_account ON custom_field (account_id, id);

CREATE TABLE purge_request (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	url TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

-- Who is told of changes.
CREATE TABLE webhook (
	id BYTEA PRIMARY KEY,
	account_id BIGINT NOT NULL,
	url TEXT NOT NULL,
	secret TEXT NOT NULL,          -- signs what is sent
	events TEXT,                   -- JSON array of names; NULL: all
	created_at BIGINT NOT NULL
);
CREATE INDEX webhook_account ON webhook (account_id);

-- The outbox: one row for each event and webhook, written with what it tells
-- of, in the same transaction.
CREATE TABLE event (
	id BYTEA PRIMARY KEY,
	webhook_id BYTEA NOT NULL,
	account_id BIGINT NOT NULL,
	kind BIGINT NOT NULL,          -- enum event_kind
	file_id BYTEA NOT NULL,
	snapshot TEXT NOT NULL,        -- JSON: the file as it was then
	created_at BIGINT NOT NULL,
	state BIGINT NOT NULL,         -- enum event_state
	attempts BIGINT NOT NULL,
	next_at BIGINT NOT NULL,       -- of the next attempt
	last_error TEXT
);
CREATE INDEX event_due ON event (webhook_id, next_at) WHERE state = 0;
CREATE INDEX event_by_webhook ON event (webhook_id, state, id);
CREATE INDEX event_ended ON event (created_at) WHERE state <> 0;
