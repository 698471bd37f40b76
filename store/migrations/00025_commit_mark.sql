-- +goose Up
-- Which write transactions of a start of opsbot were committed, by their number: after an answer of the server that was lost it is asked.
-- committed is 1 in what the transaction itself writes, and 0 in the question: whoever comes first decides. SQLite needs none.
CREATE TABLE commit_mark (
    writer    text NOT NULL,
    number    bigint NOT NULL,
    at        bigint NOT NULL,
    committed bigint NOT NULL,
    PRIMARY KEY (writer, number)
);
