-- To find an account's oldest notes of purges.
CREATE INDEX purge_account ON purge_request (account_id, id);
