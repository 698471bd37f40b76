-- +goose Up
-- With what a message is sent in order, among all for its destination: alerts ('') never wait behind reports.
ALTER TABLE telling ADD COLUMN lane text NOT NULL DEFAULT '';
UPDATE telling SET lane = 'report' WHERE kind = 'report';
DROP INDEX telling_by_destination;
CREATE INDEX telling_by_destination ON telling (channel, chat, topic, lane, id, not_before);
