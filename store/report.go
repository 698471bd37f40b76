package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"opsbot/model"
)

// ReportParts returns the parts of a notification's report; nil if there are none.
func (db *DB) ReportParts(ctx context.Context, notification int64) (*model.ReportParts, error) {
	found, err := rows(ctx, db.of("report"), func(r *sql.Rows) (*model.ReportParts, error) {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return nil, err
		}
		return unpackReport(body)
	}, `SELECT body FROM report WHERE notification = $1`, notification)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func unpackReport(body []byte) (*model.ReportParts, error) {
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpack a report: %w", err)
	}
	var parts model.ReportParts
	if err := json.NewDecoder(packed).Decode(&parts); err != nil {
		return nil, fmt.Errorf("read a report: %w", err)
	}
	return &parts, nil
}

func writeReport(ctx context.Context, tx *txn, notification int64, parts *model.ReportParts) error {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	if err := errors.Join(json.NewEncoder(w).Encode(parts), w.Close()); err != nil {
		return fmt.Errorf("pack a report: %w", err)
	}
	err := tx.write(ctx, `INSERT INTO report (notification, body) VALUES ($1, $2)`, notification, body.Bytes())
	return err
}

// moveReports assigns reports to the new numbers of their notifications.
func moveReports(ctx context.Context, tx *txn, was []model.Notification, ids []int64) error {
	for i := range was {
		if was[i].Kind != model.NotifyReport {
			continue
		}
		if err := tx.write(ctx, `UPDATE report SET notification = $1 WHERE notification = $2`, ids[i], was[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// reportedSetting is the due time for which a report was last created, by its name.
const reportedSetting = "report.made."

func writeReported(ctx context.Context, tx *txn, made map[string]time.Time) error {
	for name, due := range made {
		if err := writeSetting(ctx, tx, reportedSetting+name, due.UTC().Format(time.RFC3339Nano)); err != nil {
			return err
		}
	}
	return nil
}

// Reported returns the due time for which a report was last created; zero if unknown: anything but a time was not
// written by us.
func (db *DB) Reported(ctx context.Context, name string) (time.Time, error) {
	text, err := db.Setting(ctx, reportedSetting+name)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	due, _ := time.Parse(time.RFC3339Nano, text)
	return due, nil
}
