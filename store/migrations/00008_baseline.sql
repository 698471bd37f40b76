-- +goose Up
-- What web tests saw before an update, by what was tested.
CREATE TABLE baseline (
    name text PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX baseline_by_time ON baseline (at);
