-- +goose Up
-- Who is paged of an incident by one policy, and how far that is. ended_at is 0 while it goes on.
CREATE TABLE escalation (
	id bigint NOT NULL PRIMARY KEY,
	incident bigint NOT NULL,
	ended_at bigint NOT NULL,
	body text NOT NULL
);
CREATE INDEX escalation_open ON escalation (ended_at);
