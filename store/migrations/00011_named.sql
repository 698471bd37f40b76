-- +goose Up
-- What a destination was notified of, by subject, as JSON; '' of a card of an earlier version. And when it last was.
ALTER TABLE card ADD COLUMN named text NOT NULL DEFAULT '';
ALTER TABLE card ADD COLUMN notified_at bigint NOT NULL DEFAULT 0;
ALTER TABLE card ADD COLUMN raised_at bigint NOT NULL DEFAULT 0;
