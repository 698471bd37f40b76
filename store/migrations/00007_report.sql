-- +goose Up
-- What the reports of the outbox, and of its dead letters, are made of: JSON, packed by gzip. telling is a number of either.
CREATE TABLE report (
    telling bigint PRIMARY KEY,
    body    bytea NOT NULL
);
