-- +goose Up
-- What readers limited to some clients (a sorted JSON list) call an incident or a mute: they count their own.
CREATE TABLE reader_number (
	readers text NOT NULL,
	kind text NOT NULL,
	id bigint NOT NULL,
	number bigint NOT NULL,
	PRIMARY KEY (readers, kind, id)
);
