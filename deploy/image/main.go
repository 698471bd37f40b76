// Command image writes the container image of opsbot: an archive that `docker load`, `podman load` and `skopeo copy oci-archive:` take. In it
// are the program, the roots of public certificates, a user, and the folders that the program writes to; the time zones are in the program.
//
// It needs no container engine and no network. The same input gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(args []string) error {
	var o options
	var out string
	var created int64
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&o.Binary, "binary", "", "the static program for the processor")
	flags.StringVar(&o.Arch, "arch", "amd64", "the processor: amd64, arm64")
	flags.StringVar(&o.Version, "version", "dev", "what is in the image, and its tag")
	flags.Int64Var(&created, "created", 0, "time of everything in it, seconds since 1970")
	flags.StringVar(&out, "out", "opsbot.oci.tar", "the archive to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.Created = time.Unix(created, 0).UTC()
	archive, err := build(o)
	if err != nil {
		return err
	}
	return os.WriteFile(out, archive, 0o644) //nolint:gosec // for everybody to read
}
