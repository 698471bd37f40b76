package store

import (
	"context"
	"errors"
)

// SchemaAt makes an empty database as the build with this migration as its newest made it.
func SchemaAt(ctx context.Context, o Options, version int64) error {
	db := &DB{now: o.Now, faults: newFaults(o.Now), suspects: newSuspects()}
	var err error
	if db.engine, err = newEngine(o); err != nil {
		return err
	}
	if db.write, db.read, err = db.engine.connect(ctx); err != nil {
		return err
	}
	provider, err := db.provider()
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return errors.Join(err, db.read.Close(), db.write.Close(), db.engine.release())
}

// Versions are those of all migrations, oldest first.
func Versions(ctx context.Context, o Options) (all []int64, err error) {
	db, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := db.provider()
	if err != nil {
		return nil, err
	}
	for _, source := range provider.ListSources() {
		all = append(all, source.Version)
	}
	return all, nil
}

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
