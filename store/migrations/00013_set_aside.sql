-- +goose Up
-- Rows of any table that could not be read, as they were: the rest goes on without them. row_key is what the row was found by, columns
-- are its columns as JSON, noticed says whether the admins were notified.
CREATE TABLE set_aside (
    id         bigint PRIMARY KEY,
    table_name text NOT NULL,
    row_key    text NOT NULL,
    at         bigint NOT NULL,
    noticed    bigint NOT NULL,
    why        text NOT NULL,
    columns    text NOT NULL
);
