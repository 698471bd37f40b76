package store

import "context"

// InspectNow is one inspection of everything.
func (db *DB) InspectNow(ctx context.Context) {
	db.suspects.add("")
	newInspector(db).run(ctx)
}

// Suspected reports whether a reader has left out a row since the last inspection.
func (db *DB) Suspected() bool {
	names, rows := db.suspects.take()
	return len(names)+len(rows) > 0
}
