package cloudprober

import (
	"context"

	"opsbot/movein/moved"
)

// Read reads.
func Read(ctx context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	return &moved.Moved{}, nil
}
