-- +goose Up
ALTER TABLE card ADD COLUMN reminded bigint NOT NULL DEFAULT 0;
