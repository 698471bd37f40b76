-- +goose Up
-- What a destination was last sent about an incident: 0 nothing, 1 that it is open, 2 that it is over.
ALTER TABLE card ADD COLUMN delivered bigint NOT NULL DEFAULT 0;
UPDATE card SET delivered = 1 WHERE down = 1 AND NOT EXISTS (SELECT 1 FROM notification WHERE notification.incident = card.incident
    AND notification.channel = card.channel AND notification.chat = card.chat AND notification.topic = card.topic AND notification.kind = 'opened');
