-- +goose Up
-- What was told elsewhere because its own destination failed, a row for each incident that it was about; told is a list of
-- those other destinations, as JSON.
CREATE TABLE detour (
    telling  bigint NOT NULL,
    incident bigint NOT NULL,
    channel  text NOT NULL,
    chat     bigint NOT NULL,
    topic    bigint NOT NULL,
    kind     text NOT NULL,
    told     text NOT NULL,
    PRIMARY KEY (telling, incident)
);
CREATE INDEX detour_by_incident ON detour (incident);

-- Since when a destination has failed.
CREATE TABLE failing (
    channel text NOT NULL,
    chat    bigint NOT NULL,
    topic   bigint NOT NULL,
    since   bigint NOT NULL,
    PRIMARY KEY (channel, chat, topic)
);
