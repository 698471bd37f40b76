package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"opsbot/cli"
	"opsbot/deploy/packages"
)

// program is a file that stands for the binary.
func program(t *testing.T) options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opsbot")
	if err := os.WriteFile(path, []byte("#!/program\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return options{Binary: path, Arch: "arm64", Version: "v1.2.3", Created: time.Unix(1_790_000_000, 0).UTC()}
}

func built(t *testing.T, o options) []byte {
	t.Helper()
	archive, err := build(o)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// unpacked are the files of an archive by their paths.
func unpacked(t *testing.T, archive []byte) (files map[string][]byte, headers map[string]*tar.Header) {
	t.Helper()
	files, headers = map[string][]byte{}, map[string]*tar.Header{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		if headers[h.Name] != nil {
			t.Errorf("%s is there twice", h.Name)
		}
		headers[h.Name] = h
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func decode[T any](t *testing.T, raw []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return v
}

// blob follows a descriptor: the blob is there, and as long and of the digest as it says.
func blob(t *testing.T, files map[string][]byte, d descriptor) []byte {
	t.Helper()
	digest, ok := strings.CutPrefix(d.Digest, "sha256:")
	data, there := files["blobs/sha256/"+digest]
	if !ok || !there || len(data) != d.Size || digestOf(data) != digest {
		t.Fatalf("the blob of %+v is another one, or not there", d)
	}
	return data
}

// TestImageIsWhole follows each reference from the index to the files, as an engine does.
func TestImageIsWhole(t *testing.T) {
	files, _ := unpacked(t, built(t, program(t)))
	if got := decode[map[string]string](t, files["oci-layout"]); got["imageLayoutVersion"] != "1.0.0" {
		t.Errorf("the layout is %v", got)
	}
	index := decode[manifest](t, files["index.json"])
	if len(index.Manifests) != 1 || *index.Manifests[0].Platform != (platform{"arm64", "linux"}) {
		t.Fatalf("the index is %+v", index)
	}
	image := decode[manifest](t, blob(t, files, index.Manifests[0]))
	config := decode[imageConfig](t, blob(t, files, *image.Config))
	r, err := gzip.NewReader(bytes.NewReader(blob(t, files, image.Layers[0])))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if config.RootFS.DiffIDs[0] != "sha256:"+digestOf(layer) || config.Architecture != "arm64" {
		t.Errorf("the config is of another layer or processor: %+v", config)
	}
	docker := decode[[]dockerManifest](t, files["manifest.json"])
	if "blobs/sha256/"+strings.TrimPrefix(image.Config.Digest, "sha256:") != docker[0].Config || !slices.Equal(docker[0].RepoTags, []string{"opsbot:v1.2.3"}) ||
		"blobs/sha256/"+strings.TrimPrefix(image.Layers[0].Digest, "sha256:") != docker[0].Layers[0] {
		t.Errorf("Docker finds another image: %+v", docker)
	}
	wantLayer(t, layer)
}

// wantLayer checks the files: the program, the roots, and folders that the user may write to; whatever else is root's, and nobody else's to change.
func wantLayer(t *testing.T, layer []byte) {
	t.Helper()
	files, headers := unpacked(t, layer)
	for path, h := range headers {
		if parent := strings.TrimSuffix(path, "/"); strings.Contains(parent, "/") && headers[filepath.Dir(parent)+"/"] == nil {
			t.Errorf("%s has no folder", path)
		}
		writable := path == "tmp/" || path == "run/opsbot/" || path == "var/lib/opsbot/"
		if (h.Uid != 0 || h.Mode&0o002 != 0) && !writable || h.Mode&0o6000 != 0 {
			t.Errorf("%s can be written to: %d, %o", path, h.Uid, h.Mode)
		}
	}
	if string(files["usr/bin/opsbot"]) != "#!/program\n" || headers["usr/bin/opsbot"].Mode != 0o755 {
		t.Error("the program is not there as it was")
	}
	if !bytes.Equal(files["etc/opsbot/opsbot.toml"], packages.Config()) {
		t.Error("the configuration is not that of the packages")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"]) || strings.Count(string(files["etc/ssl/certs/ca-certificates.crt"]), "BEGIN CERTIFICATE") < 100 {
		t.Error("there are no roots of certificates")
	}
}

// TestImageIsReproducible: the same program gives the same bytes, another one others.
func TestImageIsReproducible(t *testing.T) {
	o := program(t)
	first := built(t, o)
	if !bytes.Equal(first, built(t, o)) {
		t.Error("two images of one program differ")
	}
	o.Version = "v1.2.4"
	if bytes.Equal(first, built(t, o)) {
		t.Error("two versions are the same")
	}
}

// TestImageRunsWithoutRights: the image and the compose file agree on user, command and health check, whose commands the program has.
func TestImageRunsWithoutRights(t *testing.T) {
	config := configOf(program(t), "").Config
	raw, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			User        string
			Command     []string
			ReadOnly    bool     `yaml:"read_only"`
			CapDrop     []string `yaml:"cap_drop"`
			SecurityOpt []string `yaml:"security_opt"`
			Tmpfs       []string
			Volumes     []string
			Healthcheck struct{ Test []string }
		}
	}
	if err := yaml.Unmarshal(raw, &compose); err != nil {
		t.Fatal(err)
	}
	s := compose.Services["opsbot"]
	if s.User != config.User || strings.HasPrefix(config.User, "0") || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		t.Errorf("it has rights: %+v, and the image %s", s, config.User)
	}
	if !slices.Equal(s.Healthcheck.Test, config.Healthcheck.Test) {
		t.Errorf("health checks: %v and %v", s.Healthcheck.Test, config.Healthcheck.Test)
	}
	if !slices.ContainsFunc(s.Volumes, func(v string) bool { return strings.HasSuffix(v, ":/var/lib/opsbot") }) ||
		!slices.ContainsFunc(s.Tmpfs, func(v string) bool { return strings.HasPrefix(v, "/run/opsbot:uid=65532,") }) {
		t.Errorf("it can write nothing: %+v", s)
	}
	var line struct {
		Run struct {
			cli.ConfigFlag
		} `cmd:""`
		cli.Commands
	}
	parser, err := kong.New(&line)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{s.Command, config.Cmd, config.Healthcheck.Test[2:]} {
		if _, err := parser.Parse(words); err != nil {
			t.Errorf("opsbot %v: %v", words, err)
		}
	}
}
