package logs

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ssh"
)

// remote is another machine. Each operation is one fixed script, which is given names and numbers as arguments: no shell interprets
// them. The machine has sh, dd, tail, head, gzip, and the stat of Linux.
type remote struct {
	runner Runner
	host   ssh.Target
}

// The scripts. With an empty IFS an unquoted pattern is not split into words, only expanded.
const (
	listScript = `IFS=
n=0
for p do
  for f in $p; do
    [ -f "$f" ] || continue
    n=$((n+1))
    [ "$n" -gt 1000 ] && exit 0
    stat -L -c '%s %Y' -- "$f" || continue
    printf '%s\000' "$f"
  done
done
exit 0`
	readScript = `exec dd if="$1" bs="$2" skip="$3" count="$4"`
	// The exit code is that of the program, which head may have killed: then it is over 128, or it reports a broken pipe.
	unpackScript = `LC_ALL=C
export LC_ALL
command -v "$4" >/dev/null 2>&1 || exit 127
exec 4>&1
code=$({ { "$4" -dc <"$1" 3>&- 4>&-; echo "$?" >&3; } | head -c "$2" | tail -c "$3" >&4; } 3>&1)
exit "$code"`
	// A program's stderr is part of its log: docker logs prints a container's stderr there. Its exit code comes first, since tail waits
	// for the end. Nothing ends it there when we are gone, so timeout does, after the given seconds.
	runScript = `n=$1
t=$2
shift 2
command -v timeout >/dev/null 2>&1 && set -- timeout -s KILL "$t" "$@"
{ { "$@" 2>&1 3>&- 4>&-; echo "$?" >&3; } | tail -c "$n" >&4; } 3>&1 4>&1`
)

// script runs a script, and returns its output, with an error too; limit bounds that, in bytes.
func (m *remote) script(ctx context.Context, path, script string, limit int, args ...string) ([]byte, error) {
	a, err := m.runner.Run(ctx, m.host, append([]string{"sh", "-c", script, "sh"}, args...), limit)
	return m.output(path, a, err)
}

// output is what a script printed, with an error too.
func (m *remote) output(path string, a ssh.Answer, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if a.Code == 0 || a.Cut {
		return a.Out, nil
	}
	said := unprefixed(a.Said)
	if said == "" {
		said = "exit code " + strconv.Itoa(a.Code)
	}
	return a.Out, failed(model.ReasonLogsUnread, "path", path, "said", said)
}

// The exit codes after which the output is complete: of gzip a warning about data after the end of a .gz; SIGPIPE.
const (
	warned    = 2
	pipeEnded = 128 + 13
)

// unprefixed is a program's message, without its name and the line of the script.
func unprefixed(said string) string {
	for _, prefix := range []string{"sh: ", "dd: "} {
		said = strings.TrimPrefix(said, prefix)
	}
	return said
}

// maxList bounds the list of files, in bytes.
const maxList = 1 << 20

// list implements place.
func (m *remote) list(ctx context.Context, patterns []string) ([]file, error) {
	path := strings.Join(patterns, ", ")
	out, err := m.script(ctx, path, listScript, maxList, patterns...)
	if err != nil {
		return nil, err
	}
	return parseList(out), nil
}

// parseList parses "SIZE SECONDS\nNAME\0" for each file; invalid entries are dropped.
func parseList(out []byte) []file {
	var found []file
	for part := range bytes.SplitSeq(out, []byte{0}) {
		numbers, name, ok := bytes.Cut(part, []byte("\n"))
		size, changed, two := strings.Cut(string(numbers), " ")
		n, errSize := strconv.ParseInt(size, 10, 64)
		at, errTime := strconv.ParseInt(changed, 10, 64)
		if ok && two && errSize == nil && errTime == nil && n >= 0 && len(name) > 0 {
			found = append(found, file{string(name), n, time.Unix(at, 0)})
		}
	}
	return found
}

// block is the block size of dd, in bytes: it skips by seeking, in whole blocks.
const block = 4096

// read implements place.
func (m *remote) read(ctx context.Context, name string, from int64, n int) ([]byte, error) {
	skip := from / block
	lead := int(from - skip*block)
	count := (lead + n + block - 1) / block
	out, err := m.script(ctx, name, readScript, count*block, name, strconv.Itoa(block), strconv.FormatInt(skip, 10), strconv.Itoa(count))
	out = out[min(lead, len(out)):]
	return out[:min(n, len(out))], err
}

// unpack implements place. A program that the machine lacks is not needed for small files: these are fetched, and decompressed here.
func (m *remote) unpack(ctx context.Context, f *file, p *packing, n int) ([]byte, error) {
	a, err := m.runner.Run(ctx, m.host, []string{"sh", "-c", unpackScript, "sh", f.name, strconv.Itoa(maxUnpacked), strconv.Itoa(n), p.program}, n)
	if a.Code == warned && p.program == "gzip" || a.Code == pipeEnded || strings.Contains(a.Said, "roken pipe") {
		a.Code = 0
	}
	if err != nil || a.Code != notFound {
		return m.output(f.name, a, err)
	}
	if f.size > maxFetched {
		return nil, failed(model.ReasonLogsNoTool, "path", f.name, "program", p.program)
	}
	packed, err := m.read(ctx, f.name, 0, int(f.size))
	if err != nil {
		return nil, err
	}
	data, err := unpackHere(ctx, p, bytes.NewReader(packed), n)
	return data, said(f.name, err)
}

// notFound is the exit code of a shell for a program that does not exist.
const notFound = 127

// run implements place.
func (m *remote) run(ctx context.Context, args []string, n int) ([]byte, error) {
	out, err := m.script(ctx, args[0], runScript, n+maxCode, append([]string{strconv.Itoa(n), strconv.Itoa(secondsOf(ctx))}, args...)...)
	code, data, _ := bytes.Cut(out, []byte("\n"))
	if err != nil {
		return data, err
	}
	if string(code) != "0" {
		return data, failed(model.ReasonLogsUnread, "path", args[0], "said", unprefixed(firstOf(data, "exit code "+string(code))))
	}
	return data, nil
}

// maxCode is the size of an exit code and its line end, in bytes.
const maxCode = 8

// longestRun bounds a command on another machine if nothing else does, in seconds.
const longestRun = 60

// secondsOf is how long a command may run there: a little longer than it is waited for here, so that it is not reported as killed when
// we went away.
func secondsOf(ctx context.Context) int {
	end, ok := ctx.Deadline()
	if !ok {
		return longestRun
	}
	return int(max(0, time.Until(end).Seconds())) + 2
}
