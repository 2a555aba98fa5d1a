-- Whose turn it is among those with open jobs, and an account's oldest ones.
DROP INDEX job_open;
CREATE INDEX job_open ON job (account_id, updated_at) WHERE state = 0;
CREATE INDEX job_account ON job (account_id, id);
