-- +goose Up
-- Who asked to be covered, and what became of it.
CREATE TABLE oncall_cover (
	id bigint NOT NULL PRIMARY KEY,
	to_at bigint NOT NULL,
	body text NOT NULL
);
-- Calendars of shifts that were fetched, by their address's hash: the last good one.
CREATE TABLE oncall_calendar (
	key text NOT NULL PRIMARY KEY,
	at bigint NOT NULL,
	body text NOT NULL
);
-- The secret addresses at which people read their shifts as a calendar.
CREATE TABLE oncall_link (
	person text NOT NULL PRIMARY KEY,
	body text NOT NULL
);
