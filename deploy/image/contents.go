package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"opsbot/deploy/packages"
)

// user is the number of the user and group that the program runs as: of no user of the machine.
const user = 65532

// file is a file of a layer or of the archive; a path that ends in "/" is a folder.
type file struct {
	path  string
	mode  int64
	owner int
	data  []byte
}

func (f file) kind() byte {
	if strings.HasSuffix(f.path, "/") {
		return tar.TypeDir
	}
	return tar.TypeReg
}

// contents are the files of the image, folders before what is in them.
func contents(binary string) ([]file, error) {
	program, err := os.ReadFile(binary) //nolint:gosec // the program to pack is named on the command line
	if err != nil {
		return nil, err
	}
	return []file{
		{path: "etc/", mode: 0o755},
		{path: "etc/group", mode: 0o644, data: fmt.Appendf(nil, "root:x:0:\nopsbot:x:%d:\n", user)},
		{path: "etc/opsbot/", mode: 0o755},
		{path: "etc/opsbot/opsbot.toml", mode: 0o644, data: packages.Config()},
		{path: "etc/passwd", mode: 0o644, data: fmt.Appendf(nil,
			"root:x:0:0:root:/:/sbin/nologin\nopsbot:x:%d:%d:opsbot:/var/lib/opsbot:/sbin/nologin\n", user, user)},
		{path: "etc/ssl/", mode: 0o755},
		{path: "etc/ssl/certs/", mode: 0o755},
		{path: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: roots()},
		{path: "run/", mode: 0o755},
		{path: "run/opsbot/", mode: 0o755, owner: user},
		{path: "tmp/", mode: 0o1777},
		{path: "usr/", mode: 0o755},
		{path: "usr/bin/", mode: 0o755},
		{path: "usr/bin/opsbot", mode: 0o755, data: program},
		{path: "var/", mode: 0o755},
		{path: "var/lib/", mode: 0o755},
		{path: "var/lib/opsbot/", mode: 0o700, owner: user},
	}, nil
}

// roots are Mozilla's root certificates, of the version that go.mod pins: the image must not depend on the machine that builds it.
func roots() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // a file cannot say that a root counts for some certificates only
		}
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
	}
	return b.Bytes()
}

// configOf says how the image is run: as a user without rights, with nothing to write but its folders.
func configOf(o options, layer string) imageConfig {
	created := o.Created.Format(time.RFC3339)
	return imageConfig{
		Created:  created,
		platform: platform{o.Arch, "linux"},
		Config: runConfig{
			User:       fmt.Sprintf("%d:%d", user, user),
			Env:        []string{"PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
			Entrypoint: []string{"/usr/bin/opsbot"},
			Cmd:        []string{"run"},
			Volumes:    map[string]struct{}{"/var/lib/opsbot": {}},
			WorkingDir: "/var/lib/opsbot",
			Labels:     labels(o),
			StopSignal: "SIGTERM",
			// An upgrade copies the database first, which takes time if it is large.
			Healthcheck: healthcheck{
				Test: []string{"CMD", "/usr/bin/opsbot", "health"}, Interval: 30 * time.Second, Timeout: 10 * time.Second, StartPeriod: 5 * time.Minute, Retries: 3,
			},
		},
		RootFS:  rootFS{Type: "layers", DiffIDs: []string{layer}},
		History: []history{{created, "opsbot " + o.Version}},
	}
}

func labels(o options) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "opsbot",
		"org.opencontainers.image.description": "Ops assistant in a Telegram chat",
		"org.opencontainers.image.licenses":    "MIT",
		"org.opencontainers.image.version":     o.Version,
		"org.opencontainers.image.created":     o.Created.Format(time.RFC3339),
	}
}
