-- +goose Up
-- Which update of Telegram asked for what is in the audit log, 0 is none: after a crash that tells what an update did.
ALTER TABLE audit ADD COLUMN update_id bigint NOT NULL DEFAULT 0;
CREATE INDEX audit_by_update ON audit (update_id);
-- The message that shows how far an update is, 0 is none; and whether it was taken up again after a crash.
ALTER TABLE intake ADD COLUMN message bigint NOT NULL DEFAULT 0;
ALTER TABLE intake ADD COLUMN resumed bigint NOT NULL DEFAULT 0;
-- Whether what an update does is in the audit log with its number: not before this version.
ALTER TABLE intake ADD COLUMN traced bigint NOT NULL DEFAULT 0;
