// Package found reads hosts from other programs' files: inventories of Ansible, and CSV with any columns.
//
// What it does not understand it leaves out and reports; only an unreadable file is an error. It must not know what an
// inventory of opsbot looks like, nor what becomes of the hosts.
package found

import (
	"fmt"
	"io"
	"os"

	"opsbot/model"
)

// maxFile bounds what is read of one file: an inventory of 100,000 hosts.
const maxFile = 32 << 20 // bytes

// maxHosts bounds the hosts of one source: a range like web[1:999999999].
const maxHosts = 200_000

// maxNotes bounds the notes on one source.
const maxNotes = 50

// notes are what was left out.
type notes struct {
	list []model.Sentence
	more int // that had no room
}

func (n *notes) say(what model.Sentence) {
	if len(n.list) < maxNotes {
		n.list = append(n.list, what)
	} else {
		n.more++
	}
}

// said are all notes, and how many more there are.
func (n *notes) said() []model.Sentence {
	if n.more > 0 {
		return append(n.list, model.Say("config.import.more_notes", "n", n.more))
	}
	return n.list
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("read %q: larger than %d MiB", path, maxFile>>20)
	}
	return data, err
}
