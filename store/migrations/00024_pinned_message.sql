-- +goose Up
-- The pinned message of a chat or topic that shows the status.
CREATE TABLE pinned_message (
	chat bigint NOT NULL,
	topic bigint NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (chat, topic)
);
