-- +goose Up
-- Why a destination accepts nothing, in its own words, until when and for how long it asked to be left alone, and whether a notice says so.
ALTER TABLE failing ADD COLUMN failure text NOT NULL DEFAULT '';
ALTER TABLE failing ADD COLUMN denial text NOT NULL DEFAULT '';
ALTER TABLE failing ADD COLUMN said text NOT NULL DEFAULT '';
ALTER TABLE failing ADD COLUMN until bigint NOT NULL DEFAULT 0;
ALTER TABLE failing ADD COLUMN asked bigint NOT NULL DEFAULT 0; -- milliseconds
ALTER TABLE failing ADD COLUMN noticed bigint NOT NULL DEFAULT 0;
