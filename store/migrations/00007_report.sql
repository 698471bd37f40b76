-- +goose Up
-- What the reports of the outbox, and of its dead letters, are made of: JSON, packed by gzip. telling is a number of either.
CREATE TABLE report (
    telling bigint PRIMARY KEY,
    body    bytea NOT NULL
);

-- What happened to a client's services and hosts over a time is found by these.
CREATE INDEX incident_by_key ON incident (key, opened_at);
