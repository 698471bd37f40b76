package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// options are what an image is made of.
type options struct {
	Binary  string // path of the program
	Arch    string
	Version string
	Created time.Time
}

// The media types of the image specification.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// descriptor names a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// manifest is an image, or an index of images.
type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        *descriptor       `json:"config,omitempty"`
	Layers        []descriptor      `json:"layers,omitempty"`
	Manifests     []descriptor      `json:"manifests,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// imageConfig says how the image is run. Healthcheck is Docker's, beside what the specification has.
type imageConfig struct {
	Created string `json:"created"`
	platform
	Config  runConfig `json:"config"`
	RootFS  rootFS    `json:"rootfs"`
	History []history `json:"history"`
}

type runConfig struct {
	User         string
	Env          []string
	Entrypoint   []string
	Cmd          []string
	Volumes      map[string]struct{}
	WorkingDir   string
	Labels       map[string]string
	StopSignal   string
	Healthcheck  healthcheck
	ExposedPorts map[string]struct{} `json:",omitempty"`
}

// healthcheck has its times in nanoseconds.
type healthcheck struct {
	Test        []string
	Interval    time.Duration
	Timeout     time.Duration
	StartPeriod time.Duration
	Retries     int
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
}

// archive collects the blobs of an image by their digests.
type archive struct {
	blobs map[string][]byte
	order []string
}

// add keeps a blob and describes it.
func (a *archive) add(mediaType string, blob []byte) descriptor {
	digest := digestOf(blob)
	if _, known := a.blobs[digest]; !known {
		a.blobs[digest] = blob
		a.order = append(a.order, digest)
	}
	return descriptor{MediaType: mediaType, Digest: "sha256:" + digest, Size: len(blob)}
}

func (a *archive) addJSON(mediaType string, v any) (descriptor, error) {
	blob, err := json.Marshal(v)
	return a.add(mediaType, blob), err
}

func digestOf(blob []byte) string {
	sum := sha256.Sum256(blob)
	return hex.EncodeToString(sum[:])
}

// build makes the archive of an image.
func build(o options) ([]byte, error) {
	files, err := contents(o.Binary)
	if err != nil {
		return nil, err
	}
	layer, err := tarOf(files, o.Created)
	if err != nil {
		return nil, fmt.Errorf("write the layer: %w", err)
	}
	packed, err := compress(layer)
	if err != nil {
		return nil, fmt.Errorf("compress the layer: %w", err)
	}
	a := &archive{blobs: map[string][]byte{}}
	layerAt := a.add(typeLayer, packed)
	configAt, err := a.addJSON(typeConfig, configOf(o, "sha256:"+digestOf(layer)))
	if err != nil {
		return nil, err
	}
	image, err := a.addJSON(typeManifest, manifest{
		SchemaVersion: 2, MediaType: typeManifest, Config: &configAt, Layers: []descriptor{layerAt}, Annotations: labels(o),
	})
	if err != nil {
		return nil, err
	}
	image.Platform = &platform{o.Arch, "linux"}
	image.Annotations = map[string]string{"org.opencontainers.image.ref.name": o.Version, "io.containerd.image.name": "docker.io/library/" + o.tag()}
	return a.write(o, image)
}

func (o options) tag() string { return "opsbot:" + o.Version }

// dockerManifest is how Docker's own format names an image of an archive: versions before 25 look for it.
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// write makes the archive: the layout of the specification, and Docker's manifest beside it.
func (a *archive) write(o options, image descriptor) ([]byte, error) {
	var index manifest
	index.SchemaVersion, index.MediaType, index.Manifests = 2, typeIndex, []descriptor{image}
	docker := []dockerManifest{{Config: blobPath(a.order[1]), RepoTags: []string{o.tag()}, Layers: []string{blobPath(a.order[0])}}}
	files := []file{{path: "blobs/", mode: 0o755}, {path: "blobs/sha256/", mode: 0o755}}
	for _, digest := range a.order {
		files = append(files, file{path: blobPath(digest), mode: 0o644, data: a.blobs[digest]})
	}
	for _, f := range []struct {
		path string
		v    any
	}{{"index.json", index}, {"manifest.json", docker}, {"oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"}}} {
		data, err := json.Marshal(f.v)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: f.path, mode: 0o644, data: data})
	}
	return tarOf(files, o.Created)
}

func blobPath(digest string) string { return "blobs/sha256/" + digest }

// tarOf writes files in their order, all of one time.
func tarOf(files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{
			Typeflag: f.kind(), Name: f.path, Mode: f.mode, Uid: f.owner, Gid: f.owner, Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
