-- +goose Up
-- Moments are milliseconds since 1970 UTC; 0 is "not set". Booleans are 0 and 1. Everything here runs on SQLite and
-- on PostgreSQL.

CREATE TABLE counter (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO counter (name, value) VALUES ('telling', 0), ('audit', 0);

CREATE TABLE check_state (
    id   text PRIMARY KEY,
    body text NOT NULL
);

CREATE TABLE incident (
    id        bigint PRIMARY KEY,
    key       text NOT NULL,
    opened_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    body      text NOT NULL
);
CREATE INDEX incident_by_end ON incident (closed_at);

CREATE TABLE card (
    incident bigint NOT NULL,
    channel  text NOT NULL,
    chat     bigint NOT NULL,
    topic    bigint NOT NULL,
    message  bigint NOT NULL,
    down     bigint NOT NULL,
    severity text NOT NULL,
    PRIMARY KEY (incident, channel, chat, topic)
);

CREATE TABLE mute (
    id       bigint PRIMARY KEY,
    chat     bigint NOT NULL,
    ended_at bigint NOT NULL,
    body     text NOT NULL
);
CREATE INDEX mute_by_end ON mute (ended_at);

CREATE TABLE telling (
    id         bigint PRIMARY KEY,
    kind       text NOT NULL,
    incident   bigint NOT NULL,
    channel    text NOT NULL,
    chat       bigint NOT NULL,
    topic      bigint NOT NULL,
    severity   text NOT NULL,
    silent     bigint NOT NULL,
    created    bigint NOT NULL,
    not_before bigint NOT NULL,
    retry_at   bigint NOT NULL,
    attempts   bigint NOT NULL,
    trying     bigint NOT NULL,
    again      bigint NOT NULL,
    fact       text NOT NULL
);
CREATE INDEX telling_by_destination ON telling (channel, chat, topic, id, not_before);
CREATE INDEX telling_by_incident ON telling (incident);
CREATE INDEX telling_by_time ON telling (not_before);

CREATE TABLE dead_letter (
    id      bigint PRIMARY KEY,
    buried  bigint NOT NULL,
    why     text NOT NULL,
    telling text NOT NULL
);

CREATE TABLE paired_chat (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);

CREATE TABLE paired_user (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);

CREATE TABLE audit (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE intake (
    id     bigint PRIMARY KEY,
    at     bigint NOT NULL,
    done   bigint NOT NULL,
    poison text NOT NULL,
    raw    text NOT NULL
);
CREATE INDEX intake_by_state ON intake (done, at);

CREATE TABLE schedule_slot (
    expression text PRIMARY KEY,
    due        bigint NOT NULL
);

CREATE TABLE dns_answer (
    name text PRIMARY KEY,
    body text NOT NULL
);

CREATE TABLE button (
    id      text PRIMARY KEY,
    expires bigint NOT NULL,
    body    text NOT NULL
);
CREATE INDEX button_by_end ON button (expires);

CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
