-- 1: what comes in through Filestack takes a policy.
ALTER TABLE account ADD COLUMN filestack_security BIGINT NOT NULL DEFAULT 0;
