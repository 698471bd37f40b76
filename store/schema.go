package store

import (
	"strconv"
	"strings"
)

// Schema is the version of the schema that this program brings a database to.
func Schema() int64 {
	files, err := migrations.ReadDir("migrations")
	last := int64(renameVersion)
	if err != nil {
		return last // it is embedded
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			last = max(last, n)
		}
	}
	return last
}
