-- +goose Up
-- Who is on call in place of, or beside, whom a schedule has.
CREATE TABLE oncall_override (
	id bigint NOT NULL PRIMARY KEY,
	to_at bigint NOT NULL,
	body text NOT NULL
);
