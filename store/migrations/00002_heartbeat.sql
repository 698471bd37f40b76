-- +goose Up
CREATE TABLE heartbeat (
    id   text PRIMARY KEY,
    body text NOT NULL
);
