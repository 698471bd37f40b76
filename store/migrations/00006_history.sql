-- +goose Up
-- What checks were like: a row for each change of what is known of one.
CREATE TABLE transition (
    check_id text NOT NULL,
    at       bigint NOT NULL,
    phase    text NOT NULL,
    status   text NOT NULL,
    gone     bigint NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (check_id, at)
);
CREATE INDEX transition_by_time ON transition (at);

-- Times in which opsbot did not run.
CREATE TABLE history_gap (
    from_at bigint PRIMARY KEY,
    to_at   bigint NOT NULL
);

-- Checks by number, for what is packed: each row has the names of some, one a line, the first of which has the number of the row.
CREATE TABLE history_check (
    first bigint PRIMARY KEY,
    names text NOT NULL
);

-- Results of groups of checks, packed: kind 0 is one by one, 1 is a whole hour together.
CREATE TABLE history_pack (
    kind    bigint NOT NULL,
    grp     bigint NOT NULL,
    from_at bigint NOT NULL,
    to_at   bigint NOT NULL,
    body    bytea NOT NULL
);
CREATE INDEX history_pack_by_group ON history_pack (kind, grp, from_at);
