-- +goose Up
-- What sources of events say, one row for each episode of a problem.
CREATE TABLE event (
    source    text NOT NULL,
    id        text NOT NULL,
    seen_at   bigint NOT NULL,
    opened_at bigint NOT NULL,
    ended_at  bigint NOT NULL,
    incident  bigint NOT NULL,
    body      text NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX event_by_end ON event (ended_at);
CREATE INDEX event_by_incident ON event (incident);
