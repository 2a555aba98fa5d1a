-- Which API's events a webhook is told, and how they are signed: the name of a
-- dialect.
ALTER TABLE webhook ADD COLUMN dialect TEXT NOT NULL DEFAULT 'imagekit';
