-- +goose Up
-- Links that acknowledge an incident for a person, by the hash of what stands in them.
CREATE TABLE ack_link (
	hash text NOT NULL PRIMARY KEY,
	incident bigint NOT NULL,
	at bigint NOT NULL,
	body text NOT NULL
);
-- When messages went to a person through a gateway, for its limit: the latest, and a JSON list in milliseconds.
CREATE TABLE gateway_sent (
	channel text NOT NULL PRIMARY KEY,
	at bigint NOT NULL,
	times text NOT NULL
);
